"""What a culprit has to do with the crash that it is blamed for. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from runner.console.guilty import SOURCE
from runner.console.similarity import PLACE
from runner.log.values import Culprit

CHANGED = re.compile(r"^ (?P<path>[^\s|][^|\n]*)\| +(?:\d+ ?[+-]*|Bin .*)$", re.MULTILINE)
RENAMED = re.compile(r"\{[^{}>]*=> (?P<to>[^{}]*)\}")
CUT = ".../"
"""Git's mark for the first folders of a path that is too long for its line."""
FUNCTION = re.compile(r"(?<![\w.])(?P<name>[a-z_]\w{3,})(?:\.[\w.]*)?(?:\+0x| [\w-]+/)", re.ASCII)
WORD = re.compile(r"[a-z0-9]{3,}")
COMMON = re.compile(
    r"add|address|alloc|arch|array|asan|bad|bug|call|check|close|common|context|core|corrupted"
    r"|create|deadlock|del|delete|dereference|destroy|detected|dev|device|do|drivers|entry"
    r"|exit|fault|file|fix|for|free|from|function|general|get|handle|hung|include|index|info"
    r"|init|invalid|ioctl|kasan|kernel|line|linux|list|lock|make|mm|module|more|net|new|null"
    r"|open|out|paging|pointer|possible|protection|ptr|put|rcu|read|register|release|remove"
    r"|request|run|send|set|slab|stall|start|support|sys|sysfs|task|test|the|unable|unlock"
    r"|unregister|update|use|using|warn|warning|with|work|write|x86"
)
"""Words that name no subsystem."""


@dataclass(frozen=True, slots=True)
class Affinity:
    """What was found in common."""

    file: str = ""
    """A file of the crash's stack that the culprit changes; empty if there is none."""
    word: str = ""
    """What the culprit's area, as its subject has it, and the place of the crash share."""

    @property
    def points(self) -> int:
        return bool(self.file) + bool(self.word)


def affinity(culprit: Culprit, titles: Iterable[str], report: str) -> Affinity:
    """`titles` are the bug's; `report` is that of the crash at the end of the log.

    Headers and what is on many stacks count as well: a culprit that changes them is suspect still.
    """
    changed = changed_files(culprit)
    tails = tuple(path.removeprefix(CUT[:-1]) for path in changed if path.startswith(CUT))
    places = dict.fromkeys(found["path"] for found in SOURCE.finditer(report))
    area, colon, _ = culprit.subject.partition(":")
    ours = _words([area] if colon else ())
    theirs = _words(map(_place, titles)) | _words(places) | _words(FUNCTION.findall(report))
    return Affinity(
        next((place for place in places if place in changed or place.endswith(tails)), ""),
        min(ours & theirs, default=""),
    )


def changed_files(culprit: Culprit) -> frozenset[str]:
    """Paths of its diffstat. Old logs have the top folders of a large commit instead: none."""
    changes = culprit.shown.changes if culprit.shown else ""
    found = (each["path"].rstrip() for each in CHANGED.finditer(changes))
    return frozenset(RENAMED.sub(r"\g<to>", path) for path in found)


def _place(title: str) -> str:
    """The function that a title names, or all of the title."""
    found = PLACE.search(title)
    return found["function"] if found else title


def _words(texts: Iterable[str]) -> frozenset[str]:
    return frozenset().union(*map(_words_of, texts))


@lru_cache(maxsize=4096)
def _words_of(text: str) -> frozenset[str]:
    found = WORD.findall(text.lower())
    return frozenset(word for word in found if not COMMON.fullmatch(word))
