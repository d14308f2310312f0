"""Build logs as real makes and compilers write them, and what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.building.build_log import EXCERPT_LINES, LINE_LENGTH, causes, machine_failure

STOP = "make[2]: *** [scripts/Makefile.build:250: kernel/fork.o] Error 1\n"


@pytest.mark.parametrize(
    ("log", "failure"),
    [
        (
            "{standard input}: Fatal error: can't close fork.o: No space left on device\n",
            "the disk is full: ",
        ),
        ("cc1: error: closing dependency file x: Disk quota exceeded\n", "the disk is full: "),
        (
            "gcc: fatal error: Killed signal terminated program cc1\ncompilation terminated.\n",
            "the machine ran out of memory: gcc",
        ),
        (
            "fatal error: error in backend: IO failure on output stream: No space left on device\n",
            "the disk is full: fatal error: error in backend",
        ),
        ("LLVM ERROR: out of memory\nAllocation failed\n", "the machine ran out of memory: LLVM"),
        ("clang: error: unable to execute command: Killed\n", "the machine ran out of memory: "),
        (
            "clang: error while loading shared libraries: libLLVM-14.so.1: "
            "failed to map segment from shared object\n",
            "the machine ran out of memory: ",
        ),
        ("cc1: out of memory allocating 65536 bytes after a total of 8\n", "the machine ran out"),
        ("virtual memory exhausted: Cannot allocate memory\n", "the machine ran out of memory: "),
        (
            "make[3]: *** [scripts/Makefile.build:243: a.o] Killed\n",
            "the machine ran out of memory",
        ),
        ("make: *** [Makefile:9: vmlinux] Error 137\n", "the machine ran out of memory: "),
        ("ld: final link failed: Input/output error\n", "the disk does not work: ld"),
        (
            "collect2: fatal error: ld terminated with signal 7 [Bus error], core dumped\n",
            "the disk does not work: ",
        ),
        ("make: fork: Resource temporarily unavailable\n", "too much runs here: make"),
        ("ccache: error: failed to create directory /x\n", "ccache does not work: "),
        ("bwrap: Can't mount proc on /newroot/proc: Busy\n", "bubblewrap does not work: "),
    ],
)
def test_a_failure_of_the_machine_is_recognised(log: str, failure: str) -> None:
    found = machine_failure(f"  CC      kernel/fork.o\n{log}{STOP}")
    assert found is not None
    assert found.startswith(failure)


@pytest.mark.parametrize(
    "log",
    [
        "",
        "fork.c:1:2: error: 'x' undeclared\n",
        '   12 |  pr_err("No space left on device");\n      |  ^~~~~~\n',
        "fork.c:12:2: error: expected ';'\n"
        ' pr_err("No space left on device") 1;\n'
        "                                  ^~\n",
        "fork.c:12:2: note: expanded from macro 'X'\n#define X \"Killed signal\"\n          ^\n",
        "make: *** [Makefile:9: vmlinux] Error 2\n",
        "drivers/x.c:1:1: warning: unused variable 'killed'\n",
    ],
)
def test_a_failure_of_the_commit_is_not_the_machines(log: str) -> None:
    assert machine_failure(log + STOP) is None


@pytest.mark.parametrize(
    ("log", "lines"),
    [
        (
            "  CC      kernel/fork.o\n"
            "/src/kernel/fork.c: In function 'dup':\n"
            "/src/kernel/fork.c:10:5: error: 'x' undeclared (first use in this function)\n"
            "   10 |     x = 1;\n"
            "      |     ^\n"
            "/src/kernel/fork.c:12:5: warning: unused variable 'y'\n"
            "/src/kernel/fork.c:14:1: error: expected ';' before '}' token\n" + STOP,
            [
                "kernel/fork.c:10:5: error: 'x' undeclared (first use in this function)",
                "kernel/fork.c:14:1: error: expected ';' before '}' token",
            ],
        ),
        (
            "ld: kernel/fork.o: in function `dup':\n"
            "fork.c:(.text+0x5): undefined reference to `gone'\n"
            "collect2: error: ld returned 1 exit status\n" + STOP,
            ["fork.c:(.text+0x5): undefined reference to `gone'"],
        ),
        (
            "/src/b.c:2:30: error: use of undeclared identifier 'x'\n"
            "int main(void) { return error: + gone2() }\n"
            "                             ^\n"
            "/src/b.c:2:30: error: use of undeclared identifier 'x'\n"
            "/src/b.c:2:42: error: expected ';' after return statement\n"
            "int main(void) { return gone(x) + gone2() }\n"
            "                                         ^\n"
            "                                         ;\n"
            "fatal error: too many errors emitted, stopping now [-ferror-limit=]\n"
            "2 errors generated.\n" + STOP,
            [
                "b.c:2:30: error: use of undeclared identifier 'x'",
                "b.c:2:42: error: expected ';' after return statement",
            ],
        ),
        (
            "/src/a.c:1:10: fatal error: 'none.h' file not found\n"
            '#include "none.h"\n         ^~~~~~~~\n1 error generated.\n' + STOP,
            ["a.c:1:10: fatal error: 'none.h' file not found"],
        ),
        (
            "ld.lld: error: undefined symbol: gone2\n"
            ">>> referenced by c.c\n>>>               c.o:(f)\n"
            ">>> referenced by c.c\n>>>               c.o:(f)\n>>> referenced 2 more times\n\n"
            "ld.lld: error: duplicate symbol: dup\n"
            ">>> defined at c.c\n>>>            c.o:(dup)\n"
            ">>> defined at d.c\n>>>            d.o:(.text+0x0)\n"
            "clang: error: linker command failed with exit code 1 (use -v to see invocation)\n",
            [
                "ld.lld: error: undefined symbol: gone2",
                ">>> referenced by c.c",
                ">>>               c.o:(f)",
                "ld.lld: error: duplicate symbol: dup",
                ">>> defined at c.c",
                ">>>            c.o:(dup)",
            ],
        ),
        (
            "clang: error: linker command failed with exit code 1 (use -v to see invocation)\n",
            ["clang: error: linker command failed with exit code 1 (use -v to see invocation)"],
        ),
        ("clang: error: unknown argument: '-mno'\n", ["clang: error: unknown argument: '-mno'"]),
        (
            'ERROR: modpost: "gone" [drivers/x.ko] undefined!\n' + STOP,
            ['ERROR: modpost: "gone" [drivers/x.ko] undefined!'],
        ),
        (
            "make[1]: *** No rule to make target 'gone.o', needed by 'built-in.a'.  Stop.\n",
            ["make[1]: *** No rule to make target 'gone.o', needed by 'built-in.a'.  Stop."],
        ),
        (
            "***\n*** C compiler is too old.\n***   Your GCC version:    4.2.0\n"
            "***   Minimum GCC version: 5.1.0\n***\n"
            "scripts/Kconfig.include:45: Sorry, this C compiler is not supported.\n" + STOP,
            [
                "*** C compiler is too old.",
                "***   Your GCC version:    4.2.0",
                "***   Minimum GCC version: 5.1.0",
                "scripts/Kconfig.include:45: Sorry, this C compiler is not supported.",
            ],
        ),
        (
            "drivers/x/Kconfig:3:warning: choice value used outside its choice group\n"
            'drivers/x/Kconfig:7: unknown statement "foo"\n' + STOP,
            ['drivers/x/Kconfig:7: unknown statement "foo"'],
        ),
        ("/bin/sh: 1: flex: not found\n" + STOP, ["/bin/sh: 1: flex: not found"]),
        (
            "collect2: error: ld returned 1 exit status\n",
            ["collect2: error: ld returned 1 exit status"],
        ),
        (
            "objcopy: what: file format not recognized\n" + STOP,
            ["objcopy: what: file format not recognized", STOP.strip()],
        ),
        ("  CC      x.o\n" + STOP + "make: *** Waiting\n", [STOP.strip()]),
        ("", ["make failed without a word"]),
        ("Segmentation fault\n", ["Segmentation fault"]),
    ],
)
def test_the_lines_that_matter_are_found(log: str, lines: list[str]) -> None:
    assert causes(log, ["/src", "/objects"]) == lines


def test_there_are_not_too_many_lines_and_none_is_too_long() -> None:
    log = "".join(f"a.c:{n}:1: error: {'x' * 1000}\n" for n in range(100))
    lines = causes(log)
    assert len(lines) == EXCERPT_LINES
    assert max(map(len, lines)) == LINE_LENGTH


@given(st.text())
def test_any_log_has_a_readable_cause(log: str) -> None:
    machine_failure(log)
    lines = causes(log)
    assert lines
    assert all(line.isprintable() for line in lines)


def test_a_long_log_of_one_line_is_read_quickly() -> None:
    """No pattern may take quadratic time: this would go on for hours."""
    for piece in ("*** ", "error", "a:", "undefined reference", " "):
        causes(piece * 1_000_000)
        machine_failure(piece * 1_000_000)
