"""Builds the kernels that are made to crash: Linux with all its detectors, and a driver of ours."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.building.build import build
from runner.errors import InfraError
from runner.process import Command, capture
from runner.sandbox import Confinement, Sandbox
from runner.values import Machine, Plan, Reproducer
from tests.demolinux.source import ARCHIVE

HERE = Path(__file__).parent
DRIVER = HERE / "provoke.c"
PLACE = Path("drivers/misc")
"""Where the driver stands in the source, beside LKDTM."""
RULES = "obj-y += provoke.o\nCFLAGS_provoke.o := -fno-optimize-sibling-calls\n"
"""Whoever calls something at its own end shall stand on the stack all the same."""
UNPACK_SECONDS = 900.0
SANDBOX = Sandbox(Confinement.AUTO, ())


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to build the kernel."""

    configs: tuple[str, ...]
    """Files beside this one; each changes what those before it say."""
    arch: str = "x86_64"

    @property
    def machine(self) -> Machine:
        """KFENCE finds some of what KASAN is to find, by chance: it is off, if nobody asks.
        How fast QEMU's clock ticks, 1 GHz, the kernel cannot find out on a busy machine."""
        return Machine(
            arch=self.arch,
            memory_mb=512,
            cpus=2,
            cmdline="kfence.sample_interval=0 tsc_early_khz=1000000",
            # A kernel without ACPI knows of one processor for each socket.
            qemu_args=("-smp", "2,sockets=2"),
        )


VARIANTS: Mapping[str, Variant] = {
    "debug": Variant(("config",)),
    "unmarked": Variant(("config", "config-unmarked")),
}
"""`debug` has KASAN, lockdep and more, and each line of its console says who wrote it. With
`unmarked`, lines of different processors mix unmarked."""


def source(home: Path) -> Path:
    """Linux with the driver in it, unpacked once."""
    tree = home / "source"
    if not tree.is_dir():
        part = home / "source.part"
        shutil.rmtree(part, ignore_errors=True)  # what a try that was interrupted left
        part.mkdir(parents=True)
        unpack: Command = ["tar", "-C", part, "--strip-components=1", "-xf", ARCHIVE]
        if not capture(unpack, deadline=UNPACK_SECONDS).succeeded:
            raise InfraError(f"{ARCHIVE} cannot be unpacked")
        part.rename(tree)
    _add_driver(tree / PLACE)
    return tree


def _add_driver(folder: Path) -> None:
    """Only what differs is written: make builds anew what looks newer."""
    place, makefile = folder / DRIVER.name, folder / "Makefile"
    if not place.exists() or place.read_bytes() != DRIVER.read_bytes():
        shutil.copyfile(DRIVER, place)
    if RULES not in makefile.read_text():
        with makefile.open("a") as file:
            file.write(RULES)


def image(home: Path, name: str, jobs: int) -> Path:
    """The bootable image of a variant, built in `home`, as any tree's kernel is."""
    variant = VARIANTS[name]
    config = "".join((HERE / part).read_text() for part in variant.configs)
    plan = Plan("", "", config, "gcc", Reproducer(""), "", variant.machine)
    built = build(
        source(home),
        home / f"objects-{variant.arch}",  # what the variants have in common is built once
        plan,
        log=home / f"build-{name}.log",
        cancel=None,
        jobs=jobs,
        ccache_dir=home / "ccache",
        sandbox=SANDBOX,
    )
    return built.image
