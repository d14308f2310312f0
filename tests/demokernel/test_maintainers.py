"""The tree's own scripts/get_maintainer.pl: Linux's options, Linux's format."""

from __future__ import annotations

import pytest

from runner.process import Finished, capture
from tests.demokernel.generate import KERNEL

# As kernel developers and bisection services call it.
USUAL = ("--no-git", "--no-git-fallback", "--nogit-blame", "--git-min-percent=15")

VIRT = "Virtualization Maintainer <virt@demo.invalid> (supporter:DEMO VIRTUAL MACHINES)"
NESTED = "Nested Guests Reviewer <nested@demo.invalid> (reviewer:DEMO VIRTUAL MACHINES)"
VIRT_LIST = "demo-virt@demo.invalid (open list:DEMO VIRTUAL MACHINES)"
MM = "Memory Maintainer <mm@demo.invalid> (maintainer:MEMORY MANAGEMENT)"
PAGE_TABLES = "Page Tables Reviewer <page-tables@demo.invalid> (reviewer:MEMORY MANAGEMENT)"
MM_LIST = "demo-mm@demo.invalid (open list:MEMORY MANAGEMENT)"
KBUILD = "Build Maintainer <kbuild@demo.invalid> (maintainer:KERNEL BUILD AND CONFIGURATION)"
X86 = "x86 Maintainer <x86@demo.invalid> (maintainer:X86 ARCHITECTURE)"
ENTRY = "x86 Entry Code Maintainer <entry@demo.invalid> (maintainer:X86 ARCHITECTURE)"
CONSOLE = "Console Maintainer <console@demo.invalid> (odd fixer:CONSOLE AND SERIAL PORT)"
RANDOM = "Random Numbers Maintainer <random@demo.invalid> (supporter:RANDOM NUMBER GENERATOR)"
RELEASE = "Release Manager <release@demo.invalid> (maintainer:THE REST)"
EVERYONE = "demo-kernel@demo.invalid (open list)"

PATCH = """\
diff --git a/{path} b/{path}
--- a/{path}
+++ b/{path}
@@ -1,1 +1,1 @@
-old
+{line}
"""


def ask(*arguments: str, stdin: str = "") -> Finished:
    script = ["perl", "scripts/get_maintainer.pl", *arguments]
    return capture(script, deadline=30, cwd=KERNEL, stdin=stdin.encode())


def lines(done: Finished) -> list[str]:
    assert done.succeeded, done.stderr.decode()
    return done.stdout.decode().splitlines()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("drivers/demo/nested.c", [VIRT, NESTED, VIRT_LIST, EVERYONE]),
        ("drivers/demo", [VIRT, NESTED, VIRT_LIST, EVERYONE]),
        ("mm/slab.c", [MM, PAGE_TABLES, MM_LIST, EVERYONE]),
        ("arch/x86/mm/fault.c", [MM, PAGE_TABLES, MM_LIST, EVERYONE]),
        ("kernel/fork.c", [RELEASE, EVERYONE]),
    ],
)
def test_a_file_belongs_to_the_section_that_names_it(path: str, expected: list[str]) -> None:
    assert lines(ask(*USUAL, "-f", path)) == expected


def test_a_section_that_excludes_a_file_is_left_out() -> None:
    assert X86 in lines(ask("-f", "arch/x86/kernel/time.c"))
    assert X86 not in lines(ask("-f", "arch/x86/mm/fault.c"))


def test_a_star_does_not_cross_folders() -> None:
    assert KBUILD in lines(ask("-f", "mm/Makefile"))
    assert KBUILD not in lines(ask("-f", "drivers/demo/Makefile"))


def test_the_status_of_a_section_gives_the_role() -> None:
    assert lines(ask("-f", "kernel/printk.c"))[0] == CONSOLE


def test_two_maintainers_come_in_their_order() -> None:
    assert lines(ask("-f", "arch/x86/entry/entry_64.S"))[:2] == [X86, ENTRY]


def test_a_patch_on_standard_input_is_read() -> None:
    patch = PATCH.format(path="mm/slab.c", line="new")
    assert lines(ask(*USUAL, stdin=patch)) == [MM, PAGE_TABLES, MM_LIST, EVERYONE]


def test_a_patch_of_several_files_asks_for_all_and_names_nobody_twice() -> None:
    patch = PATCH.format(path="mm/slab.c", line="a") + PATCH.format(path="mm/mmap.c", line="b")
    patch += PATCH.format(path="drivers/demo/irq.c", line="c")
    assert sorted(lines(ask(stdin=patch))) == sorted(
        [VIRT, NESTED, MM, PAGE_TABLES, VIRT_LIST, MM_LIST, EVERYONE]
    )


def test_a_patch_that_removes_a_file_finds_its_maintainer() -> None:
    patch = PATCH.format(path="mm/slab.c", line="x").replace("+++ b/mm/slab.c", "+++ /dev/null")
    assert MM in lines(ask(stdin=patch))


def test_words_of_a_patch_find_a_section_by_keyword() -> None:
    patch = PATCH.format(path="kernel/fork.c", line="if (rdrand(&value))")
    assert RANDOM in lines(ask(stdin=patch))
    assert RANDOM not in lines(ask("--nokeywords", stdin=patch))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--norolestats"], "Memory Maintainer <mm@demo.invalid>"),
        (["--no-rolestats"], "Memory Maintainer <mm@demo.invalid>"),
        (["--no-n", "--norolestats"], "mm@demo.invalid"),
        (["--no-m", "--no-r"], MM_LIST),
        (["--nom", "--nol", "--norolestats"], "Page Tables Reviewer <page-tables@demo.invalid>"),
        (["--email", "--rolestats"], MM),
    ],
)
def test_options_choose_what_is_printed(options: list[str], expected: str) -> None:
    assert lines(ask(*USUAL, *options, "-f", "mm/slab.c"))[0] == expected


def test_without_mails_nothing_is_printed() -> None:
    assert lines(ask("--noemail", "-f", "mm/slab.c")) == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["-f", "no/such/file.c"], "file 'no/such/file.c' not found"),
        ([], "not a patch"),
        (["--no-such-option"], "Unknown option"),
    ],
)
def test_what_it_cannot_do_is_an_error(arguments: list[str], complaint: str) -> None:
    done = ask(*arguments, stdin="hello")
    assert done.returncode != 0
    assert complaint in done.stderr.decode()
