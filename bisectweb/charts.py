"""Charts of numbers, as places on a drawing of fixed size: bars that stand on each other, lines
with gaps, and intervals. Pure; classes say what is what.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 720.0, 200.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 36.0, 10.0, 24.0
LABELS = 8
"""At most so many words below the axis."""
STEPS = 4
"""About so many lines across."""
ROOM = 0.8
"""Of its place, a bar takes so much."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A bar, a dot or an interval, with what it says when somebody points at it."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    across: Sequence[Tick]
    up: Sequence[Tick]
    bars: Sequence[Shape] = ()
    dots: Sequence[Shape] = ()
    """Their x and y are the middle."""
    path: str = ""

    def svg(self) -> str:
        """The inside of the drawing: hundreds of shapes, for which a template takes too long."""
        drawn = [_line_across(tick) for tick in self.up]
        drawn += [
            _text("across", tick.at, HEIGHT - BOTTOM, 'dy="16"', tick) for tick in self.across
        ]
        drawn += [_bar(one) for one in self.bars]
        drawn += [f'<path d="{self.path}"/>'] if self.path else []
        drawn += [_dot(one) for one in self.dots]
        return "\n".join(drawn)


def _line_across(tick: Tick) -> str:
    ends = f'x1="{LEFT:g}" x2="{WIDTH - RIGHT:g}" y1="{tick.at:g}" y2="{tick.at:g}"'
    return f'<line class="grid" {ends}/>' + _text("up", LEFT, tick.at, 'dx="-6" dy="4"', tick)


def _text(kind: str, x: float, y: float, moved: str, tick: Tick) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" {moved}>{escape(tick.words)}</text>'


def _bar(bar: Shape) -> str:
    size = f'width="{bar.width:g}" height="{bar.height:g}"'
    return f'<rect class="{bar.kind}" x="{bar.x:g}" y="{bar.y:g}" {size}>{_said(bar)}</rect>'


def _dot(dot: Shape) -> str:
    return f'<circle class="{dot.kind}" cx="{dot.x:g}" cy="{dot.y:g}" r="3">{_said(dot)}</circle>'


def _said(shape: Shape) -> str:
    return f"<title>{escape(shape.words)}</title>"


@dataclass(frozen=True, slots=True)
class Scale:
    """From 0 to its top, on round numbers."""

    step: float
    top: float

    @classmethod
    def up_to(cls, most: float, least: float = 0.0) -> Scale:
        """With steps of 1, 2 or 5 times a power of ten, of at least that much."""
        if most < 1e-9:
            return cls(1.0, 1.0)
        rough = max(most / STEPS, least)
        power = 10.0 ** floor(log10(rough))
        step = next(power * one for one in (1, 2, 5, 10) if power * one >= rough * 0.999)
        return cls(step, step * max(1, ceil(most / step - 1e-9)))

    def y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / self.top, 2)

    def ticks(self, words: Callable[[float], str]) -> list[Tick]:
        count = round(self.top / self.step)
        return [
            Tick(self.y(self.step * number), words(self.step * number))
            for number in range(count + 1)
        ]


def plain(value: float) -> str:
    return f"{value:g}"


def whole_percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def stacked(title: str, columns: Sequence[tuple[str, Mapping[str, float]]]) -> Chart:
    """A column for each name, with the counts of its kinds; the first kind is at the bottom."""
    scale = Scale.up_to(max((sum(parts.values()) for _, parts in columns), default=0), least=1)
    slot = _slot(len(columns))
    bars = list[Shape]()
    for number, (name, parts) in enumerate(columns):
        below = 0.0
        for kind, value in parts.items():
            if value:
                top, foot = scale.y(below + value), scale.y(below)
                x = round(LEFT + slot * (number + (1 - ROOM) / 2), 2)
                words = f"{name}: {value:g} {kind}"
                bars.append(Shape(kind, x, top, round(slot * ROOM, 2), round(foot - top, 2), words))
            below += value
    names = [name for name, _ in columns]
    return Chart(title, _labels(names), scale.ticks(plain), bars=bars)


def line(
    title: str,
    points: Sequence[tuple[str, float | None]],
    words: Callable[[float], str] = plain,
) -> Chart:
    """A dot for each name that has a value, joined where nothing is missing between them."""
    scale = Scale.up_to(max((value for _, value in points if value is not None), default=0))
    slot = _slot(len(points))
    dots, path, is_pen_down = list[Shape](), list[str](), False
    for number, (name, value) in enumerate(points):
        if value is None:
            is_pen_down = False
            continue
        x, y = round(LEFT + slot * (number + 0.5), 2), scale.y(value)
        dots.append(Shape("value", x, y, 0, 0, f"{name}: {words(value)}"))
        path.append(f"{'L' if is_pen_down else 'M'}{x:g} {y:g}")
        is_pen_down = True
    names = [name for name, _ in points]
    return Chart(title, _labels(names), scale.ticks(words), dots=dots, path="".join(path))


def intervals(title: str, rows: Sequence[tuple[str, float, float, float]]) -> Chart:
    """For each name a share from 0 to 1, between a low and a high one."""
    scale = Scale(0.25, 1.0)
    slot = _slot(len(rows))
    bars, dots = list[Shape](), list[Shape]()
    for number, (name, low, value, high) in enumerate(rows):
        x = round(LEFT + slot * (number + 0.5), 2)
        said = f"{name}: {whole_percent(value)}, {whole_percent(low)} to {whole_percent(high)}"
        height = round(scale.y(low) - scale.y(high), 2)
        bars.append(Shape("interval", x - 4, scale.y(high), 8, height, said))
        dots.append(Shape("value", x, scale.y(value), 0, 0, said))
    names = [row[0] for row in rows]
    return Chart(title, _labels(names), scale.ticks(whole_percent), bars=bars, dots=dots)


def _slot(count: int) -> float:
    return (WIDTH - LEFT - RIGHT) / max(count, 1)


def _labels(names: Sequence[str]) -> list[Tick]:
    """Below their columns, as many as there is room for; the last one always."""
    slot, every = _slot(len(names)), max(1, ceil(len(names) / LABELS))
    return [
        Tick(round(LEFT + slot * (number + 0.5), 2), name)
        for number, name in enumerate(names)
        if (len(names) - 1 - number) % every == 0
    ]
