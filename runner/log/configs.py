"""What a log says while a smaller config is looked for.

With config-bisect.pl in 2020, by halves from October 2020 on, by chunks since June 2023.
"""

from __future__ import annotations

from dataclasses import dataclass

from runner.log.entries import Entry


@dataclass(frozen=True, slots=True)
class ConfigScript(Entry):
    """config-bisect.pl was told of a config."""

    verdict: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class ConfigChanges(Entry):
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kconfig(Entry):
    base: int
    full: int
    diff: int
    chunks: bool
    """In the words of 2023."""


@dataclass(frozen=True, slots=True)
class TryHalf(Entry):
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResultingConfigs(Entry):
    options: str


@dataclass(frozen=True, slots=True)
class Disabling(Entry):
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SplitChunks(Entry):
    needed: bool
    lengths: str
    """Such as `<12>, <3, final>`."""


@dataclass(frozen=True, slots=True)
class SplitChunk(Entry):
    index: int
    length: int
    parts: int


@dataclass(frozen=True, slots=True)
class WithoutChunk(Entry):
    index: int
    parts: int


@dataclass(frozen=True, slots=True)
class PredicateLimit(Entry):
    runs: int


@dataclass(frozen=True, slots=True)
class Minimised(Entry):
    configs: int
    suspects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BadKconfig(Entry):
    reason: str
    more: str = ""
