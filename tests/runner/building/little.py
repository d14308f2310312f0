"""A tiny Kbuild-like tree, and builds of it with the real make and compiler."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from runner.architecture import architecture
from runner.building.build import Built, build
from runner.sandbox import Confinement, Sandbox
from runner.values import Plan, Reproducer

MAKEFILE = r"""
O ?= .
CC = gcc
CFLAGS := -O1 -g -ffreestanding -fno-pic -MMD -DWHEN='"$(KBUILD_BUILD_TIMESTAMP)"'
objects := $(O)/main.o $(O)/second.o
$(shell mkdir -p $(O)/arch/x86/boot)

.PHONY: olddefconfig vmlinux bzImage
olddefconfig:
	@! grep BROKEN $(O)/.config || { echo 'Kconfig:3: syntax error' >&2; exit 1; }
	@{ grep '^CONFIG_KNOWN=' $(O)/.config; echo CONFIG_DEFAULT=y; } > $(O)/.config.new
	@mv $(O)/.config.new $(O)/.config
vmlinux: $(O)/vmlinux
bzImage: $(O)/arch/x86/boot/bzImage

$(O)/%.o: %.c $(O)/.config
	@echo '  CC      $*.o'
	@$(CC) $(CFLAGS) -c -o $@ $<
$(O)/vmlinux: $(objects)
	@echo '  LD      vmlinux'
	@ld -e main -o $@ $(objects)
$(O)/arch/x86/boot/bzImage: $(O)/vmlinux
	@echo '  OBJCOPY bzImage'
	@objcopy -O binary $< $@
-include $(objects:.o=.d)
"""
MAIN = """
#include "main.h"
// a comment
int second(int);
const char when[] = WHEN;
int main(void) { return second(ANSWER) + when[0]; }
"""
SANDBOX = Sandbox(Confinement.AUTO, ())
X86_64 = architecture("x86_64")
PLAN = Plan(
    tree_url="/nowhere",
    branch="main",
    config="CONFIG_KNOWN=y\nCONFIG_UNKNOWN=y\n",
    compiler="gcc",
    reproducer=Reproducer(""),
    title="",
)


def little_tree(folder: Path) -> Path:
    path = folder / "source"
    path.mkdir()
    (path / "Makefile").write_text(MAKEFILE)
    (path / "main.h").write_text("#define ANSWER 42\n")
    (path / "main.c").write_text(MAIN)
    (path / "second.c").write_text("int second(int x) { return x + 1; }\n")
    return path


def built(
    source: Path,
    objects: str = "objects",
    plan: Plan = PLAN,
    cancel: threading.Event | None = None,
    sandbox: Sandbox = SANDBOX,
) -> Built:
    folder = source.parent
    return build(
        source,
        folder / objects,
        plan,
        log=folder / "log",
        cancel=cancel,
        jobs=2,
        ccache_dir=folder / "ccache",
        sandbox=sandbox,
    )


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def took(source: Path) -> list[str]:
    """The steps that all builds so far took, such as `CC main.o`."""
    lines = (source.parent / "log").read_text().splitlines()
    return [" ".join(line.split()) for line in lines if line.startswith("  ")]


def recipe(command: str) -> Callable[[Path], None]:
    """Has the tree run a command where it would compile."""
    return lambda source: edit(source / "Makefile", "@$(CC) $(CFLAGS) -c -o $@ $<", command)


def path_without(folder: Path, *missing: str) -> str:
    """A PATH with all programs of the real one but some."""
    folder.mkdir()
    for directory in reversed(os.environ["PATH"].split(os.pathsep)):
        for program in Path(directory).glob("*"):
            link = folder / program.name
            link.unlink(missing_ok=True)
            if program.name not in missing:
                link.symlink_to(program)
    return str(folder)
