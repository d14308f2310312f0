"""The script that shows a crash: what anybody wrote stays data, and bash and shellcheck like it."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    return run_script(plan, f"{commit}{text}", name="bug-7", about=[f"a warning {text}", text])


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


def test_a_disk_image_is_not_to_be_had() -> None:
    machine = Machine(disk=Disk(Path("/image"), Path("/key")))
    with pytest.raises(InputError, match="disk image that only the runner has"):
        script_of(REPRODUCERS["c"], machine=machine)
