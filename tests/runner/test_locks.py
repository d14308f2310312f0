"""Locks between processes: one holder, free again when it dies."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from runner.errors import Cancelled
from runner.locks import free_slot, hold, hold_if_free

HOLDER = """
import sys, time
from pathlib import Path
from runner.locks import free_slot
with free_slot(Path(sys.argv[1]), 1) as slot:
    print(slot, flush=True)
    time.sleep(600)
"""


def test_slots_are_given_out_until_none_is_left(tmp_path: Path) -> None:
    with free_slot(tmp_path, 2) as first, free_slot(tmp_path, 2) as second:
        assert (first, second) == (0, 1)
        with free_slot(tmp_path, 2) as third:
            assert third is None
    with free_slot(tmp_path, 2) as again:
        assert again == 0


def test_a_slot_is_free_again_when_its_holder_is_killed(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "0\n"
        with free_slot(tmp_path, 1) as taken:
            assert taken is None
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with free_slot(tmp_path, 1) as free:
        assert free == 0


def test_who_waits_for_a_lock_can_be_told_to_stop(tmp_path: Path) -> None:
    stop = Event()
    stop.set()
    with (
        hold(tmp_path / "lock", None),
        pytest.raises(Cancelled),
        hold(tmp_path / "lock", stop),
    ):
        raise AssertionError("two holders")


def test_a_lock_that_somebody_holds_can_be_left_alone(tmp_path: Path) -> None:
    with hold_if_free(tmp_path / "lock") as first:
        assert first
        with hold_if_free(tmp_path / "lock") as second:
            assert not second
    with hold_if_free(tmp_path / "lock") as again:
        assert again
