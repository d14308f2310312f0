"""Which files a kernel was built from, and which commits therefore cannot matter to it. Pure.

Kbuild notes beside each object, in `.<object>.cmd`, how it was made and what the compiler read for
it, and in `include/config/auto.conf.cmd` all Kconfig files that it read. What leaves no such trace
is taken to matter wherever the build has worked: makefiles, and whatever scripts read.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from runner.search.prior import is_documentation
from runner.values import Sha

TOOLS = tuple(
    f"tools/{name}/" for name in ("arch", "bpf", "build", "include", "lib", "objtool", "scripts")
)
ALWAYS = ("scripts/", *TOOLS)
"""Programs that every build makes and runs for itself, and what they are made of."""
TRACED = (".c", ".h", ".S")
"""Nobody reads such a file but a compiler, which says so, or a script that is told its name."""
HEADERS = ("include/", "arch/")
ALL_HEADERS = "gen_kheaders.sh"
"""With CONFIG_IKHEADERS this script packs every header, used or not, into the kernel."""
WORD = r"([^\s\"'`():;=|&<>$\\]+)"
KCONFIG = re.compile(r"^deps_config := \\\n((?:\t.*\\\n)*.*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sources:
    """What one kernel was built from; paths are relative to the source tree."""

    read: frozenset[str]
    folders: frozenset[str]
    """Where the build has worked, and all folders above those."""

    def matters(self, path: str) -> bool:
        """Whether a change of this file could have changed the kernel. The file must exist where
        the kernel was built: of others nothing is known.
        """
        if path in self.read or path.startswith(ALWAYS):
            return True
        if posixpath.dirname(path) not in self.folders:
            return False
        if path.endswith(TRACED):
            return path.endswith(".h") and path.startswith(HEADERS) and self._packs_headers
        # A text file elsewhere may be a script's input, and nothing says so.
        return path.endswith(".txt") or not is_documentation(path)

    @property
    def _packs_headers(self) -> bool:
        return f"kernel/{ALL_HEADERS}" in self.read

    def dump(self) -> str:
        return json.dumps({"read": sorted(self.read), "folders": sorted(self.folders)})

    @classmethod
    def load(cls, text: str) -> Sources:
        facts = json.loads(text)
        return cls(frozenset(facts["read"]), frozenset(facts["folders"]))


def words_below(text: str, root: str) -> set[str]:
    """Everything in a `.cmd` file that names a path below the source tree `root`, relative to it.

    Not in a simple form: kbuild likes `arch/x86/kernel/cpu/../../include/asm/cpufeatures.h`.
    """
    pattern = re.compile(re.escape(root) + "/" + WORD)
    return {found for word in set(text.split()) if root in word for found in pattern.findall(word)}


def kconfig_files(text: str) -> set[str]:
    """The Kconfig files that `auto.conf.cmd` lists, as it names them."""
    listed = KCONFIG.search(text)
    return {word for word in listed[1].split() if word != "\\"} if listed else set()


def sources_of(read: Iterable[str], kconfig: Iterable[str], built: Iterable[str]) -> Sources:
    """`read` are files that commands read, `built` the folders that objects were made in.

    A folder of Kconfig files alone was not worked in: nearly all are read for every config.
    """
    files = frozenset(read)
    folders = {*built, *map(posixpath.dirname, files)}
    return Sources(files | frozenset(kconfig), frozenset(folders) | _above(folders))


def _above(folders: Iterable[str]) -> frozenset[str]:
    above = set[str]()
    for folder in folders:
        while folder and (folder := posixpath.dirname(folder)) not in above:
            above.add(folder)
    return frozenset(above)


def inert_commits(
    changes: Mapping[Sha, Collection[str]], present: Collection[str], sources: Sources
) -> frozenset[Sha]:
    """Of the commits with the paths they change, those that cannot matter to a kernel.

    `present`: all files of the commit that the kernel was built at. A file that it lacks was
    deleted or renamed since, or is not there yet: what it was for is not known.
    """
    paths = {path for of_one in changes.values() for path in of_one}
    harmless = {path for path in paths & set(present) if not sources.matters(path)}
    return frozenset(sha for sha, of_one in changes.items() if harmless.issuperset(of_one))
