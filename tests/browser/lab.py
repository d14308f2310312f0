"""A lab whose commits, crashes and consoles look like those of Linux."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

from runner.console import find_crash
from runner.search import History
from runner.values import Boot, Commit, Crash, Header, Kernel, Recipient, Recipients, Sha
from tests.crashlogs.examples import LOGS
from tests.factories import sha_of
from tests.fakes import FakeLab

AREAS = (
    ("lkdtm", "drivers/misc/lkdtm/heap.c"),
    ("KVM: nSVM", "arch/x86/kvm/svm/nested.c"),
    ("net: sched", "net/sched/sch_api.c"),
    ("mm/slub", "mm/slub.c"),
    ("Bluetooth: L2CAP", "net/bluetooth/l2cap_core.c"),
    ("io_uring/net", "io_uring/net.c"),
    ("ext4", "fs/ext4/inode.c"),
    ("x86/mm", "arch/x86/mm/fault.c"),
    ("usb: gadget: dummy_hcd", "drivers/usb/gadget/udc/dummy_hcd.c"),
    ("can: j1939", "net/can/j1939/transport.c"),
    ("ALSA: pcm", "sound/core/pcm_native.c"),
)
CHANGES = (
    "take the reference before the lock is dropped",
    "free the buffer on the error path, too",
    "do not read the flags twice",
    "use struct_size() for the allocation",
    "convert to the guard() helpers",
    "let the caller hold the mutex",
    "remove an unused argument",
    "check the length before it is used",
    "fix the order of the arguments in a warning",
)
COMPILER = "gcc (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40"
CRASHING, QUIET = "kasan-use-after-free-read", "quiet"


@cache
def console(name: str) -> str:
    """A console that was recorded of a real kernel."""
    return (LOGS / f"{name}.log").read_text(errors="surrogateescape")


@cache
def crash(name: str = CRASHING) -> Crash:
    found = find_crash(console(name))
    assert found
    return found


def history(length: int, every: int) -> History:
    """A line of commits, the newest of them bad, with a release at each `every`th."""
    names = [sha_of(f"scene {number}") for number in range(length)]
    parents: dict[Sha, tuple[Sha, ...]] = {new: (old,) for old, new in pairwise(names)}
    parents = {**dict(reversed(parents.items())), names[0]: ()}
    releases = {f"v6.{place}": sha for place, sha in enumerate(names[::every])}
    return History(parents, bad=names[-1], releases=releases)


@dataclass
class SceneLab(FakeLab):
    """A fake lab with the names, reports and consoles of Linux."""

    def commit(self, sha: Sha) -> Commit:
        number = int(sha[:8], 16)
        area, path = AREAS[number % len(AREAS)]
        message = (
            f"{area}: {CHANGES[number % len(CHANGES)]}\n\n"
            "Nothing keeps the object alive once the list is unlocked, so that whoever\n"
            "looks it up at the same time may still use it.\n\n"
            "Signed-off-by: Kernel Developer <developer@kernel.invalid>"
        )
        return replace(
            super().commit(sha),
            message=message,
            author="Kernel Developer",
            author_email="developer@kernel.invalid",
            date=datetime(2026, 3, 1, 9, 30, tzinfo=UTC) + timedelta(hours=number % 999),
            diffstat=f" {path} | 9 ++++++---\n 1 file changed, 6 insertions(+), 3 deletions(-)",
        )

    def show(self, sha: Sha) -> str:
        commit = self.commit(sha)
        author = f"{commit.author} <{commit.author_email}>"
        body = "".join(f"    {line}\n" for line in commit.message.splitlines())
        dated = f"{commit.date:%a %b %d %H:%M:%S %Y} +0000"
        head = f"commit {sha}\nAuthor: {author}\nDate:   {dated}\n"
        return f"{head}\n{body}\n{commit.diffstat}\n"

    def build(self, sha: Sha, log: Path, *, apart: bool = False) -> Kernel:
        kernel = super().build(sha, log, apart=apart)
        key = hashlib.sha256(kernel.key.encode()).hexdigest()
        seconds = 0.0 if kernel.cached else 180 + int(sha[:2], 16) / 3
        return replace(kernel, key=key, compiler=COMPILER, seconds=seconds)

    def signature(self, sha: Sha) -> str:
        return hashlib.sha256(super().signature(sha).encode()).hexdigest()

    def revert(self, base: Sha, sha: Sha) -> Sha | None:
        if super().revert(base, sha) is None:
            return None
        made = sha_of(f"{base} without {sha}")
        self.grafts[made] = base, "" if sha in self.lasting else sha
        return made

    def patched(self, base: Sha, patch: str) -> Sha:
        named = super().patched(base, patch)
        made = sha_of(named)
        self.grafts[made] = self.grafts.pop(named)
        return made

    def boots(self, kernel: Kernel, consoles: Mapping[int, Path]) -> Generator[Boot, None, None]:
        for boot in super().boots(kernel, consoles):
            text = console(CRASHING if boot.crash else QUIET)
            boot.console.write_text(text, errors="surrogateescape")
            yield replace(boot, seconds=4 + boot.index / 7)

    def crash(self, sha: Sha) -> Crash | None:
        return super().crash(sha) and crash()

    def recipients(self, sha: Sha, file: str = "", never: object = ()) -> Recipients:
        people = (
            Recipient("developer@kernel.invalid", "Kernel Developer", Header.TO, "author"),
            Recipient("maintainer@kernel.invalid", "", Header.TO, "maintainer of LKDTM"),
            Recipient("linux-kernel@lists.invalid", "", Header.CC, "list of everybody"),
        )
        return Recipients(people, self.note)
