"""Source tree and config to kernel image, by a Kbuild-like make: out of tree and reproducible."""

from __future__ import annotations

import os
import shlex
import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.architecture import Architecture, architecture
from runner.building.build_log import causes, machine_failure
from runner.building.compilers import compiler_for, toolchain
from runner.building.make_variables import checked
from runner.building.objects import ObjectFolder, replace_file
from runner.building.recipe import identity
from runner.building.signature import signature
from runner.errors import BuildFailed, InfraError, InputError
from runner.process import OUTPUT_LIMIT, Command, Finished, capture, run
from runner.sandbox import Sandbox
from runner.values import Plan, Reproducer

MIN_FREE = 512 << 20
"""Bytes of free disk: a small Linux build needs about as much."""
BUILD_SECONDS = 4 * 3600.0
"""Many times what a small Linux takes on two busy cores. A commit that takes longer is not called
broken: far more often it is our machine that is too slow, for every commit."""
CONFIG_SECONDS = 300.0
COMPILE_SECONDS = 60.0
VERSION_SECONDS = 30.0
INSTALL_32_BIT = "apt-get install libc6-dev-i386 and gcc-N-multilib for its version N"
LOG_TAIL = 8 << 20
"""Bytes of the log that are searched for errors: make stops soon after the first."""
CCACHE_SIZE = "10G"

# What Linux would otherwise take from the clock, the account and the host into the image.
REPRODUCIBLE = {
    "KBUILD_BUILD_TIMESTAMP": "1970-01-01 00:00:00 UTC",
    "KBUILD_BUILD_USER": "bisectweb",
    "KBUILD_BUILD_HOST": "bisectweb",
    "KBUILD_BUILD_VERSION": "1",
    "LOCALVERSION": "",
}
REPRODUCER_FLAGS = ("-static", "-O1", "-w", "-pthread")
# The kernel's headers are the same for both; `gcc-multilib` links them, `gcc-N-multilib`,
# which a cross compiler can stand beside, does not.
WIDTH_32 = ("-m32", "-idirafter", "/usr/include/x86_64-linux-gnu")
# The commit's name in the image would make every signature another one.
REPRODUCIBLE_CONFIG = "# CONFIG_LOCALVERSION_AUTO is not set\n"


@dataclass(frozen=True, slots=True)
class Built:
    """A fresh kernel. The files lie in the object folder until its next build."""

    image: Path
    vmlinux: Path
    signature: str
    compiler: str
    seconds: float
    config: str
    """The `.config` as the tree completed it."""


def build(
    source: Path,
    objects: Path,
    plan: Plan,
    *,
    notes: Sequence[str] = (),
    log: Path,
    cancel: threading.Event | None,
    jobs: int,
    ccache_dir: Path,
    sandbox: Sandbox,
) -> Built:
    """Build what `plan` asks for; `objects` is kept between builds, which makes them quick.

    `log` gets the notes, the commands, such that a person can repeat them, and all that they print.
    Raises `BuildFailed` when the commit is at fault, `InfraError` when our machine is, and
    `InputError` when the plan cannot be built anywhere.
    """
    begin = time.monotonic()
    target = architecture(plan.machine.arch)
    compiler = identity(plan)
    settings = _settings(plan, target)
    folder = ObjectFolder(objects.absolute())
    place = source.absolute(), folder, ccache_dir.absolute()
    make = _Make(*place, toolchain(plan.compiler), settings, log, cancel, sandbox)
    try:
        _check_space(folder.path)
        _write_notes(notes, log)
        folder.prepare()
        ccache_dir.mkdir(parents=True, exist_ok=True)
        config = make.configure(plan.config)
        image, vmlinux = make.kernel(target, jobs)
        name = signature(vmlinux)
    except OSError as error:
        raise InfraError(f"cannot build: {error}") from error
    return Built(image, vmlinux, name, compiler, time.monotonic() - begin, config)


def compile_reproducer(
    reproducer: Reproducer,
    out: Path,
    *,
    compiler: str,
    target: Architecture,
    cancel: threading.Event | None,
    log: Path,
    sandbox: Sandbox,
) -> None:
    """Compile C source to a static program; `InputError` with the first error when it is wrong."""
    command = compiler_for(compiler, target)
    flags = (*REPRODUCER_FLAGS, *_word_size(reproducer.bits, command), "-x", "c")
    argv: Command = [*command, *flags, "-o", out.absolute(), "-"]
    start = _write_command(argv, log)
    folder = out.absolute().parent
    finished = run(
        # Else it could include any file of ours, and show it on its console.
        sandbox.command(argv, readable=[], writable=[folder]),
        deadline=COMPILE_SECONDS,
        output=log,
        env={"TMPDIR": str(folder)},
        stdin=reproducer.source.encode(errors="replace"),
        cancel=cancel,
    )
    if finished.succeeded:
        return
    if finished.timed_out:
        raise InputError(f"the reproducer takes more than {COMPILE_SECONDS:.0f} s to compile")
    printed = _printed(log, start)
    if failure := machine_failure(printed):
        raise InfraError(f"cannot compile the reproducer: {failure}")
    raise InputError(f"the reproducer does not compile: {causes(printed)[0]}")


def _word_size(bits: int, compiler: Sequence[str]) -> tuple[str, ...]:
    """The compiler's flags for programs of a word size; `InfraError` when it has no library."""
    if bits == 64:
        return ()
    asked = [*compiler, "-m32", "-print-file-name=libc.a"]
    library = capture(asked, deadline=VERSION_SECONDS).stdout.decode(errors="replace").strip()
    if not Path(library).is_absolute():
        raise InfraError(f"{compiler[-1]} compiles no 32-bit programs here: {INSTALL_32_BIT}")
    return WIDTH_32


def _settings(plan: Plan, target: Architecture) -> Mapping[str, str]:
    """The variables on make's command line."""
    compiler, *_ = target.compiler(plan.compiler)  # make adds clang's --target by itself
    tools = {"CROSS_COMPILE": target.cross} if target.cross else {}
    ours = {
        "ARCH": target.name,
        **tools,
        "CC": f"ccache {compiler}" if shutil.which("ccache") else compiler,
        **REPRODUCIBLE,
    }
    return checked(plan.make_variables) | ours


@dataclass(frozen=True, slots=True)
class _Make:
    """The commands of one build."""

    source: Path
    folder: ObjectFolder
    ccache_dir: Path
    toolchain: Sequence[Path]
    """Folders of a compiler that is not the system's."""
    settings: Mapping[str, str]
    log: Path
    cancel: threading.Event | None
    sandbox: Sandbox

    def configure(self, config: str) -> str:
        """Write the config, have the tree complete it, and return that."""
        path = self.folder.path / ".config"
        before = _text_and_time(path)
        replace_file(path, f"{config}\n{REPRODUCIBLE_CONFIG}")
        self._make("olddefconfig", deadline=CONFIG_SECONDS)
        completed = _text_and_time(path)
        if completed is None:
            raise BuildFailed("olddefconfig wrote no .config")
        if before and before[0] == completed[0]:
            os.utime(path, ns=(before[1], before[1]))  # or make works through all of it again
        return completed[0]

    def kernel(self, target: Architecture, jobs: int) -> tuple[Path, Path]:
        """Build, and return where the fresh image and vmlinux are."""
        image, vmlinux = self.folder.path / target.image, self.folder.path / "vmlinux"
        image.unlink(missing_ok=True)  # one of another commit must not pass for this one's
        self._make(f"-j{jobs}", target.goal, "vmlinux", deadline=BUILD_SECONDS)
        for path in (image, vmlinux):
            # A link would make us read what the build itself could not.
            if path.is_symlink() or not path.is_file():
                raise BuildFailed(f"make ended well but wrote no {path.name}")
        return image, vmlinux

    def _make(self, *goals: str, deadline: float) -> None:
        settings = [f"{name}={value}" for name, value in self.settings.items()]
        argv = ["make", "-C", str(self.source), *settings, f"O={self.folder.path}", *goals]
        start = _write_command(argv, self.log)
        self.folder.begin()
        finished = run(
            self.sandbox.command(
                argv,
                readable=self.toolchain,
                # The source as well: some old trees write into it, and it is checked out anew.
                writable=[self.source, self.folder.path, self.ccache_dir],
            ),
            deadline=deadline,
            output=self.log,
            env=self._environment(),
            cancel=self.cancel,
        )
        if finished.flooded:
            raise BuildFailed(f"the build printed more than {OUTPUT_LIMIT >> 20} MiB")
        printed = "" if finished.succeeded else _printed(self.log, start)
        _check_machine(finished, printed, deadline)
        self.folder.end()
        if finished.returncode:
            lines = causes(printed, (str(self.source), str(self.folder.path)))
            raise BuildFailed(lines[0], "\n".join(lines))

    def _environment(self) -> Mapping[str, str]:
        return {
            "TMPDIR": str(self.folder.scratch),
            "CCACHE_DIR": str(self.ccache_dir),
            "CCACHE_MAXSIZE": CCACHE_SIZE,
        }


def _check_machine(finished: Finished, printed: str, deadline: float) -> None:
    """`InfraError` when make did not end by itself, or says that our machine failed."""
    if finished.timed_out:
        raise InfraError(f"the build took longer than {deadline / 60:.0f} minutes")
    if finished.returncode > 128:
        raise InfraError(f"make was killed by signal {finished.returncode - 128}")
    if failure := machine_failure(printed):
        raise InfraError(failure)


def _check_space(objects: Path) -> None:
    folder = next(parent for parent in (objects, *objects.parents) if parent.exists())
    free = shutil.disk_usage(folder).free
    if free < MIN_FREE:
        raise InfraError(
            f"the disk is nearly full: {free >> 20} MiB free in {folder}, "
            f"and a build needs {MIN_FREE >> 20}"
        )


def _text_and_time(path: Path) -> tuple[str, int] | None:
    try:
        return path.read_text(errors="replace"), path.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def _write_notes(notes: Sequence[str], log: Path) -> None:
    with log.open("a") as file:
        file.writelines(f"# {note}\n" for note in notes)


def _write_command(argv: Command, log: Path) -> int:
    """Append the command as a shell takes it; returns where in the log its output begins."""
    with log.open("ab") as file:
        file.write(f"$ {shlex.join(map(str, argv))}\n".encode())
        return file.tell()


def _printed(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(max(start, log.stat().st_size - LOG_TAIL))
        return file.read().decode(errors="replace")
