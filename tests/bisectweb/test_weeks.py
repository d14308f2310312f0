"""Statistics add up weeks, and a week is always what its bisections are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models import Sum
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from bisectweb import workflow
from bisectweb.accuracy import SHOWN, statistics
from bisectweb.imports import import_log, import_tree
from bisectweb.models import Bisection, Culprit, Revision, Run, Tree, Week
from bisectweb.weeks import count, count_all, monday, sure
from tests.bisectweb.bisecting import begin, finished
from tests.bisectweb.logs import cause_log, error_log
from tests.factories import (
    create_bisection,
    create_bug,
    create_crash,
    create_culprit,
    create_revision,
    create_run,
    create_tree,
)
from tests.fakes import FakeLab, line, work

pytestmark = pytest.mark.django_db

State, Outcome = Bisection.State, Run.Outcome
WEDNESDAY = datetime(2026, 11, 18, 12, tzinfo=UTC)


def create_ended(tree: Tree, ended: datetime = WEDNESDAY, **fields: object) -> Bisection:
    crash = create_crash(bug=create_bug(tree=tree))
    started = ended - timedelta(minutes=90)
    return create_bisection(
        crash=crash, started=started, ended=ended, **{"state": State.FAILED, **fields}
    )


def create_tested(bisection: Bisection, outcomes: list[str], **fields: object) -> None:
    revision = create_revision(bisection=bisection, **{"built": True, "state": "done", **fields})
    for outcome in outcomes:
        create_run(revision=revision, outcome=outcome)


@pytest.mark.parametrize(
    ("moment", "first"),
    [
        (WEDNESDAY, date(2026, 11, 16)),
        (datetime(2026, 11, 16, tzinfo=UTC), date(2026, 11, 16)),
        (datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC), date(2026, 11, 16)),
        (datetime(2027, 1, 1, tzinfo=UTC), date(2026, 12, 28)),
    ],
)
def test_a_week_begins_on_its_monday_at_midnight(moment: datetime, first: date) -> None:
    assert monday(moment) == first
    bisection = create_ended(create_tree(), moment)
    count(bisection.pk)
    counted = Week.objects.get()
    assert (counted.monday, counted.failed) == (first, 1)
    assert list(count_all()) == [first]


def test_what_a_bisection_took_is_counted() -> None:
    bisection = create_ended(create_tree())
    create_tested(bisection, [Outcome.CRASH, Outcome.OK, Outcome.OK])
    create_tested(bisection, [Outcome.OK, Outcome.OK], build_cached=True)
    create_tested(bisection, [Outcome.CRASH])
    create_tested(bisection, [Outcome.CRASH, Outcome.OTHER_CRASH])
    create_tested(bisection, [Outcome.CRASH, Outcome.OK], role=Revision.Role.PARENT)
    create_tested(bisection, [], built=False)
    create_tested(bisection, [], built=None)
    count(bisection.pk)
    week = Week.objects.get()
    assert (week.minutes, week.builds, week.runs) == (90, 5, 10)
    assert (week.revisions, week.flaky) == (3, 1)
    told = statistics(Week.objects.all()).toll
    assert (told.minutes_each, told.builds_each, told.flaky_rate) == (90, 5, 1 / 3)


@pytest.mark.parametrize(
    "fields",
    [{"state": State.CANCELLED}, {"state": State.RUNNING}, {"ended": None}],
    ids=str,
)
def test_what_came_to_no_end_of_its_own_is_not_counted(fields: dict[str, object]) -> None:
    bisection = create_ended(create_tree())
    Bisection.objects.filter(pk=bisection.pk).update(**fields)
    count(bisection.pk)
    assert list(count_all()) == []
    assert not Week.objects.exists()


def test_a_bisection_is_counted_as_it_ends_and_once_more_as_it_is_judged() -> None:
    bisection = begin(bad="c8", strategy="bayes")
    work(FakeLab(line(8), "c3"))
    week = Week.objects.get()
    assert (week.sure, week.unjudged, week.confirmed) == (Week.Sure.CERTAIN, 1, 0)
    assert week.runs == Run.objects.count()
    culprit = finished(bisection).culprit
    workflow.judge(culprit, Culprit.Verdict.WRONG, who="somebody", by=None)
    week = Week.objects.get()
    assert (week.unjudged, week.wrong) == (0, 1)
    workflow.unjudge(culprit, User.objects.create_user("somebody"), "not so sure")
    assert Week.objects.get().unjudged == 1
    workflow.judge(culprit, Culprit.Verdict.WRONG, who="somebody", by=None)
    list(count_all())
    again = Week.objects.get()
    assert (again.wrong, again.runs, again.minutes) == (1, week.runs, week.minutes)


def weeks() -> list[dict[str, object]]:
    fields = [field.name for field in Week._meta.fields if field.name != "id"]
    return list(Week.objects.order_by("monday", "imported", "sure").values(*fields))


def bring_in(*logs: str) -> None:
    for log in logs:
        done = import_log(log.encode(), "log.txt", tree=import_tree(), bug_title="", by=None)
        assert done.bisection, done.refused


def test_imported_bisections_have_weeks_of_their_own_by_their_scores() -> None:
    create_ended(create_tree())
    bring_in(cause_log(), error_log())
    list(count_all())
    ours = Week.objects.get(imported=False)
    assert (ours.failed, ours.monday) == (1, monday(WEDNESDAY))
    found, failed = Week.objects.filter(imported=True).order_by("failed")
    culprit = Culprit.objects.get()
    assert found.sure == sure(culprit.bisection.score.probability)
    assert (found.unjudged, found.runs, found.flaky) == (1, 50, 1)
    assert found.minutes * 60 == pytest.approx(culprit.bisection.imported_log.total_seconds)
    assert (failed.sure, failed.failed) == (Week.Sure.NOBODY, 1)
    assert {found.monday, failed.monday} == {monday(culprit.bisection.created)}


def test_each_import_adds_what_counting_its_week_anew_would_say() -> None:
    bring_in(cause_log(), cause_log(title="WARNING in another_function"), error_log())
    added = weeks()
    assert Week.objects.aggregate(found=Sum("unjudged")) == {"found": 2}
    list(count_all())
    assert weeks() == added


def test_an_imported_bisection_is_counted_once_more_as_it_is_judged() -> None:
    create_ended(create_tree())
    list(count_all())
    bring_in(cause_log())
    before = Week.objects.get(imported=True)
    workflow.judge(Culprit.objects.get(), Culprit.Verdict.CONFIRMED, who="somebody", by=None)
    after = Week.objects.get(imported=True)
    assert (before.unjudged, before.confirmed) == (1, 0)
    assert (after.unjudged, after.confirmed, after.runs) == (0, 1, before.runs)
    assert Week.objects.get(imported=False).failed == 1


def test_the_page_shows_what_was_done_here_or_what_was_imported(client: Client) -> None:
    create_ended(create_tree())
    list(count_all())
    bring_in(cause_log())
    ours = client.get(reverse("statistics")).text
    assert "No commit has been found yet." in ours
    assert '<a href="?imported=1">imported ones</a>' in ours
    theirs = client.get(reverse("statistics"), {"imported": "1"}).text
    assert "Nobody has said anything of the 1 commit that was found." in theirs
    assert "By score" in theirs
    assert "Week by week" not in theirs
    told = client.get("/statistics.json?imported=true").json()
    assert (told["toll"]["found"], told["toll"]["failed"]) == (1, 0)


def test_a_bisection_that_fails_is_counted() -> None:
    begin(bad="c8", strategy="bayes")
    work(FakeLab(line(8), "c3", chance=0))
    assert (Week.objects.get().sure, Week.objects.get().failed) == (Week.Sure.NOBODY, 1)


def test_a_bisection_that_goes_on_after_it_failed_is_not_counted_any_more() -> None:
    begin(bad="c8", strategy="bayes")
    work(FakeLab(line(8), "c3", chance=0))
    assert workflow.requeue(Bisection.objects.get(), User.objects.create_user("somebody"))
    assert not Week.objects.exists()


def test_the_trend_has_every_week_of_the_last_year() -> None:
    tree = create_tree()
    create_ended(tree)
    create_ended(tree, WEDNESDAY - timedelta(weeks=3))
    create_ended(tree, WEDNESDAY - timedelta(weeks=SHOWN))
    list(count_all())
    trend = statistics(Week.objects.all()).trend
    assert [(one.name, one.bisections) for one in trend] == [
        ("2026-10-26", 1),
        ("2026-11-02", 0),
        ("2026-11-09", 0),
        ("2026-11-16", 1),
    ]
    assert trend[1].minutes_each is None


def test_the_page_has_charts_and_the_same_numbers_beside_them(client: Client) -> None:
    tree = create_tree(name="linux")
    create_culprit(bisection=create_ended(tree, state=State.FOUND), verdict="confirmed")
    create_ended(tree, WEDNESDAY - timedelta(weeks=1))
    list(count_all())
    page = client.get(reverse("statistics")).text
    assert "<title>2026-11-16: 1 found</title>" in page
    assert "<title>2026-11-09: 90</title>" in page
    assert '<th scope="row" class="nowrap"><bdi>2026-11-09</bdi></th>' in page
    assert "<title>90 to 99 %: 100 %, 21 % to 100 %</title>" in page


def test_the_page_is_of_one_tree_if_asked(client: Client) -> None:
    for name, failures in (("linux", 1), ("next", 2)):
        tree = create_tree(name=name)
        for _ in range(failures):
            create_ended(tree)
    list(count_all())
    told = client.get("/statistics.json?tree=next").json()
    assert (told["toll"]["failed"], [one["name"] for one in told["tolls"]]) == (2, ["next"])
    page = client.get(reverse("statistics"), {"tree": "next"}).text
    assert '<option selected value="next">' in page
    assert "<title>2026-11-16: 2 failed</title>" in page
    assert client.get(reverse("statistics"), {"tree": "nothing"}).status_code == 404


def test_a_private_tree_is_in_no_sum(client: Client) -> None:
    create_ended(create_tree(seen_by=Tree.SeenBy.KEEPERS, name="secret"))
    list(count_all())
    assert client.get("/statistics.json").json()["toll"]["failed"] == 0
    assert client.get("/statistics.json?tree=secret").status_code == 404


def test_the_page_costs_the_same_queries_however_much_there_is(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        create_ended(create_tree(), WEDNESDAY - timedelta(weeks=number))
    list(count_all())
    with django_assert_max_num_queries(6):
        client.get(reverse("statistics"))
