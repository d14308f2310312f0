"""The example consoles: how each crash is provoked, and what is to be read from its console."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LOGS = HERE / "logs"


@dataclass(frozen=True, slots=True)
class Example:
    """A table of `examples.toml`. The crash's fields are those of `runner.values.Crash`."""

    name: str
    triggers: tuple[str, ...]
    """Words for program.c; none: the machine does not get that far."""
    kernel: str = "debug"
    cmdline: str = ""
    stay: int = 2
    """Seconds that detectors have to speak."""
    why: str = ""
    """What is special about the expected values."""
    title: str = ""
    """Empty: nothing crashed."""
    alt_titles: tuple[str, ...] = ()
    type: str = ""
    frame: str = ""
    corrupted: bool = False
    suppressed: bool = False
    panicked: bool = False

    @property
    def log(self) -> Path:
        return LOGS / f"{self.name}.log"


@cache
def examples() -> tuple[Example, ...]:
    """All of them, in the order of the file."""
    tables = tomllib.loads((HERE / "examples.toml").read_text())
    return tuple(_example(name, table) for name, table in tables.items())


def _example(name: str, table: Mapping[str, Any]) -> Example:
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
    }
    return Example(name=name, **fields)
