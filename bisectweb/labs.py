"""Which lab this deployment uses."""

from __future__ import annotations

from pathlib import Path
from threading import Event

from django.conf import settings

from runner.building.kernels import KernelCache
from runner.kernel_lab import KernelLab, Site
from runner.lab import Lab
from runner.sandbox import Confinement, Sandbox
from runner.values import Plan


def root() -> Path:
    return settings.DATA / "lab"


def kernel_cache() -> KernelCache:
    return KernelCache.below(root())


def kernel_lab(plan: Plan, slot: int, cancel: Event) -> Lab:
    site = Site(
        root=root(),
        sandbox=Sandbox(Confinement(settings.CONFINEMENT), (settings.DATA,)),
        slot=slot,
        jobs=settings.JOBS,
        vms=settings.VMS,
        accelerator=settings.ACCELERATOR,
        toolchains=settings.TOOLCHAINS,
        rules=settings.RULES,
        warm_bytes=settings.WARM_GB << 30,
    )
    return KernelLab(plan, site, cancel)
