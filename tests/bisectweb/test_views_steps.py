"""The chart of a bisection: what is drawn of a step, and the way from step to step."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from bisectweb.models import Bisection, Standing
from bisectweb.views.plots import height, plots
from tests.bisectweb.bisecting import begin, finished
from tests.factories import (
    create_bisection,
    create_revision,
    create_standing,
    create_tree,
    sha_of,
)
from tests.fakes import FakeLab, line, work

pytestmark = pytest.mark.django_db


def moved(sha: str, odds: float, verdict: str = "bad", place: float | None = 500) -> object:
    words = f"said of {sha[:4]}"
    seen = [3, 3, 0, False]
    return {
        "sha": sha,
        "odds": odds,
        "verdict": verdict,
        "place": place,
        "words": words,
        "seen": seen,
    }


def address(bisection: Bisection, **query: object) -> str:
    pairs = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{reverse('bisection-chart', args=[bisection.pk])}?{pairs}"


def points(path: str) -> list[float]:
    """The heights of an area, from 0 to 1000."""
    return [1000 - float(height) for height in re.findall(r"V([\d.]+)H", path)]


def test_a_bar_is_as_high_as_the_square_root_of_its_probability() -> None:
    assert [height(share) for share in (0, 0.01, 0.25, 1, 1.1)] == pytest.approx(
        [0, 10, 50, 100, 100]
    )
    row = create_standing(create_bisection(), whole=Standing.pack([0.25, 0.01, 0.74]), commits=3)
    (drawn,) = plots(row, None, [row])
    assert points(drawn.now) == pytest.approx([500, 100, 860.2], abs=0.1)
    assert drawn.before == ""


def test_a_close_up_is_drawn_beside_the_whole_with_what_was_there_before() -> None:
    bisection = create_bisection()
    before = create_standing(bisection)
    row = create_standing(
        bisection,
        close=Standing.pack([0.1] * 10),
        whole=Standing.pack([0] * 50 + [1.0] + [0] * 49),
        close_start=500,
        close_end=510,
        moved=[moved("a" * 40, 3, place=504.5), moved("b" * 40, 3, place=700)],
    )
    whole, close = plots(row, before, [before, row])
    assert (whole.commits, close.start, close.commits) == (1000, 500, 10)
    assert points(close.now) == pytest.approx([316.2] * 10, abs=0.1)
    assert points(close.before) == pytest.approx([31.6] * 10, abs=0.1)
    assert points(whole.now)[50] == pytest.approx(1000)
    assert [len(one.marks) for one in (whole, close)] == [2, 1]
    assert close.marks[0].x == "45.5"


@pytest.mark.parametrize("start", [3.0, 500.0, 997.0])
def test_a_finer_row_loses_nothing_where_it_is_drawn_coarser(start: float) -> None:
    bisection = create_bisection()
    fine = create_standing(
        bisection,
        whole=Standing.pack([0.01] * 100),
        close=Standing.pack([0.001] * 3),
        close_start=start,
        close_end=start + 3,
    )
    row = create_standing(bisection)
    (whole,) = plots(row, fine, [row])
    assert sum((point / 1000) ** 2 for point in points(whole.before)) == pytest.approx(1, abs=1e-3)


def test_the_page_goes_from_step_to_step(client: Client) -> None:
    bisection = create_bisection(state="found")
    sha = sha_of("x")
    create_revision(bisection=bisection, sha=sha)
    create_standing(bisection, asked=[{"sha": sha, "runs": 5, "words": "halves <it>"}])
    create_standing(bisection, moved=[moved(sha, 2.0)], older=0.25, suspects=[])
    create_standing(bisection, moved=[moved(sha, 5.0)], credible=1)
    page = client.get(bisection.get_absolute_url(), {"step": 1}).text
    assert "step 1 of 2" in page
    assert "halves &lt;it&gt;" in page
    assert f"said of {sha[:4]}" in page
    assert "\N{MULTIPLICATION SIGN} 100 towards this commit and older ones" in page
    assert 'href="?step=0#chart"' in page
    assert 'href="?step=2#chart"' in page
    latest = client.get(bisection.get_absolute_url()).text
    assert "step 2 of 2" in latest
    assert "<strong>1 commit</strong> of 1,000 holds 95 %" in latest
    assert "\N{MULTIPLICATION SIGN} 1,000 towards" in latest


@pytest.mark.parametrize(
    ("kind", "odds", "words"),
    [
        ("cause", 1, "10 towards this commit and older ones"),
        ("cause", -1, "10 towards newer commits"),
        ("fix", 1, "10 towards newer commits"),
        ("fix", -1, "10 towards this commit and older ones"),
        ("cause", 0.02, "moves next to nothing"),
        ("cause", 7, "over a million times towards this commit"),
    ],
)
def test_a_step_says_which_way_the_odds_moved(
    client: Client, kind: str, odds: float, words: str
) -> None:
    bisection = create_bisection(kind=kind, state="found")
    create_standing(bisection, moved=[moved("a" * 40, odds)])
    assert words in client.get(address(bisection)).text


@pytest.mark.parametrize(
    ("asked", "words"),
    [("halves it", "halves it. <"), ("does it crash again?", "does it crash again? <")],
)
def test_why_a_revision_was_picked_is_one_sentence(client: Client, asked: str, words: str) -> None:
    bisection = create_bisection(state="found")
    sha = sha_of("x")
    create_standing(bisection, asked=[{"sha": sha, "runs": 5, "words": asked}])
    create_standing(bisection, moved=[moved(sha, 2.0)])
    assert f'<span class="muted">Picked:</span> {words}' in client.get(address(bisection)).text


@pytest.mark.parametrize("step", ["99", "-1", "x", "", "9" * 40, "\N{SUPERSCRIPT TWO}"])
def test_a_step_that_is_not_there_is_the_latest(client: Client, step: str) -> None:
    bisection = create_bisection(state="found")
    for _ in range(3):
        create_standing(bisection)
    html = client.get(address(bisection, step=step)).text
    assert "step 2 of 2" in html


def test_what_was_skipped_has_no_mark_and_is_told(client: Client) -> None:
    bisection = create_bisection(state="found", imported=True, strategy="classic")
    create_standing(bisection, moved=[moved("a" * 40, 0, "skip", place=None)])
    html = client.get(address(bisection)).text
    assert 'class="mark' not in html
    assert "said of aaaa" in html
    assert "towards" not in html


def test_an_old_bisection_says_that_no_step_was_kept(client: Client) -> None:
    html = client.get(create_bisection(state="found").get_absolute_url()).text
    assert "No range was known" in html
    assert "<svg" not in html


def test_a_chart_follows_its_search_unless_a_step_was_asked_for(client: Client) -> None:
    bisection = create_bisection(state="running")
    create_standing(bisection)
    page = client.get(bisection.get_absolute_url()).text
    assert f'hx-get="{address(bisection, seen=0)}" data-hx-trigger="moved from:body"' in page
    assert client.get(address(bisection, seen=0)).status_code == 204
    create_standing(bisection)
    assert "step 1 of 1" in client.get(address(bisection, seen=0)).text
    assert "moved from:body" not in client.get(address(bisection, step=0)).text
    Bisection.objects.update(state="found")
    ended = client.get(address(bisection, seen=1))
    assert ended.status_code == 200
    assert "moved from:body" not in ended.text


def test_the_chart_of_a_private_tree_is_not_there_for_strangers(client: Client) -> None:
    bisection = create_bisection(state="found")
    bisection.bug.tree = create_tree(seen_by="keepers")
    bisection.bug.save()
    create_standing(bisection)
    assert client.get(address(bisection)).status_code == 404


@pytest.mark.parametrize("strategy", ["bayes", "classic"])
def test_every_step_of_a_real_search_can_be_looked_at(client: Client, strategy: str) -> None:
    bisection = begin(strategy=strategy)
    work(FakeLab(line(16), "c7"))
    assert finished(bisection).state == "found"
    for number in range(bisection.standings.count()):
        html = client.get(address(bisection, step=number)).text
        assert f"step {number} of" in html
        assert "style=" not in html
        assert "nan" not in html
    assert html.count('class="mark') == len(
        {one["sha"] for row in bisection.standings.all() for one in row.moved}
    )
