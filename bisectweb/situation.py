"""Where a bug stands, in one sentence: what is known of it, and what happens next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bisectweb.models import Bisection, Bug, Culprit, Message
from bisectweb.outbound.emails import percent

LONGEST = 200
"""Letters of what somebody wrote: a sentence is to be read at once."""
MAILS: Mapping[str, str] = {
    Message.State.DRAFTED: "the mail names nobody yet whom it could go to",
    Message.State.AWAITING_APPROVAL: "the mail awaits approval",
    Message.State.APPROVED: "the mail is about to leave",
    Message.State.SENDING: "the mail is about to leave",
    Message.State.UNKNOWN: "nobody knows whether the mail arrived",
    Message.State.SENT: "the mail was sent",
    Message.State.FAILED: "the mail could not be sent",
    Message.State.CANCELLED: "the mail was withheld",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A commit that a search named."""

    kind: str
    """What it is said to be: the cause or the fix."""
    sha: str
    subject: str
    confidence: float | None = None
    is_verified: bool = False
    flags: Sequence[str] = ()
    verdict: str = ""
    verdict_by: str = ""
    real: str = ""

    @property
    def named(self) -> str:
        return f'{self.sha[:12]} ("{_short(self.subject)}")'


@dataclass(frozen=True, slots=True)
class Search:
    """The latest bisection."""

    kind: str
    state: str
    imported: bool = False
    is_verifying: bool = False
    tested: int = 0
    """Revisions that something is known of."""
    left: str = ""
    """What it may still take; empty: nobody knows."""
    reason: str = ""
    """Why it ended without a commit, or what our own machine suffers from."""
    suspects: int = 0
    is_invalid: bool = False
    invalid_reason: str = ""
    mail: str = ""
    """The state of the mail about its end; empty where there is none."""
    found: Found | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the sentence is made of."""

    state: str = Bug.State.OPEN
    fix: str = ""
    duplicate_of: str = ""
    """The title of that bug, for who may see it."""
    has_crash: bool = True
    has_reproducer: bool = True
    is_paused: bool = False
    """The tree."""
    latest: Search | None = None
    known: Sequence[Found] = ()
    """What bisections have found and nobody has taken back, the newest of each kind."""


def sentence(now: Situation) -> str:
    """What is known, and what happens next."""
    return "; ".join([*_said(now), *_known_besides(now)]) + "."


def _said(now: Situation) -> Iterator[str]:
    match now.state:
        case Bug.State.FIXED:
            yield f'Fixed by "{_short(now.fix)}"' if now.fix else "Fixed"
        case Bug.State.INVALID:
            yield "Said to be no bug: nobody works on it"
        case Bug.State.DUPLICATE:
            other = f'"{_short(now.duplicate_of)}"' if now.duplicate_of else "another bug"
            yield f"Duplicate of {other}: look there"
        case _:
            yield from _searched(now, now.latest) if now.latest else _unsearched(now)


def _known_besides(now: Situation) -> Iterator[str]:
    """What was found and is not what the sentence is about."""
    about = now.latest.found if now.latest and now.state == Bug.State.OPEN else None
    for one in now.known:
        if about is None or one.kind != about.kind:
            yield f"the {one.kind} found is {one.named}"


def _unsearched(now: Situation) -> Iterator[str]:
    if not now.has_crash:
        yield "Nobody has asked for a bisection: there is no crash yet"
    elif not now.has_reproducer:
        yield "Nobody has asked for a bisection: there is no reproducer"
    else:
        yield "Nobody has asked for a bisection yet"


def _searched(now: Situation, search: Search) -> Iterator[str]:
    if search.state in Bisection.ACTIVE:
        yield from _under_way(now, search)
    elif search.is_invalid:
        yield f"The latest result was marked invalid: {_short(search.invalid_reason)}"
    elif search.found:
        yield _named(search.found)
        yield from _mailed(search)
    else:
        yield from _ended(search)
        yield from _mailed(search)


def _under_way(now: Situation, search: Search) -> Iterator[str]:
    what = (
        "Being bisected" if search.kind == Bisection.Kind.CAUSE else "Its fix is being looked for"
    )
    tested = f"{search.tested} revision{'s' * (search.tested != 1)} tested"
    if search.state == Bisection.State.QUEUED:
        yield f"Waits to be bisected for its {search.kind}"
    elif search.is_verifying:
        yield f"A {search.kind} was found and is being verified before anybody is told"
    else:
        left = f"{search.left} left" if search.left else "nobody knows yet how long it takes"
        yield f"{what}: {tested}, {left}"
    if now.is_paused:
        yield "the tree is paused"
    if search.reason:
        yield f"there is trouble on our side: {_short(search.reason)}"


def _named(found: Found) -> str:
    sure = f" with {percent(found.confidence)}" if found.confidence is not None else ""
    return f"{found.kind.capitalize()} found{sure}: {found.named}{_judged(found)}"


def _judged(found: Found) -> str:
    who = found.verdict_by or "a person"
    match found.verdict:
        case Culprit.Verdict.CONFIRMED:
            return f", confirmed by {who}"
        case Culprit.Verdict.WRONG:
            real = f": it is {found.real[:12]}" if found.real else ""
            return f", but {who} says that it is wrong{real}"
        case _ if found.flags:
            return f", with care: {', '.join(found.flags)}"
        case _:
            return ", verified" if found.is_verified else ", not verified"


def _ended(search: Search) -> Iterator[str]:
    what = "bisection" if search.kind == Bisection.Kind.CAUSE else "search for its fix"
    why = f": {_short(search.reason)}" if search.reason else ""
    match search.state:
        case Bisection.State.INCONCLUSIVE:
            some = f": the commit is one of {search.suspects}" if search.suspects > 1 else ""
            yield f"Inconclusive{some}{why.replace(':', ',', 1) if some else why}"
        case Bisection.State.CANCELLED:
            yield f"The {what} was cancelled: nothing happens until somebody asks for another"
        case _ if search.imported:
            yield f"The {what}, done elsewhere, failed{why}"
        case _:
            yield f"The {what} failed{why}"
            yield "nothing happens until somebody lets it go on or asks for another"


def _mailed(search: Search) -> Iterator[str]:
    if search.imported:
        yield "it was done elsewhere, so nobody is mailed"
    elif search.mail:
        yield MAILS[search.mail]


def _short(text: str) -> str:
    text = " ".join(text.split()).removesuffix(".")
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}"
