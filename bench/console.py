"""How fast consoles are read, on one core: `python -m bench.console [--logs FOLDER]`.

A quiet log, which no crash is in, and logs with one crash each. Processor time, not a clock's.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random

from runner.console import find_crash, read_crashes

MEGABYTE = 10**6
QUIET = (
    "[{s:5d}.{u:06d}][  T{t}] audit: type=1400 audit(1700000{s}.{u}:{t}): avc:  denied  {{ read }} "
    'for  pid={t} comm="repro" name="log{u}" dev="sda1" ino={u} scontext=system_u:object_r:tmp_t',
    "[{s:5d}.{u:06d}][  T{t}] usb 1-{n}: new high-speed USB device number {n} using dummy_hcd",
    "[{s:5d}.{u:06d}][    C{n}] hrtimer: interrupt took {u} ns",
    "[{s:5d}.{u:06d}][  T{t}] EXT4-fs (loop{n}): mounted filesystem without journal. Quota: none.",
    "[{s:5d}.{u:06d}] systemd[1]: Started Session {t} of User root.",
    "executing program {n}: r0 = socket$inet6_tcp(0xa, 0x1, 0x{u:x})",
    "[{s:5d}.{u:06d}][  T{t}] IPv6: ADDRCONF(NETDEV_CHANGE): veth{n}: link becomes ready",
)
"""Lines like those of a machine at work; none announces anything."""
CRASH = (
    "BUG: KASAN: slab-use-after-free in {f}_release+0x1a4/0x2b0",
    "Read of size 8 at addr ffff8880{u:08x} by task repro/{t}",
    "",
    "CPU: 0 UID: 0 PID: {t} Comm: repro Not tainted 6.12.0 #1",
    "Call Trace:",
    " <TASK>",
    " dump_stack_lvl+0x116/0x1f0",
    " print_report+0xc3/0x620",
    " kasan_report+0xd9/0x110",
    " ? __pfx_{f}_release+0x10/0x10",
    " {f}_release+0x1a4/0x2b0",
    " __fput+0x3f8/0xb60",
    " task_work_run+0x14e/0x250",
    " do_syscall_64+0xcd/0x250",
    " entry_SYSCALL_64_after_hwframe+0x77/0x7f",
    "RIP: 0033:0x7f{u:010x}",
    "RSP: 002b:00007ffd{u:08x} EFLAGS: 00000246 ORIG_RAX: 0000000000000003",
    " </TASK>",
    "",
    "Allocated by task {t}:",
    " kasan_save_stack+0x33/0x60",
    " {f}_open+0x6b/0x1c0",
    "Freed by task {t}:",
    " kasan_save_stack+0x33/0x60",
    " kfree+0x14b/0x4b0",
)


def main(arguments: Sequence[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.console", description=__doc__)
    options.add_argument("--megabytes", type=int, default=100)
    options.add_argument("--crashes", type=int, default=400)
    options.add_argument("--logs", type=Path, help="a folder of console logs to read, too")
    asked = options.parse_args(arguments)
    quiet = quiet_log(asked.megabytes * MEGABYTE)
    print(f"quiet log: {_speed([quiet], _whole):.0f} MB/s")
    made = [crash_log(seed) for seed in range(asked.crashes)]
    print(f"{len(made)} logs with a crash, made up: {_speed(made, find_crash):.1f} MB/s")
    if asked.logs:
        logs = [path.read_bytes() for path in sorted(asked.logs.iterdir()) if path.is_file()]
        print(f"{len(logs)} logs of {asked.logs}: {_speed(logs, find_crash):.1f} MB/s")
    return 0


def quiet_log(size: int) -> bytes:
    random = Random(1)
    lines: list[str] = []
    length = 0
    while length < size:
        lines.append(_line(random.choice(QUIET), random))
        length += len(lines[-1]) + 1
    return ("\n".join(lines) + "\n").encode()


def crash_log(seed: int) -> bytes:
    """Five kilobytes: what a machine says before a crash, and its report."""
    random = Random(seed)
    function, task = f"driver{random.randrange(1000)}x", random.randrange(100, 9999)
    report = [
        f"[{100:5d}.{number:06d}][{f'T{task}':>6}] "
        + line.format(f=function, t=task, u=random.randrange(1 << 32))
        for number, line in enumerate(CRASH)
    ]
    before = [_line(random.choice(QUIET), random) for _ in range(30)]
    return ("\n".join([*before, *report]) + "\n").encode()


def _line(form: str, random: Random) -> str:
    u, n = random.randrange(10**6), random.randrange(9)
    return form.format(s=random.randrange(10**5), u=u, t=random.randrange(10**4), n=n)


def _whole(log: bytes) -> None:
    found = list(read_crashes(io.BytesIO(log)))
    if found:
        raise AssertionError(f"a quiet log is not quiet: {found[0].title}")


def _speed(logs: Iterable[bytes], read: Callable[[bytes], object]) -> float:
    """Megabytes in a second of processor time, everything that is set up once included."""
    begin = time.process_time()
    size = 0
    for log in logs:
        read(log)
        size += len(log)
    return size / MEGABYTE / (time.process_time() - begin)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
