"""Compilers are found by what they say, not by what they are called."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from runner.architecture import architecture
from runner.building.compilers import Compiler, banner, compiler_id, installed, toolchain
from runner.building.rules import Family
from runner.errors import InfraError, InputError

X86_64 = architecture("x86_64")
FOREIGN = replace(X86_64, machine="vax", tools="vax-dec-vms-", libc="libc6-dev-vax-cross")


def program(path: Path, says: str, status: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {status}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The first folder of a PATH with a shell and our guard's Python, but no compiler."""
    folder = tmp_path / "bin"
    monkeypatch.setenv("PATH", str(folder))
    return folder


DEBIAN = "gcc (Debian 12.2.0-14+deb12u1) 12.2.0"
CLANG = "Debian clang version 14.0.6"


def test_compilers_on_path_are_known_by_what_they_say(bin_folder: Path) -> None:
    program(bin_folder / "gcc-9", "gcc-9 (Ubuntu 9.4.0-1ubuntu1~20.04.2) 9.4.0")
    program(bin_folder / "gcc", DEBIAN)
    program(bin_folder / "gcc-10", "gcc-10 (GCC) 10.1.0 20200507 (experimental)")
    program(bin_folder / "gcc-11", "Ubuntu clang version 15.0.7")
    program(bin_folder / "clang", CLANG)
    program(bin_folder / "clang-8", "I am a teapot")
    program(bin_folder / "clang-9", CLANG, status=1)
    program(bin_folder / "gcc-ar", DEBIAN)
    program(bin_folder / "gcc-8", DEBIAN).chmod(0o644)
    assert installed(None, X86_64) == [
        Compiler("gcc", Family.GCC, (12, 2, 0)),
        Compiler("clang", Family.CLANG, (14, 0, 6)),
        Compiler("gcc-9", Family.GCC, (9, 4, 0)),
        Compiler("gcc-10", Family.GCC, (10, 1, 0)),
        Compiler("gcc-11", Family.CLANG, (15, 0, 7)),
    ]


def test_toolchains_lie_in_a_folder_and_are_named_by_theirs(
    bin_folder: Path, tmp_path: Path
) -> None:
    shelf = tmp_path / "toolchains"
    gcc = program(shelf / "gcc-5.5.0" / "bin" / "gcc", "gcc (GCC) 5.5.0")
    program(tmp_path / "elsewhere" / "bin" / "clang", "clang version 9.0.1 (https://x y)")
    (shelf / "llvm").symlink_to(tmp_path / "elsewhere")
    program(shelf / "with space" / "bin" / "gcc", "gcc (GCC) 6.5.0")
    (shelf / "empty").mkdir()
    (shelf / "README").touch()
    found = installed(shelf, X86_64)
    assert found == [
        Compiler(str(gcc), Family.GCC, (5, 5, 0)),
        Compiler(str(shelf / "llvm" / "bin" / "clang"), Family.CLANG, (9, 0, 1)),
    ]
    assert [str(compiler) for compiler in found] == [
        "gcc 5.5.0 (gcc-5.5.0)",
        "clang 9.0.1 (llvm)",
    ]
    assert installed(tmp_path / "nowhere", X86_64) == []


def test_an_upgraded_compiler_is_asked_again(bin_folder: Path) -> None:
    path = program(bin_folder / "gcc", DEBIAN)
    assert banner("gcc") == DEBIAN
    program(path, "gcc (Debian 13.1.0) 13.1.0")
    os.utime(path, (1, 1))
    assert banner("gcc") == "gcc (Debian 13.1.0) 13.1.0"


def test_the_machine_has_the_compiler_that_its_packages_bring() -> None:
    assert [
        compiler.family for compiler in installed(None, X86_64) if compiler.command == "gcc"
    ] == ["gcc"]


def test_a_program_that_is_not_there_is_our_fault(bin_folder: Path) -> None:
    with pytest.raises(InfraError, match="ld is not installed"):
        banner("ld")


def test_another_architecture_has_tools_of_its_own(bin_folder: Path, tmp_path: Path) -> None:
    shelf = tmp_path / "toolchains"
    program(bin_folder / "gcc", DEBIAN)
    program(bin_folder / "vax-dec-vms-gcc-9", "vax-dec-vms-gcc-9 (GCC) 9.1.0")
    program(bin_folder / "vax-dec-vms-ld", "a linker")
    program(bin_folder / "clang", CLANG)
    program(shelf / "gcc-8.1.0" / "bin" / "vax-dec-vms-gcc", "vax-dec-vms-gcc (GCC) 8.1.0")
    found = installed(shelf, FOREIGN)
    assert [str(compiler) for compiler in found] == [
        "clang 14.0.6 (clang)",
        "gcc 9.1.0 (gcc-9)",
        "gcc 8.1.0 (gcc-8.1.0)",
    ]
    assert [compiler_id(compiler.command, FOREIGN) for compiler in found] == [
        f"{CLANG}, a linker",
        "vax-dec-vms-gcc-9 (GCC) 9.1.0, a linker",
        "vax-dec-vms-gcc (GCC) 8.1.0, a linker",
    ]


def test_a_missing_cross_compiler_is_named_with_its_packages() -> None:
    with pytest.raises(InputError) as caught:
        compiler_id("gcc-12", FOREIGN)
    assert str(caught.value) == (
        "the compiler 'vax-dec-vms-gcc-12' is not installed: "
        "apt-get install gcc-12-vax-dec-vms libc6-dev-vax-cross"
    )


def test_compiler_and_linker_name_themselves_on_one_line() -> None:
    first, second = compiler_id("gcc", X86_64).split(", GNU ld ")
    assert first.startswith("gcc (")
    assert second.startswith("(GNU Binutils")


TOOLS = (
    "ld.lld",
    "llvm-ar",
    "llvm-nm",
    "llvm-objcopy",
    "llvm-objdump",
    "llvm-readelf",
    "llvm-strip",
)


@pytest.mark.parametrize("missing", [None, "ld.lld", "llvm-strip"])
@pytest.mark.parametrize(
    ("folder", "suffix", "value"), [("bin", "", "1"), ("bin", "-15", "-15"), ("x/llvm/bin", "", "")]
)
def test_llvm_is_complete_or_it_is_not_used(
    bin_folder: Path, tmp_path: Path, folder: str, suffix: str, value: str, missing: str | None
) -> None:
    home = tmp_path / folder
    program(home / f"clang{suffix}", CLANG)
    for tool in TOOLS:
        if tool != missing:
            program(home / f"{tool}{suffix}", f"LLVM {tool}{suffix}")
    (found,) = installed(tmp_path / "x", X86_64)
    assert found.llvm == ("" if missing else value or f"{home}/")
    if not missing:
        linker = f"LLVM ld.lld{suffix}"
        assert compiler_id(found.command, X86_64, found.llvm) == f"{CLANG}, {linker}"


def test_a_toolchain_is_the_folder_around_its_compiler() -> None:
    assert toolchain("/opt/gcc-5.5.0/bin/gcc") == [Path("/opt/gcc-5.5.0")]
    assert toolchain("gcc-12") == []
