"""The plan of the history, for many seeds: no git and no source is needed."""

from __future__ import annotations

import pytest

from tests.demolinux.change import Change, Effect
from tests.demolinux.history import dates, release
from tests.demolinux.plan import BASE, CHANGES, Step, ancestors, broken, plan

SEEDS = range(21)
RELEASE = release({"Makefile": "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\n"})


def planned(seed: int) -> list[Step]:
    return plan(seed, RELEASE)


def place_of(steps: list[Step], effect: Effect) -> int:
    (place,) = (place for place, step in enumerate(steps) if step.change.effect is effect)
    return place


@pytest.mark.parametrize("seed", SEEDS)
def test_every_change_is_a_commit_once(seed: int) -> None:
    steps = planned(seed)
    ordinary = [step.change for step in steps if len(step.parents) == 1]
    assert steps[0] == Step((), BASE)
    assert sorted(change.key for change in ordinary) == sorted(
        change.key for change in (*CHANGES, RELEASE)
    )
    assert len(ordinary) >= 16


@pytest.mark.parametrize("seed", SEEDS)
def test_the_last_commit_has_all_others_behind_it_and_merges_join_two_lines(seed: int) -> None:
    steps = planned(seed)
    known = ancestors(steps)
    assert known[-1] == frozenset(range(len(steps)))
    merges = [step for step in steps if len(step.parents) == 2]
    assert len(merges) == 3
    for first, second in (step.parents for step in merges):
        assert first not in known[second]
        assert second not in known[first]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_culprit_and_its_neighbours_can_be_tested(seed: int) -> None:
    steps = planned(seed)
    untestable = {*broken(steps, Effect.BREAKS_BUILD), *broken(steps, Effect.BREAKS_BOOT)}
    culprit = place_of(steps, Effect.CULPRIT)
    assert untestable.isdisjoint({0, culprit, *steps[culprit].parents, len(steps) - 1})
    assert untestable.isdisjoint(
        parent for step in steps[1:] if step.change.tag for parent in step.parents
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_one_commit_does_not_build_and_two_do_not_boot(seed: int) -> None:
    steps = planned(seed)
    assert broken(steps, Effect.BREAKS_BUILD) == [place_of(steps, Effect.BREAKS_BUILD)]
    first = place_of(steps, Effect.BREAKS_BOOT)
    assert broken(steps, Effect.BREAKS_BOOT) == [first, first + 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_there_is_something_to_search_on_both_sides_of_the_culprit(seed: int) -> None:
    steps = planned(seed)
    culprit = place_of(steps, Effect.CULPRIT)
    known = ancestors(steps)
    without = sum(culprit not in of for of in known)
    assert min(without, len(steps) - without) >= 3


def test_the_seed_moves_the_culprit() -> None:
    places = set()
    on_topic, after_release = set(), set()
    for seed in SEEDS:
        steps = planned(seed)
        known = ancestors(steps)
        culprit = place_of(steps, Effect.CULPRIT)
        (released,) = (place for place, step in enumerate(steps) if step.change is RELEASE)
        places.add(culprit)
        on_topic.add(culprit not in main_line(steps))
        after_release.add(culprit not in known[released])
    assert len(places) >= 7
    assert on_topic == after_release == {False, True}


def main_line(steps: list[Step]) -> set[int]:
    """The places that following first parents from the end comes through."""
    line, place = {0}, len(steps) - 1
    while place:
        line.add(place)
        place = steps[place].parents[0]
    return line


def test_the_same_seed_gives_the_same_plan_and_another_seed_another() -> None:
    assert planned(3) == planned(3)
    assert planned(3) != planned(4)


@pytest.mark.parametrize("seed", SEEDS)
def test_dates_are_distinct_and_increase(seed: int) -> None:
    times = dates(seed, 30)
    assert times == sorted(set(times))
    assert len(times) == 30


def test_effects_that_the_search_must_meet_are_all_there() -> None:
    def having(effect: Effect) -> list[Change]:
        return [change for change in CHANGES if change.effect is effect]

    assert [len(having(effect)) for effect in Effect if effect is not Effect.PLAIN] == [
        1,
        1,
        1,
        1,
        5,
    ]


def test_a_comment_change_leaves_every_line_where_it_was() -> None:
    (change,) = (change for change in CHANGES if change.effect is Effect.COMMENT)
    for edit in change.edits:
        assert edit.old.count("\n") == edit.new.count("\n")


def test_authors_are_roles_at_addresses_that_cannot_exist() -> None:
    authors = {step.change.author for step in planned(0)}
    assert len(authors) >= 8
    assert all(author.email.endswith("@demo.invalid") for author in authors)
