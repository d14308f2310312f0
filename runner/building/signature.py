"""The kernel signature: equal for kernels that behave alike, whatever else their files hold."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path
from typing import BinaryIO

from elftools.common.exceptions import ELFError
from elftools.construct import ConstructError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Section

from runner.errors import BuildFailed

CHUNK = 1 << 20
# Notes hold the build-id, which depends on debug information and paths.
WITHOUT_BEHAVIOUR = ("SHT_NOTE", "SHT_NULL")


def signature(vmlinux: Path) -> str:
    """SHA-256, in hexadecimal, over the name and content of every section that is loaded.

    Comments, debug information and build-ids do not change it. `BuildFailed` when it is no ELF
    file: make said that it had built one.
    """
    total = hashlib.sha256()
    with vmlinux.open("rb") as file:
        try:
            for section in ELFFile(file).iter_sections():
                if _is_loaded(section):
                    total.update(f"{section.name}\0{_digest(file, section)}\n".encode())
        except (ELFError, ConstructError, OverflowError, ValueError) as error:
            raise _broken(error) from error
        except OSError as error:
            if error.errno != errno.EINVAL:  # that is an impossible offset; the rest is our disk
                raise
            raise _broken(error) from error
    return total.hexdigest()


def _broken(error: Exception) -> BuildFailed:
    return BuildFailed("vmlinux is not a valid ELF file", str(error))


def _is_loaded(section: Section) -> bool:
    return (
        bool(section["sh_flags"] & SH_FLAGS.SHF_ALLOC)
        and section["sh_type"] not in WITHOUT_BEHAVIOUR
    )


def _digest(file: BinaryIO, section: Section) -> str:
    """Of the bytes in the file, read piece by piece: a debug kernel's sections are big.

    Zeroed memory has no bytes, but its size matters: a bigger array may be the whole fix.
    """
    if section["sh_type"] == "SHT_NOBITS":
        return f"{section['sh_size']} zeroes"
    digest = hashlib.sha256()
    end = section["sh_offset"] + section["sh_size"]
    for start in range(section["sh_offset"], end, CHUNK):
        file.seek(start)  # each time: the reader of the headers moves the same file
        wanted = min(CHUNK, end - start)
        piece = file.read(wanted)
        if len(piece) < wanted:
            raise ELFError(f"section {section.name} is cut off")
        digest.update(piece)
    return digest.hexdigest()
