"""Signatures of real programs: what changes them and what does not."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.building.signature import signature
from runner.errors import BuildFailed
from runner.process import capture

SOURCE = """
// a comment
static const char text[] = "text";
int table[1000];
int answer = 42;
int _start(void) { return text[0] + table[7] + answer; }
"""


def compiled(folder: Path, source: str, *flags: str) -> Path:
    out = folder / "program"
    argv: list[str | Path] = ["gcc", "-nostdlib", "-static", "-x", "c", *flags, "-o", out, "-"]
    finished = capture(argv, deadline=60, stdin=source.encode())
    assert finished.succeeded, finished.stderr
    return out


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return compiled(tmp_path, SOURCE)


def test_a_signature_is_a_sha256(plain: Path) -> None:
    assert len(bytes.fromhex(signature(plain))) == 32


@pytest.mark.parametrize(
    ("old", "new", "flags"),
    [
        ("a comment", "another one", ()),
        ("// a comment", "", ("-g3",)),
        ("", "", ("-Wl,--build-id=0x1234",)),
        ("", "", ("-Wl,--build-id=none",)),
    ],
    ids=["comment", "debug information", "build-id", "no build-id"],
)
def test_what_does_not_behave_differently_has_the_same_signature(
    plain: Path, tmp_path: Path, old: str, new: str, flags: tuple[str, ...]
) -> None:
    before = signature(plain)
    content = plain.read_bytes()
    after = compiled(tmp_path, SOURCE.replace(old, new), *flags)
    assert after.read_bytes() != content or old == "a comment"
    assert signature(after) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [("+ answer", "- answer"), ('"text"', '"test"'), ("= 42", "= 43"), ("[1000]", "[9000]")],
    ids=["code", "constant", "data", "size of an array"],
)
def test_what_behaves_differently_has_another_signature(
    plain: Path, tmp_path: Path, old: str, new: str
) -> None:
    before = signature(plain)
    assert signature(compiled(tmp_path, SOURCE.replace(old, new))) != before


def test_equal_bytes_under_another_section_name_have_another_signature(tmp_path: Path) -> None:
    one, other = (
        signature(compiled(tmp_path, f'__attribute__((section("{name}"))) int x = 1;'))
        for name in ("first", "second")
    )
    assert one != other


def test_big_sections_are_read_whole(tmp_path: Path) -> None:
    size = 3 << 20
    source = f"char big[{size}] = {{[{size - 1}] = %d}};"
    assert signature(compiled(tmp_path, source % 1)) != signature(compiled(tmp_path, source % 2))


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"#!/bin/sh\n", b"\x7fELF" + b"\xff" * 60])
def test_what_is_no_elf_file_is_a_failed_build(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "vmlinux").write_bytes(content)
    with pytest.raises(BuildFailed, match="not a valid ELF file"):
        signature(tmp_path / "vmlinux")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    damage=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=8),
    length=st.integers(0, 1 << 16),
)
def test_damage_gives_a_signature_or_a_failed_build(
    plain: Path, damage: list[tuple[int, int]], length: int
) -> None:
    content = bytearray(plain.read_bytes())
    for position, value in damage:
        content[position % len(content)] = value
    damaged = plain.with_name("damaged")
    damaged.write_bytes(content[:length])
    with contextlib.suppress(BuildFailed):
        assert len(signature(damaged)) == 64


def test_a_file_cut_off_inside_its_sections_is_a_failed_build(plain: Path) -> None:
    """As a full disk leaves it: the headers at the end are moved up to stay readable."""
    content = bytearray(plain.read_bytes())
    (headers,) = struct.unpack_from("<Q", content, 0x28)
    content[0x200:] = content[headers:]
    struct.pack_into("<Q", content, 0x28, 0x200)
    plain.write_bytes(content)
    with pytest.raises(BuildFailed):
        signature(plain)
