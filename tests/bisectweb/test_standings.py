"""What is kept of each step of a search."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bisectweb.imports import import_log, import_tree
from bisectweb.imports.standings import Progress, keep_lacking
from bisectweb.models import Bisection, ImportedLog, Standing
from bisectweb.workflow.standings import look_by_runs, note_standing
from bisectweb.workflow.weighing import evidence, seen
from tests.bisectweb.bisecting import STRATEGIES, begin, finished
from tests.bisectweb.logs import CULPRIT, START, cause_log, error_log
from tests.fakes import FakeLab, line, work

pytestmark = pytest.mark.django_db


def probability(row: Standing, sha: str) -> float:
    return next((one["probability"] for one in row.suspects if one["sha"] == sha), 0.0)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_step_of_a_search_leaves_where_it_stood(strategy: str) -> None:
    bisection = begin(strategy=strategy)
    work(FakeLab(line(16), "c7"))
    assert finished(bisection).state == Bisection.State.FOUND
    rows = list(bisection.standings.all())
    assert [row.number for row in rows] == [*range(len(rows))]
    assert rows[0].moved == []
    assert all(row.moved for row in rows[1:])
    assert {row.commits for row in rows} == {16}
    for row in rows:
        known = sum(row.whole_shares) + row.older + row.newer
        assert known == pytest.approx(1, abs=1e-5)
    assert rows[-1].entropy < 0.2 < rows[0].entropy
    assert probability(rows[-1], "c7") > 0.9
    assert max(range(16), key=lambda n: rows[-1].whole_shares[n]) == 6


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_is_heard_of_was_asked_for_with_a_reason(strategy: str) -> None:
    bisection = begin(strategy=strategy)
    work(FakeLab(line(16), "c7"))
    asked = set[str]()
    for row in bisection.standings.all():
        assert {one["sha"] for one in row.moved} <= asked
        asked |= {one["sha"] for one in row.asked}
        assert all(one["words"] and one["runs"] > 0 for one in row.asked)
        assert all(one["words"] and one["place"] is not None for one in row.moved)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_step_asks_the_same_however_many_came_before(strategy: str) -> None:
    bisection = begin(strategy=strategy)
    with CaptureQueriesContext(connection) as queries:
        work(FakeLab(line(16), "c7"))
    steps = bisection.standings.count()
    asked = [one["sql"] for one in queries if f'FROM "{Standing._meta.db_table}"' in one["sql"]]
    assert steps > 5
    assert len(asked) <= 2 * (steps + 1)


def test_looking_again_at_the_same_evidence_is_no_new_step() -> None:
    bisection, lab = begin(), FakeLab(line(16), "c7")
    work(lab)
    want = list(bisection.standings.values_list("number", "moved"))
    history, known = lab.history("c16", "c0", fix=False), evidence(seen(bisection))
    note_standing(bisection, look_by_runs(bisection, lab, history, known, ()))
    assert list(bisection.standings.values_list("number", "moved")) == want
    note_standing(bisection, look_by_runs(bisection, lab, history, known[1:], ()))
    assert bisection.standings.count() == len(want)
    note_standing(bisection, look_by_runs(bisection, lab, history, [*known, *known[:1]], ()))
    (moved,) = bisection.standings.last().moved  # type: ignore[union-attr]
    assert (bisection.standings.count(), moved["sha"]) == (len(want) + 1, "c16")


def imported(text: str) -> list[Standing]:
    done = import_log(text.encode(), "log.txt", tree=import_tree(), by=None)
    assert done.bisection, done.refused
    return list(done.bisection.standings.all())


def test_an_imported_log_has_a_step_for_each_revision_of_its_search() -> None:
    rows = imported(cause_log())
    assert [len(row.moved) for row in rows] == [0, 1, 1, 1, 1, 1]
    assert rows[1].moved[0]["sha"] == START
    assert {row.commits for row in rows} == {16}
    assert rows[-1].suspects[0]["sha"] in (CULPRIT, "")
    assert rows[-1].entropy < rows[2].entropy - 2
    assert rows[0].suspects[0]["sha"] == ""
    assert "commits between" in rows[0].suspects[0]["subject"]


def told() -> str:
    out = StringIO()
    call_command("keep_standings", stdout=out)
    return out.getvalue()


def test_what_was_imported_without_standings_gets_the_same_ones() -> None:
    names = ("number", "commits", "suspects", "moved", "entropy", "whole")
    want = [[getattr(row, name) for name in names] for row in imported(cause_log())]
    Standing.objects.all().delete()
    assert told() == "1 of 1: 1 have a chart now\n1 bisections have a chart that had none\n"
    rows = Standing.objects.order_by("number")
    assert [[getattr(row, name) for name in names] for row in rows] == want
    assert told() == "0 bisections have a chart that had none\n"


def test_whoever_stops_it_goes_on_later() -> None:
    for text in (error_log(), cause_log(), cause_log(title="WARNING in another")):
        imported(text)
    Standing.objects.all().delete()
    first, *_ = ImportedLog.objects.order_by("pk")
    progress = keep_lacking(batch=2)
    assert next(progress) == Progress(looked=2, of=3, kept=1)
    assert [*keep_lacking(batch=2)] == [Progress(looked=2, of=2, kept=1)]
    assert not first.bisection.standings.exists(), "its log tells of no range"


def test_a_log_that_tells_of_no_range_has_no_steps() -> None:
    assert imported(error_log()) == []
