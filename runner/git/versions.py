"""The releases of a tree without tags: where the Makefile of Linux says another version."""

from __future__ import annotations

import re
from collections.abc import Iterable

from runner.git.mirror import Mirror
from runner.memory import Memory
from runner.values import Sha

FIELDS = ("VERSION", "PATCHLEVEL", "SUBLEVEL", "EXTRAVERSION")
SETTING = rf"({'|'.join(FIELDS)}) *= *(\S*) *$"
IN_FILE = re.compile(rf"^{SETTING}", re.MULTILINE)
BEFORE = re.compile(rf"^-{SETTING}", re.MULTILINE)

KNOWN: Memory[dict[str, Sha]] = Memory(size=16)
"""A walk takes 0.1 ms for each commit of the first-parent line, and every decision asks for it."""


def released(mirror: Mirror, head: Sha) -> dict[str, Sha]:
    """The releases on the first-parent line of a commit, named as their tags would be; none where
    there is no such Makefile.
    """
    return dict(KNOWN.recall((str(mirror.path), head), lambda: _walk(mirror, head)))


def _walk(mirror: Mirror, head: Sha) -> dict[str, Sha]:
    makefile = mirror.read(head, "Makefile") or b""
    if not IN_FILE.search(makefile.decode(errors="replace")):
        return {}
    pattern = f"^({'|'.join(FIELDS)}) ="
    return releases(
        makefile.decode(errors="replace"), mirror.line_changes(head, "Makefile", pattern)
    )


def releases(makefile: str, changes: Iterable[tuple[Sha, str]]) -> dict[str, Sha]:
    """From the newest Makefile and the diffs that led to it, newest first, each with its commit.

    Pre-releases are none, and of commits with the same version the oldest is the release.
    """
    state = dict(IN_FILE.findall(makefile))
    found: dict[str, Sha] = {}
    for sha, diff in changes:
        if name := _name(state):
            found[name] = sha
        state.update(BEFORE.findall(diff))
    return found


def _name(state: dict[str, str]) -> str:
    major, minor, sub, extra = (state.get(field, "") for field in FIELDS)
    if extra or not (major.isdecimal() and minor.isdecimal()):
        return ""
    point = f".{sub}" if sub.isdecimal() and int(sub) else ""
    return f"v{major}.{minor}{point}"
