"""Towards a base config, a chunk of options at a time. The rules, and the lines of the log, are
syzkaller's: cut, leave each piece out in turn, cut again what cannot be left out.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from runner.minimise.configs import difference, parse, switched_on
from runner.minimise.position import Answer, Position, Tried, Try

MAX_TESTS = 5
MANY = 32
"""Options above which the first cut is finer: the log2 of their number is above 5."""
MOST_NAMED = 50
"""Suspects that the log names."""


@dataclass(frozen=True, slots=True)
class Part:
    """Options that stay, though the base has none of them."""

    symbols: tuple[str, ...]
    is_needed: bool
    """Whether tests show that the bug needs something of it; else no test was left for it."""


Parts: TypeAlias = Generator[Try, Tried, list[Part]]


@dataclass
class Chunks:
    """The cuts, and the tests that are left for them."""

    position: Position
    tests: int = MAX_TESTS

    def minimise(self, base: str) -> Parts:
        """Leave out what the base does without; returns what of it has to stay."""
        say, full, small = self.position.say, parse(self.position.config), parse(base)
        off = difference(full, small)
        counts = f"base={len(small)} full={len(full)} leaves diff={len(off)}"
        say(f"kconfig minimization: {counts}")
        if not off:
            return []
        parts = yield from self._cut_all([Part(off, is_needed=False)], 5 if len(off) > MANY else 3)
        while self.tests and any(_is_divisible(part) for part in parts):
            parts = yield from self._cut_all(parts, 2)
        left = [symbol for part in parts for symbol in self.position.still_on(part.symbols)]
        suspects = [*left[:MOST_NAMED], *(["..."] if len(left) > MOST_NAMED else [])]
        on = switched_on(parse(self.position.config))
        say(f"minimized to {len(on)} configs; suspects: [{' '.join(suspects)}]")
        return parts

    def _cut_all(self, parts: Sequence[Part], into: int) -> Parts:
        needed = str(any(part.is_needed for part in parts)).lower()
        self.position.say(f"split chunks (needed={needed}): {', '.join(map(_length, parts))}")
        kept: list[Part] = []
        for number, part in enumerate(parts):
            if self.tests and (_is_divisible(part) or not part.is_needed):
                kept += yield from self._cut(number, part, into)
            else:
                kept.append(part)
        return kept

    def _cut(self, number: int, part: Part, into: int) -> Parts:
        pieces = _pieces(part.symbols, into)
        length = len(part.symbols)
        self.position.say(f"split chunk #{number} of len {length} into {len(pieces)} parts")
        kept: list[Part] = []
        for index, piece in enumerate(pieces):
            # The whole is needed, all before it is gone: then it is this.
            is_the_rest = part.is_needed and not kept and piece == pieces[-1]
            if is_the_rest:
                self.position.say("no need to test this chunk, it's definitely needed")
                kept.append(Part(piece, is_needed=True))
            elif not self.tests:
                kept.append(self._untested(piece))
            elif not (yield from self._goes(piece, f"{index + 1}/{len(pieces)}")):
                kept.append(Part(piece, is_needed=True))
        return kept

    def _untested(self, piece: tuple[str, ...]) -> Part:
        limit = f"we have reached the limit on predicate runs ({MAX_TESTS})"
        self.position.say(f"{limit}; pretend it returns false")
        return Part(piece, is_needed=False)

    def _goes(self, piece: Sequence[str], place: str) -> Answer:
        """Whether the bug shows without the piece. What went along with others needs no test."""
        on = self.position.still_on(piece)
        if not on:
            return True
        self.tests -= 1
        self.position.say(f"testing without sub-chunk {place}")
        goes = yield from self.position.leave_out(on, _without(on))
        if goes:
            self.position.say("the chunk can be dropped")
        return goes


def _is_divisible(part: Part) -> bool:
    return len(part.symbols) > 1


def _length(part: Part) -> str:
    return f"<{len(part.symbols)}>" if _is_divisible(part) else f"<{len(part.symbols)}, final>"


def _pieces(symbols: tuple[str, ...], count: int) -> list[tuple[str, ...]]:
    """At most `count` pieces of about the same length, none of them empty."""
    ends = [len(symbols) * number // count for number in range(count + 1)]
    return [symbols[a:b] for a, b in pairwise(ends) if a < b]


def _without(symbols: Sequence[str]) -> str:
    names = [f"CONFIG_{symbol}" for symbol in symbols]
    if len(names) == 1:
        return f"without {names[0]}"
    return f"without {len(names)} options, {names[0]} to {names[-1]}"
