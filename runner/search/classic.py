"""The classic strategy: reproduce, walk the releases, halve as git does, ten runs a revision.

The rules and numbers are syzkaller's (`pkg/bisect/bisect.go`). Nothing is remembered between
calls: each call replays the search from its first question over the evidence, and stops at the
first question that the evidence does not answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from runner.search.decision import (
    ClassicPolicy,
    Decision,
    Evidence,
    Found,
    Halving,
    Impossible,
    Inconclusive,
    Phase,
    Probe,
    Step,
    Test,
    Verdict,
)
from runner.search.halving import choose
from runner.search.history import History
from runner.search.releases import releases_before
from runner.search.tally import Tally
from runner.values import Outcome, Sha


def decide(history: History, evidence: Iterable[Evidence], policy: ClassicPolicy) -> Decision:
    """What to do next. The classic strategy never has two revisions in hand."""
    return _replay(history, evidence, policy)[0]


def trail(
    history: History, evidence: Iterable[Evidence], policy: ClassicPolicy
) -> tuple[Step, ...]:
    """Every revision the search asked for so far, in its order; the last may be unanswered."""
    return tuple(_replay(history, evidence, policy)[1].steps)


def _replay(
    history: History, evidence: Iterable[Evidence], policy: ClassicPolicy
) -> tuple[Decision, _Replay]:
    replay = _Replay(history, evidence, policy)
    try:
        return replay.search(), replay
    except _Unanswered as question:
        return Test((question.probe,)), replay


class _Unanswered(Exception):
    def __init__(self, probe: Probe) -> None:
        super().__init__(probe)
        self.probe = probe


class _Replay:
    """One pass through the search."""

    def __init__(
        self, history: History, evidence: Iterable[Evidence], policy: ClassicPolicy
    ) -> None:
        self.history = history
        self.policy = policy
        self.outcomes: dict[Sha, list[Outcome]] = {}
        self.unbuilt: set[Sha] = set()
        for one in evidence:
            self.outcomes.setdefault(one.sha, []).extend(one.outcomes)
            if not one.built:
                self.unbuilt.add(one.sha)
        self.steps: list[Step] = []
        self.answers: dict[Sha, bool | None] = {}
        self.crashed: list[Sha] = []
        self.flaky = False
        self.chance = 1.0
        self.confidence = 1.0

    def search(self) -> Decision:
        if problem := self._reproduce():
            return problem
        good = self._good()
        return good if not isinstance(good, tuple) else self._halve(*good)

    def _reproduce(self) -> Impossible | None:
        """The bug must show on the commit it was reported for, or there is nothing to search."""
        start = self.history.start
        if start is None:
            return Impossible((), "a fix bisection needs the commit that crashes")
        if self._crashes(Step(Phase.START, start)) is not True:
            if start in self.unbuilt:
                return Impossible(
                    (), "the kernel of the commit that is said to crash does not build"
                )
            if (tally := self._tally(start)).silent * 2 > tally.total:
                return Impossible(
                    (),
                    "most runs of the commit said to crash did not boot; see their consoles",
                )
            return Impossible(
                (), "the crash was not reproduced on the commit that is said to crash"
            )
        tally = self._tally(start)
        self.chance = tally.ratio
        if not tally.like:
            return Impossible((), "the commit that is said to crash shows another crash only")
        return None

    def _good(self) -> tuple[Sha, Sha] | Decision:
        """The range to halve as (good, bad), or why there is none."""
        if self.history.fix:
            return self._head()
        if self.history.good is None:
            return self._releases()
        match self._crashes(Step(Phase.GOOD, self.history.good)):
            case True:
                return Impossible((), "the good commit crashes too; give an older one")
            case None:
                return Impossible((), "the good commit could not be tested; give another one")
            case False:
                return self.history.good, self.history.bad

    def _head(self) -> tuple[Sha, Sha] | Decision:
        assert self.history.good is not None
        match self._crashes(Step(Phase.HEAD, self.history.bad)):
            case True:
                return Inconclusive((), "the crash is still not fixed")
            case None:
                return Inconclusive((), "HEAD had kernel build, boot or test errors")
            case False:
                return self.history.good, self.history.bad

    def _releases(self) -> tuple[Sha, Sha] | Decision:
        """Back through the releases to the first good one."""
        bad, answer = self.history.bad, None
        releases = releases_before(self.history.releases, bad)
        if not releases:
            return Impossible(
                (), "the tree has no release tag before this commit; give a good commit"
            )
        for tag, sha in releases.items():
            answer = self._crashes(Step(Phase.RELEASE, sha, release=tag))
            if answer is False:
                return sha, bad
            if answer:
                bad = sha
        if answer is None:
            return Impossible(
                (), f"the oldest release, {tag}, could not be tested; give a good commit"
            )
        return Inconclusive((), f"the crash already happened on the oldest tested release, {tag}")

    def _halve(self, good: Sha, bad: Sha) -> Decision:
        goods, skips = [good], set[Sha]()
        while True:
            choice = choose(self.history, bad, goods, skips)
            if choice.sha == bad:
                break
            halving = Halving(goods[0], bad, choice.sha, choice.left, choice.steps)
            verdict = self._verdict(Step(Phase.HALVING, choice.sha, halving=halving))
            if verdict == Verdict.BAD:
                bad = choice.sha
            elif verdict == Verdict.GOOD:
                goods.append(choice.sha)
            else:
                skips.add(choice.sha)
        if choice.skipped:
            return Inconclusive((*choice.skipped, bad), "only skipped revisions are left to test")
        return Found(bad, self.confidence)

    def _verdict(self, step: Step) -> Verdict:
        """Git's word for a halving step; in a fix bisection bad means that it did not crash."""
        crashes = self._crashes(step) if self._had_bug(step) else self._assume_crash(step)
        if crashes is None:
            return Verdict.SKIP
        self._weigh(step.sha, crashes)
        return Verdict.BAD if crashes != self.history.fix else Verdict.GOOD

    def _weigh(self, sha: Sha, crashes: bool) -> None:
        """Confidence falls with each quiet revision, as flaky as the bug is known to be."""
        tally = self._tally(sha)
        if not crashes:
            self.confidence *= 1 - (1 - self.chance) ** tally.ok
        elif tally.crashed:
            self.chance = min(self.chance, (self.chance + tally.ratio) / 2)

    def _had_bug(self, step: Step) -> bool:
        """Whether silence of this revision means anything.

        In a fix bisection a branch that was forked before the bug came in is silent without
        being fixed. It may speak if it contains a revision that crashed, or if the commit it was
        forked at crashes.
        """
        if not self.history.fix:
            return True
        if any(self.history.contains(step.sha, crashed) for crashed in self.crashed):
            return True
        bases = self.history.boundary(step.sha)
        return any(self._crashes(Step(Phase.BASE, base, halving=step.halving)) for base in bases)

    def _assume_crash(self, step: Step) -> bool:
        self.steps.append(replace(step, verdict=Verdict.GOOD, assumed=True))
        return True

    def _crashes(self, step: Step) -> bool | None:
        """Whether the step's revision crashes; None: it cannot be told. Asks if it is unknown."""
        if step.sha in self.answers:
            return self.answers[step.sha]
        runs = self.policy.runs * (2 if self.flaky or not self.steps else 1)
        answer = self.answers[step.sha] = self._answer(step, runs)
        flips = self.history.fix and answer is not None
        verdict = Verdict.SKIP if answer is None else (Verdict.GOOD, Verdict.BAD)[answer != flips]
        self.steps.append(replace(step, verdict=verdict))
        if answer:
            self.flaky = self.flaky or self._tally(step.sha).ratio < 0.5
            if step.sha in self.history.parents:
                self.crashed.append(step.sha)
        return answer

    def _answer(self, step: Step, runs: int) -> bool | None:
        if step.sha in self.unbuilt:
            return None
        missing = runs - self._tally(step.sha).total
        if missing > 0:
            self.steps.append(step)
            raise _Unanswered(Probe(step.sha, missing))
        return self._tally(step.sha).crashes(self.flaky)

    def _tally(self, sha: Sha) -> Tally:
        return Tally.of(self.outcomes.get(sha, ()))
