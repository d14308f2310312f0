"""What our own logs say, as entries: the newest grammar, with remarks where there is more to say.

A log is a head, then for each tested revision what was announced and its test block, then a tail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from runner.console.titles import crash_type
from runner.log import entries as e
from runner.log.entries import Entry, Remark
from runner.log.parse import read_commit
from runner.log.words import Duration, Field, Kind, Result, RunKind, Said, Whose
from runner.search import Explanation, History, Reason, Step, Weight
from runner.search.decision import Halving, Phase
from runner.search.releases import releases_before
from runner.values import Outcome, Recipients, Sha
from runner.verification import Check
from runner.verification import Result as CheckResult

Entries: TypeAlias = tuple[Entry, ...]
Subject = Callable[[Sha], str]

HOST = "bisectweb"
"""What the first line calls whoever writes the log."""
RESULTS = {
    CheckResult.PASSED: "verified",
    CheckResult.FAILED: "contradicted",
    CheckResult.UNCHECKED: "could not be checked",
}
"""What the log and the mail call the result of a check."""
UNKNOWN_TYPE = "UNKNOWN"
"""syzkaller's word for a crash whose type is not known."""
_BLANK = e.Sentence(Said.BLANK)


@dataclass(frozen=True, slots=True)
class Block:
    """One tested revision."""

    sha: Sha
    asked: str
    """The compiler that was asked for. What was used stands in `compiler`, once that is known."""
    compiler: str = ""
    signature: str = ""
    failure: str = ""
    """Why it did not build; empty when it did."""
    runs: Sequence[Result] = ()
    crash_rate: float | None = None
    """How often the bug shows where it was reported; None where the log does not judge by it."""

    @property
    def family(self) -> str:
        """The kind of compiler."""
        return "clang" if "clang" in (self.compiler or self.asked) else "gcc"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A culprit and all that is said of it at the end of a log."""

    sha: Sha
    subject: str
    signature: str
    parent_signature: str
    recipients: Recipients
    crash_title: str
    crash_report: str
    checks: Sequence[Check] = ()


def head(start: Sha, when: datetime, bounds: str = "", *, fix: bool) -> Entries:
    """The first lines, for a search that starts from `start`; `bounds` says why it is there."""
    return (
        e.Started(HOST, go_time(when)),
        e.Opening(_kind(fix), start),
        *map(Remark, bounds.splitlines()),
        e.Reproducing(start),
        _BLANK,
    )


def remark(words: str) -> Entries:
    """A line of our own."""
    return (Remark(words),)


def go_time(when: datetime) -> str:
    """As Go prints a time, such as `2025-07-09 13:22:22.58 +0000 UTC`."""
    utc = when.astimezone(UTC)
    fraction = f".{utc.microsecond:06}".rstrip("0").rstrip(".")
    return f"{utc:%Y-%m-%d %H:%M:%S}{fraction} +0000 UTC"


def _kind(fix: bool) -> Kind:
    return Kind.FIX if fix else Kind.CAUSE


def picked(history: History) -> e.Picked:
    names = releases_before(history.releases, history.bad)
    return e.Picked(tuple(names), len(history.releases))


def announcement(
    history: History, steps: Sequence[Step], position: int, subject: Subject
) -> Entries:
    """What the log says before the test of `steps[position]`."""
    step = steps[position]
    before = steps[:position]
    match step.phase:
        case Phase.START:
            return ()
        case Phase.RELEASE:
            first = before[-1].phase != Phase.RELEASE
            release = e.Release(step.release)
            return (picked(history), release) if first else (release,)
        case Phase.HEAD:
            return (e.Head(step.sha),)
        case Phase.GOOD:
            return (e.GivenGood(step.sha),)
        case Phase.BASE:
            asked = (e.MergeBase(step.sha), e.Sentence(Said.NO_RESULT))
            return (*_git(before, step, subject), *asked)
        case Phase.HALVING:
            pretend = (e.Sentence(Said.PRETEND),) if step.assumed else ()
            return (*_git(before, step, subject), *pretend)


def _git(before: Sequence[Step], step: Step, subject: Subject) -> Entries:
    """Git's command and answer, once for each of its choices."""
    halving = step.halving
    assert halving is not None
    if before and before[-1].halving == halving:
        return ()
    told = answer(before) or (e.GitStart(halving.bad, halving.good),)
    return (*told, *_bisecting(halving, subject))


def asked(reason: Reason, *, again: bool) -> Entries:
    """What the log says before a probe of the probabilistic search; `again` after its block."""
    runs = "1 run" if reason.runs == 1 else f"at most {reason.runs} runs"
    return (Remark(f"{reason.sha[:12]}{' again' * again}, {runs}; {reason.words}"),)


def weighed(weight: Weight) -> Entries:
    """What it says after a probe: what all runs of the revision do to the odds."""
    return (Remark(f"{weight.sha[:12]}: {weight.words}"),)


def standing(state: Explanation) -> Entries:
    """Where the probabilistic search stands; nothing as long as nobody is suspected."""
    return (Remark(f"so far: {state.words}"),) if state.words else ()


def cannot_matter(inert: int, commits: int) -> Entries:
    """Said once the start commit's build has told what the kernel is made of."""
    return (
        Remark(
            f"{inert} of {commits} commits cannot matter:"
            " they change no file that this kernel is built from"
        ),
    )


def credible(suspects: Sequence[Sha], chances: Mapping[Sha, float], reason: str) -> Entries:
    """How likely the suspects are that no run can tell apart, and why that is so."""
    shares = [f"{100 * chances[sha]:.1f} %" if sha in chances else "< 0.1 %" for sha in suspects]
    likely = (f"{share:>7} {sha[:12]}" for share, sha in zip(shares, suspects, strict=True))
    return (Remark(reason), *map(Remark, likely))


def dropped() -> Entries:
    """Said of a revision that was asked for and not needed any more."""
    return (Remark("dropped: the search ended before it was tested"),)


def config_tested(crashes: int, runs: int, *, shows: bool) -> Entries:
    """What a smaller config's runs come to; `shows` is whether they count as showing the bug."""
    said = "the bug shows" if shows else "that does not count as showing the bug"
    return (Remark(f"{crashes} of {runs} runs crashed: {said}"),) if runs else ()


def config_chosen(*, is_original: bool) -> Entries:
    """Said when no smaller config is looked for any more."""
    return (e.Sentence(Said.ORIGINAL_CONFIG) if is_original else Remark("proceeding with it"),)


def answer(steps: Sequence[Step]) -> Entries:
    """The command that told git of the last halving step; nothing if there was none."""
    halved = [step for step in steps if step.phase == Phase.HALVING and step.verdict]
    if not halved or halved[-1].verdict is None:
        return ()
    return (e.GitVerdict(halved[-1].verdict, halved[-1].sha),)


def _bisecting(halving: Halving, subject: Subject) -> Entries:
    choice = e.Choice(halving.choice, subject(halving.choice))
    return (e.Left(halving.left, halving.steps), choice, _BLANK)


def block(tested: Block) -> Entries:
    """A revision's test, complete or as far as it has come."""
    entries: list[Entry] = [e.Testing(tested.sha, tested.family)]
    if tested.compiler:
        entries.append(e.Compiler(tested.compiler))
    if tested.signature:
        entries.append(e.Signature(tested.signature))
    if tested.failure:
        entries.append(e.FailedBuilding(tested.sha, *_lines(tested.failure)))
    # Never `all runs`: revisions have as many runs as they need here, and it says no number.
    entries += [e.Run(index, result) for index, result in enumerate(tested.runs)]
    return (*entries, *_of_runs(tested))


def _of_runs(tested: Block) -> Entries:
    """What the runs come to: the crash that stands for all, or what no crash may have missed."""
    crashes = Counter(run.title for run in tested.runs if run.kind is RunKind.CRASHED)
    if crashes:
        [(title, _)] = crashes.most_common(1)
        return (e.Representative(title, (crash_type(title) or UNKNOWN_TYPE,)),)
    quiet = sum(run.kind is RunKind.OK for run in tested.runs)
    if tested.crash_rate is None or not quiet:
        return ()
    return (e.FalseNegative(round((1 - tested.crash_rate) ** quiet, 3)),)


def crash_rate(outcomes: Sequence[Outcome]) -> float | None:
    """How often the bug shows, by the runs that could show it; None: it did not."""
    crashes, quiet = outcomes.count(Outcome.CRASH), outcomes.count(Outcome.OK)
    return crashes / (crashes + quiet) if crashes else None


def totals(revisions: int, total: float, build: float, test: float) -> e.Totals:
    """What a bisection cost, from seconds."""
    return e.Totals(revisions, Duration.of(total), Duration.of(build), Duration.of(test))


def first_bad(steps: Sequence[Step], sha: Sha, details: str, confidence: float) -> Entries:
    """Git's answer when nothing is left to test. Git says bad for the fix of a bug, too."""
    text = f"{details.rstrip()}\n\n"
    shown = read_commit(text) or e.GitOutput(text)
    return (*answer(steps), e.FirstBad(sha), shown, e.ErrorProbability(round(1 - confidence, 2)))


def untested_parent(sha: Sha) -> Entries:
    """Said before a build that serves only to compare signatures."""
    return (e.UntestedParent(sha),)


def verifying(sha: Sha, runs: int, *, again: bool) -> Entries:
    """Said before what is run to verify a culprit; `again` after the block of its revision."""
    return (Remark(f"verifying: {sha[:12]}{' again' * again}, {_runs(runs)}"),)


def reverted(sha: Sha, base: Sha, runs: int) -> Entries:
    return (Remark(f"verifying: {sha[:12]} reverted on {base[:12]}, {_runs(runs)}"),)


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def searched_again(sha: Sha) -> Entries:
    """Said when the runs that should verify a culprit speak against it."""
    return (Remark(f"{sha[:12]} is not verified: the search goes on"),)


def culprit(end: Conclusion, cost: e.Totals, *, fix: bool) -> Entries:
    """The tail of a log that found its commit."""
    return (
        e.EndSignature(Whose.CULPRIT, end.signature),
        e.EndSignature(Whose.PARENT, end.parent_signature),
        cost,
        e.First(_kind(fix), end.sha, end.subject),
        *(Remark(f"{RESULTS[check.result]}: {check.words}") for check in end.checks),
        e.RecipientList(Field.TO, end.recipients.to),
        e.RecipientList(Field.CC, end.recipients.cc),
        e.CrashReport(end.crash_title, f"{end.crash_report}\n"),
    )


def inconclusive(
    steps: Sequence[Step], suspects: Sequence[Sha], reason: str, cost: e.Totals, *, fix: bool
) -> Entries:
    """The tail of a log that could not narrow its range further."""
    if not suspects:
        return _without_range(reason, cost, fix=fix)
    candidates = [e.Candidate(sha) for sha in suspects]
    return (
        *answer(steps),
        e.Sentence(Said.ONLY_SKIPPED),
        e.Sentence(Said.FIRST_BAD_AMONG),
        *candidates,
        e.Sentence(Said.CANNOT_GO_ON),
        _BLANK,
        cost,
        e.Inconclusive(_kind(fix)),
        *candidates,
    )


def _without_range(reason: str, cost: e.Totals, *, fix: bool) -> Entries:
    """Where no good commit was found for a cause, and none without the bug for a fix."""
    is_broken = reason == Said.HEAD_BROKEN
    return (
        e.Sentence(Said.HEAD_BROKEN if is_broken else Said.WALKED_OLDEST),
        *(() if is_broken else (Remark(reason),)),
        cost,
        e.Sentence(Said.ON_HEAD if fix else Said.ON_OLDEST),
    )


def error(reason: str, cost: e.Totals) -> Entries:
    """The tail of a log that ended without a result."""
    return (cost, e.Error(*_lines(reason)))


def _lines(text: str) -> tuple[str, str]:
    """The first line, and the others with their ends."""
    first, _, more = text.partition("\n")
    return first, f"{more}\n" if more else ""
