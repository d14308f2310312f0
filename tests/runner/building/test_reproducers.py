"""Compilers that a person names, and reproducers as they are compiled."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from runner.building import build as module
from runner.building.build import compile_reproducer
from runner.building.compilers import compiler_id
from runner.errors import InfraError, InputError
from runner.process import capture
from runner.values import Reproducer
from tests.runner.building.little import (
    PLAN,
    SANDBOX,
    X86_64,
    built,
    little_tree,
)
from tests.runner.small_disk import on_small_disk


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return little_tree(tmp_path)


@pytest.mark.parametrize(
    "command", ["", "gcc-0.1", "-v", "gcc -v", "/bin/sh", "../x", "gcc;x", "gcc\n", "$(x)"]
)
def test_a_compiler_that_is_not_installed_is_the_persons_to_correct(
    source: Path, command: str
) -> None:
    with pytest.raises(InputError, match="is not installed"):
        compiler_id(command, X86_64)
    with pytest.raises(InputError, match="is not installed"):
        built(source, plan=replace(PLAN, compiler=command))
    with pytest.raises(InputError, match="is not installed"):
        reproducer(source.parent, "int main(void) {}", command)


def reproducer(folder: Path, source: str, compiler: str = "gcc", bits: int = 64) -> Path:
    out = folder / "repro"
    compile_reproducer(
        Reproducer(source, bits=bits),
        out,
        compiler=compiler,
        target=X86_64,
        cancel=None,
        log=folder / "log",
        sandbox=SANDBOX,
    )
    return out


def test_a_reproducer_is_a_static_program(tmp_path: Path) -> None:
    program = reproducer(
        tmp_path,
        "#include <pthread.h>\n#include <stdio.h>\nvoid *t(void *x) { return x; }\n"
        "int main(void) { pthread_t p; pthread_create(&p, 0, t, 0); pthread_join(p, 0);\n"
        'int unused; float f = 1; printf("hi\\n"); return 3; }',
    )
    finished = capture([program], deadline=10)
    assert (finished.stdout, finished.returncode) == (b"hi\n", 3)
    with program.open("rb") as file:
        kinds = {segment["p_type"] for segment in ELFFile(file).iter_segments()}
    assert "PT_INTERP" not in kinds
    assert (tmp_path / "log").read_text().startswith("$ gcc -static ")


def test_a_reproducer_can_be_a_32_bit_program(tmp_path: Path) -> None:
    source = "#include <linux/kvm.h>\n#include <sys/ioctl.h>\nint main(void) { return 0; }"
    with reproducer(tmp_path, source, bits=32).open("rb") as file:
        assert ELFFile(file).get_machine_arch() == "x86"


def test_a_compiler_without_32_bit_libraries_is_our_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "half").write_text("#!/bin/sh\necho libc.a\n")
    (tmp_path / "half").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(InfraError, match="compiles no 32-bit programs here: apt-get install"):
        reproducer(tmp_path, "int main(void) {}", "half", bits=32)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "undefined reference to `main'"),
        ("int main(void) { return x; }", r"<stdin>:1:\d+: error: 'x' undeclared"),
        ("#include <none.h>", r"<stdin>:1:10: fatal error: none\.h: No such file"),
        ("\0\udcff\x1b[2J", "<stdin>:1:"),
        ("-v", "<stdin>:1:1: error: expected identifier"),
    ],
)
def test_a_wrong_reproducer_is_the_persons_to_correct(
    tmp_path: Path, source: str, reason: str
) -> None:
    with pytest.raises(InputError, match=f"^the reproducer does not compile: .*{reason}") as caught:
        reproducer(tmp_path, source)
    assert str(caught.value).isprintable()


def test_a_reproducer_that_takes_too_long_to_compile_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "COMPILE_SECONDS", 0.5)
    os.mkfifo(tmp_path / "fifo")  # opening it waits for a writer that never comes
    with pytest.raises(InputError, match="takes more than"):
        reproducer(tmp_path, f'#include "{tmp_path}/fifo"\n')


REPRODUCER_SCRIPT = """
import sys
from pathlib import Path
from runner.building.build import compile_reproducer
from runner.values import Reproducer
from tests.runner.building.little import SANDBOX, X86_64
big = Reproducer("char x[3000000] = {1}; int main(void) {}")
compile_reproducer(big, Path(sys.argv[1]) / "repro", compiler="gcc", target=X86_64,
                   cancel=None, log=Path(sys.argv[2]), sandbox=SANDBOX)
"""


def test_a_full_disk_is_not_the_reproducers_fault(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    error = on_small_disk(disk, REPRODUCER_SCRIPT, tmp_path / "log")
    assert error.startswith("runner.errors.InfraError: cannot compile the reproducer: "), error
