"""The mail that says what came of a patch test."""

from __future__ import annotations

from textwrap import fill

from django.conf import settings
from django.utils import timezone

from bisectweb.models import Message, PatchRun, PatchTest, as_rows
from bisectweb.outbound.emails import WIDTH, in_reply, one_line, percent, quoting
from bisectweb.outbound.unwanted import unwanted
from runner.mail.origin import is_program
from runner.quiet import Shown
from runner.values import Header, Recipient

Result = PatchTest.Result
LAST_LINES = 40
LONGEST_LINE = 200
"""Of what a build said when it failed; the page has the rest."""


def patch_tested(test: PatchTest) -> Message:
    """The answer to who asked, and to whom their mail went, not yet saved: it leaves without
    approval, as it was asked for.
    """
    bug, received = test.bug, test.received
    subject = received.subject if received else f"[bisectweb] {bug.title}"
    return Message(
        bug=bug,
        state=Message.State.APPROVED,
        decided=timezone.now(),
        reason="an answer to a command",
        subject=in_reply(subject),
        body=_body(test),
        people=as_rows(_people(test)),
        message_id=f"<patch-test-{test.pk}.{bug.token}@{settings.MAIL_DOMAIN}>",
        in_reply_to=received.answerable_id if received else "",
    )


def _people(test: PatchTest) -> list[Recipient]:
    """As in a reply to all. What is private is for who asked alone."""
    never = {test.asked_by, *unwanted(test.bug)}
    others = () if test.bug.tree.is_private or test.tree.is_private else test.others
    return [
        Recipient(test.asked_by, "", Header.TO, "asked for a patch test by mail"),
        *(
            Recipient(address, "", Header.CC, "the mail that asked went there")
            for address in others
            if address not in never and not is_program(address)
        ),
    ]


def _body(test: PatchTest) -> str:
    crash = _crash(test)
    context = {
        "test": test,
        "bug": test.bug,
        "site": settings.SITE_URL,
        "summary": fill(summary(test), WIDTH),
        "doubt": fill(doubt(test), WIDTH),
        "words": _words(test),
        "crash": crash,
    }
    return quoting(crash.report if crash else "", test.bug.tree, "patch-test.txt", context)


def _crash(test: PatchTest) -> PatchRun | None:
    """The run that shows best what is wrong."""
    wanted = {
        Result.CRASHED: PatchRun.Outcome.CRASH,
        Result.OTHER_CRASH: PatchRun.Outcome.OTHER_CRASH,
    }
    outcome = wanted.get(Result(test.result))
    return test.runs.filter(outcome=outcome).first() if outcome else None


def summary(test: PatchTest) -> str:
    """The result in a sentence."""
    what = "with the patch" if test.patch else f"on {test.asked}"
    all_runs = test.runs.count()
    match test.result:
        case Result.QUIET:
            quiet = _quiet(test)
            told = f"{quiet} of {_count(all_runs)}"
            rest = "" if quiet == all_runs else "; the others told nothing"
            return f"the reproducer did not crash in {told} {what}{rest}."
        case Result.CRASHED:
            crashes = test.runs.filter(outcome=PatchRun.Outcome.CRASH).count()
            return f"the bug still shows {what}, in {crashes} of {_count(all_runs)}:"
        case Result.OTHER_CRASH:
            others = test.runs.filter(outcome=PatchRun.Outcome.OTHER_CRASH).count()
            return f"something else crashes {what}, in {others} of {_count(all_runs)}:"
        case Result.UNBUILT:
            return f"the kernel does not build {what}."
        case Result.MUTE:
            return f"the runs {what} tell nothing of the bug:"
        case Result.STOPPED:
            return "the test was stopped before its end:"
        case Result.REFUSED:
            return "what you asked for cannot be tested:"
        case _:
            return "the test could not be done. That is our fault, and says nothing of the patch:"


def _count(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs} runs"


def doubt(test: PatchTest) -> str:
    """How sure nobody can be of a patch after which nothing crashed."""
    if test.result != Result.QUIET:
        return ""
    if not test.known_runs:
        return "How often the bug shows without the patch is not known, so this may be chance."
    shown = Shown(test.known_crashes, test.known_runs)
    chance = percent(shown.chance_missed(_quiet(test)))
    return (
        f"On the commit that it was reported for, the bug showed in {shown.crashes} of "
        f"{shown.runs} runs. The chance that as many runs as here miss it there is {chance}."
    )


def _quiet(test: PatchTest) -> int:
    return test.runs.filter(outcome=PatchRun.Outcome.OK).count()


def _words(test: PatchTest) -> str:
    """What git, the compiler or the guest said; in their lines."""
    match test.result:
        case Result.REFUSED | Result.FAILED | Result.STOPPED:
            indent = " " * 4
            return fill(test.reason, WIDTH, initial_indent=indent, subsequent_indent=indent)
        case Result.UNBUILT:
            lines = test.build_error.splitlines()[-LAST_LINES:]
        case Result.MUTE:
            lines = [str(run) for run in test.runs.all()]
        case _:
            lines = []
    return "\n".join(f"    {one_line(line)[:LONGEST_LINE]}" for line in lines)
