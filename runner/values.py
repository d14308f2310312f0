"""The frozen values that cross the runner's modules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

Sha: TypeAlias = str
"""A full commit name: 40 (or 64) lower-case hexadecimal digits."""


class Outcome(StrEnum):
    """What one run says about its revision. A failure of our own machine is none of these."""

    OK = "ok"
    CRASH = "crash"
    """The bug we look for."""
    OTHER_CRASH = "other-crash"
    BOOT_FAILED = "boot-failed"
    LOST = "lost"
    """The VM went away after it had booted, without a word."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as pages, logs and mails show it."""

    sha: Sha
    tree: Sha
    """Name of the source tree it holds; equal trees build equal kernels."""
    parents: tuple[Sha, ...]
    author: str
    author_email: str
    date: datetime
    message: str
    """Whole message, subject first, no trailing newline."""
    diffstat: str
    """`git show --stat`'s lines; empty for a merge."""

    @property
    def subject(self) -> str:
        return self.message.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Crash:
    """What a console log shows of a crash."""

    title: str
    """In the field's convention, such as `WARNING in svm_leave_nested`."""
    report: str
    """The lines from the first header to the end of the oops, without time stamps."""
    alt_titles: tuple[str, ...] = ()
    """Other names of the same crash: crashes that share one are taken for the same bug."""
    type: str = ""
    """syzkaller's word for its kind, such as `KASAN-WRITE` or `LOCKDEP`; empty when unknown."""
    frame: str = ""
    """The function that the title names; empty when it names none."""
    corrupted: bool = False
    """The report has holes, or lines of another one: its title may be wrong."""
    suppressed: bool = False
    """A crash of a kind that says nothing about the kernel, such as a killed init."""
    panicked: bool = False
    """The report has the panic in it that the kernel ended with."""
    start: int = 0
    """Offset in bytes of the first line of the report in the console,"""
    end: int = 0
    """and of what follows its last line."""
    note: str = ""
    """Why the report's frames have no lines of the source; empty when they have."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """A built kernel image."""

    key: str
    """Hash over source tree, config and compiler: equal keys are the same kernel."""
    image: Path
    signature: str
    """SHA-256 over the allocated ELF sections: equal signatures behave alike."""
    compiler: str
    """As the compiler and linker name themselves, on one line."""
    seconds: float
    """Time the build took; 0 when it came from the cache."""
    cached: bool
    config: str = ""
    """The `.config` as the tree completed it; empty when nobody kept it."""


class Ended(StrEnum):
    """How a VM run came to its end."""

    DONE = "done"
    """The reproducer came to its end, or the guest powered off after it had started."""
    TIMEOUT = "timeout"
    """The deadline of the run (reproducer still going) or of the boot (see `Boot.booted`)."""
    CRASHED = "crashed"
    """A crash stood on the console; the VM was stopped after its report."""
    GONE = "gone"
    """The VM ended by itself: reset, triple fault, power off without a word."""
    FLOODED = "flooded"
    """The console passed its limit."""
    REFUSED = "refused"
    """QEMU could not load the kernel image."""


@dataclass(frozen=True, slots=True)
class Boot:
    """One run of a VM: what was seen, not yet what it means."""

    index: int
    console: Path
    booted: bool
    """The guest reached user space and started the reproducer."""
    ended: Ended
    crash: Crash | None
    seconds: float
    repro_status: int | None = None
    """Exit status of the reproducer, when it came to its end."""
    silence: str = ""
    """Why a reproducer whose exit status counts said nothing with it; empty otherwise."""


class Header(StrEnum):
    """Where in a mail a recipient stands."""

    TO = "to"
    """Asked to act."""
    CC = "cc"
    """Told."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person or list that a mail goes to."""

    address: str
    name: str
    """Without control characters; empty when nobody said."""
    header: Header
    reason: str
    """Why it goes to them: `maintainer of KVM; author of the culprit`."""


@dataclass(frozen=True, slots=True)
class Recipients:
    """Whom a culprit's mail goes to."""

    people: tuple[Recipient, ...]
    note: str = ""
    """Why this list may be incomplete; empty when it is not."""

    @property
    def to(self) -> tuple[str, ...]:
        """The addresses of those who are asked to act."""
        return self._addresses(Header.TO)

    @property
    def cc(self) -> tuple[str, ...]:
        """The addresses of those who are told."""
        return self._addresses(Header.CC)

    def _addresses(self, header: Header) -> tuple[str, ...]:
        return tuple(one.address for one in self.people if one.header == header)


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk image with a whole system, which a guest boots from and never changes."""

    image: Path
    key: Path
    """The private key that lets `user` in by ssh."""
    user: str = "root"
    """Whoever is not root needs sudo without a password."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The virtual machine a tree's kernels boot in."""

    arch: str = "x86_64"
    memory_mb: int = 512
    cpus: int = 1
    cmdline: str = ""
    """Appended to the kernel command line that the lab needs."""
    qemu_args: tuple[str, ...] = ()
    """Arguments for QEMU beside the lab's; they can name any file of this machine."""
    boot_seconds: float = 60
    """Deadline from power-on to the start of the reproducer, doubled without acceleration."""
    repro_seconds: float = 30
    """How long the reproducer may run; its end by then is not needed."""
    disk: Disk | None = None
    """None: the guest has no disk, and its init is ours."""


class Language(StrEnum):
    """What a reproducer is written in."""

    C = "c"
    """Its exit status means nothing: a crash is what counts."""
    SCRIPT = "script"
    """A script, or a program in base64. Its exit status says what git's `bisect run` takes."""
    SYZ = "syz"
    """A syzkaller program, run by syz-execprog. A crash is what counts."""


@dataclass(frozen=True, slots=True)
class Reproducer:
    """What makes the bug show, and how it is run in the guest until `Machine.repro_seconds`."""

    source: str
    language: Language = Language.C
    repeat: bool = False
    """Again and again, until the time is over."""
    procs: int = 1
    """Copies that run in parallel."""
    bits: int = 64
    """Word size that it is compiled for; 32 needs a kernel that runs such programs."""


@dataclass(frozen=True, slots=True)
class Syzkaller:
    """Static programs of syzkaller, for the tree's machine, that know the reproducers' calls."""

    execprog: Path
    executor: Path


@dataclass(frozen=True, slots=True)
class Plan:
    """What is bisected: everything a lab needs to test a revision."""

    tree_url: str
    branch: str
    config: str
    """Text of the kernel's `.config`."""
    compiler: str
    """A command found on PATH, such as `gcc` or `gcc-12`."""
    reproducer: Reproducer
    title: str
    """The bug's crash title; empty: whatever the start commit shows."""
    machine: Machine = field(default_factory=Machine)
    syzkaller: Syzkaller | None = None
    make_variables: Mapping[str, str] = field(default_factory=dict)
    upstream_url: str = ""
    """The repository that the tree takes its commits from; empty if none is known."""
    upstream_branch: str = ""
