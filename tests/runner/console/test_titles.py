"""A title says of which type its crash is."""

from __future__ import annotations

import pytest

from runner.console import crash_type

TYPES = {
    "KASAN: slab-use-after-free Read in foo": "KASAN-USE-AFTER-FREE-READ",
    "KASAN: use-after-free Write in foo": "KASAN-USE-AFTER-FREE-WRITE",
    "KASAN: slab-out-of-bounds Read in foo": "KASAN-READ",
    "KASAN: wild-memory-access Write in foo": "KASAN-WRITE",
    "KASAN: null-ptr-deref Write in foo": "KASAN-NULL-POINTER-DEREFERENCE-WRITE",
    "KASAN: double-free in foo": "KASAN-INVALID-FREE",
    "KCSAN: data-race in foo / bar": "KCSAN-DATARACE",
    "KCSAN: assert: race in foo": "KCSAN-ASSERT",
    "KFENCE: use-after-free read in foo": "KFENCE-USE-AFTER-FREE-READ",
    "KFENCE: memory corruption in foo": "KFENCE-MEMORY-CORRUPTION",
    "KMSAN: kernel-usb-infoleak in foo": "KMSAN-INFO-LEAK",
    "KMSAN: uninit-value in foo": "KMSAN-UNINIT-VALUE",
    "UBSAN: shift-out-of-bounds in foo": "UBSAN",
    "WARNING in foo": "WARNING",
    "WARNING: refcount bug in foo": "REFCOUNT_WARNING",
    "WARNING: suspicious RCU usage in foo": "LOCKDEP",
    "WARNING: suspicious RCU usage": "WARNING",
    "possible deadlock in foo": "LOCKDEP",
    "BUG: scheduling while atomic in foo": "ATOMIC_SLEEP",
    "BUG: unable to handle kernel NULL pointer dereference in foo": "NULL-POINTER-DEREFERENCE",
    "BUG: corrupted list in foo": "MEMORY_SAFETY_BUG",
    "kernel BUG in foo": "BUG",
    "INFO: task hung in foo": "HANG",
    "BUG: soft lockup in foo": "HANG",
    "memory leak in foo": "LEAK",
    "general protection fault in foo": "DoS",
    "kernel panic: VFS: Unable to mount root fs": "DoS",
    "BUG: Bad page state in foo": "",
    "a WARNING in the middle": "",
    "": "",
}


@pytest.mark.parametrize(("title", "word"), TYPES.items())
def test_a_title_tells_the_type_in_the_words_of_syzkaller(title: str, word: str) -> None:
    assert crash_type(title) == word
