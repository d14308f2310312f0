"""The ends of a range: found by title, moved to the merge base, and said wherever people look."""

from __future__ import annotations

import pytest
from django.test import Client

from bisectweb.logs import bisection_log
from bisectweb.models import Bisection, Crash
from runner.search import History
from tests.bisectweb.bisecting import STRATEGIES, begin, finished
from tests.fakes import FakeLab, line, work

pytestmark = pytest.mark.django_db

State = Bisection.State
GONE = "f" * 40


def forked() -> History:
    """c0 ... c8 on the main line, and from c2 on another branch: s1 s2."""
    parents = {"s2": ("s1",), "s1": ("c2",), **line(8).parents}
    return History(parents, bad="c8")


def with_title(bisection: Bisection, title: str) -> Bisection:
    Crash.objects.filter(pk=bisection.crash_id).update(commit_title=title)
    return bisection


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_commit_that_left_the_tree_is_found_by_its_title(strategy: str, client: Client) -> None:
    bisection = with_title(begin(strategy=strategy, bad=GONE), "demo: change c16")
    work(FakeLab(line(16), "c7"))
    done = finished(bisection)
    assert (done.state, done.culprit.sha, done.bad) == (State.FOUND, "c7", "c16")
    said = f"{GONE} is no longer in the tree; c16 has its title: demo: change c16"
    assert f"from c16\n# {said}\nensuring" in bisection_log(done)
    assert said in client.get(done.get_absolute_url()).content.decode()


def test_a_title_that_is_not_there_either_is_said() -> None:
    bisection = with_title(begin(bad=GONE), "demo: no such change")
    work(FakeLab(line(16), "c7"))
    done = finished(bisection)
    assert (done.state, done.revisions.count()) == (State.FAILED, 0)
    assert "no commit of the branch has the title 'demo: no such change'" in done.reason


def test_a_commit_that_is_there_is_not_looked_for_by_its_title() -> None:
    bisection = with_title(begin(), "demo: change c3")
    work(FakeLab(line(16), "c7"))
    assert (finished(bisection).bad, finished(bisection).bounds) == ("c16", "")


def test_the_title_of_the_crash_says_nothing_of_another_commit_that_was_asked_for() -> None:
    bisection = with_title(begin(), "demo: change c16")
    Bisection.objects.update(asked_bad=GONE)
    work(FakeLab(line(16), "c7"))
    assert f"unknown commit '{GONE}'" in finished(bisection).reason


def test_the_fix_of_a_rebased_commit_is_looked_for_above_its_successor() -> None:
    """The old one is still known, but nothing on the branch descends from it."""
    bisection = begin(strategy="bayes", kind="fix", bad="s1", good="c8")
    bug = bisection.bug
    type(bug.tree).objects.update(branch="c8")
    with_title(bisection, "demo: change c3")
    work(FakeLab(forked(), culprit="c1", fix="c6"))
    done = finished(bisection)
    assert (done.bad, done.state, done.culprit.sha) == ("c3", State.FOUND, "c6")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_good_commit_beside_the_bad_one_is_replaced_by_their_merge_base(
    strategy: str, client: Client
) -> None:
    bisection = begin(strategy=strategy, bad="c8", good="s2")
    work(FakeLab(forked(), culprit="c5"))
    done = finished(bisection)
    assert (done.good, done.state, done.culprit.sha) == ("c2", State.FOUND, "c5")
    said = "s2 is not in the history of c8; their merge base c2 must be free of the bug instead"
    assert f"# {said}\n" in bisection_log(done)
    assert said in client.get(done.get_absolute_url()).content.decode()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_merge_base_that_crashes_is_said(strategy: str) -> None:
    bisection = begin(strategy=strategy, bad="c8", good="s2")
    work(FakeLab(forked(), culprit="c1"))
    done = finished(bisection)
    assert done.state == State.FAILED
    assert "good commit crashes" in done.reason


def test_a_fix_is_looked_for_from_the_merge_base_which_must_crash() -> None:
    bisection = begin(strategy="bayes", kind="fix", bad="s2", good="c8")
    work(FakeLab(forked(), culprit="c1", fix="c6"))
    done = finished(bisection)
    assert (done.bad, done.good, done.state) == ("c2", "c8", State.FOUND)
    assert done.culprit.sha == "c6"
    assert "their merge base c2 must crash instead" in done.bounds


def test_histories_that_never_met_are_an_error_in_words() -> None:
    alone = History({**forked().parents, "x": ()}, bad="c8")
    bisection = begin(bad="c8", good="x")
    work(FakeLab(alone, culprit="c5"))
    done = finished(bisection)
    assert (done.state, done.revisions.count()) == (State.FAILED, 0)
    assert "0 merge bases" in done.reason
