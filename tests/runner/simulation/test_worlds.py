"""Worlds: what each kind is, and that runs are the same for whoever asks."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from runner.search import Alike, Outcome
from runner.simulation import Window, World, draw
from runner.simulation.worlds import KINDS


def world(window: Window, kind: str = "plain", number: int = 0, p: float = 0.5) -> World:
    return draw(window, kind, seed=1, number=number, crash_rate=p, background_rate=0.01)


def has_bug(one: World) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    assert one.culprit is not None
    flags: np.ndarray[tuple[int], np.dtype[np.bool_]] = one.window.containing(
        one.window.index[one.culprit]
    )
    return flags


def test_runs_are_the_same_in_whatever_order_and_batches_they_are_made(kernel: Window) -> None:
    one, again = world(kernel), world(kernel)
    shas = kernel.shas[::50]
    forwards = {sha: [one.run(sha, i) for i in range(20)] for sha in shas}
    backwards = {sha: [again.run(sha, i) for i in reversed(range(20))][::-1] for sha in shas[::-1]}
    assert forwards == backwards
    assert len({tuple(runs) for runs in forwards.values()}) >= 3
    assert forwards != {
        sha: [world(kernel, number=1).run(sha, i) for i in range(20)] for sha in shas
    }


def test_a_batch_ends_at_its_first_crash_and_the_next_goes_on_from_there(kernel: Window) -> None:
    one, bad = world(kernel), kernel.history.bad
    runs = [one.run(bad, i) for i in range(40)]
    first = one.batch(bad, 40)
    assert first == runs[: len(first)]
    assert first.count(Outcome.CRASH) == 1
    assert first[-1] == Outcome.CRASH
    assert (
        one.batch(bad, 40, after=len(first))
        == runs[len(first) :][: len(one.batch(bad, 40, len(first)))]
    )
    assert one.batch(bad, 0) == []


def test_a_higher_rate_only_adds_crashes(kernel: Window) -> None:
    """The same random numbers decide at every rate, so that rates compare in pairs too."""
    rare, often = world(kernel, p=0.2), world(kernel, p=0.6)
    assert rare.culprit == often.culprit
    assert (rare.broken == often.broken).all()
    keys = list(itertools.product(kernel.shas[::20], range(20)))
    crashes = [{key for key in keys if one.run(*key) == Outcome.CRASH} for one in (rare, often)]
    assert crashes[0] < crashes[1]


def test_crashes_come_at_the_given_rates(kernel: Window) -> None:
    one = world(kernel, p=0.3)
    culprit = kernel.index[one.culprit or ""]
    for sha, rate in ((kernel.history.bad, 0.3 + 0.7 * 0.01), (kernel.shas[culprit - 1], 0.01)):
        crashes = sum(one.run(sha, i) == Outcome.CRASH for i in range(20_000)) / 20_000
        assert crashes == pytest.approx(rate, abs=0.015)


def test_culprits_are_any_commit_but_the_good_one(topics: Window) -> None:
    culprits = Counter(world(topics, number=i).culprit for i in range(400))
    assert topics.history.good not in culprits
    merges = sum(len(topics.history.parents[sha or ""]) > 1 for sha in culprits.elements())
    assert merges / 400 == pytest.approx(0.26, abs=0.07)
    places = [topics.index[sha or ""] / 600 for sha in culprits.elements()]
    assert np.quantile(places, (0.1, 0.5, 0.9)) == pytest.approx((0.1, 0.5, 0.9), abs=0.08)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_differs_from_the_plain_world_in_what_it_says_only(
    kernel: Window, kind: str
) -> None:
    plain, other = world(kernel, number=3), world(kernel, kind, number=3)
    changed = {
        name
        for name in ("crash_rate", "other_rate", "broken", "dead", "renamed")
        if not np.array_equal(getattr(plain, name), getattr(other, name))
    } | {
        name
        for name in ("culprit", "also_right", "lost_rate", "stack", "likeness", "other_likeness")
        if getattr(plain, name) != getattr(other, name)
    }
    assert (
        changed
        == {
            "plain": set(),
            "older": {"culprit", "crash_rate"},
            "second": {"other_rate"},
            "second-often": {"other_rate"},
            "second-alike": {"other_rate", "other_likeness"},
            "titles": {"renamed", "likeness"},
            "renamed": {"renamed", "likeness"},
            "drift": {"crash_rate"},
            "masked": {"crash_rate"},
            "uneven": {"crash_rate"},
            "all": {"crash_rate"},
            "unmonotone": {"culprit", "crash_rate", "also_right"},
            "broken": {"broken"},
            "boots": {"dead", "lost_rate"},
            "stack": {"culprit", "crash_rate", "stack"},
        }[kind]
    )
    assert kind in str(other)
    assert "3 of seed 1" in str(other)


def test_where_the_bug_is_not_it_never_shows(kernel: Window) -> None:
    for kind, number in itertools.product(set(KINDS) - {"older"}, range(3)):
        one = world(kernel, kind, number)
        assert not one.crash_rate[~has_bug(one)].any()
        assert one.crash_rate[kernel.bad] > 0, "somebody saw it there"


def test_the_older_bug_is_everywhere(kernel: Window) -> None:
    one = world(kernel, "older")
    assert (one.crash_rate == 0.5).all()
    assert one.identifiable
    assert not one.is_right(kernel.history.bad)


def test_a_fading_crash_has_lost_most_of_its_rate_at_the_oldest_commit(kernel: Window) -> None:
    one = world(kernel, "drift")
    bad = np.flatnonzero(has_bug(one))
    rates = one.crash_rate[bad]
    assert (np.diff(rates) > 0).all()
    assert rates[-1] == pytest.approx(0.5)
    assert rates == pytest.approx(0.5 * (0.3 + 0.7 * bad / 600))


def test_masked_revisions_are_three_of_a_hundred(kernel: Window) -> None:
    worlds = [world(kernel, "masked", number) for number in range(60)]
    silent = sum((one.crash_rate == 0)[has_bug(one)].sum() for one in worlds)
    assert silent / sum(has_bug(one).sum() for one in worlds) == pytest.approx(0.03, abs=0.01)


def test_uneven_rates_have_the_same_mean(kernel: Window) -> None:
    rates = np.concatenate(
        [one.crash_rate[has_bug(one)] for one in (world(kernel, "uneven", i) for i in range(40))]
    )
    assert rates.mean() == pytest.approx(0.5, abs=0.02)
    assert rates.std() == pytest.approx((0.25 / 9) ** 0.5, abs=0.02)


def test_the_second_bug_hides_the_first_one(kernel: Window) -> None:
    one = replace(world(kernel, "second-often"), other_rate=np.ones(len(kernel.shas)))
    assert {one.run(kernel.history.bad, i) for i in range(20)} == {Outcome.OTHER_CRASH}
    shares = [(world(kernel, "second", i).other_rate > 0).mean() for i in range(50)]
    assert np.mean(shares) == pytest.approx(0.3, abs=0.06)


def test_what_does_not_boot_says_so_every_time(kernel: Window) -> None:
    one = world(kernel, "boots")
    for place in np.flatnonzero(one.dead)[:5]:
        assert {one.run(kernel.shas[place], i) for i in range(9)} == {Outcome.BOOT_FAILED}
    lost = sum(one.run(kernel.history.bad, i) == Outcome.LOST for i in range(5000)) / 5000
    assert lost == pytest.approx(0.02, abs=0.006)


def test_a_bug_that_was_fixed_and_came_back_has_two_culprits(kernel: Window) -> None:
    worlds = [world(kernel, "unmonotone", i) for i in range(30)]
    for one in worlds:
        (again,) = one.also_right
        silent = has_bug(one) & (one.crash_rate == 0)
        assert silent.mean() >= 0.02
        assert not (kernel.containing(kernel.index[again]) & silent).any()
        assert one.is_right(again)
        assert one.is_right(one.culprit or "")


def test_a_culprit_between_broken_commits_cannot_be_told(kernel: Window) -> None:
    one = world(kernel)
    culprit = kernel.index[one.culprit or ""]
    whole = replace(one, broken=np.zeros(len(kernel.shas), bool))
    assert whole.identifiable
    itself = np.arange(len(kernel.shas)) == culprit
    assert not replace(one, broken=itself).identifiable
    assert not replace(whole, dead=itself).identifiable
    assert not replace(whole, crash_rate=np.where(itself, 0.0, one.crash_rate)).identifiable
    assert replace(whole, crash_rate=one.crash_rate * 0.1).identifiable


def test_under_another_title_the_bug_shows_as_often(kernel: Window) -> None:
    plain, titles, renamed = (world(kernel, kind) for kind in ("plain", "titles", "renamed"))
    newest = kernel.history.bad
    own = [plain.run(newest, i) for i in range(400)]
    mixed = [titles.run(newest, i) for i in range(400)]
    hidden = [i for i in range(400) if own[i] != mixed[i]]
    assert {(own[i], mixed[i]) for i in hidden} == {(Outcome.CRASH, Outcome.OTHER_CRASH)}
    assert len(hidden) / own.count(Outcome.CRASH) == pytest.approx(0.7, abs=0.1)
    assert titles.alike(newest, mixed, 0) == [Alike("renamed", titles.likeness)] * len(hidden)
    assert [renamed.run(newest, i) for i in range(400)] == own, "it was renamed before"


def test_other_crashes_are_as_alike_as_the_world_says(kernel: Window) -> None:
    one = world(kernel, "second-alike")
    place = kernel.shas[int(one.other_rate.argmax())]
    seen = [one.run(place, i) for i in range(10, 40)]
    alike = one.alike(place, seen, 10)
    assert alike == [Alike("other", one.other_likeness)] * seen.count(Outcome.OTHER_CRASH)
    assert alike
