"""The texts of mails: rows in, a drafted message out. Nothing is sent from here."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from email.utils import format_datetime, formataddr
from textwrap import fill

from django.conf import settings
from django.core.mail import EmailMessage
from django.template import engines
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import capfirst

from bisectweb.access import sees
from bisectweb.models import Bisection, Bug, Culprit, Event, Message, Revision, Run, Tree, as_rows
from runner.console.guilty import guilty_file
from runner.log.ours import RESULTS
from runner.values import Commit, Header, Recipient
from runner.verification import Result

WIDTH = 72
MOST_BEFORE = 200
MOST_REFERENCES = 20
"""Earlier mails of a thread that a header names: long ones are refused by servers."""
MOST_NAMED = 20
"""Suspects that a mail names; the page has more."""
SURENESS = ((0.99, "almost certain"), (0.9, "very likely"), (Culprit.MIN_CONFIDENCE, "likely"))
ARMED = re.compile(r"^(#(?:bisect|syz))", re.MULTILINE | re.IGNORECASE)


def draft(culprit: Culprit, commit: Commit, crash: Run | None) -> Message:
    """The mail that tells a culprit's people, not yet saved."""
    return _drafted(culprit.bisection, body(culprit, commit, crash), culprit.people)


def unsolved(bisection: Bisection, people: Sequence[Recipient]) -> Message:
    """The mail that tells those who asked that no one commit was found, not yet saved."""
    context = {
        "bisection": bisection,
        "bug": bisection.bug,
        "reason": fill(capfirst(bisection.reason), WIDTH) + ".",
        "suspects": bisection.suspects[:MOST_NAMED],
        "more": max(len(bisection.suspects) - MOST_NAMED, 0),
        "site": settings.SITE_URL,
    }
    text = rendered(bisection.bug.tree, "unsolved.txt", context)
    return _drafted(bisection, text, as_rows(people))


def insiders(bug: Bug) -> list[Recipient]:
    """Who is told of what is no news for a culprit's people; none who may not see the bug."""
    people = [
        Recipient(address, "", Header.CC, f"maintainer of the tree {bug.tree}")
        for address in bug.tree.maintainers.split()
    ]
    if bug.reporter and bug.reporter.email and sees(bug.reporter, bug):
        name, address = bug.reporter.get_full_name(), bug.reporter.email
        others = [one for one in people if one.address.lower() != address.lower()]
        people = [Recipient(address, name, Header.TO, "filed the bug"), *others]
    return people


def rendered(tree: Tree | None, name: str, context: Mapping[str, object]) -> str:
    """The text of a mail, by the tree's own template where it has one that works."""
    text = (tree and _own(tree, name, context)) or render_to_string(f"emails/{name}", dict(context))
    return disarmed(text.strip() + "\n")


def quoting(report: str, tree: Tree, name: str, context: Mapping[str, object]) -> str:
    """The text of a mail with so much of a crash report as the tree's mails may have, in whole
    lines. All else in it stays: it is short, and it is what the mail is for.
    """
    most = tree.mail_kb << 10
    text = rendered(tree, name, {**context, "report": report, "rest": False})
    if len(text.encode()) <= most:
        return text
    around = rendered(tree, name, {**context, "report": "", "rest": True})
    space = max(most - len(around.encode()), 0)
    kept = disarmed(report).encode()[:space].decode(errors="ignore").rpartition("\n")[0]
    return rendered(tree, name, {**context, "report": kept, "rest": True})


def _own(tree: Tree, name: str, context: Mapping[str, object]) -> str:
    """Whatever is wrong with a template that an admin wrote, a mail is drafted: by ours."""
    folder = settings.DATA / "templates"
    path = folder / tree.name / "emails" / name
    if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        return ""
    try:
        source = "{% autoescape off %}" + path.read_text() + "{% endautoescape %}"
        return engines["django"].from_string(source).render(dict(context))
    except Exception as error:
        words = f"the tree's own template {name} does not work, ours was taken: {error}"
        bug = context.get("bug")
        about = {"bug": bug} if isinstance(bug, Bug) else {"tree": tree}
        Event.objects.create(**about, text=words[:1000])
        return ""


def disarmed(text: str) -> str:
    """No line of a mail of ours begins like a command, whoever sends it back in whatever way."""
    return ARMED.sub(r" \1", text)


def _drafted(bisection: Bisection, text: str, people: list[dict[str, str]]) -> Message:
    """A bug has one thread: its first mail that was sent, and answers to it."""
    bug = bisection.bug
    first = bug.mails.filter(state=Message.State.SENT).order_by("sent").first()
    subject = one_line(f"[bisectweb] {bisection.title or bug.title}")
    return Message(
        bug=bug,
        bisection=bisection,
        subject=f"Re: {subject}" if first else subject,
        body=text,
        people=people,
        in_reply_to=first.message_id if first else "",
        message_id=_new_id(bisection),
    )


def _new_id(bisection: Bisection) -> str:
    """The same whoever makes the mail of an end; a bisection that went on has several ends."""
    name = f"<bisection-{bisection.pk}."
    earlier = Message.objects.filter(message_id__startswith=name, bisection=None).count()
    number = f"{earlier}." if earlier else ""
    return f"{name}{number}{bisection.bug.token}@{settings.MAIL_DOMAIN}>"


def body(culprit: Culprit, commit: Commit, crash: Run | None) -> str:
    bisection = culprit.bisection
    sure = culprit.confidence or 0
    context = {
        "bisection": bisection,
        "bug": bisection.bug,
        "culprit": culprit,
        "commit": commit,
        "crash": crash,
        "site": settings.SITE_URL,
        "start": tally(bisection, bisection.bad),
        "found": tally(bisection, culprit.sha),
        "parent": tally(bisection, commit.parents[0]) if len(commit.parents) == 1 else "",
        "sure": fill(f"It is {sureness(sure)} ({percent(sure)}) {culprit.meaning}.", WIDTH),
        "file": guilty_file(crash.report) if crash else None,
        "config": fill(capfirst(bisection.minimised.get("words", "")), WIDTH),
        "checks": checked(culprit),
        # As git prints it, in the author's own time zone.
        "date": format_datetime(commit.date),
    }
    return quoting(crash.report if crash else "", bisection.bug.tree, "culprit.txt", context)


def tally(bisection: Bisection, sha: str) -> str:
    """How often the bug showed on a revision: `12 of 20, 1 crashed differently`.

    Empty when it was not run.
    """
    roles = [Revision.Role.SEARCH, Revision.Role.PARENT]
    runs = Run.objects.filter(
        revision__bisection=bisection, revision__sha=sha, revision__role__in=roles
    )
    if not (total := runs.count()):
        return ""
    like = runs.filter(outcome=Run.Outcome.CRASH).count()
    other = runs.filter(outcome=Run.Outcome.OTHER_CRASH).count()
    return f"{like} of {total}" + (f", {other} crashed differently" if other else "")


def checked(culprit: Culprit) -> list[str]:
    """What was checked and does not speak against the culprit; what does is among its flags."""
    return [
        fill(
            f"{RESULTS[Result(check['result'])].capitalize()}: {check['words']}.",
            WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
        )
        for check in culprit.checks
        if check["result"] != Result.FAILED
    ]


def sureness(confidence: float) -> str:
    """A confidence in words; below two in three nobody should act on it."""
    for bound, words in SURENESS:
        if confidence >= bound:
            return words
    return "doubtful"


def percent(confidence: float) -> str:
    """A probability for people: never rounded to certainty, at either end."""
    value = confidence * 100
    if 0 < value < 0.1:
        return "below 0.1 %"
    return "over 99.9 %" if value > 99.9 else f"{int(value * 10) / 10:g} %"


def one_line(text: str) -> str:
    """Text for a header: hostile line ends and control characters become spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def in_reply(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"[:500]


def outgoing(message: Message) -> EmailMessage:
    """The mail as it leaves."""
    headers = {
        "Message-ID": message.message_id,
        "Auto-Submitted": "auto-replied" if _is_answer(message) else "auto-generated",
        "Date": format_datetime(message.claimed or timezone.now()),
        "Precedence": "bulk",
        "List-Id": f"bisectweb <bisectweb.{settings.MAIL_DOMAIN}>",
    }
    if reasons := [f"{one.address} ({one.reason})" for one in message.recipients if one.reason]:
        headers["X-Bisectweb-Reason"] = ", ".join(reasons)
    if message.bug:
        headers["Reply-To"] = message.bug.address
    if message.in_reply_to:
        headers["In-Reply-To"] = message.in_reply_to
        headers["References"] = " ".join(_thread(message))
    return EmailMessage(
        subject=message.subject,
        body=message.body,
        from_email=settings.MAIL_FROM,
        to=addressed(message, Header.TO),
        cc=addressed(message, Header.CC),
        headers=headers,
    )


def _thread(message: Message) -> list[str]:
    """The mails of the bug that left before it, the first and the last ones, and the one that it
    answers: whichever of them a reader has, the mail is shown in the thread.
    """
    before = Message.objects.filter(bug=message.bug, sent__lt=message.created).order_by("sent")
    ids = list(before.exclude(bug=None).values_list("message_id", flat=True)[:MOST_BEFORE])
    kept = [*ids[:1], *ids[1:][-MOST_REFERENCES:]]
    return [*(one for one in kept if one != message.in_reply_to), message.in_reply_to]


def _is_answer(message: Message) -> bool:
    return hasattr(message, "answer") or hasattr(message, "patch_test")


def raw(message: Message) -> bytes:
    """The mail as it leaves, byte for byte but for the ends of its lines."""
    return outgoing(message).message().as_bytes()


def seen(message: Message) -> str:
    """Names what a person saw who approves: another text or other people have another name."""
    content = json.dumps([message.subject, message.body, message.people], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def addressed(message: Message, header: Header) -> list[str]:
    """Names and addresses as a header has them."""
    people = [one for one in message.recipients if one.header == header]
    return [formataddr((one.name, one.address)) for one in people]
