"""Runs of a VM, with scripts in QEMU's place that play a console."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from runner.errors import Cancelled, InfraError
from runner.machines.accelerator import Accelerator
from runner.machines.vm import boot, boots
from runner.machines.watcher import CONSOLE_LIMIT
from runner.values import Boot, Ended, Machine

PATIENT = Machine(boot_seconds=60, repro_seconds=60)
HASTY = Machine(boot_seconds=0.3, repro_seconds=0.3)
ARGUMENTS = (Path("bzImage"), Path("initramfs"))

START = "echo '[    1.0] bisectweb: starting reproducer'"
EXIT = "echo '[    2.0] bisectweb: reproducer exited 0'"
FOREVER = "exec sleep 600"
WARN = r"""
echo '[    1.5] WARNING: CPU: 0 PID: 1 at fs/a.c:7 leave+0x1/0x20'
echo '[    1.5] RIP: 0010:leave+0x1/0x20'
echo '[    1.5] Call Trace:'
echo '[    1.5]  enter+0x1/0x20'
"""
TRACE_END = "echo '[    1.5] ---[ end trace 0000000000000000 ]---'"


def qemu(folder: Path, script: str) -> str:
    """A program that adds its process id to the file `pids` and runs the script."""
    path = folder / "qemu"
    path.write_text(f"#!/bin/sh\necho $$ >> {folder}/pids\n{script}\n")
    path.chmod(0o755)
    return str(path)


def play(folder: Path, script: str, machine: Machine = PATIENT) -> Boot:
    return boot(
        *ARGUMENTS,
        machine,
        Accelerator.KVM,
        index=4,
        console=folder / "console.log",
        program=qemu(folder, script),
    )


def assert_nothing_runs(folder: Path) -> None:
    for pid in (folder / "pids").read_text().split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


# script, machine, booted, how it ended, title of the crash, status of the reproducer
PLAYS = {
    "done": (f"{START}; {EXIT}", PATIENT, True, Ended.DONE, None, 0),
    "segfault": (
        f"{START}; echo bisectweb: reproducer killed by signal 11",
        PATIENT,
        True,
        Ended.DONE,
        None,
        139,
    ),
    "quiet hang": (f"echo Decompressing; {FOREVER}", HASTY, False, Ended.TIMEOUT, None, None),
    "endless reproducer": (f"{START}; {FOREVER}", HASTY, True, Ended.TIMEOUT, None, None),
    "chatty loop": (
        "while :; do echo SeaBIOS; sleep 0.01; done",
        HASTY,
        False,
        Ended.TIMEOUT,
        None,
        None,
    ),
    "triple fault at boot": ("echo Decompressing", PATIENT, False, Ended.GONE, None, None),
    "triple fault": (f"{START}; echo executing", PATIENT, True, Ended.GONE, None, None),
    "no exec": (
        f"{START}; echo bisectweb: reproducer did not start: error 8; {EXIT}",
        PATIENT,
        False,
        Ended.GONE,
        None,
        None,
    ),
    "flood": ("exec yes", PATIENT, False, Ended.FLOODED, None, None),
    "warning": (
        f"{START}\n{WARN}\n{TRACE_END}; {FOREVER}",
        PATIENT,
        True,
        Ended.CRASHED,
        "WARNING in leave",
        None,
    ),
    "warning at boot": (
        f"{WARN}\n{TRACE_END}; {FOREVER}",
        PATIENT,
        False,
        Ended.CRASHED,
        "WARNING in leave",
        None,
    ),
    "late crash": (f"{START}; {EXIT}\n{WARN}", PATIENT, True, Ended.CRASHED, "WARNING in leave", 0),
    "panic without newline": (
        f"{START}; printf 'Kernel panic - not syncing: Out of memory ---[ end Kernel panic';"
        f"{FOREVER}",
        PATIENT,
        True,
        Ended.CRASHED,
        "kernel panic: Out of memory ---[ end Kernel panic",
        None,
    ),
    "binary garbage": (
        f"head -c 300000 /dev/zero | tr '\\0' '\\377'; {START}; {EXIT}",
        PATIENT,
        True,
        Ended.DONE,
        None,
        0,
    ),
    "invalid UTF-8 in a crash": (
        rf"{START}; printf '\377\376\n\300\200 BUG: scheduling while atomic: \377/1\nCall Trace:\n"
        rf" f+0x1/0x2\n---[ end trace'; {FOREVER}",
        PATIENT,
        True,
        Ended.CRASHED,
        "BUG: scheduling while atomic in f",
        None,
    ),
    "byte by byte": (
        "for c in b i s e c t w e b : _ s t a r t i n g _ r e p r o d u c e r; do"
        " printf %s $c | tr _ ' '; done; echo",
        PATIENT,
        True,
        Ended.GONE,
        None,
        None,
    ),
}


@pytest.mark.parametrize("name", PLAYS)
def test_a_run_is_seen_as_what_it_was(tmp_path: Path, name: str) -> None:
    script, machine, *expected = PLAYS[name]
    run = play(tmp_path, script, machine)
    title = run.crash and run.crash.title
    assert [run.booted, run.ended, title, run.repro_status] == expected
    assert (run.index, run.console) == (4, tmp_path / "console.log")
    assert_nothing_runs(tmp_path)


def test_the_console_is_kept_byte_by_byte(tmp_path: Path) -> None:
    run = play(tmp_path, r"printf 'a\r\n\000\377b'")
    assert run.console.read_bytes() == b"a\r\n\x00\xffb"


def test_a_flood_is_kept_to_the_limit(tmp_path: Path) -> None:
    assert play(tmp_path, "exec yes").console.stat().st_size == CONSOLE_LIMIT


QEMU_FAILURES = {
    "cannot set up guest memory": "echo qemu: cannot set up guest memory >&2; exit 1",
    "could not open kernel": "echo qemu: could not open kernel >&2; exit 1",
    "status 137": f"{START}; kill -KILL $$",
    "status 134": f"{START}; {EXIT}; kill -ABRT $$",
}


@pytest.mark.parametrize(("words", "script"), QEMU_FAILURES.items(), ids=QEMU_FAILURES)
def test_a_failure_of_qemu_is_never_a_run(tmp_path: Path, words: str, script: str) -> None:
    with pytest.raises(InfraError, match=words):
        play(tmp_path, script)
    assert_nothing_runs(tmp_path)


def test_a_missing_qemu_is_our_failure(tmp_path: Path) -> None:
    console = tmp_path / "console.log"
    with pytest.raises(InfraError, match="not installed"):
        boot(*ARGUMENTS, PATIENT, Accelerator.TCG, index=0, console=console, program="no-such-qemu")


@pytest.mark.parametrize("console", ["missing/console.log", "/dev/full"])
def test_a_console_that_cannot_be_written_is_our_failure(tmp_path: Path, console: str) -> None:
    with pytest.raises(InfraError, match="cannot write"):
        boot(
            *ARGUMENTS,
            PATIENT,
            Accelerator.KVM,
            index=0,
            console=tmp_path / console,
            program=qemu(tmp_path, f"echo hello; {FOREVER}"),
        )


def test_a_run_can_be_cancelled_and_leaves_nothing_behind(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    cancel = threading.Event()

    def cancel_when_it_runs() -> None:
        (tmp_path / "fifo").read_text()
        cancel.set()

    thread = threading.Thread(target=cancel_when_it_runs)
    thread.start()
    with pytest.raises(Cancelled):
        boot(
            *ARGUMENTS,
            PATIENT,
            Accelerator.KVM,
            index=0,
            console=tmp_path / "console.log",
            cancel=cancel,
            program=qemu(tmp_path, f"echo runs > {tmp_path}/fifo; {FOREVER}"),
        )
    thread.join()
    assert_nothing_runs(tmp_path)


def consoles(folder: Path, count: int) -> dict[int, Path]:
    return {index: folder / f"{index}.log" for index in range(count)}


ONE_OF_THEM = "mkdir {folder}/first 2> {folder}/errors"
"""A condition that is true in one run, whichever comes first."""


def test_runs_come_each_with_its_index_and_console(tmp_path: Path) -> None:
    program = qemu(tmp_path, f"{START}; {EXIT}")
    files = {7: tmp_path / "seven.log", 9: tmp_path / "nine.log", 11: tmp_path / "eleven.log"}
    runs = list(
        boots(*ARGUMENTS, PATIENT, Accelerator.KVM, consoles=files, parallel=2, program=program)
    )
    assert {run.index: run.console for run in runs} == files
    assert {run.ended for run in runs} == {Ended.DONE}


NUMBERED = "n=1; until mkdir {folder}/$n; do n=$((n + 1)); done 2> {folder}/errors"
"""Numbers the runs as they begin, from 1."""
REVERSED = f"""
{NUMBERED}
[ $n = 4 ] || read word < {{folder}}/fifo-$((n + 1))
{START}; {EXIT}
[ $n = 1 ] || echo > {{folder}}/fifo-$n
"""
"""Four runs, of which the last to begin ends first."""


def test_runs_come_in_the_order_in_which_they_began(tmp_path: Path) -> None:
    for number in (2, 3, 4):
        os.mkfifo(tmp_path / f"fifo-{number}")
    program = qemu(tmp_path, REVERSED.format(folder=tmp_path))
    runs = boots(
        *ARGUMENTS,
        PATIENT,
        Accelerator.KVM,
        consoles=consoles(tmp_path, 4),
        parallel=4,
        program=program,
    )
    assert [run.index for run in runs] == [0, 1, 2, 3]


TWO_OF_THEM = NUMBERED + "; until [ -d {folder}/2 ]; do :; done; [ $n -le 2 ]"
"""A condition that is true in the first two runs, of which none ends before both have begun."""


def test_leaving_early_kills_the_runs_that_are_left(tmp_path: Path) -> None:
    two = TWO_OF_THEM.format(folder=tmp_path)
    program = qemu(tmp_path, f"{two} || {FOREVER}\n{START}; {EXIT}")
    runs = boots(
        *ARGUMENTS,
        PATIENT,
        Accelerator.KVM,
        consoles=consoles(tmp_path, 5),
        parallel=2,
        program=program,
    )
    assert next(runs).ended is Ended.DONE
    runs.close()
    assert_nothing_runs(tmp_path)


def test_runs_that_are_complete_are_yielded_before_a_failure_is_raised(tmp_path: Path) -> None:
    one = ONE_OF_THEM.format(folder=tmp_path)
    count = f'case "$*" in *-qmp*) ;; *) echo run >> {tmp_path}/runs;; esac'  # no trials
    fail = "echo broken >&2; exit 1"
    program = qemu(tmp_path, f"{count}\n{one} && {{ {START}; {EXIT}; exit; }}\n{fail}")
    runs = boots(
        *ARGUMENTS,
        PATIENT,
        Accelerator.KVM,
        consoles=consoles(tmp_path, 4),
        parallel=1,
        program=program,
    )
    assert next(runs).ended is Ended.DONE
    with pytest.raises(InfraError, match="broken"):
        next(runs)
    started = (tmp_path / "runs").read_text().split()
    assert len(started) == 2, "runs were started after one had failed"


def test_a_failure_stops_the_runs_beside_it(tmp_path: Path) -> None:
    one = ONE_OF_THEM.format(folder=tmp_path)
    trial = 'case "$*" in *-qmp*) exit 1;; esac'
    program = qemu(tmp_path, f"{trial}\n{one} || {FOREVER}\nexit 1")
    with pytest.raises(InfraError):
        list(
            boots(
                *ARGUMENTS,
                PATIENT,
                Accelerator.KVM,
                consoles=consoles(tmp_path, 3),
                parallel=3,
                program=program,
            )
        )
    assert_nothing_runs(tmp_path)


def test_several_runs_can_be_cancelled(tmp_path: Path) -> None:
    cancel = threading.Event()
    two = TWO_OF_THEM.format(folder=tmp_path)
    program = qemu(tmp_path, f"{two} || {FOREVER}\n{START}; {EXIT}")
    runs = boots(
        *ARGUMENTS,
        PATIENT,
        Accelerator.KVM,
        consoles=consoles(tmp_path, 4),
        parallel=2,
        cancel=cancel,
        program=program,
    )
    assert next(runs).ended is Ended.DONE
    cancel.set()
    with pytest.raises(Cancelled):
        list(runs)
    assert_nothing_runs(tmp_path)
