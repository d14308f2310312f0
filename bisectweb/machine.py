"""What this machine says of itself on the page of workers."""

from __future__ import annotations

import shutil
from typing import TypedDict

from django.conf import settings

from bisectweb.labs import kernel_cache, root
from runner.architecture import ARCHITECTURES
from runner.building.compilers import installed
from runner.building.rules import Family, load
from runner.building.workplace import taken
from runner.machines.accelerator import known


class Accelerated(TypedDict):
    """How guests of one architecture run here."""

    arch: str
    accelerator: str
    reason: str
    qemu: str


class Facts(TypedDict):
    """Plain values; sizes in bytes."""

    arch: str
    accelerators: list[Accelerated]
    """Of the architectures that were booted so far."""
    compilers: list[str]
    """Of its own architecture."""
    oldest: dict[str, str]
    """By family of compilers, the oldest release of Linux that one of them can build."""
    disk_free: int
    disk_total: int
    warm: int
    """Work trees and object folders."""
    kernels: int
    kernels_size: int


def facts() -> Facts:
    """Takes seconds where folders have to be measured."""
    disk = shutil.disk_usage(settings.DATA)
    kept = kernel_cache().listing()
    native = next(one for one in ARCHITECTURES.values() if one.is_native)
    compilers = installed(settings.TOOLCHAINS, native)
    rules = load(settings.RULES)
    oldest = {
        family.value: str(age)
        for family in Family
        if (age := rules.oldest(family, [c.version for c in compilers if c.family == family]))
    }
    return Facts(
        arch=native.name,
        accelerators=_accelerators(),
        compilers=[str(compiler) for compiler in compilers],
        oldest=oldest,
        disk_free=disk.free,
        disk_total=disk.total,
        warm=taken(root()),
        kernels=len(kept),
        kernels_size=sum(one.size for one in kept.values()),
    )


def _accelerators() -> list[Accelerated]:
    found = ((name, known(root() / f"accelerator-{name}.json")) for name in ARCHITECTURES)
    return [
        Accelerated(arch=name, accelerator=said[0], reason=said[1], qemu=said[2])
        for name, said in found
        if said
    ]
