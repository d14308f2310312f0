"""The script that shows a crash: what anybody wrote stays data, and bash and shellcheck like it."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.building.rules import load, read
from runner.errors import InputError
from runner.run_script import run_script
from runner.values import Disk, Language, Machine, Plan, Reproducer

HOSTILE = "END_OF_FILE\n'; touch /tmp/broken-out; echo '$(id) `id` @config@ \\"
PROGRAM = base64.b64encode(b"\x7fELF and so on").decode()
REPRODUCERS = {
    "c": Reproducer("int main(void) { return 0; }\n", procs=3, repeat=True),
    "32 bits": Reproducer("int main(void) { return 0; }\n", bits=32),
    "script": Reproducer("#!/bin/sh\necho hello\n", Language.SCRIPT),
    "program": Reproducer(PROGRAM, Language.SCRIPT),
    "syz": Reproducer("# {}\nmmap(0x0, 0x1)\n", Language.SYZ, procs=2),
}


def script_of(
    source: Reproducer, *, text: str = "", machine: Machine | None = None, commit: str = "v6.12"
) -> str:
    plan = Plan(
        tree_url=f"https://git.invalid/{text}",
        branch=f"master{text}",
        config=f"CONFIG_X=y\n{text}",
        compiler="gcc",
        reproducer=source,
        title="a warning",
        machine=machine or Machine(cmdline=f"quiet {text}", qemu_args=("-device", f"rng{text}")),
        make_variables={"KCFLAGS": f"-Wno-error {text}"},
    )
    about = [f"a warning {text}", text]
    return run_script(plan, f"{commit}{text}", name="bug-7", about=about, rules=load(None))


def says(script: str, *command: str) -> str:
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", REPRODUCERS)
@pytest.mark.parametrize("text", ["", HOSTILE], ids=["plain", "hostile"])
@pytest.mark.parametrize("arch", ["x86_64", "arm64"])
def test_bash_and_shellcheck_have_nothing_to_say(name: str, text: str, arch: str) -> None:
    machine = Machine(arch=arch, cmdline=f"quiet {text}", qemu_args=("-device", f"rng{text}"))
    script = script_of(REPRODUCERS[name], text=text, machine=machine)
    assert says(script, "bash", "-n") == ""
    # Commit and address are data here: what looks like an expansion in them is quoted on purpose.
    excluded = "--exclude=SC1003,SC2016" if text else "--norc"
    assert says(script, "shellcheck", "--shell=bash", excluded, "-") == ""


@settings(max_examples=15)
@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40))
def test_whatever_anybody_wrote_is_no_command(text: str) -> None:
    """Bash reads the script up to where it would begin, and says what it read."""
    script = script_of(REPRODUCERS["c"], text=text)
    head, _, _ = script.partition("folder=${1:-")
    printed = subprocess.run(
        ["bash"],
        input=(head + 'printf \'%s\\0\' "$url" "$branch" "$commit"').encode(),
        capture_output=True,
        check=True,
    )
    said = printed.stdout.decode().split("\0")
    assert said == [f"https://git.invalid/{text}", f"master{text}", f"v6.12{text}", ""]
    assert printed.stderr == b""


def test_the_files_in_it_are_what_the_lab_uses(tmp_path: Path) -> None:
    script = script_of(Reproducer(HOSTILE), text=HOSTILE)
    blocks = script.split("<<'END_OF_FILE'\n")[1:]
    config, init, reproducer = (
        base64.b64decode(block.partition("\nEND_OF_FILE\n")[0]).decode() for block in blocks
    )
    assert config.startswith(f"CONFIG_X=y\n{HOSTILE}")
    assert "guest_main" in init
    assert reproducer == HOSTILE


def test_without_the_disk_image_the_script_says_what_is_missing() -> None:
    machine = Machine(disk=Disk(Path("/secret/image"), Path("/secret/key")))
    script = script_of(REPRODUCERS["c"], machine=machine)
    assert "# - The lab's machine boots from a disk image" in script
    assert "/secret" not in script
    assert "-initrd" in script
    assert "disk image" not in script_of(REPRODUCERS["c"])
    of_the_image = Reproducer("#!/usr/bin/python3\nprint(1)\n", Language.SCRIPT)
    with pytest.raises(InputError, match="without a disk, no guest has /usr/bin/python3"):
        script_of(of_the_image, machine=machine)


MAKEFILE = """\
VERSION = {version}
PATCHLEVEL = {patchlevel}
SUBLEVEL = 0
EXTRAVERSION ={extra}
NAME = Made Up
olddefconfig:
\tcp $(O)/.config $(O)/before
bzImage vmlinux:
\tmkdir -p $(O)/arch/x86/boot
\techo $(CC) >$(O)/arch/x86/boot/bzImage
"""
RULES = """\
[[config]]
off = ["ALWAYS"]
[[config]]
before = "5.4"
off = ["KCOV", "OFF_ALREADY"]
instead = {{ UNWINDER_ORC = "UNWINDER_FRAME_POINTER" }}
[[compiler]]
family = "gcc"
newest = "5"
[[compiler]]
family = "gcc"
from = "5.4"
oldest = "5.1"
[[backport]]
fix = "{fix}"
title = "tools: do not fail"
before = "5.4"
[[backport]]
fix = "{unknown}"
title = "tools: of elsewhere"
before = "5.4"
"""
CONFIG = "CONFIG_ALWAYS=y\nCONFIG_KCOV=m\nCONFIG_OFF_ALREADY=n\nCONFIG_UNWINDER_ORC=y\n"


def git(folder: Path, *argv: str) -> str:
    person = ["-c", "user.name=x", "-c", "user.email=x@x.invalid"]
    command = ["git", "-C", str(folder), *person, *argv]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def commit(folder: Path, subject: str, **files: str) -> str:
    for name, text in files.items():
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", subject)
    return git(folder, "rev-parse", "HEAD")


AGES = {
    "old": ("5", "4", " -rc3", True),
    "at the release": ("5", "4", "", False),
    "no linux": ("1", "0", "", False),
}


@pytest.mark.parametrize("age", AGES)
def test_a_commit_is_built_by_the_rules_for_its_age(tmp_path: Path, age: str) -> None:
    """Its make builds nothing, so that the machine, which is not emulated here, does not start."""
    version, patchlevel, extra, is_old = AGES[age]
    tree = tmp_path / "tree"
    tree.mkdir()
    git(tree, "init", "-q", "-b", "main")
    makefile = MAKEFILE.format(version=version, patchlevel=patchlevel, extra=extra)
    sha = commit(tree, "a release", Makefile=makefile)
    fix = commit(tree, "tools: do not fail", fixed="yes")
    (tmp_path / "rules.toml").write_text(RULES.format(fix=fix, unknown="1" * 40))
    plan = Plan(
        tree_url=str(tree),
        branch="main",
        config=CONFIG,
        compiler="gcc",
        reproducer=REPRODUCERS["program"],
        title="",
        machine=Machine(boot_seconds=1, repro_seconds=1),
    )
    rules = read(tmp_path / "rules.toml")
    script = run_script(plan, sha, name="here", about=[], rules=rules)
    done = subprocess.run(
        ["bash"], input=script, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "== The guest" in done.stdout, done.stderr
    config = (tmp_path / "here" / "build" / "before").read_text()
    assert ("CONFIG_KCOV=m" in config) is not is_old
    assert ("CONFIG_UNWINDER_FRAME_POINTER=y" in config) is is_old
    assert "CONFIG_OFF_ALREADY=n" in config
    assert ("CONFIG_ALWAYS=y" in config) is (age == "no linux")
    assert (tmp_path / "here" / "linux" / "fixed").exists() is is_old
    assert ("No backport of 'tools: of elsewhere'" in done.stdout) is is_old
    assert ("which wants gcc 5 or older" in done.stderr) is is_old
    again = subprocess.run(
        ["bash"], input=script, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "== The guest" in again.stdout, again.stderr
