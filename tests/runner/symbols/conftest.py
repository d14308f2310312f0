"""A small program whose functions stand for a kernel's."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.process import capture

SOURCES = {
    "fs/foo.c": """\
#include "foo.h"
int __attribute__((noinline)) foo_open(volatile int *p)
{
\tint x = foo_inlined(p);
\treturn x * 2;
}
int main(int argc, char **argv)
{
\treturn foo_open(&argc) + 3;
}
""",
    "fs/foo.h": """\
static inline int __attribute__((always_inline)) foo_inlined(volatile int *p)
{
\treturn *p + 1;
}
""",
    "fs/one.c": """\
static int __attribute__((noinline)) twin(volatile int *p) { return *p; }
int one(volatile int *p) { return twin(p) + 1; }
""",
    "fs/two.c": """\
static int __attribute__((noinline)) twin(volatile int *p)
{
\t*p = 3; *p = 4; *p = 5; *p = 6; *p = 7;
\treturn *p * 7;
}
int two(volatile int *p) { return twin(p) + 1; }
""",
    # What Rust's compiler would call functions of its own.
    "rust/new.c": """\
int _RNvNtCs1234_7mycrate3foo3bar(volatile int *p) { return *p + 11; }
int _ZN6kernel5print17h0123456789abcdefE(volatile int *p) { return *p + 12; }
""",
}


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    write_sources(folder)
    return folder


def write_sources(folder: Path) -> None:
    for name, text in SOURCES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def compiled(source: Path, out: Path, *flags: str) -> Path:
    files = [source / name for name in SOURCES if name.endswith(".c")]
    done = capture(["gcc", "-O1", *flags, "-o", out, *files], deadline=60)
    assert done.succeeded, done.stderr
    return out


@pytest.fixture(scope="session")
def vmlinux(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(source, tmp_path_factory.mktemp("objects") / "vmlinux", "-g")
