"""Boots a crash kernel, provokes a crash in it, and keeps what its console showed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from runner.architecture import architecture
from runner.errors import InfraError
from runner.machines import accelerator, qemu
from runner.machines.guest import Guests
from runner.process import capture
from runner.values import Reproducer
from tests.crashlogs.examples import Example
from tests.crashlogs.kernels import HERE, SANDBOX, VARIANTS

PROGRAM = HERE / "program.c"
BOOT_SECONDS = 120.0
"""More than any boot takes under emulation, also on a machine that has much else to do."""
TRIES = 3
"""Where emulation is slow, a boot now and then stands still."""
STARTING = b"bisectweb: starting reproducer"
BEFORE, AFTER = 3, 450
"""Lines that are kept before the start of the program, and from there on."""
NEVER_STARTED = 60
"""Lines that are kept from the end of a console where it did not start."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """Where kernels run and what is needed for it is kept."""

    home: Path

    def record(self, image: Path, example: Example) -> str:
        """Write the log of an example anew; returns a line for people.

        Unlike a run, it is not stopped at the first crash: what comes after one is of interest.
        """
        machine = VARIANTS[example.kernel].machine
        machine = replace(machine, cmdline=f"{machine.cmdline} {example.cmdline}")
        target = architecture(machine.arch)
        chosen = accelerator.choose(target, self.home / f"accelerator-{target.name}.json")
        guests = Guests(self.home / "guests", "gcc", target, SANDBOX)
        guest = guests.archive(Reproducer(program(example)), None)
        argv = qemu.command(image, guest, machine, chosen)
        for _ in range(TRIES):
            said = capture(argv, deadline=BOOT_SECONDS + example.stay).stdout
            if STARTING in said or not example.triggers:
                break
        else:
            raise InfraError(f"{example.name}: the kernel does not boot")
        folder = str(self.home / "source").encode()  # which UBSAN puts before a file's path
        console = trimmed(said.replace(folder + b"/", b""))
        example.log.write_bytes(console)
        return f"{example.name}: {len(console)} bytes"


def program(example: Example) -> str:
    """The C program that pulls the triggers."""
    words = ", ".join(json.dumps(word) for word in example.triggers)
    macros = f"#define TRIGGERS {words}\n#define STAY {example.stay}\n"
    return macros + PROGRAM.read_text()


def trimmed(console: bytes) -> bytes:
    """Without the boot, and without what goes on for ever."""
    lines = console.splitlines(keepends=True)
    starts = (number for number, line in enumerate(lines) if STARTING in line)
    start = next(starts, None)
    if start is None:
        return b"".join(lines[-NEVER_STARTED:])
    return b"".join(lines[max(0, start - BEFORE) : start + AFTER])
