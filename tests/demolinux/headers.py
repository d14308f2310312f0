"""The changes to headers: one that nearly every file includes, and one that few do."""

from __future__ import annotations

from tests.demolinux.change import Change, Edit, Effect
from tests.demolinux.core import CORE
from tests.demolinux.kvm import KVM

LIST_FIRST = Change(
    key="list-first",
    author=CORE,
    effect=Effect.COMMENT,
    subject="list: Use one dash in the description of list_is_first()",
    body="All other functions of the file have one, as kernel-doc asks for.",
    edits=(
        Edit(
            "include/linux/list.h",
            " * list_is_first -- tests whether @list is",
            " * list_is_first - tests whether @list is",
        ),
    ),
)

UNUSED_SLOT = Change(
    key="unused-slot",
    author=KVM,
    subject="KVM: Add kvm_memslot_is_unused()",
    body="""
Slots without pages stand for slots that were deleted.  Give the check a
name before more code asks for it.  There is no user yet.
""",
    edits=(
        Edit(
            "include/linux/kvm_host.h",
            """\
static inline unsigned long kvm_dirty_bitmap_bytes(struct kvm_memory_slot *memslot)
{
""",
            """\
/* A slot without pages is one that was deleted, or never set. */
static inline bool kvm_memslot_is_unused(const struct kvm_memory_slot *memslot)
{
	return !memslot->npages;
}

static inline unsigned long kvm_dirty_bitmap_bytes(struct kvm_memory_slot *memslot)
{
""",
        ),
    ),
)

SINGLES = (LIST_FIRST, UNUSED_SLOT)
