"""Carries out what a mail asks for; `runner.mail.commands.RULES` says what the arguments are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from bisectweb.inbound.people import Asker
from bisectweb.inbound.repositories import named_tree
from bisectweb.models import Bisection, Crash, Culprit, Message, PatchTest, Received
from bisectweb.outbound import outbox
from bisectweb.outbound.unwanted import opt_out
from bisectweb.workflow import requests, triage
from bisectweb.workflow.judging import judge
from bisectweb.workflow.patching import ask_for_patch_test
from runner.errors import InputError
from runner.mail import Command
from runner.mail.commands import pairs

DAY = timedelta(days=1)
DEFAULT_RUNS = 10


@dataclass(frozen=True, slots=True)
class AskingMail:
    """The mail that asks."""

    row: Received
    patch: str
    is_whole: bool
    others: Sequence[str] = ()
    """Who else it went to, for sure: addresses."""


def carry_out(command: Command, asker: Asker, mail: AskingMail) -> str:
    """What was done, in words. `InputError` when it cannot be, or the asker may not."""
    if command.name != "uncc" and not asker.may_ask:
        raise InputError(
            "you are neither a recipient of this bug, nor a maintainer of its tree, nor known here"
        )
    if command.name == "upstream" and not asker.may_moderate:
        raise InputError("only maintainers of the tree and staff may let a mail leave")
    if command.name == "test":
        return _test(asker, command.args, mail)
    return COMMANDS[command.name](asker, command.args)


def _duplicate(asker: Asker, title: str) -> str:
    if not asker.may_see:  # else the answer would say whether such a bug exists
        raise InputError("only who sees this tree may say that two of its bugs are the same")
    return triage.mark_duplicate(asker.bug, title)


def _confirm(asker: Asker, args: str) -> str:
    culprit = _culprit(asker)
    return judge(culprit, Culprit.Verdict.CONFIRMED, who=asker.address, by=asker.user)


def _wrong_commit(asker: Asker, args: str) -> str:
    real = pairs(args, ("real",)).get("real", "")
    culprit = _culprit(asker)
    return judge(culprit, Culprit.Verdict.WRONG, who=asker.address, by=asker.user, real=real)


def _culprit(asker: Asker) -> Culprit:
    """The newest one that people were told of."""
    found = Culprit.objects.filter(bisection__bug=asker.bug).order_by(
        "bisection__imported", "-bisection__ended"
    )
    culprit = found.first()
    if culprit is None:
        raise InputError("no commit was found for this bug")
    return culprit


def _rebisect(asker: Asker, args: str) -> str:
    """For as many runs a revision as are asked for: the strategy that counts them."""
    _check_quota(asker)
    asked = pairs(args, ("good", "bad", "runs", "config"))
    last = asker.bug.bisections.order_by("-created").first()
    crash = _crash(asker)
    is_counted = "runs" in asked
    started = requests.start(
        crash,
        kind=last.kind if last else Bisection.Kind.CAUSE,
        strategy=Bisection.Strategy.CLASSIC if is_counted else Bisection.Strategy.BAYES,
        runs=int(asked.get("runs", DEFAULT_RUNS)),
        good=asked.get("good", ""),
        bad=asked.get("bad", ""),
        minimise="config" in asked,
        asked_by=asker.address,
        by=asker.user,
    )
    return f"started bisection {started.pk}"


def _crash(asker: Asker) -> Crash:
    """The newest one that can be run."""
    crash = asker.bug.crashes.exclude(config="").exclude(reproducer="").last()
    if crash is None:
        raise InputError("nothing can be run for this bug: it lacks a config or a reproducer")
    return crash


def _check_quota(asker: Asker) -> None:
    mine = {"asked_by": asker.address, "created__gt": timezone.now() - DAY}
    today = Bisection.objects.filter(**mine).count() + PatchTest.objects.filter(**mine).count()
    if today >= settings.MAIL_QUOTA:
        raise InputError(f"you asked for {today} of these within a day; please try tomorrow")


def _cancel(asker: Asker, args: str) -> str:
    if not (counts := triage.cancel_all(asker.bug, asker.user)):
        raise InputError("no bisection or patch test of this bug is running")
    return f"cancelled {' and '.join(counts)}"


def _upstream(asker: Asker, args: str) -> str:
    waiting = asker.bug.mails.filter(state=Message.State.AWAITING_APPROVAL)
    if not (count := sum(outbox.approve(mail, asker.user) for mail in waiting)):
        raise InputError("no mail about this bug awaits approval")
    return f"approved {count} mail{'s' * (count != 1)}"


def _uncc(asker: Asker, args: str) -> str:
    opt_out(asker.address, asker.bug)
    return "no more mail about this bug to this address"


def _stop(asker: Asker, args: str) -> str:
    opt_out(asker.address, None)
    return "no more mail to this address"


def _set(asker: Asker, args: str) -> str:
    name, _, value = args.partition(": ")
    return triage.set_label(asker.bug, name, value, asker.user)


def _unset(asker: Asker, label: str) -> str:
    return triage.unset_label(asker.bug, label.partition(":")[0], asker.user)


def _test(asker: Asker, args: str, mail: AskingMail) -> str:
    """The patch of the mail, or none, on a repository's branch or commit; without arguments on
    the branch of the bug's own tree.
    """
    _check_quota(asker)
    if not mail.is_whole:
        raise InputError("the mail is too large for its patch to be whole")
    if "\0" in mail.patch:
        raise InputError("the patch has a NUL in it, which no patch of text has")
    repository, _, asked = args.partition(" ")
    tree = named_tree(repository, asker.bug) if repository else asker.bug.tree
    test = ask_for_patch_test(
        _crash(asker),
        tree=tree,
        asked=asked or tree.branch,
        patch=mail.patch,
        asked_by=asker.address,
        others=mail.others,
        received=mail.row,
        by=asker.user,
    )
    return f"started patch test {test.pk}"


COMMANDS: Mapping[str, Callable[[Asker, str], str]] = {
    "fix": lambda asker, title: triage.mark_fixed(asker.bug, title),
    "unfix": lambda asker, args: triage.mark_unfixed(asker.bug),
    "dup": _duplicate,
    "undup": lambda asker, args: triage.mark_unique(asker.bug),
    "invalid": lambda asker, args: triage.mark_invalid(asker.bug, asker.user),
    "valid": lambda asker, args: triage.mark_valid(asker.bug),
    "upstream": _upstream,
    "set": _set,
    "unset": _unset,
    "confirm": _confirm,
    "wrong-commit": _wrong_commit,
    "rebisect": _rebisect,
    "cancel": _cancel,
    "uncc": _uncc,
    "stop": _stop,
}
