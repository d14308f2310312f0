"""The architectures that kernels are built and booted for: all that differs, as data."""

from __future__ import annotations

import platform
from dataclasses import dataclass

from runner.errors import InputError

HOST = platform.machine()
"""What this machine calls its own architecture."""


@dataclass(frozen=True, slots=True)
class Architecture:
    name: str
    """As make's ARCH and our Machine have it."""
    machine: str
    """As `uname -m` says it."""
    tools: str
    """Prefix of the compiler and linker that other architectures use to build for this one."""
    libc: str
    """Debian's package of the C library for those."""
    goal: str
    """What make calls the bootable image,"""
    image: str
    """and where it puts that, below the object folder."""
    qemu: str
    package: str
    """Debian's package of that QEMU."""
    board: tuple[str, ...]
    emulated: tuple[str, ...]
    """The board's additions and the CPU without KVM, so that the guest's own KVM can run guests."""
    console: str
    """The kernel's parameters for a console on the first serial port, from as early as can be."""

    @property
    def is_native(self) -> bool:
        """Whether this machine's own compiler and KVM are for it."""
        return self.machine == HOST

    @property
    def cross(self) -> str:
        """The prefix of the tools that build for it here."""
        return "" if self.is_native else self.tools

    def compiler(self, command: str) -> tuple[str, ...]:
        """The words that begin a compiler's command line: `gcc-12` is another program for each
        architecture, clang one for all.
        """
        if self.is_native:
            return (command,)
        folder, slash, name = command.rpartition("/")
        if name.startswith("clang"):
            return command, f"--target={self.tools.rstrip('-')}"
        return (f"{folder}{slash}{self.tools}{name}",)

    def missing(self, command: str) -> str:
        """What to do when that program is not there, to be put behind a sentence."""
        if self.is_native or command.startswith("clang"):
            return ""
        package = f"{command}-{self.tools.rstrip('-')}".replace("_", "-")
        return f": apt-get install {package} {self.libc}"


ARCHITECTURES = {
    architecture.name: architecture
    for architecture in (
        Architecture(
            name="x86_64",
            machine="x86_64",
            tools="x86_64-linux-gnu-",
            libc="libc6-dev-amd64-cross",
            goal="bzImage",
            image="arch/x86/boot/bzImage",
            qemu="qemu-system-x86_64",
            package="qemu-system-x86",
            board=("-M", "q35"),
            emulated=("-cpu", "EPYC,+svm"),  # AMD's SVM is emulated, Intel's VMX is not
            console="console=ttyS0 earlyprintk=serial",
        ),
        Architecture(
            name="arm64",
            machine="aarch64",
            tools="aarch64-linux-gnu-",
            libc="libc6-dev-arm64-cross",
            goal="Image",
            image="arch/arm64/boot/Image",
            qemu="qemu-system-aarch64",
            package="qemu-system-arm",
            board=("-M", "virt"),
            # Kernels before 5.12 do not boot where there is LPA2; the architecture's own
            # algorithm for signed pointers takes most of the time of a kernel that uses them.
            emulated=("-M", "virtualization=on", "-cpu", "max,lpa2=off,pauth-impdef=on"),
            console="console=ttyAMA0 earlycon",
        ),
    )
}


def architecture(name: str) -> Architecture:
    """The architecture of this name; `InputError` when there is none."""
    try:
        return ARCHITECTURES[name]
    except KeyError:
        known = ", ".join(ARCHITECTURES)
        raise InputError(f"unknown architecture {name!r}: choose one of {known}") from None
