"""The plan of the history, for many seeds: no git is needed, and no source but its anchors."""

from __future__ import annotations

from functools import cache

import pytest

from runner.errors import InputError
from tests.demolinux import choice
from tests.demolinux.base import version
from tests.demolinux.change import INTEGRATOR, Change, Effect
from tests.demolinux.conftest import anchors, places
from tests.demolinux.culprits import CULPRITS
from tests.demolinux.history import dates
from tests.demolinux.plan import Changes, Step, ancestors, broken, plan

SEEDS = range(21)
BASE = Change("base", INTEGRATOR, "base", "", ())
VERSION = version("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\nEXTRAVERSION =\n")
TEXTS = {**places(), **anchors()}


@cache
def changes(seed: int) -> Changes:
    planted = choice.planted(seed, TEXTS)
    return choice.choose(seed, planted, VERSION, TEXTS, TEXTS.get)


@cache
def planned(seed: int) -> list[Step]:
    return plan(seed, BASE, changes(seed))


def place_of(steps: list[Step], effect: Effect) -> int:
    (place,) = (place for place, step in enumerate(steps) if step.change.effect is effect)
    return place


@pytest.mark.parametrize("seed", SEEDS)
def test_there_are_64_commits_on_the_base_and_every_change_is_one_of_them(seed: int) -> None:
    steps = planned(seed)
    ordinary = [step.change for step in steps if len(step.parents) == 1]
    assert steps[0] == Step((), BASE)
    assert len(steps) == 65
    assert sorted(change.key for change in ordinary) == sorted(
        change.key for change in changes(seed).all()
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_half_of_the_commits_touch_only_what_the_config_does_not_build(seed: int) -> None:
    inert = sum(step.change.effect is Effect.INERT for step in planned(seed))
    assert inert == 32


@pytest.mark.parametrize("seed", SEEDS)
def test_no_two_small_changes_touch_one_file_and_none_touches_one_of_those_by_hand(
    seed: int,
) -> None:
    by_hand = {change.key for change in choice.BY_HAND}
    small = [change for change in changes(seed).all() if change.key not in {*by_hand, "release"}]
    paths = [path for change in small for path in {edit.path for edit in change.edits}]
    assert len(paths) == len({*paths}) >= 30
    assert choice.EDITED.isdisjoint(paths)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_last_commit_has_all_others_behind_it_and_merges_join_two_lines(seed: int) -> None:
    steps = planned(seed)
    known = ancestors(steps)
    assert known[-1] == frozenset(range(len(steps)))
    merges = [step for step in steps if len(step.parents) == 2]
    assert len(merges) == 4
    for first, second in (step.parents for step in merges):
        assert first not in known[second]
        assert second not in known[first]


@pytest.mark.parametrize("seed", SEEDS)
def test_one_branch_starts_at_the_base_and_is_merged_much_later(seed: int) -> None:
    steps = planned(seed)
    known = ancestors(steps)
    (old,) = (step for step in steps if step.change.key == f"merge-{choice.OLD_BRANCH}")
    onto, tip = old.parents
    assert len(known[tip]) == 1 + choice.OLD_BRANCH_CHANGES
    assert len(known[onto]) >= 10


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
def test_two_commits_in_a_row_do_not_build_and_two_do_not_boot(seed: int) -> None:
    steps = planned(seed)
    for effect in (Effect.BREAKS_BUILD, Effect.BREAKS_BOOT):
        first = place_of(steps, effect)
        assert broken(steps, effect) == [first, first + 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_commits_that_cannot_matter_can_all_be_built(seed: int) -> None:
    steps = planned(seed)
    untestable = broken(steps, Effect.BREAKS_BUILD)
    assert all(steps[place].change.effect is not Effect.INERT for place in untestable)


@pytest.mark.parametrize("seed", SEEDS)
def test_there_is_something_to_search_on_both_sides_of_the_culprit(seed: int) -> None:
    steps = planned(seed)
    culprit = place_of(steps, Effect.CULPRIT)
    known = ancestors(steps)
    without = sum(culprit not in of for of in known)
    assert min(without, len(steps) - without) >= 3


def test_the_seed_moves_the_culprit() -> None:
    spots, culprits = set(), set()
    on_topic, after_release = set(), set()
    for seed in SEEDS:
        steps = planned(seed)
        known = ancestors(steps)
        culprit = place_of(steps, Effect.CULPRIT)
        (released,) = (place for place, step in enumerate(steps) if step.change.key == "release")
        spots.add(culprit)
        on_topic.add(culprit not in main_line(steps))
        after_release.add(culprit not in known[released])
        culprits.add(steps[culprit].change.key)
    assert len(spots) >= 12
    assert culprits == {one.change.key for one in CULPRITS}
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
    times = dates(seed, 7, 30)
    assert times == sorted(set(times))
    assert len(times) == 30
    assert times[0] == 7


def test_a_comment_by_hand_leaves_every_line_where_it_was() -> None:
    comments = [change for change in choice.BY_HAND if change.effect is Effect.COMMENT]
    assert len(comments) == 2
    for edit in (edit for change in comments for edit in change.edits):
        assert edit.old.count("\n") == edit.new.count("\n")


def test_a_change_that_has_no_place_is_left_out_and_its_number_is_made_up_for() -> None:
    texts = {**TEXTS, "lib/cmdline.c": "", "fs/char_dev.c": "", "mm/mseal.c": ""}
    chosen = choice.choose(3, choice.planted(3, texts), VERSION, texts, texts.get)
    keys = {change.key for change in chosen.all()}
    assert keys.isdisjoint({"const-option", "mutable-option", "char-device", "read-only"})
    assert len(plan(3, BASE, chosen)) == 65


@pytest.mark.parametrize("seed", SEEDS)
def test_a_branch_of_which_nothing_fits_is_not_merged(seed: int) -> None:
    emptied = {edit.path: "" for change in choice.TOPICS["mm"] for edit in change.edits}
    texts = TEXTS | emptied
    chosen = choice.choose(seed, choice.planted(seed, texts), VERSION, texts, texts.get)
    steps = plan(seed, BASE, chosen)
    assert len(steps) == 65
    assert {step.change.key for step in steps if len(step.parents) == 2} == {
        "merge-kvm",
        "merge-docs",
        f"merge-{choice.OLD_BRANCH}",
    }


def test_a_culprit_that_has_no_place_is_replaced_by_one_that_has() -> None:
    run_pending = choice.planted(1, TEXTS)
    edit = run_pending.change.edits[0]
    texts = TEXTS | {edit.path: TEXTS[edit.path].replace(edit.old, "")}
    assert choice.planted(1, texts).title == "WARNING in svm_leave_nested"


def test_a_tree_that_no_culprit_fits_is_an_error_that_names_the_missing_places() -> None:
    with pytest.raises(InputError, match=r"leave-nested: .*nested\.c; run-pending: .*svm\.c"):
        choice.planted(0, {})


@pytest.mark.parametrize(
    ("extra", "is_candidate", "after"), [("", False, "6.13"), (" -rc3", True, "6.12")]
)
def test_the_release_to_come_follows_from_the_makefile(
    extra: str, is_candidate: bool, after: str
) -> None:
    text = f"VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\nEXTRAVERSION ={extra}\n"
    found = version(text)
    assert (found.name, found.is_candidate, found.next) == ("6.12", is_candidate, after)
    assert choice.release(found).edits[0].old == text


def test_authors_are_roles_at_addresses_that_cannot_exist() -> None:
    authors = {step.change.author for step in planned(0)[1:]}
    assert len(authors) >= 10
    assert all(author.email.endswith("@demo.invalid") for author in authors)
