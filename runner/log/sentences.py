"""The bisection log, in the grammar of syzbot's: lines for people and for parsers of such logs.

A log is a head, then for each tested revision what was announced and its test block, then a tail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from runner.search import Explanation, History, Reason, Step, Verdict, Weight
from runner.search.decision import Halving, Phase
from runner.search.releases import releases_before
from runner.values import Recipients, Sha
from runner.verification import Check, Result

Subject = Callable[[Sha], str]

RESULTS = {
    Result.PASSED: "verified",
    Result.FAILED: "contradicted",
    Result.UNCHECKED: "could not be checked",
}
"""What the log and the mail call the result of a check."""


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
    runs: Sequence[str] = ()
    """Of each run the words after `run #N: `."""

    @property
    def family(self) -> str:
        """The kind of compiler."""
        return "clang" if "clang" in (self.compiler or self.asked) else "gcc"


@dataclass(frozen=True, slots=True)
class Totals:
    """What a bisection cost, in seconds."""

    revisions: int
    total: float
    build: float
    test: float


@dataclass(frozen=True, slots=True)
class Ending:
    """A culprit and all that is said of it at the end of a log."""

    sha: Sha
    subject: str
    signature: str
    parent_signature: str
    recipients: Recipients
    crash_title: str
    crash_report: str
    checks: Sequence[Check] = ()


def head(start: Sha, bounds: str = "", *, fix: bool) -> str:
    """The first lines, for a search that starts from `start`; `bounds` says why it is there."""
    first = "bisecting fixing commit since" if fix else "bisecting cause commit starting from"
    said = "".join(f"# {line}\n" for line in bounds.splitlines())
    return f"{first} {start}\n{said}ensuring issue is reproducible on original commit {start}\n\n"


def picked(history: History) -> str:
    names = " ".join(releases_before(history.releases, history.bad))
    return f"picked [{names}] out of {len(history.releases)} release tags\n"


def announcement(history: History, steps: Sequence[Step], position: int, subject: Subject) -> str:
    """What the log says before the test of `steps[position]`."""
    step = steps[position]
    before = steps[:position]
    match step.phase:
        case Phase.START:
            return ""
        case Phase.RELEASE:
            first = before[-1].phase != Phase.RELEASE
            return (picked(history) if first else "") + f"testing release {step.release}\n"
        case Phase.HEAD:
            return f"testing current HEAD {step.sha}\n"
        case Phase.GOOD:
            return f"testing the given good commit {step.sha}\n"
        case Phase.BASE:
            asked = f"checking the merge base {step.sha}\nno existing result, test the revision\n"
            return _git(before, step, subject) + asked
        case Phase.HALVING:
            pretend = "the bug was not introduced yet; pretend that kernel crashed\n"
            return _git(before, step, subject) + (pretend if step.assumed else "")


def _git(before: Sequence[Step], step: Step, subject: Subject) -> str:
    """Git's command and answer, once for each of its choices."""
    halving = step.halving
    assert halving is not None
    if before and before[-1].halving == halving:
        return ""
    answered = answer(before) or f"# git bisect start {halving.bad} {halving.good}\n"
    return answered + _bisecting(halving, subject)


def asked(reason: Reason, *, again: bool) -> str:
    """What the log says before a probe of the probabilistic search; `again` after its block."""
    runs = "1 run" if reason.runs == 1 else f"at most {reason.runs} runs"
    return f"# {reason.sha[:12]}{' again' * again}, {runs}; {reason.words}\n"


def weighed(weight: Weight) -> str:
    """What it says after a probe: what all runs of the revision do to the odds."""
    return f"# {weight.sha[:12]}: {weight.words}\n"


def standing(state: Explanation) -> str:
    """Where the probabilistic search stands; empty as long as nobody is suspected."""
    return f"# so far: {state.words}\n" if state.words else ""


def cannot_matter(inert: int, commits: int) -> str:
    """Said once the start commit's build has told what the kernel is made of."""
    return (
        f"# {inert} of {commits} commits cannot matter:"
        " they change no file that this kernel is built from\n"
    )


def credible(suspects: Sequence[Sha], chances: Mapping[Sha, float], reason: str) -> str:
    """How likely the suspects are that no run can tell apart, and why that is so."""
    shares = [f"{100 * chances[sha]:.1f} %" if sha in chances else "< 0.1 %" for sha in suspects]
    lines = [f"# {share:>7} {sha[:12]}\n" for share, sha in zip(shares, suspects, strict=True)]
    return f"# {reason}\n" + "".join(lines)


def dropped() -> str:
    """Said of a revision that was asked for and not needed any more."""
    return "# dropped: the search ended before it was tested\n"


def config_tested(crashes: int, runs: int, *, shows: bool) -> str:
    """What a smaller config's runs come to; `shows` is whether they count as showing the bug."""
    said = "the bug shows" if shows else "that does not count as showing the bug"
    return f"# {crashes} of {runs} runs crashed: {said}\n" if runs else ""


def config_chosen(*, is_original: bool) -> str:
    """Said when no smaller config is looked for any more."""
    return "proceeding with the original config\n" if is_original else "# proceeding with it\n"


def answer(steps: Sequence[Step]) -> str:
    """The command that told git of the last halving step; empty if there was none."""
    halved = [step for step in steps if step.phase == Phase.HALVING and step.verdict]
    return f"# git bisect {halved[-1].verdict} {halved[-1].sha}\n" if halved else ""


def _bisecting(halving: Halving, subject: Subject) -> str:
    revisions = "revision" if halving.left == 1 else "revisions"
    steps = "step" if halving.steps == 1 else "steps"
    return (
        f"Bisecting: {halving.left} {revisions} left to test after this"
        f" (roughly {halving.steps} {steps})\n[{halving.choice}] {subject(halving.choice)}\n\n"
    )


def block(tested: Block) -> str:
    """A revision's test, complete or as far as it has come."""
    lines = [f"testing commit {tested.sha} {tested.family}"]
    if tested.compiler:
        lines.append(f"compiler: {tested.compiler}")
    if tested.signature:
        lines.append(f"kernel signature: {tested.signature}")
    if tested.failure:
        lines.append(f"failed building {tested.sha}: {tested.failure}")
    if len(tested.runs) > 1 and len(set(tested.runs)) == 1:
        lines.append(f"all runs: {tested.runs[0]}")
    else:
        lines += [f"run #{index}: {words}" for index, words in enumerate(tested.runs)]
    return "\n".join(lines) + "\n"


def totals(cost: Totals) -> str:
    return (
        f"revisions tested: {cost.revisions}, total time: {duration(cost.total)}"
        f" (build: {duration(cost.build)}, test: {duration(cost.test)})\n"
    )


def first_bad(steps: Sequence[Step], sha: Sha, details: str, confidence: float) -> str:
    """Git's answer when nothing is left to test. Git says bad for the fix of a bug, too."""
    return (
        answer(steps)
        + f"{sha} is the first {Verdict.BAD} commit\n{details.rstrip()}\n\n"
        + f"accumulated error probability: {1 - confidence:.2f}\n"
    )


def untested_parent(sha: Sha) -> str:
    """Said before a build that serves only to compare signatures."""
    return f"parent commit {sha} wasn't tested\n"


def verifying(sha: Sha, runs: int, *, again: bool) -> str:
    """Said before what is run to verify a culprit; `again` after the block of its revision."""
    count = "1 run" if runs == 1 else f"{runs} runs"
    return f"# verifying: {sha[:12]}{' again' * again}, {count}\n"


def reverted(sha: Sha, base: Sha, runs: int) -> str:
    count = "1 run" if runs == 1 else f"{runs} runs"
    return f"# verifying: {sha[:12]} reverted on {base[:12]}, {count}\n"


def searched_again(sha: Sha) -> str:
    """Said when the runs that should verify a culprit speak against it."""
    return f"# {sha[:12]} is not verified: the search goes on\n"


def culprit(end: Ending, cost: Totals, *, fix: bool) -> str:
    """The tail of a log that found its commit."""
    kind = "good" if fix else "bad"
    return (
        f"culprit signature: {end.signature}\nparent  signature: {end.parent_signature}\n"
        + totals(cost)
        + f"first {kind} commit: {end.sha} {end.subject}\n"
        + "".join(f"# {RESULTS[check.result]}: {check.words}\n" for check in end.checks)
        + f"recipients (to): {_quoted(end.recipients.to)}\n"
        + f"recipients (cc): {_quoted(end.recipients.cc)}\n"
        + f"crash: {end.crash_title}\n{end.crash_report}\n"
    )


def _quoted(addresses: Sequence[str]) -> str:
    return "[" + " ".join(f'"{address}"' for address in addresses) + "]"


def inconclusive(
    steps: Sequence[Step], suspects: Sequence[Sha], reason: str, cost: Totals, *, fix: bool
) -> str:
    """The tail of a log that could not narrow its range further."""
    if not suspects:
        return f"{reason}\n{totals(cost)}"
    kind = "good" if fix else "bad"
    return (
        answer(steps)
        + "There are only 'skip'ped commits left to test.\n"
        + f"The first {Verdict.BAD} commit could be any of:\n"
        + "".join(f"{sha}\n" for sha in suspects)
        + "We cannot bisect more!\n\n"
        + totals(cost)
        + f"bisection is inconclusive, the first {kind} commit could be any of:\n"
        + "".join(f"{sha}\n" for sha in suspects)
    )


def error(reason: str, cost: Totals) -> str:
    """The tail of a log that ended without a result."""
    return f"{totals(cost)}error: {reason}\n"


def duration(seconds: float) -> str:
    """As Go prints one: `3h31m28.64s`, `1m0s`, `250ms`, `0s`."""
    if 0 < seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    minutes, rest = divmod(round(seconds, 3), 60)
    hours, minutes = divmod(int(minutes), 60)
    tail = f"{rest:.3f}".rstrip("0").rstrip(".") + "s"
    if hours:
        return f"{hours}h{minutes}m{tail}"
    return f"{minutes}m{tail}" if minutes else tail
