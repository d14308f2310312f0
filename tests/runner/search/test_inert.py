"""Commits that cannot matter: what only they set apart is one kernel, and is not built twice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from runner.search import (
    BAYES,
    Decision,
    Evidence,
    Found,
    History,
    Inconclusive,
    Outcome,
    Probe,
    Test,
    decide,
)
from runner.search.prior import weigh
from runner.values import Sha
from tests.runner.search.graphs import examples, histories, line


def number(sha: Sha) -> int:
    return int(sha[1:])


@dataclass(frozen=True)
class Range:
    """A line of commits, most of which cannot matter; from the culprit on it crashes."""

    length: int
    inert: frozenset[Sha]
    culprit: Sha

    @classmethod
    def of(cls, seed: int, length: int = 300, share: float = 0.9) -> Range:
        random = Random(seed)
        inert = {f"c{n}" for n in range(1, length) if random.random() < share}
        live = [f"c{n}" for n in range(1, length + 1) if f"c{n}" not in inert]
        return cls(length, frozenset(inert), random.choice(live))

    def kernel(self, sha: Sha) -> str:
        while sha in self.inert:
            sha = f"c{number(sha) - 1}"
        return sha

    def history(self) -> History:
        changes = {f"c{n}": (f"drivers/{n}.c",) for n in range(1, self.length + 1)}
        prior = weigh(changes, stack=(), inert=self.inert)
        return History(
            line(self.length),
            good="c0",
            bad=f"c{self.length}",
            prior=prior.weights,
            inert=prior.inert,
        )

    def run(self, probe: Probe) -> Evidence:
        crashes = number(probe.sha) >= number(self.culprit)
        outcomes = [Outcome.CRASH] if crashes else [Outcome.OK] * probe.runs
        return Evidence(probe.sha, outcomes, signature=self.kernel(probe.sha))

    def search(self, *known: Evidence) -> tuple[Decision, list[Sha]]:
        """The end of a search, and what it had built."""
        history = self.history()
        evidence = list(known)
        for _ in range(100):
            decision = decide(history, evidence, BAYES)
            if not isinstance(decision, Test):
                return decision, list(dict.fromkeys(one.sha for one in evidence))
            evidence += [self.run(probe) for probe in decision.probes]
        raise AssertionError("the search does not end")


def test_no_kernel_is_built_that_differs_from_another_by_nothing_that_matters() -> None:
    again = 0
    for seed in range(12):
        world = Range.of(seed)
        decision, built = world.search()
        assert isinstance(decision, Found)
        assert decision.sha == world.culprit
        again += len(built) - len({world.kernel(sha) for sha in built})
    # Seldom a search wants to see the parent of the culprit, whatever is known of its kernel.
    assert again <= 2


def test_a_culprit_that_was_taken_for_inert_is_among_the_suspects_once_a_run_shows_it() -> None:
    """As the check of a culprit does, which runs its parent."""
    world = Range.of(3, length=40, share=0.5)
    mistaken = Mistaken(40, world.inert | {"c20"}, "c20")
    child, _ = mistaken.search()
    assert isinstance(child, Found)
    assert child.sha == "c21"
    decision, _ = mistaken.search(mistaken.run(Probe("c20", 3)))
    assert isinstance(decision, Inconclusive)
    assert set(decision.suspects) == {"c19", "c20"}


class Mistaken(Range):
    """Where kernels differ although nothing that is known to matter does."""

    def kernel(self, sha: Sha) -> str:
        return f"{super().kernel(sha)} {number(sha) >= number(self.culprit)}"


def same_but_for(history: History, one: Sha, other: Sha, inert: Collection[Sha]) -> bool:
    """By the definition: the sets of ancestors, one commit at a time."""
    differ = {sha for sha in history.parents if ancestor(history, sha, one, other)}
    return differ <= set(inert)


def ancestor(history: History, sha: Sha, one: Sha, other: Sha) -> bool:
    return history.contains(one, sha) != history.contains(other, sha)


@given(histories(), st.data())
@examples(40)
def test_twins_differ_by_commits_that_cannot_matter(history: History, data: st.DataObject) -> None:
    commits = sorted(history.parents)
    inert = frozenset(data.draw(st.sets(st.sampled_from(commits))))
    known = replace(history, inert=inert)
    one = data.draw(st.sampled_from(commits))
    twins = {sha for sha in commits if known.twins(one)[known.ancestry.position[sha]]}
    assert twins == {sha for sha in commits if same_but_for(history, one, sha, inert)}
