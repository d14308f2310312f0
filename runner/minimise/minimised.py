"""The end of the way to a smaller config, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass

from runner.minimise.chunks import Part
from runner.minimise.position import listed

MOST_NAMED = 4
"""Options that are named outright; more are a number."""


@dataclass(frozen=True, slots=True)
class Minimised:
    """The smallest config found, which may be the one that it began with."""

    config: str
    needs: tuple[Part, ...]
    dropped: tuple[str, ...]
    """Options that were on and are off now, whoever switched them off."""
    before: int
    """Options on in the full config..."""
    after: int
    """... and in the smaller one."""
    tests: int
    told: str
    """The log's lines after the last test."""

    @property
    def summary(self) -> str:
        """A sentence without its full stop: how much smaller, and what the bug needs."""
        smaller = f"config minimised from {self.before} to {self.after} options"
        if not self.tests:
            return "config not minimised: nothing in it is known to be needless"
        if not self.dropped:
            smaller = f"config not minimised: none of its {self.before} options could be left out"
        return f"{smaller}; needs {self.needed}" if self.needed else smaller

    @property
    def needed(self) -> str:
        """What the tests showed that the bug needs beyond the base config; empty if nothing."""
        parts = [part.symbols for part in self.needs if part.is_needed]
        single = [f"CONFIG_{symbols[0]}" for symbols in parts if len(symbols) == 1]
        several = [f"some of {len(symbols)} options" for symbols in parts if len(symbols) > 1]
        if len(single) > MOST_NAMED:
            single = [f"each of {len(single)} options"]
        return listed([*single, *several])
