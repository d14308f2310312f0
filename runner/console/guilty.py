"""Which source files a symbolised crash report points at, and which one is to blame. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from runner.console.headers import first_header

SOURCE = re.compile(
    r"(?<![\w./-])(?:\./)?(?P<path>\w[\w-]*(?:/[\w.-]+)+\.(?:[chS]|rs)):(?P<line>\d{1,9})\b",
    re.ASCII,
)
"""A relative path with a line number, as `path/file.c:123`; not the tail of a longer path."""
DOUBTFUL = re.compile(r"\s*(?:\[<[0-9a-f]+>\] ?)?\? ")
"""What the unwinder only guesses to be a frame."""
INSIDE = re.compile(r"\w[\w-]*(?:/[\w.-]+)+", re.ASCII)
"""A path that stays in the tree, once it has been shortened."""
STATE = re.compile(
    r"\s*#\d+: |(?:hard|soft)irqs last +(?:en|dis)abled|Register \w+ information|\s*lr : |LR is at",
    re.ASCII,
)
"""Lines with places that were passed long before: locks held, interrupts, what registers hold."""
STALL = re.compile(r"(?:INFO: )?rcu.{0,40}(?:detected|self-detected) (?:expedited )?stall")
INTERRUPT = re.compile(
    r"^ {0,8}(?:\[<[0-9a-f]+>\] )?\(?"
    r"(?:asm_sysvec_apic_timer_interrupt|(?:smp_)?apic_timer_interrupt|el1h?_(?:64_)?irq|__irq_svc"
    r"|(?:hardware_interrupt|decrementer)_common\w*|ret_from_exception|(?:io|ext)_int_handler)"
    r"(?:\+0x|\)? from )",
    re.MULTILINE,
)
"""Where the clock interrupted what runs too long, on x86, arm64, arm, powerpc, riscv and s390."""


class Part(StrEnum):
    """What a bystander does on a stack."""

    SERVES = "serves"
    """Called by everybody, and fails when its callers are wrong: it is passed over on the way from
    the crash to the file to blame."""
    CARRIES = "carries"
    """As what serves, but with so much in it that its own changes are suspects: of 145 audited
    culprits 4 change such a file and no other of the stack."""
    CALLS = "calls"
    """Calls everybody: it says nothing of the crash further up. At the top of a stack, it is what
    crashed, and to blame like any other."""


@dataclass(frozen=True, slots=True)
class Bystanders:
    """Files that are on many stacks and say nothing of who is to blame."""

    reason: str
    part: Part
    files: re.Pattern[str]


def _files(reason: str, part: Part, files: str) -> Bystanders:
    return Bystanders(reason, part, re.compile(files, re.ASCII))


BYSTANDERS = (
    _files("a header: what it defines is inlined into its users", Part.SERVES, r".*\.h$"),
    _files(
        "every system call, interrupt and fault enters here",
        Part.SERVES,
        r"arch/\w+/entry/|kernel/entry/|arch/\w+/mm/(?:extable|fault)\."
        r"|arch/\w+/kernel/(?:apic/|debug-monitors|entry|exception|head|interrupt\.|traps|vector)",
    ),
    _files(
        "every system call, interrupt and thread comes from here",
        Part.CALLS,
        r"arch/\w+/boot/|init/main\.c"
        r"|arch/\w+/kernel/(?:fred|idt|irq|nmi|paravirt|signal|smp|sys|time)"
        r"|fs/(?:fcntl|ioctl|open|read_write|select)\.c|net/(?:compat|socket)\.c|ipc/syscall\.c",
    ),
    _files(
        "passes every netlink message on", Part.CALLS, r"net/netlink/(?:af_netlink|genetlink)\.c"
    ),
    _files(
        "runs whatever it is given",
        Part.CALLS,
        r"kernel/(?:async|exit|irq_work|kthread|notifier|signal|smp|smpboot|task_work|umh)\.c"
        r"|kernel/irq/",
    ),
    _files("runs later whatever it was given", Part.SERVES, r"kernel/(?:softirq|workqueue)\.c"),
    _files(
        "schedules and keeps the time",
        Part.SERVES,
        r"kernel/(?:rcu|sched)/|kernel/time/(?:clockevents|hrtimer|sleep|tick|time)"
        r"|arch/\w+/kernel/process",
    ),
    _files(
        "locks, and checks locks",
        Part.SERVES,
        r"kernel/locking/|arch/\w+/kernel/(?:kvm|paravirt-spinlocks)\.c",
    ),
    _files(
        "tells of the crash",
        Part.SERVES,
        r"kernel/(?:kcov|panic|hung_task|stacktrace|watchdog|extable)|kernel/(?:kcsan|printk)/"
        r"|arch/\w+/kernel/(?:stacktrace|unwind)",
    ),
    _files("draws the stack of the crash", Part.CALLS, r"arch/\w+/kernel/dumpstack"),
    _files(
        "checks the memory and the objects of others",
        Part.SERVES,
        r"mm/(?:kasan|kfence|kmsan)/|mm/(?:debug|failslab|kmemleak|maccess|page_owner|usercopy)"
        r"|kernel/dma/debug|arch/\w+/mm/physaddr",
    ),
    _files(
        "gives and takes memory for everybody",
        Part.SERVES,
        r"mm/(?:dmapool|mempool|page_alloc|page_frag_cache|percpu|slab|slob|slub|util|vmalloc)",
    ),
    _files(
        "carries the pages of every file system and program",
        Part.CARRIES,
        r"mm/(?:filemap|folio-compat|memory|mempolicy|truncate)\.c",
    ),
    _files(
        "carries the packets of every protocol",
        Part.CARRIES,
        r"net/core/(?:dev|skbuff|sock)\.c",
    ),
    _files(
        "carries what drivers submit, and checks that first",
        Part.CARRIES,
        r"drivers/usb/core/urb\.c",
    ),
    _files("assembly: it works on what its callers give it", Part.CARRIES, r".*\.S$"),
    _files("keeps names for whoever asks", Part.CARRIES, r"fs/proc/generic\.c"),
    _files(
        "a library: it works on what its callers give it",
        Part.SERVES,
        r"lib/(?!test_|tests/|kunit/)|arch/\w+/lib/|virt/lib/|rust/",
    ),
)


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a text names a line of the source."""

    start: int
    """Of the words in the text, which may be a longer way to say the path,"""
    end: int
    path: str
    """in its short form, inside the tree."""
    line: int


@dataclass(frozen=True, slots=True)
class Frame:
    """A line of a report with a place in the source."""

    line: str
    path: str
    """In its short form, inside the tree."""
    number: int
    """Of the line in that file."""
    reason: str
    """Why it was passed over on the way to the guilty file; empty when it was not."""


@dataclass(frozen=True, slots=True)
class Guilty:
    """The file to blame, and how it was found."""

    file: str
    frames: tuple[Frame, ...]
    """Those that led to it, top frame first; the last one is of the file."""


def guilty_file(report: str) -> str | None:
    """The source file to blame for a symbolised report; None when it names none."""
    found = guilty(report)
    return found.file if found else None


def guilty(report: str) -> Guilty | None:
    """The file to blame: where the crash is, without what fails when its callers are wrong.

    That is the first frame that does not serve everybody, and, where frames below are of folders
    inside its folder, the deepest of those: what is more special is closer to the bug. A report
    of bystanders only points at its first file, so that somebody can be asked.
    """
    frames = _frames(_from_crash(report)) or _frames(report)
    suspects = [number for number, frame in enumerate(frames) if not frame.reason]
    if not suspects:
        return Guilty(frames[0].path, frames[:1]) if frames else None
    place = suspects[0]
    for number in suspects[1:]:
        if _folder(frames[number]).startswith(f"{_folder(frames[place])}/"):
            place = number
    return Guilty(frames[place].path, frames[: place + 1])


def stack_files(report: str) -> tuple[str, ...]:
    """The source files of the frames, top frame first, each once, without bystanders.

    `report` has paths with line numbers in it: all frames of a symbolised one, otherwise at most
    the place of a BUG() or WARN(). A path such as `arch/x86/kvm/../../../virt/kvm/kvm_main.c`
    is given in its short form.
    """
    paths = dict.fromkeys(mention.path for _, mention in _mentions(report))
    return tuple(path for path in paths if not bystander(path))


def bystander(path: str, parts: Collection[Part] = (Part.SERVES, Part.CALLS)) -> str:
    """Why a file says nothing of the crash whose stack it is on; empty when it does."""
    found = (each for each in BYSTANDERS if each.part in parts and each.files.match(path))
    return next((each.reason for each in found), "")


def _from_crash(report: str) -> str:
    """What is told of the crash itself; before may be the end of another stack."""
    raw = report.encode(errors="replace")
    header = first_header(raw)
    crash = raw[header.position :].decode(errors="replace") if header else report
    stalls = STALL.search(crash.partition("\n")[0])
    if stalls and (entry := INTERRUPT.search(crash)):
        # Above is how the stall was noticed; what runs for so long is what was interrupted.
        return crash[entry.start() :]
    return crash


def _frames(report: str) -> tuple[Frame, ...]:
    return tuple(
        Frame(line, at.path, at.line, bystander(at.path, (Part.SERVES, Part.CARRIES)))
        for line, at in _mentions(report)
        if not STATE.match(line)
    )


def _folder(frame: Frame) -> str:
    return posixpath.dirname(frame.path)


def mentions(text: str) -> Iterator[Mention]:
    """Every line of the source that a text names."""
    for found in SOURCE.finditer(text):
        path = posixpath.normpath(found["path"])
        if INSIDE.fullmatch(path):
            yield Mention(*found.span(), path, int(found["line"]))


def _mentions(report: str) -> Iterator[tuple[str, Mention]]:
    """The lines that have a place in the source, and that; no guesses of the unwinder."""
    for line in report.splitlines():
        if ":" in line and not DOUBTFUL.match(line):
            yield from ((line, mention) for mention in mentions(line))
