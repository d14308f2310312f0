"""What can be known to be wrong with a reproducer before anything is built. Pure."""

from __future__ import annotations

import base64
import re

from runner import syz
from runner.errors import InputError
from runner.values import Language, Reproducer

PROCS_MAX = 32
WORD_SIZES = (64, 32)


INTERPRETER = re.compile(rb"#! *(/[A-Za-z0-9/._+-]+)(?: [^\n]*)?\n")
ELF = b"\x7fELF"


def content(reproducer: Reproducer) -> bytes:
    """The bytes of a script or a program; `InputError` when it is neither."""
    source = reproducer.source
    if source.startswith("#!"):
        return source.encode()
    if not is_program(source):
        raise InputError("a script begins with #! and its interpreter; a program is ELF, in base64")
    return base64.b64decode(source)


def is_program(source: str) -> bool:
    """Whether this is an ELF program in base64."""
    try:
        return base64.b64decode("".join(source.split()), validate=True).startswith(ELF)
    except ValueError:
        return False


def interpreter(script: bytes) -> str:
    """The program that runs a script; empty for a program. `InputError` when it is not named."""
    if script.startswith(ELF):
        return ""
    named = INTERPRETER.match(script)
    if named is None:
        raise InputError("the script's first line must be #! and the path of its interpreter")
    return named[1].decode()


def check(reproducer: Reproducer, config: str) -> None:
    """`InputError` when it cannot be run by kernels with this config."""
    if not 1 <= reproducer.procs <= PROCS_MAX:
        raise InputError(f"between 1 and {PROCS_MAX} copies of the reproducer can run in parallel")
    if reproducer.bits not in WORD_SIZES:
        raise InputError(f"no reproducer has {reproducer.bits} bits, only 32 or 64")
    match reproducer.language:
        case Language.C:
            _check_c(reproducer)
        case Language.SCRIPT:
            _check_script(reproducer)
        case Language.SYZ:
            _check_syz(reproducer)
    if reproducer.bits == 32 and "CONFIG_IA32_EMULATION=y" not in config.splitlines():
        raise InputError("a 32-bit reproducer needs a kernel with CONFIG_IA32_EMULATION=y")


def _check_c(reproducer: Reproducer) -> None:
    if reproducer.source.startswith("#!") or is_program(reproducer.source):
        raise InputError("this is a script or a program, not C source: choose its language")


def _check_script(reproducer: Reproducer) -> None:
    interpreter(content(reproducer))
    if reproducer.repeat:
        raise InputError("a script repeats by itself what it wants repeated")
    if reproducer.bits != WORD_SIZES[0]:
        raise InputError("only a C reproducer can be compiled for 32 bits")


def _check_syz(reproducer: Reproducer) -> None:
    syz.flags(reproducer.source, procs=reproducer.procs, arch="x86_64", bits=reproducer.bits)
    if reproducer.repeat:
        raise InputError("a syz program is run again and again anyway")
