"""Boots kernels in QEMU and watches their consoles."""

from __future__ import annotations

import contextlib
import select
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import BinaryIO

from runner import process
from runner.console import find_crash
from runner.errors import Cancelled, InfraError
from runner.machines import qemu, ssh
from runner.machines.accelerator import Accelerator, last_words
from runner.machines.watcher import CONSOLE_LIMIT, Watcher
from runner.values import Boot, Ended, Machine

SLOWNESS = {Accelerator.KVM: 1.0, Accelerator.TCG: 2.0}
POLL_SECONDS = 0.1
"""How often a waiting run looks whether it is cancelled."""
EXIT_SECONDS = 10.0
"""How long QEMU may take to end after it closed its console."""
CHUNK = 1 << 16


def boot(
    kernel: Path,
    guest: Path,
    machine: Machine,
    accelerator: Accelerator,
    *,
    index: int,
    console: Path,
    cancel: threading.Event | None = None,
    program: str | None = None,
) -> Boot:
    """Boot the kernel once, writing its console to the file `console`, until there is a verdict.

    `guest` is an initramfs, or the archive of what is put into a machine with a disk image.

    Raises `InfraError` when QEMU itself fails, `InputError` when it refuses the machine, and
    `Cancelled`. No process is left behind.
    """
    if cancel is not None and cancel.is_set():
        raise Cancelled
    begin = time.monotonic()
    watcher = Watcher(machine, SLOWNESS[accelerator], begin)
    port = ssh.free_port() if machine.disk else 0
    argv = qemu.command(kernel, guest, machine, accelerator, program, port=port)
    with process.started(argv) as child, _created(console) as out:
        with ssh.delivery(machine.disk, port, guest) as delivery:
            ended = _watch(child.stdout, out, watcher, cancel)
        if delivery.said and not watcher.booted:
            _write(out, f"\nssh: {delivery.said}\n".encode())
        failure = "" if ended else _failure(child)
        if failure and watcher.booted:
            raise InfraError(failure)
        if failure:
            parts = kernel, guest, machine, accelerator
            qemu.check_image(*parts, said=failure, cancel=cancel, program=program)
            _write(out, f"{failure}\n".encode())
            ended = Ended.REFUSED
    log = console.read_bytes() if watcher.crashed else b""
    return Boot(
        index=index,
        console=console,
        booted=watcher.booted,
        ended=ended or watcher.end(),
        crash=find_crash(log, powered_on=True),
        seconds=time.monotonic() - begin,
        repro_status=watcher.repro_status,
    )


def boots(
    kernel: Path,
    guest: Path,
    machine: Machine,
    accelerator: Accelerator,
    *,
    consoles: Mapping[int, Path],
    parallel: int,
    cancel: threading.Event | None = None,
    program: str | None = None,
) -> Generator[Boot, None, None]:
    """One run for each index and console file, `parallel` at a time, in the order of `consoles`.

    Closing the generator early kills the runs that are left. So do `Cancelled` and the first
    `InfraError`, which are raised after the complete runs before it have been yielded.
    """
    stop = threading.Event()

    def run(index: int, console: Path) -> Boot:
        try:
            return boot(
                kernel,
                guest,
                machine,
                accelerator,
                index=index,
                console=console,
                cancel=stop,
                program=program,
            )
        except BaseException:
            stop.set()  # here, before the pool starts the next one
            raise

    with ThreadPoolExecutor(parallel, "vm") as pool:
        futures = [pool.submit(run, index, console) for index, console in consoles.items()]
        try:
            yield from _in_order(futures, stop, cancel)
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


def _watch(
    stdout: BinaryIO, out: BinaryIO, watcher: Watcher, cancel: threading.Event | None
) -> Ended | None:
    """Copy the console until the watcher has a verdict; None when the console ended before."""
    poll = select.poll()
    poll.register(stdout, select.POLLIN)
    left = CONSOLE_LIMIT
    while (ended := watcher.verdict(now := time.monotonic())) is None:
        if cancel is not None and cancel.is_set():
            raise Cancelled
        if not poll.poll(1000 * min(POLL_SECONDS, max(0.0, watcher.wake() - now))):
            continue
        data = stdout.read(CHUNK)
        if not data:
            return None
        _write(out, data[:left])
        left -= len(data[:left])
        watcher.feed(data, time.monotonic())
    return ended


@contextlib.contextmanager
def _created(console: Path) -> Iterator[BinaryIO]:
    try:
        with console.open("wb", buffering=0) as out:  # unbuffered: people watch it grow
            yield out
    except OSError as error:
        raise InfraError(f"cannot write {console}: {error.strerror}") from error


def _write(out: BinaryIO, data: bytes) -> None:
    while data:  # a disk that fills takes a part first
        data = data[out.write(data) :]


def _failure(child: process.Child) -> str:
    """How QEMU failed that has closed its console, in words; empty when it ended as it should."""
    status = child.wait(EXIT_SECONDS)
    if status is None:
        return "QEMU closed the console and does not end"
    return f"QEMU ended with status {status}{last_words(child.errors())}" if status else ""


def _in_order(
    futures: Sequence[Future[Boot]], stop: threading.Event, cancel: threading.Event | None
) -> Iterator[Boot]:
    """In the order in which they began, up to the first that fails.

    A reader may leave at the first crash. If runs came as they end, a quick crash would hide the
    slow quiet runs that began before it, and the bug would seem to show more often than it does.
    """
    for future in futures:
        while not wait([future], POLL_SECONDS).done:
            if cancel is not None and cancel.is_set():
                stop.set()
        if future.exception():
            break
        yield future.result()
    if cancel is not None and cancel.is_set():
        raise Cancelled
    # the runs beside a failed one were stopped because of it
    errors = [error for future in wait(futures).done if (error := future.exception())]
    for error in sorted(errors, key=lambda error: isinstance(error, Cancelled)):
        raise error
