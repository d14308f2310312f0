"""The compilers of this machine: what is there, by version, and how each names itself."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from runner.architecture import Architecture
from runner.building.rules import Family, Version
from runner.errors import InfraError, InputError
from runner.process import capture

# A command on PATH, as a person may give it.
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
ON_PATH = re.compile(r"(?:gcc|clang)(?:-\d+(?:\.\d+)*)?", re.ASCII)
# What make and a shell leave as it is.
IN_TOOLCHAIN = re.compile(r"/[A-Za-z0-9_./+@-]*/bin/(?:gcc|clang)")
VERSION_SECONDS = 30.0
LLVM_TOOLS = (
    *("ld.lld", "llvm-ar", "llvm-nm", "llvm-objcopy", "llvm-objdump"),
    *("llvm-readelf", "llvm-strip"),
)
CLANG = re.compile(r"\bclang version (\d+(?:\.\d+)*)")
GCC = re.compile(r" (\d+\.\d+(?:\.\d+)*)(?: \d{8}.*)?$")
"""The version ends the line, or a snapshot's date does."""


@dataclass(frozen=True, slots=True)
class Compiler:
    """A compiler that can be used here."""

    command: str
    """Its name where it is on PATH, else where it lies; without the prefix of an architecture."""
    family: Family
    version: Version
    llvm: str = ""
    """The value of make's LLVM that means clang with the linker and tools of its own version, as
    Documentation/kbuild/llvm.rst has it: `1`, `-15` or `/folder/bin/`. Empty when some are missing.
    """

    @property
    def name(self) -> str:
        """What a person calls it: the command, or the folder of its toolchain."""
        return next((home.name for home in toolchain(self.command)), self.command)

    def __str__(self) -> str:
        """Such as `gcc 12.2.0 (gcc-12)`."""
        return f"{self.family} {'.'.join(map(str, self.version))} ({self.name})"


def toolchain(command: str) -> list[Path]:
    """The folder of the toolchain that a compiler belongs to; none for what is on PATH."""
    return [Path(command).parent.parent] if command.startswith("/") else []


def installed(toolchains: Path | None, target: Architecture) -> list[Compiler]:
    """The compilers for an architecture: what is on PATH, plain names first, then what lies in the
    folder of toolchains.
    """
    commands = [*_on_path(target), *_toolchains(toolchains)]
    found = (_compiler(command, target) for command in commands)
    return [compiler for compiler in found if compiler is not None]


def _on_path(target: Architecture) -> list[str]:
    folders = map(Path, os.get_exec_path())
    entries = {entry.name for folder in folders for entry in _content(folder)}
    # `clang` stands there as it is, and `gcc` behind the prefix of another architecture.
    commands = entries | {entry.removeprefix(target.cross) for entry in entries}
    return sorted(filter(ON_PATH.fullmatch, commands), key=lambda name: (len(name), name))


def _toolchains(folder: Path | None) -> Iterator[str]:
    for home in sorted(_content(folder.absolute())) if folder else []:
        for family in Family:
            command = str(home / "bin" / family)
            if IN_TOOLCHAIN.fullmatch(command):
                yield command


def _content(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _compiler(command: str, target: Architecture) -> Compiler | None:
    """None when there is no such program, or it does not say that it is a compiler."""
    program, *_ = target.compiler(command)
    try:
        said = banner(program)
    except InfraError:
        return None
    if clang := CLANG.search(said):
        return Compiler(command, Family.CLANG, _version(clang[1]), _llvm(command))
    if gcc := GCC.search(said):
        return Compiler(command, Family.GCC, _version(gcc[1]))
    return None


def _llvm(command: str) -> str:
    folder, slash, name = command.rpartition("/")
    suffix = name.removeprefix("clang")
    tools = (f"{folder}{slash}{tool}{suffix}" for tool in LLVM_TOOLS)
    if not name.startswith("clang") or not all(map(shutil.which, tools)):
        return ""
    return folder + slash or suffix or "1"


def _version(text: str) -> Version:
    return tuple(map(int, text.split(".")))


def compiler_for(command: str, target: Architecture) -> tuple[str, ...]:
    """The words that begin a command line; `InputError` when the compiler is not installed."""
    argv = target.compiler(command)
    known = NAME.fullmatch(command) or IN_TOOLCHAIN.fullmatch(command)
    if not known or shutil.which(argv[0]) is None:
        raise InputError(f"the compiler {argv[0]!r} is not installed{target.missing(command)}")
    return argv


def compiler_id(command: str, target: Architecture, llvm: str = "") -> str:
    """Compiler and linker as they name themselves, on one line, such as `gcc (Debian 12.2.0-14)
    12.2.0, GNU ld (GNU Binutils for Debian) 2.40`. `llvm` is the value of make's LLVM.
    """
    compiler, *_ = compiler_for(command, target)
    return f"{banner(compiler)}, {banner(_linker(target, llvm))}"


def _linker(target: Architecture, llvm: str) -> str:
    if not llvm:
        return f"{target.cross}ld"
    if llvm.startswith("-"):
        return f"ld.lld{llvm}"
    return f"{llvm}ld.lld" if llvm.endswith("/") else "ld.lld"


def banner(program: str) -> str:
    """The first line of what a program says of its version."""
    path = shutil.which(program)
    if path is None:
        raise InfraError(f"{program} is not installed")
    return _banner(path, os.stat(path).st_mtime_ns)


@cache
def _banner(path: str, changed: int) -> str:
    """`changed` is when: an upgraded compiler is asked again."""
    finished = capture([path, "--version"], deadline=VERSION_SECONDS)
    lines = finished.stdout.decode(errors="replace").splitlines()
    if not finished.succeeded or not lines:
        raise InfraError(f"{path} does not tell its version")
    return lines[0].strip()
