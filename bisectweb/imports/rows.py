"""The rows that a log becomes: each revision with its kernel and runs, the result, the culprit.

Nothing is written here. What a log says of an outcome is kept in its own words; which crashes are
the bug's is told by the start commit, as for a bisection of ours.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bisectweb.models import Bisection, Culprit, Kernel, Revision, Run, as_rows
from bisectweb.workflow.telling import why
from runner.console import crash_type
from runner.console.similarity import similarity
from runner.errors import InputError
from runner.log import Log, parse, render_entries
from runner.log.entries import Choice, GitStart, Reidentified, Shown
from runner.log.values import MOST_RUNS, Ending, GitStep, Role, Test
from runner.log.words import Kind, Result, RunKind
from runner.search import Step, Verdict
from runner.search.decision import Halving, Phase
from runner.values import Crash, Header, Recipient, Sha

FULL_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
AUTHOR = re.compile(r"(.*?) *<([^<>]*)>")
RELEASE = re.compile(r"Linux \d+\.\d+(?:\.\d+)?(?:-rc\d+)?")
"""The subject of a commit that makes a release."""
LOST = "lost connection to test machine"
"""What syzkaller calls a crash of a machine that went away without a word."""
MOST_REVISIONS = 1000
"""Of a log: bisections have tens, and each becomes a row, as do its runs."""
GIT_DATE = "%a %b %d %H:%M:%S %Y %z"
SWAPPED = {Verdict.GOOD: Verdict.BAD, Verdict.BAD: Verdict.GOOD}

PHASES = {
    Role.START: Phase.START,
    Role.RELEASE: Phase.RELEASE,
    Role.HEAD: Phase.HEAD,
    Role.GOOD: Phase.GOOD,
    Role.BASE: Phase.BASE,
    Role.BISECT: Phase.HALVING,
}
ROLES = {Role.CONFIG: Revision.Role.CONFIG, Role.PARENT: Revision.Role.PARENT}
"""Whatever else was tested was tested for the search."""
STATES = {
    Ending.CULPRIT: Bisection.State.FOUND,
    Ending.INCONCLUSIVE: Bisection.State.INCONCLUSIVE,
    Ending.OLDEST: Bisection.State.INCONCLUSIVE,
    Ending.HEAD: Bisection.State.INCONCLUSIVE,
    Ending.ERROR: Bisection.State.FAILED,
    Ending.UNFINISHED: Bisection.State.FAILED,
}


@dataclass(frozen=True, slots=True)
class Tested:
    """The rows of one revision; the revision does not refer to its kernel yet."""

    revision: Revision
    kernel: Kernel | None
    runs: Sequence[Run]


def read(content: bytes) -> Log:
    """No database takes NUL or lone surrogates; the log itself is kept byte for byte."""
    text = content.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    return parse(text.replace("\r\n", "\n"))


def check(log: Log) -> None:
    """Raise `InputError` for what is no log of a bisection, or names commits that are none."""
    if log.opening is None:
        raise InputError("this is no bisection log: no line says which commit it starts from")
    tests = log.tests
    if len(tests) > MOST_REVISIONS or any(len(test.runs) > MOST_RUNS for test in tests):
        raise InputError(
            f"a log has at most {MOST_REVISIONS} revisions, and a revision {MOST_RUNS} runs"
        )
    named = [log.start, *(test.sha for test in tests), *log.candidates]
    if log.culprit:
        named.append(log.culprit.sha)
    for sha in named:
        if not FULL_SHA.fullmatch(sha):
            raise InputError(f"{sha[:80]!r} is no full name of a commit")


def bug_title(log: Log) -> str:
    """What the start commit showed most often: the bug that was searched for. The crash at the
    end of a log is the culprit's, which is another one where the search went astray.
    """
    [start] = log.tests[:1] or [None]
    seen = Counter(_crashes(start, log.usual_runs))
    if seen:
        return seen.most_common(1)[0][0]
    return log.crash.title if log.crash else f"unknown crash on {log.start[:12]}"


def report(log: Log, title: str) -> str:
    """The crash report of the log, below its own title if that is not the bug's."""
    if log.crash is None:
        return ""
    return log.crash.more if log.crash.title == title else f"{log.crash.title}\n{log.crash.more}"


def result(log: Log) -> Mapping[str, object]:
    """The fields of the bisection that tell how it ended."""
    subjects = _subjects(log)
    begun = _moment(log.started.time.partition(" +")[0]) if log.started else None
    lasted = timedelta(seconds=log.totals.total.seconds if log.totals else 0)
    return {
        "state": STATES[log.ending],
        "reason": _reason(log),
        "suspects": [{"sha": sha, "subject": subjects.get(sha, "")} for sha in log.candidates],
        "started": begun,
        "ended": begun and begun + lasted,
        **_range(log),
    }


def _reason(log: Log) -> str:
    releases = [test.release for test in log.tests if test.release]
    oldest = f", {releases[-1]}" if releases else ""
    match log.ending:
        case Ending.CULPRIT:
            return ""
        case Ending.INCONCLUSIVE:
            return f"{len(log.candidates)} commits could not be told apart"
        case Ending.OLDEST:
            return (
                f"the crash already happened on the oldest tested release{oldest},"
                " or that could not be tested"
            )
        case Ending.HEAD:
            return "the crash is still not fixed, or the newest commit could not be tested"
        case Ending.ERROR:
            return log.error
        case Ending.UNFINISHED:
            return "the log ends before the bisection does"


def _range(log: Log) -> Mapping[str, str]:
    """The ends, as a bisection of ours has them: one is always the start commit."""
    told = next((entry for entry in log.entries if isinstance(entry, GitStart)), None)
    if log.kind is Kind.FIX:
        other = told.bad if told and FULL_SHA.fullmatch(told.bad) else ""
        return {"good": log.start, "bad": other}
    other = told.good if told and FULL_SHA.fullmatch(told.good) else ""
    return {"good": other, "bad": log.start}


def _moment(text: str) -> datetime | None:
    """Of the time in Go's print, up to its zone, which is always UTC there."""
    try:
        return datetime.fromisoformat(f"{text[:19]}+00:00")
    except ValueError:
        return None


def culprit(bisection: Bisection, log: Log) -> Culprit | None:
    """The commit that the log names."""
    found = log.culprit
    if found is None:
        return None
    author, address, date = _authorship(found.shown)
    return Culprit(
        bisection=bisection,
        sha=found.sha,
        subject=found.subject[:500],
        author=author[:300],
        author_email=address[:300],
        date=date,
        details=render_entries([found.shown]).strip("\n") if found.shown else "",
        confidence=None if log.error_probability is None else 1 - log.error_probability,
        signature=found.signature[:64],
        parent_signature=found.parent_signature[:64],
        is_merge=found.is_merge,
        is_release=RELEASE.fullmatch(found.subject) is not None,
        is_noop=found.is_noop,
        people=as_rows(
            Recipient(address, "", header, "")
            for header, addresses in ((Header.TO, log.to), (Header.CC, log.cc))
            for address in addresses
        ),
        recipients_note="as the log names them; none of them is mailed",
    )


def _authorship(shown: Shown | None) -> tuple[str, str, datetime | None]:
    """Name, address and date of the author; each empty if the log does not show it."""
    if shown is None:
        return "", "", None
    parts = AUTHOR.fullmatch(shown.author)
    name, address = (parts[1], parts[2]) if parts else (shown.author, "")
    try:
        return name, address, datetime.strptime(shown.date, GIT_DATE)
    except ValueError:
        return name, address, None


def tested(bisection: Bisection, log: Log) -> Iterator[Tested]:
    """The rows of each revision, in the order of the log."""
    subjects, steps = _subjects(log), {step.choice.sha: step for step in log.git if step.choice}
    count, bug = log.usual_runs, frozenset[str]()
    variants = Counter[tuple[str, Sha]]()
    for order, test in enumerate(log.tests):
        bug = bug or frozenset(_crashes(test, count))
        role = ROLES.get(test.role, Revision.Role.SEARCH)
        variant = variants[role, test.sha]
        variants[role, test.sha] += 1
        revision = Revision(
            bisection=bisection,
            order=order,
            sha=test.sha,
            role=role,
            variant=variant,
            subject=subjects.get(test.sha, "")[:500],
            release=test.release[:100],
            why=_why(test, steps.get(test.sha))[:500],
            state=Revision.State.DONE,
            built=_is_built(test),
            build_error=test.failure.strip("\n"),
            verdict=_verdict(test, log.kind),
        )
        runs = [_run(revision, *one, bug) for one in enumerate(test.results(count))]
        revision.runs_wanted = len(runs)
        yield Tested(revision, _kernel(test), runs)


def _subjects(log: Log) -> dict[Sha, str]:
    """The subjects of commits, as far as the log has them."""
    found: dict[Sha, str] = {}
    for entry in log.entries:
        match entry:
            case Choice(sha, subject):
                found[sha] = subject
            case Reidentified(_, title):
                found[log.start] = title
            case _:
                pass
    if log.culprit:
        found[log.culprit.sha] = log.culprit.subject
    return found


def _crashes(test: Test | None, count: int) -> list[str]:
    """The titles of all runs that crashed; a machine that went away is a crash only where nothing
    else was.
    """
    results = test.results(count) if test else ()
    titles = [one.title for one in results if one.kind is RunKind.CRASHED]
    return [title for title in titles if title != LOST] or titles


def _why(test: Test, step: GitStep | None) -> str:
    """As of a bisection of ours."""
    if test.role is Role.PARENT:
        return "the culprit's parent: does it build the same kernel?"
    if test.role not in PHASES:
        return ""
    halving = None
    if test.role is Role.BISECT:
        if step is None or step.left is None:
            return "halves the range"
        halving = Halving("", "", test.sha, step.left.revisions, step.left.steps)
    return why(Step(PHASES[test.role], test.sha, release=test.release, halving=halving))


def _is_built(test: Test) -> bool | None:
    """None: the log ends before it says."""
    if test.runs or test.signature:
        return True
    return False if test.failure else None


def _verdict(test: Test, kind: Kind) -> str:
    """In git's words; of a config's test whether the bug shows, and none of what was only built."""
    if test.role is Role.PARENT:
        return ""
    if test.role is Role.CONFIG or kind is Kind.CAUSE:
        return test.answer or test.verdict
    return test.answer or SWAPPED.get(test.verdict, test.verdict)


def _kernel(test: Test) -> Kernel | None:
    """What is known of the kernel; there is no image of it, so its key is one of no cache."""
    if not _is_built(test) or not (test.compiler or test.signature):
        return None
    named = f"imported\0{test.compiler}\0{test.signature}"
    return Kernel(
        key=hashlib.sha256(named.encode()).hexdigest(),
        compiler=test.compiler[:300],
        signature=test.signature[:64],
        seconds=0,
    )


def _run(revision: Revision, index: int, seen: Result, bug: frozenset[str]) -> Run:
    crashed = seen.kind in (RunKind.CRASHED, RunKind.IGNORED)
    crash = Crash(seen.title if crashed else "", "")
    return Run(
        revision=revision,
        index=index,
        outcome=outcome(seen, bug),
        words=seen.words[:400],
        title=crash.title[:300],
        type=crash_type(crash.title)[:60],
        similarity=max((similarity(Crash(title, ""), crash) for title in bug), default=0),
    )


def outcome(seen: Result, bug: frozenset[str]) -> str:
    """What a run says of a bug that shows these titles."""
    match seen.kind:
        case RunKind.OK:
            return Run.Outcome.OK
        case RunKind.CRASHED if seen.title in bug:
            return Run.Outcome.CRASH
        case RunKind.CRASHED if seen.title != LOST:
            return Run.Outcome.OTHER_CRASH
        case RunKind.IGNORED:
            return Run.Outcome.OTHER_CRASH
        case RunKind.BOOT_FAILED | RunKind.TEST_FAILED:
            return Run.Outcome.BOOT_FAILED
        case _:
            return Run.Outcome.LOST
