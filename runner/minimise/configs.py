"""The text of a kernel's `.config`: what it sets, and the same text without some options.

Symbols are written without `CONFIG_`. What an option needs, and what needs it, is the tree's
business: its `olddefconfig` completes every text that is made here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TypeAlias

Values: TypeAlias = Mapping[str, str]
"""The value of each symbol that is set, as written (`y`, `m`, `32`, `"a text"`), in the order of
the text. What is off is not in it."""

LINE = re.compile(r"CONFIG_(?P<set>\w+)=(?P<value>.*)|# CONFIG_(?P<unset>\w+) is not set", re.ASCII)
ON = ("y", "m")


def parse(config: str) -> Values:
    """What a config sets. Of a symbol that is set twice the last line counts, as for Kconfig."""
    values: dict[str, str] = {}
    for line in config.splitlines():
        found = LINE.fullmatch(line.strip())
        if not found:
            continue
        symbol, value = found["set"] or found["unset"], found["value"]
        if found["unset"] or value == "n":
            values.pop(symbol, None)
        else:
            values[symbol] = value
    return values


def switched_on(values: Values) -> tuple[str, ...]:
    """The options that are on, built in or as a module: neither numbers nor texts."""
    return tuple(symbol for symbol, value in values.items() if value in ON)


def difference(full: Values, base: Values) -> tuple[str, ...]:
    """The options that are on in `full` and off in `base`.

    In the order of `full`, which is that of the menus: what belongs together stands together.
    """
    return tuple(symbol for symbol in switched_on(full) if base.get(symbol) not in ON)


def without(config: str, symbols: Collection[str]) -> str:
    """The config with these options off, said outright: else their defaults would come back."""
    off = set(symbols)
    kept = [line for line in config.splitlines() if _symbol(line) not in off]
    return "\n".join([*kept, *(f"# CONFIG_{symbol} is not set" for symbol in symbols)]) + "\n"


def _symbol(line: str) -> str | None:
    found = LINE.fullmatch(line.strip())
    return (found["set"] or found["unset"]) if found else None
