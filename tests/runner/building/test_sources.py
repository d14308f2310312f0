"""What kbuild's notes tell of a kernel's sources, and which commits cannot matter to it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runner.building.build_notes import read_notes
from runner.building.sources import Sources, inert_commits, kconfig_files, sources_of, words_below

SOURCES = sources_of(
    read=[
        "fs/open.c",
        "include/linux/fs.h",
        "arch/x86/lib/x86-opcode-map.txt",
        "lib/oid_registry.c",
    ],
    kconfig=["Kconfig", "drivers/net/Kconfig", "Documentation/Kconfig"],
    built=["fs", "fs/proc", "kernel/time"],
)

# As kbuild of Linux 6.12 writes it, for a source tree in /src.
NOTE = r"""
savedcmd_fs/open.o := ccache gcc -Wp,-MMD,fs/.open.o.d -nostdinc -I/src/arch/x86/include -include /src/include/linux/kconfig.h -fmacro-prefix-map=/src/= -DKBUILD_MODFILE='"fs/open"' -c -o fs/open.o /src/fs/open.c   ; ./tools/objtool/objtool --uaccess fs/open.o

source_fs/open.o := /src/fs/open.c

deps_fs/open.o := \
    $(wildcard include/config/SMP) \
  /src/include/linux/fs.h \
  /src/fs/../include/asm/page.h \
  include/generated/bounds.h \
  /usr/lib/gcc/x86_64-linux-gnu/12/include/stdarg.h \
  /src/include/dt-bindings/clock/qcom,gcc.h \

fs/open.o: $(deps_fs/open.o)
"""  # noqa: E501
CHECKED = r"""savedcmd_.a.h := if [ "$$(sed -n '$$s:// ::p' /src/include/a.h)" != "x" ]; then"""
KCONFIGS = r"""autoconfig := include/config/auto.conf

deps_config := \
	Kconfig \
	fs/Kconfig \
	lib/Kconfig

$(autoconfig): $(deps_config)
$(deps_config): ;
"""


def test_a_note_names_source_and_headers_however_they_are_written() -> None:
    named = words_below(NOTE, "/src")
    assert named >= {
        "fs/open.c",
        "include/linux/kconfig.h",
        "include/linux/fs.h",
        "fs/../include/asm/page.h",
        "include/dt-bindings/clock/qcom,gcc.h",
    }
    assert not any("generated" in path or "stdarg" in path for path in named)
    assert words_below(CHECKED, "/src") == {"include/a.h"}


def test_the_kconfig_files_are_those_that_were_read() -> None:
    assert kconfig_files(KCONFIGS) == {"Kconfig", "fs/Kconfig", "lib/Kconfig"}
    assert kconfig_files("nothing of the kind") == set()


@pytest.mark.parametrize(
    "path",
    [
        "fs/open.c",
        "include/linux/fs.h",
        "drivers/net/Kconfig",
        "Documentation/Kconfig",
        "Makefile",
        "fs/Makefile",
        "fs/proc/Makefile",
        "kernel/Kbuild",
        "kernel/time/timeconst.bc",
        "arch/x86/Makefile",
        "arch/x86/lib/x86-opcode-map.txt",
        "arch/x86/lib/another.txt",
        "scripts/Makefile.lib",
        "scripts/kconfig/conf.c",
        "tools/objtool/check.c",
        "tools/include/linux/kernel.h",
    ],
)
def test_what_the_build_read_or_may_have_read_matters(path: str) -> None:
    assert SOURCES.matters(path)


@pytest.mark.parametrize(
    "path",
    [
        "fs/aio.c",
        "include/linux/mfd.h",
        "drivers/net/Makefile",
        "drivers/net/tun.c",
        "drivers/net/firmware.bin",
        "Documentation/admin-guide/index.rst",
        "Documentation/Makefile",
        "MAINTAINERS",
        "fs/README",
        "tools/perf/perf.c",
        "tools/testing/selftests/Makefile",
        "arch/arm/Makefile",
    ],
)
def test_what_the_build_cannot_have_read_does_not_matter(path: str) -> None:
    assert not SOURCES.matters(path)


def test_where_the_kernel_holds_all_headers_each_of_them_matters() -> None:
    packed = sources_of(["fs/open.c", "include/a.h", "kernel/gen_kheaders.sh"], [], [])
    assert packed.matters("include/b.h")
    assert not packed.matters("fs/other.h")


def test_sources_are_read_back_as_they_were_written() -> None:
    assert Sources.load(SOURCES.dump()) == SOURCES


def test_commits_that_change_what_was_read_or_is_not_known_may_matter() -> None:
    changes = {
        "reads": ("fs/open.c",),
        "driver": ("drivers/net/tun.c",),
        "both": ("drivers/net/tun.c", "fs/Makefile"),
        "docs": ("Documentation/x.rst", "drivers/net/tun.c"),
        "gone": ("drivers/net/gone.c", "drivers/net/tun.c"),
        "empty": (),
    }
    present = ("fs/open.c", "fs/Makefile", "drivers/net/tun.c", "Documentation/x.rst")
    assert inert_commits(changes, present, SOURCES) == {"driver", "docs", "empty"}


def folders(tmp_path: Path) -> tuple[Path, Path]:
    """An object folder and a source tree with a link, as after a build."""
    source, objects = tmp_path / "source", tmp_path / "objects"
    for name in ("fs/open.c", "include/linux/fs.h", "include/real/bindings.h", "fs/Kconfig"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("")
    (source / "linked").symlink_to("include/real")
    (objects / "fs").mkdir(parents=True)
    (objects / "include/config").mkdir(parents=True)
    (objects / "fs/.open.o.cmd").write_text(
        f"cmd_fs/open.o := gcc -c {source}/fs/open.c\n\ndeps_fs/open.o := \\\n"
        f"  {source}/fs/../include/linux/fs.h \\\n  {source}/linked/bindings.h \\\n"
    )
    (objects / "fs/.built-in.a.cmd").write_text("cmd_fs/built-in.a := ar cDPrST fs/open.o\n")
    (objects / "include/config/auto.conf.cmd").write_text(KCONFIGS)
    return objects, source


def test_the_notes_of_an_object_folder_give_the_sources(tmp_path: Path) -> None:
    known = read_notes(*folders(tmp_path))
    assert known is not None
    assert known.folders >= {"", "fs", "include", "include/linux", "include/real"}
    for path in ("fs/open.c", "include/linux/fs.h", "include/real/bindings.h", "lib/Kconfig"):
        assert path in known.read
    assert known.matters("fs/Makefile")
    assert not known.matters("lib/Makefile")


def test_a_source_tree_behind_a_link_is_the_same_tree(tmp_path: Path) -> None:
    objects, source = folders(tmp_path)
    link = tmp_path / "link"
    link.symlink_to(source)
    assert read_notes(objects, link) == read_notes(objects, source)


def test_a_build_without_notes_tells_nothing(tmp_path: Path) -> None:
    objects, source = folders(tmp_path)
    assert read_notes(tmp_path / "absent", source) is None
    for note in (objects / "fs").iterdir():
        note.unlink()
    assert read_notes(objects, source) is None


@pytest.mark.parametrize("trap", ["link", "pipe", "huge"])
def test_notes_that_no_kbuild_wrote_make_nothing_known(tmp_path: Path, trap: str) -> None:
    objects, source = folders(tmp_path)
    note = objects / "fs/.trap.o.cmd"
    if trap == "link":
        note.symlink_to("/etc/passwd")
    elif trap == "pipe":
        os.mkfifo(note)
    else:
        note.write_bytes(b"")
        os.truncate(note, 1 << 40)
    assert read_notes(objects, source) is None
