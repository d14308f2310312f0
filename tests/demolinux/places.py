"""Where small changes are made: in files that the demo's config builds, and in ones it does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from random import Random

from runner.errors import InputError
from tests.demolinux.change import Author, Change, Edit, Effect
from tests.demolinux.core import CORE, FS, LIB, MM
from tests.demolinux.inert import ARM, DOCS, DRIVERS
from tests.demolinux.small import Rule, c_rules, dictionary, edits, text_rules

Read = Callable[[str], str | None]
"""The text of a file; None when it is not there, or no text."""

SPELLING = "scripts/spelling.txt"

NET = Author("Network Developer", "net@demo.invalid")
SOUND = Author("Sound Developer", "sound@demo.invalid")
X86 = Author("x86 Developer", "x86@demo.invalid")
POWER = Author("PowerPC Developer", "powerpc@demo.invalid")

BUILT = {
    "kernel": CORE,
    "kernel/sched": CORE,
    "kernel/time": CORE,
    "kernel/locking": CORE,
    "kernel/irq": CORE,
    "mm": MM,
    "fs": FS,
    "fs/proc": FS,
    "lib": LIB,
    "drivers/base": DRIVERS,
    "arch/x86/kernel": X86,
    "arch/x86/kvm": X86,
}
"""Folders whose Makefiles say what every kernel has of them."""
UNBUILT = {
    "Documentation/": DOCS,
    "arch/arm64/": ARM,
    "arch/powerpc/": POWER,
    "drivers/gpu/": DRIVERS,
    "drivers/infiniband/": DRIVERS,
    "drivers/media/": DRIVERS,
    "drivers/net/": NET,
    "drivers/scsi/": DRIVERS,
    "fs/nfs/": FS,
    "fs/xfs/": FS,
    "net/": NET,
    "sound/": SOUND,
}
"""Folders of which a machine of another kind, without disks, network and sound, has nothing."""
OBJECTS = re.compile(r"^(?:obj|lib|kvm)-y\s*[:+]?=((?:.*\\\n)*.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Area:
    """Files that are changed by the same people."""

    author: Author
    paths: tuple[str, ...]
    is_built: bool


def built_areas(paths: Collection[str], read: Read) -> list[Area]:
    """The C files that the Makefiles name for every config."""
    areas = []
    for folder, author in BUILT.items():
        makefile = read(f"{folder}/Makefile") or ""
        names = [name for line in OBJECTS.findall(makefile) for name in line.split()]
        sources = {f"{folder}/{name[:-2]}.c" for name in names if name.endswith(".o")}
        areas.append(Area(author, tuple(sorted(sources.intersection(paths))), is_built=True))
    return areas


def unbuilt_areas(paths: Collection[str]) -> list[Area]:
    return [
        Area(author, tuple(sorted(filter(_is_text_under(folder), paths))), is_built=False)
        for folder, author in UNBUILT.items()
    ]


def _is_text_under(folder: str) -> Callable[[str], bool]:
    suffix = ".rst" if folder.startswith("Documentation") else ".c"
    return lambda path: path.startswith(folder) and path.endswith(suffix)


def small_changes(
    random: Random, count: int, areas: Sequence[Area], read: Read, taken: Collection[str]
) -> list[Change]:
    """So many changes, each to one file that no other change touches, by ever other rules.

    `InputError` when the tree has no more places.
    """
    spelling = dictionary(read(SPELLING) or "")
    used: dict[str, int] = {}
    changes: list[Change] = []
    streams = [_candidates(random, area, read, taken, spelling, used) for area in areas]
    random.shuffle(streams)
    while streams and len(changes) < count:
        stream = streams.pop(0)  # an area after the other, in turn
        if change := next(stream, None):
            used[change.rule] = used.get(change.rule, 0) + 1
            changes.append(change.change)
            streams.append(stream)
    if len(changes) < count:
        raise InputError(f"the tree has places for {len(changes)} small changes, not for {count}")
    return changes


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change to one file, and the rule it is by."""

    rule: str
    change: Change


def _candidates(
    random: Random,
    area: Area,
    read: Read,
    taken: Collection[str],
    spelling: Mapping[str, str],
    used: Mapping[str, int],
) -> Iterator[Candidate]:
    """A change to each file of an area that has a place, by the rule used least so far."""
    for path in random.sample(area.paths, len(area.paths)):
        text = read(path) if path not in taken else None
        rules = (text_rules if path.endswith(".rst") else c_rules)(spelling)
        for rule in sorted(rules, key=lambda rule: used.get(rule.name, 0)) if text else ():
            if found := edits(path, text or "", rule):
                yield Candidate(rule.name, _change(area, path, rule, found))
                break


def _change(area: Area, path: str, rule: Rule, found: tuple[Edit, ...]) -> Change:
    harmless = Effect.COMMENT if rule.is_comment else Effect.PLAIN
    return Change(
        key=f"{rule.name} {path}",
        author=area.author,
        effect=harmless if area.is_built else Effect.INERT,
        subject=f"{prefix(path)}: {rule.subject}",
        body=rule.body,
        edits=found,
    )


def prefix(path: str) -> str:
    """What subjects of a file's commits begin with, more or less as people write it."""
    file = PurePosixPath(path)
    match file.parts[:-1]:
        case ("Documentation", *folders):
            return ": ".join(("Documentation", *folders[:1]))
        case ("arch", arch, *_):
            return f"{arch}: {file.stem}"
        case ("drivers", kind, *_):
            return f"{kind}: {file.stem}"
        case ("sound", *_):
            return f"ALSA: {file.stem}"
        case (top, *_):
            return f"{top}: {file.stem}"
        case _:
            return file.stem
