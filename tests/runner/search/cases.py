"""Searches in the middle of small random histories, beside their slow reference."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from runner.search import BAYES, Evidence, History, Outcome
from runner.search.bayes import Search
from runner.search.choice import Option
from runner.search.rates import NOISE, Noise
from runner.values import Sha
from tests.runner.search.graphs import evidence, histories, newest_first
from tests.runner.search.reference import Reference

OK, CRASH = Outcome.OK, Outcome.CRASH
COARSE = replace(
    BAYES,
    noise=replace(
        NOISE,
        crash_rates=(0.1, 0.5, 0.95),
        crash_weights=(1.0, 2.0, 1.0),
        background_rates=(0.002, 0.03),
        background_weights=(0.8, 0.2),
    ),
)
"""Few rates, so that all outcomes can be listed, or many commits tried."""
CERTAIN = replace(
    BAYES,
    far_end=0.0,
    near_end=0.0,
    build_minutes=0.0,
    run_minutes=1.0,
    noise=Noise(
        crash_rates=(1.0,),
        crash_weights=(1.0,),
        background_rates=(0.0,),
        background_weights=(1.0,),
        masked=0,
        foreign=0,
    ),
)
"""Every revision with the bug crashes, and no other one; every step costs the same."""
BY_THE_BUILD = replace(CERTAIN, build_minutes=1.0, run_minutes=1e-7)
"""The same where only builds cost anything."""
policies = st.builds(
    replace,
    st.just(COARSE),
    build_minutes=st.sampled_from((0.5, 7.0, 60.0)),
    run_minutes=st.sampled_from((0.1, 0.7, 5.0)),
    vms=st.sampled_from((1, 1, 3, 10)),
    ready=st.sampled_from((None, None, frozenset[Sha]())),
)


def only(search: Search, sha: Sha) -> Option | None:
    """The best batch of one revision; None if no batch of it is worth anything."""
    others = set(search.history.parents) - {sha}
    return search.chooser.best([(1.0, search.belief)], others)


def build_minutes(reference: Reference, sha: Sha) -> float:
    """Kernels that were tested are kept, unless the policy says which."""
    kept = reference.policy.ready is None and sha in {one.sha for one in reference.evidence}
    return 0.0 if kept else reference.policy.build_minutes


@st.composite
def cases(draw: st.DrawFn, fix: bool = False) -> tuple[Search, Reference]:
    """A search after some runs, with a start that is known to crash."""
    history = replace(draw(histories(most=6, fix=fix)), releases={})
    known = draw(evidence(history, outcomes=(OK, CRASH)))
    start = history.good if fix else history.bad
    assert start is not None
    seen = [Evidence(one.sha, one.outcomes) for one in known] + [Evidence(start, [CRASH] * 3)]
    policy = draw(policies)
    return Search(history, seen, policy), Reference(history, seen, policy)


def runnable(reference: Reference) -> list[Sha]:
    """Where a run may tell something, and surely tells what it seems to tell."""
    history = reference.history
    places = reference.window | {history.good} | set(reference.counts)
    return [sha for sha in history.parents if sha in places and not history.fork(sha)]


FORKED = History(
    newest_first(
        [
            ("start", ("x0",)),
            ("m1", ("start",)),
            ("o1", ("x1",)),
            ("o2", ("o1",)),
            ("m2", ("m1", "o2")),
        ]
    ),
    good="start",
    bad="m2",
    fix=True,
)
"""Nobody knows whether the bug was in `x1` already."""
