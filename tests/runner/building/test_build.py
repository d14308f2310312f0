"""Builds of a tiny tree: what they give, and what is taken from the ones before."""

from __future__ import annotations

import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from runner.building import build as module
from runner.building.compilers import compiler_id
from runner.building.objects import ObjectFolder
from runner.errors import BuildFailed, Cancelled, InfraError, InputError
from runner.process import capture
from runner.sandbox import Confinement, Sandbox
from runner.values import Machine
from tests.runner.building.little import (
    MAKEFILE,
    PLAN,
    X86_64,
    built,
    edit,
    little_tree,
    path_without,
    recipe,
    took,
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return little_tree(tmp_path)


# Good builds


def test_a_build_gives_an_image_and_what_is_known_of_it(source: Path) -> None:
    kernel = built(source)
    objects = source.parent / "objects"
    assert kernel.image == objects / "arch/x86/boot/bzImage"
    assert kernel.image.stat().st_size > 0
    assert kernel.vmlinux.read_bytes().startswith(b"\x7fELF")
    assert kernel.config == "CONFIG_KNOWN=y\nCONFIG_DEFAULT=y\n"
    assert kernel.compiler == compiler_id("gcc", X86_64)
    assert kernel.seconds > 0
    assert not list(source.glob("*.o"))


def test_the_log_begins_with_commands_that_can_be_repeated_by_hand(source: Path) -> None:
    kernel = built(source)
    image = kernel.image.read_bytes()
    lines = (source.parent / "log").read_text().splitlines()
    commands = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    assert lines[0].startswith("$ make -C ")
    shutil.rmtree(source.parent / "objects")
    (source.parent / "objects").mkdir()
    (source.parent / "objects" / ".config").write_text(PLAN.config)
    for command in commands:
        assert capture(["sh", "-c", command], deadline=60).succeeded
    assert kernel.image.read_bytes() == image


def test_two_builds_in_two_folders_are_equal(source: Path) -> None:
    first, second = built(source, "one"), built(source, "two")
    assert first.signature == second.signature
    assert first.image.read_bytes() == second.image.read_bytes()


def test_a_comment_changes_no_signature_and_code_does(source: Path) -> None:
    before = built(source).signature
    edit(source / "main.c", "a comment", "another")
    assert built(source).signature == before
    edit(source / "main.h", "42", "43")
    assert built(source).signature != before


def test_the_next_build_compiles_only_what_changed(source: Path) -> None:
    built(source)
    assert sorted(took(source)) == ["CC main.o", "CC second.o", "LD vmlinux", "OBJCOPY bzImage"]
    before = len(took(source))
    edit(source / "main.h", "42", "43")
    built(source)
    assert took(source)[before:] == ["CC main.o", "LD vmlinux", "OBJCOPY bzImage"]


def test_a_build_does_not_depend_on_the_one_before(source: Path) -> None:
    """An older commit that lacks an option must not take it from the newer ones' config."""
    edit(source / "Makefile", "'^CONFIG_KNOWN='", "'^CONFIG_OTHER='")
    plan = replace(PLAN, config="CONFIG_KNOWN=y\nCONFIG_OTHER=y\n")
    assert built(source, plan=plan).config == "CONFIG_OTHER=y\nCONFIG_DEFAULT=y\n"
    edit(source / "Makefile", "'^CONFIG_OTHER='", "'^CONFIG_KNOWN='")
    assert built(source, plan=plan).config == "CONFIG_KNOWN=y\nCONFIG_DEFAULT=y\n"


def test_variables_of_the_plan_reach_make(source: Path) -> None:
    edit(source / "Makefile", "-ffreestanding", "-ffreestanding $(KCFLAGS)")
    with pytest.raises(BuildFailed, match="no-such-warning"):
        built(source, plan=replace(PLAN, make_variables={"KCFLAGS": "-Werror=no-such-warning"}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KCFLAGS", "$(shell touch /tmp/x)"),
        ("KCFLAGS", "a\nb"),
        ("KCFLAGS", "`x`"),
        ("-f", "x"),
        ("--eval", "x"),
        ("A=B", "x"),
        ("", "x"),
    ],
)
def test_variables_that_make_would_run_are_refused(source: Path, name: str, value: str) -> None:
    with pytest.raises(InputError, match="cannot give make"):
        built(source, plan=replace(PLAN, make_variables={name: value}))


def test_an_unknown_architecture_is_refused(source: Path) -> None:
    with pytest.raises(InputError, match="unknown architecture 'vax': choose one of x86_64, arm64"):
        built(source, plan=replace(PLAN, machine=Machine(arch="vax")))


# Builds that are cut short

HALF = "@printf half > $@; echo x > $(O)/../ccache/fifo; sleep 1000"


@pytest.fixture
def clean(source: Path) -> str:
    """The signature that a build must have, whatever came before it."""
    return built(source, "clean").signature


def begin_and_cancel(source: Path) -> None:
    """Stop a build when its first object is half written."""
    whole = (source / "Makefile").read_text()
    recipe(HALF)(source)
    fifo = source.parent / "ccache" / "fifo"
    os.mkfifo(fifo)
    cancel = threading.Event()

    def wait() -> None:
        fifo.read_text()
        cancel.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    with pytest.raises(Cancelled):
        built(source, cancel=cancel)
    waiter.join()
    # Which of the two compilers came first is make's choice.
    objects = (source.parent / "objects").glob("*.o")
    assert "half" in [path.read_text() for path in objects]
    (source / "Makefile").write_text(whole)


def test_half_written_objects_of_a_cancelled_build_are_not_used(source: Path, clean: str) -> None:
    begin_and_cancel(source)
    assert built(source).signature == clean


def test_half_written_objects_of_a_build_that_took_too_long_are_not_used(
    source: Path, clean: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe("@printf half > $@; sleep 1000")(source)
    monkeypatch.setattr(module, "BUILD_SECONDS", 1)
    with pytest.raises(InfraError, match="the build took longer than"):
        built(source)
    monkeypatch.undo()
    (source / "Makefile").write_text(MAKEFILE)
    assert built(source).signature == clean


@pytest.mark.parametrize("stamp", [None, b"", b"another boot\n", b"\xff"])
def test_objects_from_before_a_crash_or_reboot_are_not_used(
    source: Path, clean: str, stamp: bytes | None
) -> None:
    built(source)
    folder = ObjectFolder(source.parent / "objects")
    (folder.path / "main.o").write_text("half")
    folder.stamp.unlink()
    if stamp is not None:
        folder.stamp.write_bytes(stamp)
    assert built(source).signature == clean


def test_a_link_that_a_build_left_is_not_written_through(source: Path, tmp_path: Path) -> None:
    built(source)
    precious = tmp_path / "precious"
    precious.write_text("x")
    config = tmp_path / "objects" / ".config"
    config.unlink()
    config.symlink_to(precious)
    built(source)
    assert precious.read_text() == "x"


# ccache


def ccache_hits(folder: Path) -> int:
    argv = ["ccache", "--print-stats"]
    finished = capture(argv, deadline=60, env={"CCACHE_DIR": str(folder)})
    counts = dict(line.split("\t") for line in finished.stdout.decode().splitlines())
    return int(counts["direct_cache_hit"]) + int(counts["preprocessed_cache_hit"])


def test_ccache_is_used_where_it_is_installed(source: Path, tmp_path: Path) -> None:
    first = built(source)
    assert "'CC=ccache gcc'" in (tmp_path / "log").read_text()
    shutil.rmtree(tmp_path / "objects")
    second = built(source)
    assert ccache_hits(tmp_path / "ccache") == 2
    assert second.signature == first.signature


def test_a_build_without_ccache_is_the_same(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_ccache = built(source, "one")
    monkeypatch.setenv("PATH", path_without(tmp_path / "bin", "ccache"))
    # In the sandbox this PATH would lead into an empty /tmp.
    without = built(source, "two", sandbox=Sandbox(Confinement.OFF, ()))
    assert " CC=gcc " in (tmp_path / "log").read_text()
    assert without.signature == with_ccache.signature


def test_a_broken_ccache_is_our_fault(source: Path, tmp_path: Path) -> None:
    (tmp_path / "ccache").mkdir()
    (tmp_path / "ccache" / "ccache.conf").write_text("max_size = nonsense\n")
    with pytest.raises(InfraError, match="ccache does not work"):
        built(source)
