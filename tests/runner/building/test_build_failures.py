"""Builds that fail, and whose fault it is: the commit's or our machine's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from runner import process
from runner.building import build as module
from runner.building.objects import ObjectFolder
from runner.errors import BuildFailed, InfraError
from tests.runner.building.little import (
    PLAN,
    built,
    edit,
    little_tree,
    path_without,
    recipe,
    took,
)
from tests.runner.small_disk import on_small_disk


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return little_tree(tmp_path)


# Builds that fail by the commit's fault


FAILURES: dict[str, tuple[Callable[[Path], None], str]] = {
    "syntax": (
        lambda source: edit(source / "main.c", "return", "retrun"),
        r"^main\.c:6:\d+: error: ",
    ),
    "missing header": (
        lambda source: (source / "main.h").unlink(),
        r"^main\.c:2:10: fatal error: main\.h: No such file or directory$",
    ),
    "linker": (
        lambda source: edit(source / "second.c", "second(", "third("),
        r"main\.c:6: undefined reference to `second'$",
    ),
    "missing source": (
        lambda source: (source / "second.c").unlink(),
        r"No rule to make target '\S*second\.o', needed by",
    ),
    "makefile": (
        lambda source: edit(source / "Makefile", "O ?= .", "nonsense"),
        r"^Makefile:2: \*\*\* missing separator",
    ),
    "no tree": (
        lambda source: (source / "Makefile").unlink(),
        r"No rule to make target 'olddefconfig'",
    ),
    "missing program": (
        recipe("@no-such-program"),
        "^make: no-such-program: No such file",
    ),
    "silent": (recipe("@false"), r"\*\*\* \[Makefile:\d+: (?:main|second)\.o\] Error 1$"),
    "error without a place": (recipe("@gcc --no-such-option"), r"^gcc: error: "),
    "no image": (
        lambda source: edit(source / "Makefile", "@objcopy -O binary $< $@", "@true"),
        "^make ended well but wrote no bzImage$",
    ),
    "no ELF file": (
        lambda source: edit(
            source / "Makefile", "@ld -e main -o $@ $(objects)", "@echo x > $@; touch $@"
        ),
        "^objcopy: .*: file format not recognized$",
    ),
    "no ELF file, unnoticed": (
        lambda source: edit(
            source / "Makefile", "@objcopy -O binary $< $@", "@echo x > $<; echo x > $@"
        ),
        "^vmlinux is not a valid ELF file$",
    ),
    "the words of a full disk in source": (
        lambda source: edit(
            source / "main.c", "return", 'char *x = "No space left on device" 1; return'
        ),
        r"^main\.c:6:\d+: error: expected",
    ),
}


@pytest.mark.parametrize(("damage", "reason"), FAILURES.values(), ids=FAILURES)
def test_a_broken_commit_fails_to_build_with_its_reason(
    source: Path, damage: Callable[[Path], None], reason: str
) -> None:
    damage(source)
    with pytest.raises(BuildFailed, match=reason) as caught:
        built(source)
    assert str(source.parent) not in caught.value.reason
    assert "\n" not in caught.value.reason


def test_the_excerpt_has_all_errors_and_not_the_consequences(source: Path) -> None:
    edit(source / "main.c", "return", "one two; three four; return")
    with pytest.raises(BuildFailed) as caught:
        built(source)
    lines = caught.value.excerpt.splitlines()
    assert lines[0] == caught.value.reason
    assert "'one' undeclared" in lines[0] or "unknown type name 'one'" in lines[0]
    assert any("'three'" in line for line in lines)
    assert not [line for line in lines if "***" in line]


def test_a_broken_config_fails_to_build(source: Path) -> None:
    with pytest.raises(BuildFailed, match=r"^Kconfig:3: syntax error$"):
        built(source, plan=replace(PLAN, config="CONFIG_BROKEN=y\n"))


def test_a_stale_image_does_not_pass_for_a_new_one(source: Path) -> None:
    old = built(source)
    edit(source / "main.c", "return", "retrun")
    with pytest.raises(BuildFailed):
        built(source)
    assert not old.image.exists()
    edit(source / "main.c", "retrun", "return")
    edit(source / "Makefile", "@objcopy -O binary $< $@", "@true")
    with pytest.raises(BuildFailed, match="wrote no bzImage"):
        built(source)


def test_objects_are_kept_after_a_build_that_fails_by_itself(source: Path) -> None:
    built(source)
    before = len(took(source))
    edit(source / "second.c", "return", "retrun")
    with pytest.raises(BuildFailed):
        built(source)
    edit(source / "second.c", "retrun", "return")
    built(source)
    assert "CC main.o" not in took(source)[before:]


def test_a_build_that_floods_its_log_fails(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "OUTPUT_LIMIT", 100_000)
    recipe("@touch $@; yes")(source)
    with pytest.raises(BuildFailed, match="the build printed more than"):
        built(source)
    assert not ObjectFolder(source.parent / "objects").stamp.exists()


# Builds that fail by our fault


MACHINE: dict[str, tuple[str, str]] = {
    "full disk": ("@cat $< > /dev/full", "the disk is full: .*write error: No space left"),
    "assembler on a full disk": ("@$(CC) -c -o /dev/full $<", "the disk is full"),
    "memory": (
        "@ulimit -v 60000; echo 'char x[] = {[0 ... 90000000] = 1};' | $(CC) -x c -c -o $@ -",
        "the machine ran out of memory",
    ),
    "killed compiler": ("@sh -c 'kill -9 $$$$'", r"the machine ran out of memory: make: \*\*\*"),
    "killed make": ("@kill -9 $$PPID", "make was killed by signal 9"),
}


@pytest.mark.parametrize(("command", "reason"), MACHINE.values(), ids=MACHINE)
def test_a_failure_of_our_machine_is_not_the_commits(
    source: Path, command: str, reason: str
) -> None:
    recipe(command)(source)
    with pytest.raises(InfraError, match=reason):
        built(source)
    assert not ObjectFolder(source.parent / "objects").stamp.exists()


SCRIPT = """
import sys
from pathlib import Path
from runner.building import build
from tests.runner.building.little import PLAN, SANDBOX
build.MIN_FREE = int(sys.argv[3])
disk = Path(sys.argv[1])
build.build(Path(sys.argv[2]), disk / "objects", PLAN, log=Path(sys.argv[4]), cancel=None,
            jobs=1, ccache_dir=Path(sys.argv[4] + ".ccache"), sandbox=SANDBOX)
"""


def test_a_disk_that_fills_is_our_fault(source: Path, tmp_path: Path) -> None:
    (source / "second.c").write_text("char second[3000000] = {1};\n")
    disk = tmp_path / "disk"
    disk.mkdir()
    error = on_small_disk(disk, SCRIPT, source, "0", tmp_path / "log")
    assert error.startswith("runner.errors.InfraError: the disk "), error


def test_a_build_does_not_begin_on_a_disk_that_is_nearly_full(source: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    error = on_small_disk(disk, SCRIPT, source, str(module.MIN_FREE), tmp_path / "log")
    assert error.startswith("runner.errors.InfraError: the disk is nearly full: "), error
    assert not (tmp_path / "log").exists()


def test_a_missing_make_is_our_fault(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", path_without(tmp_path / "bin", "make"))
    with pytest.raises(InfraError, match="make is not installed"):
        built(source)
