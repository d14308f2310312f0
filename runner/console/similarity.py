"""How likely two crashes are the same bug, by their titles and reports. Pure.

Titles change with the code, and one bug shows several: a use after free is a fault without KASAN,
and a hang is named after whoever waits. `docs/search.md` tells what was measured, on what.
"""

from __future__ import annotations

import re
from itertools import islice
from pathlib import PurePosixPath

from runner.console.guilty import guilty_file
from runner.values import Crash

SAME_FUNCTION, SAME_SUBSYSTEM, SAME_KIND, SAME_FAMILY, UNRELATED = 200.0, 12.0, 8.0, 2.2, 1.6
"""How much likelier a revision with the bug shows a crash that has this in common with the bug's
than a revision without it does. The strongest sign counts: they hang together."""
CATCH_ALL = 1.0
"""Of what any broken kernel shows: nothing."""
SAME_STACK = 0.5
"""From this share of common functions on, two stacks are of one place."""
LEAST_STACK = 3
"""Shorter ones say nothing."""
TOP = 8
"""Functions of a stack that are compared: those below are on every stack of their kind."""

FAMILIES = {
    "memory": (
        r"KASAN|KFENCE|KMSAN|UBSAN|general protection fault|stack segment fault|BUG: unable to "
        r"|BUG: corrupted list|BUG: Bad |WARNING: ODEBUG|WARNING: refcount|kernel BUG|divide error"
        r"|invalid opcode|PANIC: double fault|kernel panic: corrupted stack|Internal error"
    ),
    "hang": r"INFO: (?:rcu|task hung|task can't die)|BUG: soft lockup|kernel panic: hung_task",
    "locks": (
        r"possible deadlock|inconsistent lock|WARNING: (?:suspicious RCU|bad unlock|still has|lock)"
        r"|INFO: trying to register|BUG: (?:sleeping|scheduling|spinlock|still has|held lock)"
    ),
    "leak": r"memory leak",
    "warning": r"WARNING",
}
"""How the titles of a family begin: what one bug may show, by chance or by the kernel's config."""
CATCH_ALLS = re.compile(
    r"lost connection|no output|SYZF|unexpected kernel reboot|kernel panic: (?:panic_on_warn"
    r"|Attempted to kill)|test machine"
)
"""Titles that name no place and no bug."""
_families = {name: re.compile(start) for name, start in FAMILIES.items()}

PLACE = re.compile(r" in (?P<function>[A-Za-z_][\w.]*)(?: / [\w.]+)?$")
FRAME = re.compile(r"(?<![\w.])(?P<function>[A-Za-z_]\w*+)(?:\.[\w.]*+)?\+0x[0-9a-f]+/0x", re.ASCII)
GUESS = "? "
"""What stands before a function that the unwinder only guesses."""
EVERYWHERE = re.compile(
    r"_*(?:dump_stack|show_stack|print_|kasan_|kmsan_|kcsan_|asan_|tsan_|ubsan_|report_|watchdog"
    r"|check_memory_region|warn|panic|fixup_bug|do_error_trap|(?:do_)?(?:invalid_op|double_fault)"
    r"|exc_|asm_|die|df_|oops_|page_fault|no_context|bad_area|nmi_|do_syscall|entry_|ret_from|el0|el1"
    r"|invoke_syscall|(?:k|do_|se_|x64_)?sys_|SyS_|do_vfs_ioctl|kthread|worker_thread|process_one_work"
    r"|process_scheduled|smpboot|lock_acquire|lockdep|mark_|validate_chain|schedule|sched_show"
    r"|mutex_lock|raw_spin|do_raw|might_|rcu_|tick_|hrtimer|sysvec_|update_process_times|lapic"
    r"|(?:smp|local)_apic|arch_t(?:imer|rigger)|handle_(?:percpu|irq|domain)|gic_|kmalloc|kmem_cache"
    r"|kfree|kzalloc|slab_|vmalloc|vfree|trace_)"
)
"""Functions that report crashes, or that everything is called through or calls."""
NOBODY = ("corrupted", "unknown", "kernel", "")
"""What a title says where the function is not known."""
WRAPPERS = re.compile(
    r"^(?:__(?:ia32|x64|arm64|riscv|s390x?|se|do)_(?:compat_)?sys_|(?:compat_|k)?sys_|_+|do_)"
)
COMMON_WORDS = re.compile(
    r"add|alloc|atomic|bit|clear|common|copy|del|destroy|exit|free|generic|get|handle|init|invoke"
    r"|kernel|kmem|kref|list|lock|mem|mutex|new|process|put|queue|raw|read|ref|refcount|release"
    r"|remove|run|set|spin|string|task|timer|try|unlock|update|use|work|write"
)
"""First words of functions that name no subsystem."""


def similarity(one: Crash, other: Crash) -> float:
    """How likely two crashes are one bug, from 0 to 1; 1 exactly when they share a title.

    It is 1 - 1/r for a crash that is r times likelier on a revision with the bug. Bare titles do;
    reports add their stacks and files. The order of the two does not matter.
    """
    if _titles(one) & _titles(other):
        return 1.0
    return 1 - 1 / max(_signs(one, other))


def _titles(crash: Crash) -> set[str]:
    return {crash.title, *crash.alt_titles}


def _signs(one: Crash, other: Crash) -> list[float]:
    """What the two have in common; the same for both orders."""
    if CATCH_ALLS.match(one.title) or CATCH_ALLS.match(other.title):
        return [CATCH_ALL]
    signs = [UNRELATED]
    if _kind(one) == _kind(other):
        signs.append(SAME_KIND)
    elif _family(one.title) == _family(other.title) != "":
        signs.append(SAME_FAMILY)
    functions = _function(one), _function(other)
    if functions[0] == functions[1] != "":
        signs.append(SAME_FUNCTION)
    elif _subsystem(functions[0]) == _subsystem(functions[1]) != "" or _same_place(one, other):
        signs.append(SAME_SUBSYSTEM)
    return signs


def _kind(crash: Crash) -> str:
    """The title without its place; slabs are named since Linux 6.4."""
    return PLACE.sub("", crash.title).replace("slab-use-after-free", "use-after-free")


def _family(title: str) -> str:
    return next((name for name, start in _families.items() if start.match(title)), "")


def _function(crash: Crash) -> str:
    """The function that a title names, without what wraps it; empty when it names none."""
    found = PLACE.search(crash.title)
    function = crash.frame or (found["function"] if found else "")
    function = function.partition(".")[0]
    return "" if function in NOBODY else WRAPPERS.sub("", function)


def _subsystem(function: str) -> str:
    """The first word of a function's name, where it names whom it belongs to."""
    word, joint, _ = function.partition("_")
    return word if joint and len(word) > 2 and not COMMON_WORDS.fullmatch(word) else ""


def _same_place(one: Crash, other: Crash) -> bool:
    """Whether the reports, where there are any, lead to one place of the source."""
    return _same_stack(one, other) or _same_folder(one, other)


def _same_stack(one: Crash, other: Crash) -> bool:
    """Whether the innermost functions are mostly the same."""
    ours, theirs = _stack(one.report), _stack(other.report)
    fewest = min(len(ours), len(theirs))
    return fewest >= LEAST_STACK and len(ours & theirs) >= SAME_STACK * fewest


def _stack(report: str) -> frozenset[str]:
    lines = (line for line in report.splitlines() if GUESS not in line)
    functions = dict.fromkeys(found["function"] for found in map(FRAME.search, lines) if found)
    telling = (name for name in functions if not EVERYWHERE.match(name))
    return frozenset(islice(telling, TOP))


def _same_folder(one: Crash, other: Crash) -> bool:
    """Whether the files to blame are of one folder; needs symbolised reports."""
    files = guilty_file(one.report), guilty_file(other.report)
    folders = [PurePosixPath(path).parent for path in files if path]
    return len(folders) == 2 and folders[0] == folders[1]
