"""The functions of a vmlinux: which addresses a name has, as the running kernel knows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from elftools.common.exceptions import ELFError
from elftools.construct import ConstructError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from numpy.typing import NDArray

from runner.errors import InputError

DEBUG_INFO = (".debug_info", ".zdebug_info")
NO_TYPE, FUNCTION = 0, 2
RESERVED = 0xFF00
"""Section numbers from here on are no sections."""
MARKS = (ord("$"), ord("."))
"""First letters of what assemblers and compilers mark, and the running kernel has no name for."""


@dataclass(frozen=True, slots=True)
class SymbolTable:
    """The symbols in a vmlinux's code, by their offsets in the table of names."""

    names: bytes
    offsets: NDArray[Any]
    addresses: NDArray[Any]
    ordered: NDArray[Any]
    """All addresses, each once, ascending."""

    @classmethod
    def read(cls, vmlinux: Path) -> SymbolTable:
        """`InputError` when the file is no ELF file with symbols in it."""
        try:
            with vmlinux.open("rb") as file:
                return cls._read(ELFFile(file))
        except (ELFError, ConstructError, OverflowError, ValueError, IndexError) as error:
            raise InputError(f"vmlinux is not a valid ELF file: {error}") from error

    @classmethod
    def _read(cls, elf: ELFFile) -> SymbolTable:
        section = elf.get_section_by_name(".symtab")
        if section is None:
            raise InputError("vmlinux has no symbols")
        names = elf.get_section(section["sh_link"]).data()
        rows = np.frombuffer(section.data(), dtype=_row(elf.elfclass, elf.little_endian))
        code = np.zeros(1 << 16, dtype=bool)
        code[list(_code_sections(elf))] = True
        letters = np.frombuffer(names, dtype=np.uint8)
        wanted = (
            code[rows["section"]]
            & np.isin(rows["info"] & 0xF, (NO_TYPE, FUNCTION))
            & ~np.isin(letters[rows["name"] % max(1, len(letters))], MARKS)
        )
        kept = rows[wanted]
        addresses = kept["value"].astype(np.uint64)
        return cls(names, kept["name"], addresses, np.unique(addresses))

    def find(self, name: str, size: int) -> int | None:
        """The address of a function, given the size that the running kernel reports for it.

        To the kernel a function goes up to the next symbol; that tells functions of one name apart.
        None when there is no such function, or there are several of that size.
        """
        starts = list(self._offsets(name.encode()))
        found = np.unique(self.addresses[np.isin(self.offsets, starts)])
        if len(found) > 1:
            found = np.array([each for each in found if self._size(each) == size])
        return int(found[0]) if len(found) == 1 else None

    def _offsets(self, name: bytes) -> Iterator[int]:
        """Where the name stands in the table; it may be the tail of a longer one."""
        wanted, position = name + b"\0", -1
        while (position := self.names.find(wanted, position + 1)) >= 0:
            yield position

    def _size(self, address: np.uint64) -> int:
        place = int(np.searchsorted(self.ordered, address, side="right"))
        return int(self.ordered[place] - address) if place < len(self.ordered) else 0


def has_debug_info(elf: ELFFile) -> bool:
    return any(elf.get_section_by_name(name) is not None for name in DEBUG_INFO)


def _code_sections(elf: ELFFile) -> Iterator[int]:
    for number, section in enumerate(elf.iter_sections()):
        if section["sh_flags"] & SH_FLAGS.SHF_EXECINSTR and number < RESERVED:
            yield number


def _row(bits: int, little_endian: bool) -> np.dtype[Any]:
    """A symbol as the ELF file has it."""
    if bits == 64:
        fields = [("name", "u4"), ("info", "u1"), ("other", "u1"), ("section", "u2")]
        fields += [("value", "u8"), ("size", "u8")]
    else:
        fields = [("name", "u4"), ("value", "u4"), ("size", "u4")]
        fields += [("info", "u1"), ("other", "u1"), ("section", "u2")]
    return np.dtype(fields).newbyteorder("<" if little_endian else ">")
