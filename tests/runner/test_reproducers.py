"""What is known to be wrong with a reproducer before anything is built."""

from __future__ import annotations

import pytest

from runner.errors import InputError
from runner.reproducers import check, content, interpreter
from runner.values import Language, Reproducer

SCRIPT = Language.SCRIPT
BOTH = "CONFIG_X86_64=y\nCONFIG_IA32_EMULATION=y\n"


def test_what_kernels_of_the_config_can_run_is_accepted() -> None:
    check(Reproducer("int main(void) {}"), "CONFIG_X86_64=y\n")
    check(Reproducer("int main(void) {}", bits=32, procs=32, repeat=True), BOTH)
    check(Reproducer("#!/bin/sh\nexit 1\n", SCRIPT, procs=2), "")
    check(Reproducer("f0VMRgIB\n", SCRIPT), "")


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ("#!/bin/sh", "/bin/sh"),
        ("#! /usr/bin/env python3", "/usr/bin/env"),
        ("#!/bin/sh -e", "/bin/sh"),
    ],
)
def test_a_script_names_its_interpreter(line: str, program: str) -> None:
    assert interpreter(content(Reproducer(f"{line}\nexit 0\n", SCRIPT))) == program


@pytest.mark.parametrize(
    ("reproducer", "config", "words"),
    [
        (Reproducer("", procs=0), BOTH, "between 1 and 32 copies"),
        (Reproducer("", procs=33), BOTH, "between 1 and 32 copies"),
        (Reproducer("", bits=31), BOTH, "no reproducer has 31 bits"),
        (Reproducer("", bits=32), "# CONFIG_IA32_EMULATION is not set\n", "IA32_EMULATION=y"),
        (Reproducer("#!/bin/sh\n"), BOTH, "choose its language"),
        (Reproducer("f0VMRgIB\n"), BOTH, "choose its language"),
        (Reproducer("r0 = getpid()", Language.SYZ, repeat=True), BOTH, "again and again anyway"),
        (Reproducer("r0 = getpid()", Language.SYZ, bits=32), "", "IA32_EMULATION=y"),
        (Reproducer("echo", SCRIPT), BOTH, "a script begins with #!"),
        (Reproducer("f0VMRg", SCRIPT), BOTH, "a program is ELF, in base64"),
        (Reproducer("aGVsbG8=", SCRIPT), BOTH, "a program is ELF, in base64"),
        (Reproducer("#!sh\n", SCRIPT), BOTH, "the path of its interpreter"),
        (Reproducer("#!/bin/sh", SCRIPT), BOTH, "the path of its interpreter"),
        (Reproducer("#!/bin/sh\n", SCRIPT, repeat=True), BOTH, "repeats by itself"),
        (Reproducer("#!/bin/sh\n", SCRIPT, bits=32), BOTH, "only a C reproducer"),
    ],
)
def test_what_cannot_be_run_is_the_persons_to_correct(
    reproducer: Reproducer, config: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        check(reproducer, config)
