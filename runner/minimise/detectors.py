"""Which of the kernel's detectors a crash needs, by its title: the facts are in detectors.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.minimise.configs import Values, switched_on


@dataclass(frozen=True, slots=True)
class Detector:
    """Options of the kernel that find one sort of mistake."""

    name: str
    needed_by: frozenset[str]
    """Types of crashes that may not show, or not by their title, without it."""
    symbols: tuple[str, ...]
    heavy: bool
    """Whether it slows everything down: reason enough to look for a smaller config."""


_facts = tomllib.loads(Path(__file__).with_name("detectors.toml").read_text(encoding="utf-8"))
CRASH_TYPES = tuple(
    (re.compile("|".join(crash["titles"])), str(crash["type"])) for crash in _facts["crash"]
)
DETECTORS = tuple(
    Detector(
        name=fact["name"],
        needed_by=frozenset(fact["needed_by"]),
        symbols=tuple(fact["symbols"]),
        heavy=fact.get("heavy", False),
    )
    for fact in _facts["detector"]
)


def crash_type(title: str) -> str:
    """What kind of crash a title names, such as `kasan` or `hang`; empty when nobody knows."""
    return next((name for titles, name in CRASH_TYPES if titles.match(title)), "")


def unneeded(title: str, values: Values) -> Sequence[Detector]:
    """The detectors that are on and that this crash can do without; none if its type is unknown."""
    kind = crash_type(title)
    on = set(switched_on(values))
    return [
        detector
        for detector in DETECTORS
        if kind and kind not in detector.needed_by and on.intersection(detector.symbols)
    ]


def is_worthwhile(full: Values, base: Values) -> bool:
    """Whether a smaller config is worth tests: there is a base to go to, or a heavy detector on.

    A config that sets nothing is no base.
    """
    heavy = {symbol for detector in DETECTORS if detector.heavy for symbol in detector.symbols}
    return bool(base) or not heavy.isdisjoint(switched_on(full))
