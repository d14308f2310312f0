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


def hidden(data: Path, database_host: str) -> tuple[Path, ...]:
    """What foreign code is not to find: our data, and the socket of the database if it has one."""
    return data, *([Path(database_host).resolve()] if database_host.startswith("/") else [])


def kernel_cache() -> KernelCache:
    return KernelCache.below(root())


def kernel_lab(plan: Plan, slot: int, cancel: Event) -> Lab:
    host = str(settings.DATABASES["default"].get("HOST", ""))
    site = Site(
        root=root(),
        sandbox=Sandbox(Confinement(settings.CONFINEMENT), hidden(settings.DATA, host)),
        slot=slot,
        jobs=settings.JOBS,
        vms=settings.VMS,
        accelerator=settings.ACCELERATOR,
        toolchains=settings.TOOLCHAINS,
        rules=settings.RULES,
        warm_bytes=settings.WARM_GB << 30,
    )
    return KernelLab(plan, site, cancel)
