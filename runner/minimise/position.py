"""Where the way to a smaller config has come to, and what it asks and is told on it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from runner.minimise.configs import parse, switched_on, without


@dataclass(frozen=True, slots=True)
class Try:
    """A config to test."""

    config: str
    """Text that the tree has yet to complete."""
    words: str
    """What it lacks, such as `without KASAN and coverage`."""
    told: str
    """The log's lines before the test."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a `Try`."""

    reproduced: bool
    config: str = ""
    """As the tree completed it; empty when it did not build."""


Answer: TypeAlias = Generator[Try, Tried, bool]


@dataclass
class Position:
    """The smallest config so far that shows the bug."""

    config: str
    off: tuple[str, ...] = ()
    """All that was left out with success. It is said again each time: an option that came back
    because another one wanted it may go together with that one."""
    tests: int = 0
    told: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        """A line for the log."""
        self.told.append(line + "\n")

    def flush(self) -> str:
        """What was said since the last time."""
        text, self.told = "".join(self.told), []
        return text

    def still_on(self, symbols: Sequence[str]) -> tuple[str, ...]:
        """Those that are on; the others went along with something they depend on."""
        on = set(switched_on(parse(self.config)))
        return tuple(symbol for symbol in symbols if symbol in on)

    def leave_out(self, symbols: Sequence[str], words: str) -> Answer:
        """Test without these, and stay there if the bug shows: returns whether it does."""
        self.tests += 1
        off = (*self.off, *symbols)
        candidate = without(self.config, off)
        answer = yield Try(candidate, words, self.flush())
        if answer.reproduced:
            self.config, self.off = answer.config or candidate, off
        return answer.reproduced


def listed(names: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
