"""The steps of a bisection: what each one heard, and how the suspicion moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bisectweb.models import Bisection, Revision, Standing
from bisectweb.views.access import visible_or_404
from bisectweb.views.plots import Plot, Tick, plots, ticks
from runner.search import Verdict

NOTHING = 0.04
"""Powers of ten that are no news."""
MILLION = 6.0


@dataclass(frozen=True, slots=True)
class Heard:
    """A revision that a step heard of."""

    sha: str
    revision: Revision | None
    asked: str
    """Why it was picked, in words."""
    said: str
    verdict: str
    times: str
    """What its new runs did to the odds: so many times more..."""
    towards: str
    """... that it is on this side; empty where no side gained."""

    @property
    def moved(self) -> str:
        return f"{self.times} towards {self.towards}" if self.towards else self.times


@dataclass(frozen=True, slots=True)
class Suspect:
    """Who may be the culprit, and how likely; None where it was no leading suspect."""

    sha: str
    subject: str
    before: float | None
    now: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step, told in words."""

    row: Standing
    before: Standing | None
    heard: Sequence[Heard]

    @property
    def suspects(self) -> Sequence[Suspect]:
        """The leading ones of both sides of the step, likeliest first."""
        then = {(one["sha"], one["subject"]): one["probability"] for one in _leading(self.before)}
        now = {(one["sha"], one["subject"]): one["probability"] for one in _leading(self.row)}
        who = sorted({**then, **now}, key=lambda one: -now.get(one, 0.0))
        return [Suspect(*one, then.get(one), now.get(one)) for one in who]


@dataclass(frozen=True, slots=True)
class Chart:
    """What the page shows of one step, and the way to the others."""

    step: Step
    steps: Sequence[Step]
    plots: Sequence[Plot]
    ticks: Sequence[Tick]
    is_asked: bool
    """Somebody asked for this step by its number; if not, it follows the search."""

    @property
    def number(self) -> int:
        return self.step.row.number

    @property
    def last(self) -> int:
        return len(self.steps) - 1

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.last else None


def _leading(row: Standing | None) -> Sequence[Mapping[str, Any]]:
    return row.suspects if row else ()


def steps_of(bisection: Bisection) -> Sequence[Step]:
    """All that were kept, in their order. `revisions` may be prefetched."""
    rows = list(bisection.standings.all())
    tested = {one.sha: one for one in bisection.revisions.all() if one.is_evidence}
    asked, odds = dict[str, str](), dict[str, float]()
    steps = list[Step]()
    for row, before in zip(rows, [None, *rows], strict=False):
        heard = [_heard(one, tested.get(one["sha"]), asked, odds, bisection) for one in row.moved]
        steps.append(Step(row, before, heard))
        odds |= {one["sha"]: one["odds"] for one in row.moved}
        asked |= {one["sha"]: one["words"] for one in row.asked}
    return steps


def chart_of(steps: Sequence[Step], asked: str | None) -> Chart | None:
    """Of the step that was asked for, or the latest one; None where no step was kept."""
    if not steps:
        return None
    number = int(asked) if asked and asked.isdecimal() and len(asked) < 6 else len(steps) - 1
    number = min(number, len(steps) - 1)
    step, rows = steps[number], [one.row for one in steps]
    drawn = plots(step.row, step.before, rows[: number + 1])
    return Chart(step, steps, drawn, ticks(), is_asked=asked is not None)


def moves(steps: Sequence[Step]) -> Mapping[str, Mapping[str, Sequence[tuple[int, str]]]]:
    """By commit and by the side that it moved the odds to, each step that heard of it, and by how
    much it moved them.
    """
    found: dict[str, dict[str, list[tuple[int, str]]]] = {}
    for step in steps:
        for heard in step.heard:
            sides = found.setdefault(heard.sha, {})
            sides.setdefault(heard.towards, []).append((step.row.number, heard.times))
    return found


def _heard(
    one: Mapping[str, Any],
    revision: Revision | None,
    asked: Mapping[str, str],
    odds: Mapping[str, float],
    bisection: Bisection,
) -> Heard:
    sha = one["sha"]
    why = asked.get(sha) or (revision.why if revision else "")
    is_skip = one["verdict"] == Verdict.SKIP
    power = 0.0 if is_skip else one["odds"] - odds.get(sha, 0.0)
    times, towards = ("", "") if is_skip else _moved(power, fix=bisection.is_fix)
    said = one["words"] or "tells nothing: it was skipped"
    return Heard(sha, revision, why, said, one["verdict"], times, towards)


def _moved(power: float, *, fix: bool) -> tuple[str, str]:
    """In words, how many times the odds moved that its runs speak for the bug, and to where."""
    if abs(power) < NOTHING:
        return "moves next to nothing", ""
    has_change = (power > 0) != fix
    side = "this commit and older ones" if has_change else "newer commits"
    if abs(power) >= MILLION:
        return "over a million times", side
    factor = 10 ** abs(power)
    words = f"{factor:.1f}" if factor < 10 else f"{float(f'{factor:.2g}'):,.0f}"
    return f"\N{MULTIPLICATION SIGN} {words}", side


@require_safe
def bisection_chart(request: HttpRequest, pk: int) -> HttpResponse:
    """The chart alone. Whoever says which step they have `seen` hears of newer ones only."""
    rows = Bisection.objects.defer("base_config", "config").prefetch_related("revisions")
    bisection = visible_or_404(request, rows, pk=pk)
    chart = chart_of(steps_of(bisection), request.GET.get("step"))
    seen = request.GET.get("seen")
    if chart and bisection.is_active and seen == str(chart.last):
        return HttpResponse(status=204)
    return render(request, "bisections/_chart.html", {"bisection": bisection, "chart": chart})
