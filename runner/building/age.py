"""The age of a commit: which releases of Linux it contains, by its own Makefile.

Needs no tags, and is right for old topic branches: a release is a commit that edits the Makefile.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Self

LINE = re.compile(rb"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)[ \t]*=[ \t]*(\S*)[ \t]*$", re.M)
HEAD = 4096
"""Bytes: the version stands in the first lines of the Makefile."""
NAME = re.compile(r"v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:-rc(\d{1,4}))?", re.ASCII)
CANDIDATE = re.compile(r"-rc(\d{1,4})")


@dataclass(frozen=True, slots=True, order=True)
class Age:
    """A release of Linux, such as 5.4 or 5.4-rc3. A commit is as old as the last one before it."""

    version: int
    patchlevel: int
    sublevel: int = 0
    candidate: float = math.inf
    """Number of a release candidate. They come before the release itself, which has none."""

    @classmethod
    def named(cls, name: str) -> Self:
        """The release of a name such as `5.4`, `v2.6.39` or `5.4-rc3`; else `ValueError`."""
        match = NAME.fullmatch(name)
        if match is None:
            raise ValueError(f"not the name of a Linux release: {name!r}")
        version, patchlevel, sublevel, candidate = match.groups()
        rank = math.inf if candidate is None else int(candidate)
        return cls(int(version), int(patchlevel), int(sublevel or 0), rank)

    @classmethod
    def read(cls, makefile: bytes) -> Self | None:
        """The age of a tree with this top Makefile; None when it is not one of Linux's."""
        lines = {
            name.decode(): value.decode("ascii", "replace")
            for name, value in LINE.findall(makefile[:HEAD])
        }
        candidate = CANDIDATE.match(lines.get("EXTRAVERSION", ""))
        parts = [lines.get(name) or "0" for name in ("VERSION", "PATCHLEVEL", "SUBLEVEL")]
        try:
            age = cls.named(".".join(parts) + (candidate[0] if candidate else ""))
        except ValueError:
            return None
        return age if age >= FIRST else None

    def contains(self, release: Age) -> bool:
        """Whether that release is in the history of a commit of this age."""
        return self >= release

    def __str__(self) -> str:
        name = f"{self.version}.{self.patchlevel}"
        name += f".{self.sublevel}" if self.sublevel else ""
        return name if math.isinf(self.candidate) else f"{name}-rc{self.candidate}"


FIRST = Age(2, 6, 12, 2)
"""Where the history of Linux in git begins. What says less in its Makefile is something else."""
