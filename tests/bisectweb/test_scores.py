"""Whatever has ended has a score, from its own log."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from bisectweb import workflow
from bisectweb.imports import import_log, import_tree
from bisectweb.logs import bisection_log
from bisectweb.models import Bisection, Score
from bisectweb.scores import score_all, score_anew
from runner.log import parse
from runner.score import score
from tests.bisectweb.bisecting import STRATEGIES, begin, finished
from tests.bisectweb.logs import CULPRIT, OTHER, RUNS, cause_log, error_log
from tests.factories import create_bisection
from tests.fakes import FakeLab, line, work

pytestmark = pytest.mark.django_db


def imported(text: str) -> Bisection:
    done = import_log(text.encode(), "log.txt", tree=import_tree(), by=None)
    assert done.bisection
    return done.bisection


def said(bisection: Bisection) -> tuple[float | None, str, str, str]:
    row = bisection.score
    return row.probability, row.verdict, row.doubtful, row.reason


def test_an_imported_log_has_the_score_that_the_shell_would_print() -> None:
    bisection = imported(cause_log())
    found = score(parse(cause_log()))
    assert said(bisection) == (found.probability, found.verdict, found.doubtful, found.reason)
    assert said(bisection)[0]


def test_a_culprit_that_crashed_otherwise_is_likelier_wrong() -> None:
    other = RUNS | {CULPRIT: [f"crashed: {OTHER}"]}
    right, wrong = imported(cause_log()), imported(cause_log(other, title=OTHER))
    assert right.score.probability is not None
    assert wrong.score.probability is not None
    assert wrong.score.probability < right.score.probability
    assert wrong.score.doubtful == CULPRIT


def test_a_log_that_names_nobody_is_doubted() -> None:
    assert said(imported(error_log()))[:2] == (None, "doubt")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_bisection_of_ours_has_its_score_when_it_ends(strategy: str) -> None:
    bisection = begin(strategy=strategy)
    assert not Score.objects.exists()
    work(FakeLab(line(16), "c5"))
    done = finished(bisection)
    assert done.state == Bisection.State.FOUND
    found = score(parse(bisection_log(done)))
    assert said(done) == (found.probability, found.verdict, found.doubtful or "", found.reason)
    assert found.probability is not None


def test_a_failed_bisection_has_one_and_a_cancelled_one_has_none() -> None:
    failed, cancelled = begin(good="nonsense"), begin()
    workflow.cancel(cancelled, None)
    work(FakeLab(line(16), "c5"))
    assert finished(failed).state == Bisection.State.FAILED
    assert [row.bisection for row in Score.objects.all()] == [failed]


def test_all_are_scored_anew_by_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    bisection = imported(cause_log())
    before = said(bisection)
    missing = create_bisection(state=Bisection.State.FAILED)
    create_bisection(state=Bisection.State.RUNNING)
    Score.objects.update(probability=0.5)
    call_command("score")
    assert capsys.readouterr().out == "2 scored, 2 changed\n"
    assert said(Bisection.objects.get(pk=bisection.pk)) == before
    assert list(score_all()) == [(bisection.pk, False), (missing.pk, False)]
    assert score_anew(bisection.pk).pk == Score.objects.get(bisection=bisection).pk
