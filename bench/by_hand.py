"""What `git bisect run` runs for somebody who bisects Linux by hand: build, boot ten times, judge.

`python -m bench.by_hand SETTINGS`, in the work tree. Exit status 0: good; 1: bad; 125: cannot tell.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from runner.errors import InputError
from runner.machines.accelerator import Accelerator
from runner.machines.vm import boot
from runner.process import capture, run
from runner.values import Boot, Machine

GOOD, BAD, SKIP = 0, 1, 125
BUILD_SECONDS = 4 * 3600.0
WARNING_TITLE = re.compile(r"WARNING in (\w+)")


@dataclass(frozen=True, slots=True)
class Settings:
    """What stays the same from revision to revision."""

    config: str
    """Path of the kernel's config."""
    objects: str
    """The folder that make builds in."""
    is_clean: bool
    """Whether it is emptied before each build."""
    jobs: int
    initramfs: str
    machine: dict[str, Any]
    accelerator: str
    title: str
    runs: int
    log: str
    """Path of a file that gets a line of JSON for each revision."""

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))


@dataclass(frozen=True, slots=True)
class Tested:
    """A line of the log."""

    sha: str
    status: int
    build_seconds: float
    runs: int


def main(arguments: list[str]) -> int:
    settings = Settings(**json.loads(Path(arguments[0]).read_text()))
    began = time.monotonic()
    is_built = build(settings)
    seconds = time.monotonic() - began
    status, runs = judge(settings) if is_built else (SKIP, 0)
    head = capture(["git", "rev-parse", "HEAD"], deadline=60).stdout.decode().strip()
    with Path(settings.log).open("a") as log:
        log.write(json.dumps(asdict(Tested(head, status, seconds, runs))) + "\n")
    return status


def build(settings: Settings) -> bool:
    """As from the keyboard: one command, in the folder that is there already or in a new one."""
    objects = Path(settings.objects)
    if settings.is_clean:
        shutil.rmtree(objects, ignore_errors=True)
    objects.mkdir(exist_ok=True)
    shutil.copyfile(settings.config, objects / ".config")
    for goals in (["olddefconfig"], [f"-j{settings.jobs}", "bzImage"]):
        done = run(
            ["make", f"O={objects}", *goals],
            deadline=BUILD_SECONDS,
            output=Path(f"{settings.log}.build"),
        )
        if not done.succeeded:
            return False
    return True


def judge(settings: Settings) -> tuple[int, int]:
    """One run after the other; the first that shows the bug is enough."""
    kernel = Path(settings.objects, "arch/x86/boot/bzImage")
    for number in range(settings.runs):
        seen = boot(
            kernel,
            Path(settings.initramfs),
            Machine(**settings.machine),
            Accelerator(settings.accelerator),
            index=number,
            console=Path(f"{settings.log}.console"),
        )
        if shows(settings.title, seen):
            return BAD, number + 1
        if not seen.booted:
            return SKIP, number + 1
    return GOOD, settings.runs


def shows(title: str, seen: Boot) -> bool:
    """What a search of the console for the warning's function tells."""
    match = WARNING_TITLE.fullmatch(title)
    if match is None:
        raise InputError(f"cannot look for {title!r}, only for warnings")
    text = seen.console.read_text(errors="replace")
    return re.search(rf"WARNING: .* {match[1]}\+0x", text) is not None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
