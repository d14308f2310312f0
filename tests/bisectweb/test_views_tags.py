"""How values look on the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from bisectweb.models import Revision, Run, Score
from bisectweb.outbound import emails
from bisectweb.templatetags import bisect
from tests.factories import create_revision, create_run


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0 s"),
        (2.44, "2.4 s"),
        (59.4, "59 s"),
        (200, "3 min 20 s"),
        (3599.6, "1 h 00 min"),
        (12_688, "3 h 31 min"),
        (200_000, "2 d 7 h"),
    ],
)
def test_a_duration_is_said_in_words(seconds: float, words: str) -> None:
    assert bisect.duration(seconds) == words


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (1.0, "almost certain"),
        (0.95, "very likely"),
        (0.66, "likely"),
        (0.65, "doubtful"),
        (0.0, "doubtful"),
    ],
)
def test_a_confidence_is_said_in_words(confidence: float, words: str) -> None:
    assert emails.sureness(confidence) == words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\N{SYMBOL FOR ESCAPE}[31mred"),
        ("a\0b", "a\N{SYMBOL FOR NULL}b"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("back\bspace\x7f", "back\N{SYMBOL FOR BACKSPACE}space\N{SYMBOL FOR DELETE}"),
        ("\x9b31m", "\\u009b31m"),
        ("a\u202eb", "a\\u202eb"),
    ],
)
def test_control_characters_become_signs(text: str, shown: str) -> None:
    assert bisect.visible(text) == shown


def test_every_outcome_has_a_sign_of_its_own() -> None:
    assert {outcome for outcome, _, _ in bisect.legend()} == set(Run.Outcome)
    signs = [sign for _, _, sign in bisect.legend()]
    assert len(set(signs)) == len(signs)


def test_ages_come_in_one_unit_with_the_exact_time_beside_them() -> None:
    at = timezone.now() - timedelta(hours=3, minutes=20)
    html = bisect.ago(at)
    assert ">3\N{NO-BREAK SPACE}hours ago</time>" in html
    assert f'datetime="{at.isoformat(timespec="seconds")}"' in html
    assert ">just now</time>" in bisect.ago(timezone.now())


@pytest.mark.django_db
def test_runs_are_counted_by_what_they_showed() -> None:
    revision = create_revision()
    for outcome, words in [("crash", "crashed: x"), ("ok", "OK"), ("crash", "crashed: x")]:
        create_run(revision=revision, outcome=outcome, words=words)
    assert bisect.tally(revision) == "2 crashed: x, 1 OK"


@pytest.mark.django_db
def test_runs_that_agree_are_said_once() -> None:
    revision = create_revision()
    create_run(revision=revision)
    assert bisect.tally(revision) == "1 OK"
    create_run(revision=revision)
    assert bisect.tally(revision) == "all 2 runs: OK"


@pytest.mark.django_db
def test_runs_are_pending_until_the_revision_is_done() -> None:
    revision = create_revision(runs_wanted=3)
    create_run(revision=revision)
    assert list(bisect.pending(revision)) == [1, 2]
    revision.state = Revision.State.DONE
    assert list(bisect.pending(revision)) == []


@pytest.mark.django_db
def test_a_command_line_among_the_words_of_runs_fills_no_page() -> None:
    revision = create_revision()
    for number in range(9):
        words = f"boot failed: failed to run {'x ' * 100}{number}"
        create_run(revision=revision, outcome="boot-failed", words=words)
    counted = bisect.tally(revision)
    assert counted.startswith("all 9 runs: boot failed: failed to run x x")
    assert len(counted) < 140


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (None, "doubt"),
        (0.0, "doubt: 1 % right"),
        (0.004, "doubt: 1 % right"),
        (0.93, "doubt: 93 % right"),
        (1.0, "doubt: 99 % right"),
    ],
)
def test_a_score_is_a_whole_percent_and_never_certain(
    probability: float | None, words: str
) -> None:
    assert bisect.opinion(Score(verdict="doubt", probability=probability)) == words
