"""How a syzkaller program is run."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.architecture import architecture
from runner.errors import InputError
from runner.machines.guest.payload import syzkaller
from runner.syz import flags, options
from runner.values import Language, Reproducer, Syzkaller

CALLS = "r0 = openat$kvm(0xffffffffffffff9c, &(0x7f0000000040), 0x0, 0x0)\n"
DEFAULT = (
    *("-arch=amd64", "-sandbox=none", "-procs=1"),
    *("-repeat=0", "-threaded=true", "-cover=0"),
)


def flags_of(source: str, procs: int = 1) -> tuple[str, ...]:
    return flags(source, procs=procs, arch="x86_64", bits=64)


def test_a_program_without_options_runs_as_syzkaller_runs_any() -> None:
    assert flags_of(CALLS) == DEFAULT


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            '#{"threaded":true,"repeat":true,"procs":4,"slowdown":1,"sandbox":"namespace",'
            '"sandbox_arg":0,"close_fds":false}',
            {"-sandbox=namespace", "-procs=4"},
        ),
        ('# {"procs":2,"sandbox":"android","sandbox_arg":-1}', {"-procs=2", "-sandbox_arg=-1"}),
        (
            "#{Threaded:true Collide:true Repeat:true Procs:6 Sandbox:setuid Fault:false}",
            {"-sandbox=setuid", "-procs=6"},
        ),
        ('#{"slowdown":10,"sandbox":""}', {"-slowdown=10", "-sandbox=none", "-procs=3"}),
    ],
)
def test_its_own_options_come_first(header: str, expected: set[str]) -> None:
    source = f"# https://syzkaller.invalid/bug\n{header}\n{CALLS}"
    assert expected <= set(flags_of(source, procs=3))


@pytest.mark.parametrize(
    "header",
    [
        '#{"sandbox":"none -enable=x"}',
        '#{"sandbox":["none"]}',
        '#{"procs":0}',
        '#{"procs":33}',
        '#{"procs":"1 -os=x"}',
        '#{"slowdown":99999999999}',
        "#{Procs:-x}",
        "#{Sandbox:-os=x}",
    ],
)
def test_an_option_that_makes_no_sense_is_the_persons_to_correct(header: str) -> None:
    with pytest.raises(InputError, match="syz program"):
        flags_of(f"{header}\n{CALLS}")


@given(st.text(alphabet='#{}":,[]aprocsSandbox 0123456789-\\\n'))
def test_no_text_becomes_more_than_a_known_flag(text: str) -> None:
    try:
        given_flags = flags_of(f"#{{{text}}}\n")
    except InputError:
        return
    assert all(flag.isprintable() and " " not in flag for flag in given_flags)
    assert len(given_flags) <= len(DEFAULT) + 2


def test_a_header_is_only_read_from_lines_of_its_own() -> None:
    assert options(CALLS + '"#{\\"procs\\":4}"\n') == {}


@pytest.mark.parametrize(("arch", "bits", "flag"), [("x86_64", 32, "386"), ("arm64", 64, "arm64")])
def test_syzkaller_has_names_of_its_own_for_architectures(arch: str, bits: int, flag: str) -> None:
    assert f"-arch={flag}" in flags(CALLS, procs=1, arch=arch, bits=bits)
    with pytest.raises(InputError, match="no 32-bit arm64"):
        flags(CALLS, procs=1, arch="arm64", bits=32)


def test_the_guest_gets_the_program_and_the_pair(tmp_path: Path) -> None:
    tools = Syzkaller(tmp_path / "execprog", tmp_path / "executor")
    for path in (tools.execprog, tools.executor):
        path.write_text(path.name)
    reproducer = Reproducer(CALLS, Language.SYZ, procs=2)
    payload = syzkaller(reproducer, tmp_path / "repro", architecture("x86_64"), tools)
    assert payload.argv[:2] == ("/syz-execprog", "-executor=/syz-executor")
    assert payload.argv[-1] == "/repro"
    assert "-procs=2" in payload.argv
    contents = {name: path.read_text() for name, path in payload.files.items()}
    assert contents == {"/repro": CALLS, "/syz-execprog": "execprog", "/syz-executor": "executor"}


def test_a_tree_without_the_pair_cannot_run_it(tmp_path: Path) -> None:
    reproducer = Reproducer(CALLS, Language.SYZ)
    with pytest.raises(InputError, match="an admin can give them"):
        syzkaller(reproducer, tmp_path / "repro", architecture("x86_64"), None)
    gone = Syzkaller(tmp_path / "none", tmp_path / "none")
    with pytest.raises(InputError, match=r"cannot read .*/none"):
        syzkaller(reproducer, tmp_path / "repro", architecture("x86_64"), gone)
