"""Gives a report its title, by the first format that fits. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from runner.console.frames import CORRUPTED, Frame, key_frames
from runner.console.shape import Format, Oops, pattern

TRIES = 10
"""Lines with the header that may be the one that fits: the first ones are cut off at most."""


@dataclass(frozen=True, slots=True)
class Name:
    title: str
    alt: tuple[str, ...] = ()
    corrupted: bool = True
    """What the title needs is missing."""
    trace: bool = True
    """Whether a report of this kind has a stack trace."""


def name_of(oops: Oops, lines: Sequence[str]) -> Name:
    """The name of the crash that the first line announces.

    A later line with the same header decides when the first one is cut off. Words that no format
    knows are a title: the kernel has more of them than we, and its stack tells the rest.
    """
    announced = (number for number, line in enumerate(lines) if oops.header in line)
    for number in islice(announced, TRIES):
        if name := _by_line(oops, lines[number:]):
            return name
    title = _bare(oops, lines[0])
    return Name(title, corrupted=title.endswith(CORRUPTED))


def _by_line(oops: Oops, lines: Sequence[str]) -> Name | None:
    titles = [(form, pattern(form.title).search(lines[0])) for form in oops.formats]
    fitting = [(form, title) for form, title in titles if title]
    for form, title in sorted(fitting, key=lambda fit: fit[1].start()):
        words = title.groupdict()
        if form.report:
            more = pattern(form.report).search("\n".join(lines))
            if not more:
                continue
            words |= more.groupdict()
        return _filled(form, words, lines)
    return Name(_bare(oops, lines[0])) if fitting else None


def _bare(oops: Oops, line: str) -> str:
    title = (oops.header + line.partition(oops.header)[2]).strip()
    return f"{title} {CORRUPTED}" if title == oops.header else title


def _filled(form: Format, words: Mapping[str, str], lines: Sequence[str]) -> Name:
    frames = key_frames(form.stack, lines) if form.stack else ()
    slots = {
        "frame" if slot == 1 else f"frame{slot}": frame for slot, frame in enumerate(frames, 1)
    }
    words = {**words, **{slot: frame.name for slot, frame in slots.items()}}
    titles = [
        title for template in (form.name, *form.alt) for title in _titles(template, words, slots)
    ]
    corrupted = form.corrupted or any(frame.name == CORRUPTED for frame in frames)
    return Name(titles[0], tuple(titles[1:]), corrupted, form.trace)


def _titles(template: str, words: Mapping[str, str], slots: Mapping[str, Frame]) -> Iterator[str]:
    """The template with the words in it, and with each other name of the function in it."""
    yield template.format(**words)
    for slot, frame in slots.items():
        if f"{{{slot}}}" in template:
            for other in frame.others:
                yield template.format(**{**words, slot: other})
