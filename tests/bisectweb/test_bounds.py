"""The ends of a range: found by title, moved to the merge base, and said wherever people look."""

from __future__ import annotations

import pytest
from django.test import Client

from bisectweb.forms import StartForm
from bisectweb.logs import bisection_log
from bisectweb.models import Bisection, Crash, Tree
from runner.search import History
from tests.bisectweb.bisecting import STRATEGIES, begin, finished
from tests.factories import create_bug, create_crash, create_tree
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


def downstream() -> Bisection:
    """Of a crash at s2, in a tree whose upstream is the main line."""
    bisection = begin(strategy="bayes", kind="fix", bad="s2", good="", in_upstream=True)
    Tree.objects.update(branch="s2", upstream=create_tree(name="mainline"))
    return bisection


def test_a_fix_to_backport_is_looked_for_in_the_upstream(client: Client) -> None:
    bisection = downstream()
    work(FakeLab(forked(), culprit="c1", fix="c6", upstream_head="c8"))
    done = finished(bisection)
    assert (done.bad, done.good, done.state) == ("c2", "c8", State.FOUND)
    assert done.culprit.sha == "c6"
    page = client.get(done.get_absolute_url()).content.decode()
    assert f"in {done.bug.tree.name}'s upstream mainline" in page


@pytest.mark.parametrize(
    ("culprit", "fix", "state", "reason"),
    [
        ("s1", "", State.FAILED, "not reproduced"),
        ("c1", "", State.INCONCLUSIVE, "still not fixed"),
    ],
)
def test_no_fix_is_named_where_the_upstream_never_had_the_bug_or_still_has_it(
    culprit: str, fix: str, state: str, reason: str
) -> None:
    bisection = downstream()
    work(FakeLab(forked(), culprit=culprit, fix=fix, upstream_head="c8"))
    done = finished(bisection)
    assert done.state == state
    assert reason in done.reason


def test_a_tree_without_an_upstream_has_no_fix_there() -> None:
    bisection = begin(strategy="bayes", kind="fix", bad="s2", good="", in_upstream=True)
    work(FakeLab(forked(), culprit="c1", fix="c6"))
    assert "has no upstream" in finished(bisection).reason


def test_the_choice_is_there_only_where_the_tree_has_an_upstream() -> None:
    upstream = create_tree()
    said = {"kind": "cause", "strategy": "bayes", "runs": 10, "in_upstream": "on"}
    with_one = StartForm(said, tree=create_tree(upstream=upstream))
    assert with_one.errors == {"in_upstream": ["Only a fix is looked for there, no cause."]}
    assert StartForm(said | {"kind": "fix"}, tree=create_tree(upstream=upstream)).is_valid()
    without = StartForm(said, tree=upstream)
    assert without.is_valid()
    assert "in_upstream" not in without.cleaned_data


def test_the_plan_of_a_crash_names_the_upstream() -> None:
    tree = create_tree(upstream=create_tree(url="https://up.invalid/linux.git", branch="next"))
    plan = create_crash(bug=create_bug(tree=tree)).plan()
    assert (plan.upstream_url, plan.upstream_branch) == ("https://up.invalid/linux.git", "next")
