"""Makes names of Rust's functions readable: `_RNvC3foo3bar` is `foo::bar`. Pure.

The mangling is Rust's v0 (RFC 2603), which kernels are built with.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable

WORDS = "i8 bool char f64 str f32 u8 isize usize i32 u32 i128 u128 i16 u16 () ... i64 u64 !"
BASIC = dict(zip("abcdefhijlmnostuvxyz", WORDS.split(), strict=True))
"""A letter for each basic type."""
POINTERS = {"R": "&", "Q": "&mut ", "P": "*const ", "O": "*mut "}
DIGITS = string.digits + string.ascii_lowercase + string.ascii_uppercase
STEPS = 300
"""Parts of a name that are read: what refers back to itself could be without end."""
NUMBER = re.compile(r"[0-9a-zA-Z]*_")
LENGTH = re.compile(r"u?(0|[1-9][0-9]{0,3})_?")


def demangled(name: str) -> str:
    """The readable name, without hashes; the name itself if it has none."""
    if not name.startswith("_R"):
        return name
    try:
        return _Reader(name[2:]).path() or name
    except (ValueError, IndexError):
        return name


class _Reader:
    """Reads a mangled name from left to right, by the grammar of the RFC."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._steps = STEPS

    def path(self) -> str:
        kind = self._letter()
        if kind == "C":
            return self._identifier()
        if kind == "N":
            return self._nested()
        if kind in "MX":
            self._disambiguator()
            self.path()
        if kind == "M":
            return f"<{self._type()}>"
        if kind in "XY":
            return f"<{self._type()} as {self.path()}>"
        if kind == "I":
            return f"{self.path()}::<{', '.join(self._until_end())}>"
        if kind == "B":
            return self._again(self.path)
        raise ValueError(kind)

    def _nested(self) -> str:
        space = self._letter()
        inside, number = self.path(), self._disambiguator()
        name = self._name()
        if space == "C":
            return f"{inside}::{{closure#{number}}}"
        return f"{inside}::{name}" if name else inside

    def _type(self) -> str:
        kind = self._text[self._at]
        if kind in "CNMXYI":
            return self.path()
        self._letter()
        if kind in BASIC:
            return BASIC[kind]
        if kind in POINTERS:
            if self._text[self._at] == "L":
                self._lifetime()
            return POINTERS[kind] + self._type()
        if kind == "S":
            return f"[{self._type()}]"
        if kind == "T":
            return f"({', '.join(self._until_end())})"
        if kind == "B":
            return self._again(self._type)
        raise ValueError(kind)

    def _until_end(self) -> list[str]:
        """Types up to the letter `E`; lifetimes are left out."""
        types = []
        while self._text[self._at] != "E":
            if self._text[self._at] == "L":
                self._lifetime()
            else:
                types.append(self._type())
        self._at += 1
        return types

    def _again(self, read: Callable[[], str]) -> str:
        """What stands further left, once more."""
        target = self._number()
        after, self._at = self._at, target
        text = read()
        self._at = after
        return text

    def _identifier(self) -> str:
        self._disambiguator()
        return self._name()

    def _name(self) -> str:
        found = LENGTH.match(self._text, self._at)
        if not found:
            raise ValueError(self._text[self._at :])
        end = found.end() + int(found[1])
        name = self._text[found.end() : end]
        self._at = end
        return name

    def _disambiguator(self) -> int:
        if self._text[self._at] != "s":
            return 0
        self._at += 1
        return self._number() + 1

    def _lifetime(self) -> None:
        self._at += 1
        self._number()

    def _number(self) -> int:
        """In base 62, and one more than its digits say; `_` alone is 0."""
        found = NUMBER.match(self._text, self._at)
        if not found:
            raise ValueError(self._text[self._at :])
        self._at = found.end()
        digits = found[0][:-1]
        value = 0
        for digit in digits:
            value = value * 62 + DIGITS.index(digit)
        return value + 1 if digits else 0

    def _letter(self) -> str:
        self._steps -= 1
        if self._steps < 0:
            raise ValueError("too long")
        self._at += 1
        return self._text[self._at - 1]
