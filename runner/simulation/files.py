"""A source tree to change: directories and files of very different heat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

TOPS = ("arch", "block", "crypto", "drivers", "fs", "kernel", "lib", "mm", "net", "sound", "virt")
DOCUMENTATION = 0.06
"""Share of commits that change documentation only."""
SWEEPING = 0.03
"""Share of commits that change files all over the tree."""
SHARED = 0.06
"""Share of commits that also change a file which everybody changes."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A directory with its files, the most changed first."""

    name: str
    files: Sequence[str]
    heat: Sequence[float]
    """Cumulative weights of the files, by Zipf's law."""

    def pick(self, rng: Random) -> str:
        return rng.choices(self.files, cum_weights=self.heat)[0]


@dataclass(frozen=True, slots=True)
class SourceTree:
    """What commits change. Neighbouring folders belong to the same subsystem."""

    folders: Sequence[Folder]
    heat: Sequence[float]
    shared: Folder
    documentation: Folder

    @classmethod
    def grow(cls, rng: Random, folders: int = 300) -> SourceTree:
        """Folders of 1 to 80 files; which are hot has nothing to do with which are large."""
        grown = [
            _folder(rng, f"{TOPS[i * len(TOPS) // folders]}/{_word(rng)}{i}")
            for i in range(folders)
        ]
        ranks = rng.sample(range(1, folders + 1), folders)
        return cls(
            folders=grown,
            heat=list(accumulate(rank**-0.5 for rank in ranks)),
            shared=_named("include", [f"include/{_word(rng)}{i}.h" for i in range(60)]),
            documentation=_named("docs", [f"Documentation/{_word(rng)}{i}.rst" for i in range(80)]),
        )

    def pick(self, rng: Random) -> Folder:
        return rng.choices(self.folders, cum_weights=self.heat)[0]

    def change(self, rng: Random, focus: Folder) -> tuple[str, ...]:
        """The paths of one commit of somebody who works on `focus`."""
        kind = rng.random()
        if kind < DOCUMENTATION:
            return (self.documentation.pick(rng),)
        if kind < DOCUMENTATION + SWEEPING:
            return _sorted(self.pick(rng).pick(rng) for _ in range(rng.randint(8, 40)))
        paths = [focus.pick(rng)]
        while rng.random() < 0.45:
            paths.append(focus.pick(rng))
        if rng.random() < SHARED:
            paths.append(self.shared.pick(rng))
        return _sorted(paths)


def _folder(rng: Random, name: str) -> Folder:
    count = min(80, 1 + int(rng.lognormvariate(2.3, 1.0)))
    return _named(name, [f"{name}/{_word(rng)}{i}.c" for i in range(count)])


def _named(name: str, files: Sequence[str]) -> Folder:
    return Folder(name, files, list(accumulate(rank**-0.8 for rank in range(1, len(files) + 1))))


def _word(rng: Random) -> str:
    return "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(2))


def _sorted(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(paths)))
