"""What can be known to be wrong with a reproducer before anything is built. Pure."""

from __future__ import annotations

from runner.errors import InputError
from runner.values import Reproducer

PROCS_MAX = 32
WORD_SIZES = (64, 32)


def check(reproducer: Reproducer, config: str) -> None:
    """`InputError` when it cannot be run by kernels with this config."""
    if not 1 <= reproducer.procs <= PROCS_MAX:
        raise InputError(f"between 1 and {PROCS_MAX} copies of the reproducer can run in parallel")
    if reproducer.bits not in WORD_SIZES:
        raise InputError(f"no reproducer has {reproducer.bits} bits, only 32 or 64")
    if reproducer.bits == 32 and "CONFIG_IA32_EMULATION=y" not in config.splitlines():
        raise InputError("a 32-bit reproducer needs a kernel with CONFIG_IA32_EMULATION=y")
