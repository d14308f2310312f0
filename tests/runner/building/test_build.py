"""Builds of a tiny Kbuild-like tree, with the real make and compiler."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from runner import process
from runner.architecture import architecture
from runner.building import build as module
from runner.building.build import Built, build, compile_reproducer
from runner.building.compilers import compiler_id
from runner.building.objects import ObjectFolder
from runner.errors import BuildFailed, Cancelled, InfraError, InputError
from runner.process import capture
from runner.sandbox import Confinement, Sandbox
from runner.values import Machine, Plan, Reproducer
from tests.runner.small_disk import on_small_disk

MAKEFILE = r"""
O ?= .
CC = gcc
CFLAGS := -O1 -g -ffreestanding -fno-pic -MMD -DWHEN='"$(KBUILD_BUILD_TIMESTAMP)"'
objects := $(O)/main.o $(O)/second.o
$(shell mkdir -p $(O)/arch/x86/boot)

.PHONY: olddefconfig vmlinux bzImage
olddefconfig:
	@! grep BROKEN $(O)/.config || { echo 'Kconfig:3: syntax error' >&2; exit 1; }
	@{ grep '^CONFIG_KNOWN=' $(O)/.config; echo CONFIG_DEFAULT=y; } > $(O)/.config.new
	@mv $(O)/.config.new $(O)/.config
vmlinux: $(O)/vmlinux
bzImage: $(O)/arch/x86/boot/bzImage

$(O)/%.o: %.c $(O)/.config
	@echo '  CC      $*.o'
	@$(CC) $(CFLAGS) -c -o $@ $<
$(O)/vmlinux: $(objects)
	@echo '  LD      vmlinux'
	@ld -e main -o $@ $(objects)
$(O)/arch/x86/boot/bzImage: $(O)/vmlinux
	@echo '  OBJCOPY bzImage'
	@objcopy -O binary $< $@
-include $(objects:.o=.d)
"""
MAIN = """
#include "main.h"
// a comment
int second(int);
const char when[] = WHEN;
int main(void) { return second(ANSWER) + when[0]; }
"""
SANDBOX = Sandbox(Confinement.AUTO, ())
X86_64 = architecture("x86_64")
PLAN = Plan(
    tree_url="/nowhere",
    branch="main",
    config="CONFIG_KNOWN=y\nCONFIG_UNKNOWN=y\n",
    compiler="gcc",
    reproducer=Reproducer(""),
    title="",
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.mkdir()
    (path / "Makefile").write_text(MAKEFILE)
    (path / "main.h").write_text("#define ANSWER 42\n")
    (path / "main.c").write_text(MAIN)
    (path / "second.c").write_text("int second(int x) { return x + 1; }\n")
    return path


def built(
    source: Path,
    objects: str = "objects",
    plan: Plan = PLAN,
    cancel: threading.Event | None = None,
    sandbox: Sandbox = SANDBOX,
) -> Built:
    folder = source.parent
    return build(
        source,
        folder / objects,
        plan,
        log=folder / "log",
        cancel=cancel,
        jobs=2,
        ccache_dir=folder / "ccache",
        sandbox=sandbox,
    )


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def took(source: Path) -> list[str]:
    """The steps that all builds so far took, such as `CC main.o`."""
    lines = (source.parent / "log").read_text().splitlines()
    return [" ".join(line.split()) for line in lines if line.startswith("  ")]


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


# Builds that fail by the commit's fault


def recipe(command: str) -> Callable[[Path], None]:
    """Has the tree run a command where it would compile."""
    return lambda source: edit(source / "Makefile", "@$(CC) $(CFLAGS) -c -o $@ $<", command)


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
from tests.runner.building.test_build import PLAN, SANDBOX
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


def path_without(folder: Path, *missing: str) -> str:
    """A PATH with all programs of the real one but some."""
    folder.mkdir()
    for directory in reversed(os.environ["PATH"].split(os.pathsep)):
        for program in Path(directory).glob("*"):
            link = folder / program.name
            link.unlink(missing_ok=True)
            if program.name not in missing:
                link.symlink_to(program)
    return str(folder)


def test_a_missing_make_is_our_fault(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", path_without(tmp_path / "bin", "make"))
    with pytest.raises(InfraError, match="make is not installed"):
        built(source)


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


# Compilers and reproducers


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
from tests.runner.building.test_build import SANDBOX, X86_64
big = Reproducer("char x[3000000] = {1}; int main(void) {}")
compile_reproducer(big, Path(sys.argv[1]) / "repro", compiler="gcc", target=X86_64,
                   cancel=None, log=Path(sys.argv[2]), sandbox=SANDBOX)
"""


def test_a_full_disk_is_not_the_reproducers_fault(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    error = on_small_disk(disk, REPRODUCER_SCRIPT, tmp_path / "log")
    assert error.startswith("runner.errors.InfraError: cannot compile the reproducer: "), error
