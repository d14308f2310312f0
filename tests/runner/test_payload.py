"""What a script or a program needs in the guest."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from runner.architecture import architecture
from runner.errors import InfraError, InputError
from runner.machines.guest.payload import Payload, script
from runner.process import capture
from runner.values import Language, Reproducer

SHELL = "#!/bin/sh\nexit 3\n"


def packed(text: str, folder: Path, *, on_disk: bool = False, arch: str = "x86_64") -> Payload:
    reproducer = Reproducer(text, Language.SCRIPT)
    return script(reproducer, folder / "repro", architecture(arch), on_disk)


def program(folder: Path, *flags: str) -> str:
    """A compiled program, as text."""
    source = folder / "main.c"
    source.write_text("int main(void) { return 0; }\n")
    out = folder / "program"
    assert capture(["gcc", *flags, "-o", out, source], deadline=60).succeeded
    return base64.encodebytes(out.read_bytes()).decode()


def test_a_shell_script_brings_its_shell_where_there_is_no_disk(tmp_path: Path) -> None:
    payload = packed(SHELL, tmp_path)
    assert payload.argv == ("/bin/sh", "/repro")
    assert payload.files["/repro"].read_text() == SHELL
    ended = capture([payload.files["/bin/sh"], "sh", payload.files["/repro"]], deadline=10)
    assert ended.returncode == 3


@pytest.mark.parametrize("text", [SHELL, "#!/usr/bin/env python3\nexit(0)\n"])
def test_a_disk_has_the_interpreters(tmp_path: Path, text: str) -> None:
    payload = packed(text, tmp_path, on_disk=True)
    assert (payload.argv, list(payload.files)) == (("/repro",), ["/repro"])


@pytest.mark.parametrize(
    ("text", "arch"),
    [("#!/usr/bin/python3\n", "x86_64"), ("#!/bin/bash\n", "x86_64"), (SHELL, "arm64")],
)
def test_other_interpreters_need_a_disk(tmp_path: Path, text: str, arch: str) -> None:
    with pytest.raises(InputError, match="whose machine has a disk image is needed"):
        packed(text, tmp_path, arch=arch)


def test_a_program_is_unpacked_as_it_was(tmp_path: Path) -> None:
    payload = packed(program(tmp_path, "-static"), tmp_path)
    assert payload.argv == ("/repro",)
    assert payload.files["/repro"].read_bytes() == (tmp_path / "program").read_bytes()


def test_a_program_without_its_libraries_needs_a_disk(tmp_path: Path) -> None:
    text = program(tmp_path)
    with pytest.raises(InputError, match="not linked statically"):
        packed(text, tmp_path)
    assert packed(text, tmp_path, on_disk=True).argv == ("/repro",)


def test_what_only_begins_as_a_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no ELF program"):
        packed(base64.b64encode(b"\x7fELF and no more").decode(), tmp_path)


def test_a_missing_shell_is_our_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InfraError, match="apt-get install busybox-static"):
        packed(SHELL, tmp_path)
    os.symlink("/bin/ls", tmp_path / "busybox")  # one with shared libraries
    with pytest.raises(InfraError, match="apt-get install busybox-static"):
        packed(SHELL, tmp_path)
