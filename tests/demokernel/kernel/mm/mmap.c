// SPDX-License-Identifier: Apache-2.0
/* The areas of an address space. */
#include <asm/page.h>
#include <kernel/sched.h>
#include <kernel/string.h>
#include <kernel/syscalls.h>

#define MAP_FIXED 0x10
#define MAP_ANONYMOUS 0x20
#define MMAP_BASE 0x00007f0000000000UL

struct mm *mm_alloc(void)
{
	struct mm *mm = kzalloc(sizeof(*mm));
	u64 *pgd = get_free_page();

	if (!mm || !pgd)
		return NULL;
	memcpy(pgd + PTRS_PER_PAGE / 2, swapper_pg_dir + PTRS_PER_PAGE / 2, PAGE_SIZE / 2);
	mm->pgd = pgd;
	INIT_LIST_HEAD(&mm->areas);
	return mm;
}

void mm_free(struct mm *mm)
{
	mm_unmap(mm, 0, TASK_SIZE);
	free_page_tables(mm);
	kfree(mm);
}

struct vm_area *find_vma(struct mm *mm, u64 addr)
{
	struct vm_area *area;

	list_for_each_entry(area, &mm->areas, list)
		if (addr >= area->start && addr < area->end)
			return area;
	return NULL;
}

/* The first gap above MMAP_BASE that is large enough. */
u64 get_unmapped_area(struct mm *mm, u64 len)
{
	u64 addr = MMAP_BASE;
	struct vm_area *area;

	list_for_each_entry(area, &mm->areas, list) {
		if (area->start >= addr + len)
			break;
		addr = max(addr, area->end);
	}
	return addr;
}

static int insert_area(struct mm *mm, u64 start, u64 end, u32 flags)
{
	struct vm_area *area = kzalloc(sizeof(*area)), *next;

	if (!area)
		return -ENOMEM;
	area->start = start;
	area->end = end;
	area->flags = flags;
	list_for_each_entry(next, &mm->areas, list)
		if (next->start >= end)
			break;
	list_add_tail(&area->list, &next->list);
	return 0;
}

/* No area reaches across addr afterwards. */
static int split_area(struct mm *mm, u64 addr)
{
	struct vm_area *area = find_vma(mm, addr);
	u64 end;

	if (!area || area->start == addr)
		return 0;
	end = area->end;
	area->end = addr;
	return insert_area(mm, addr, end, area->flags);
}

int mm_map(struct mm *mm, u64 start, u64 end, u32 flags)
{
	int err = mm_unmap(mm, start, end);

	return err ? err : insert_area(mm, start, end, flags);
}

int mm_unmap(struct mm *mm, u64 start, u64 end)
{
	struct vm_area *area, *next;

	if (split_area(mm, start) || split_area(mm, end))
		return -ENOMEM;
	list_for_each_entry_safe(area, next, &mm->areas, list) {
		if (area->start < start || area->end > end)
			continue;
		zap_range(mm, area->start, area->end);
		list_del(&area->list);
		kfree(area);
	}
	return 0;
}

int mm_protect(struct mm *mm, u64 start, u64 end, u32 flags)
{
	struct vm_area *area;

	if (split_area(mm, start) || split_area(mm, end))
		return -ENOMEM;
	list_for_each_entry(area, &mm->areas, list)
		if (area->start >= start && area->end <= end)
			area->flags = flags;
	protect_range(mm, start, end, flags);
	return 0;
}

static bool range_ok(u64 addr, u64 len)
{
	return !(addr & ~PAGE_MASK) && len && len <= TASK_SIZE && addr <= TASK_SIZE - len;
}

/* PROT_READ, PROT_WRITE and PROT_EXEC are VM_READ, VM_WRITE and VM_EXEC. */
SYSCALL_DEFINE4(mmap, u64, addr, u64, len, u32, prot, u32, flags)
{
	len = ALIGN(len, PAGE_SIZE);
	if (!(flags & MAP_ANONYMOUS))
		return -ENODEV;
	if (!(flags & MAP_FIXED))
		addr = get_unmapped_area(current->mm, len);
	if (!range_ok(addr, len))
		return -EINVAL;
	return mm_map(current->mm, addr, addr + len, prot & 7) ?: (long)addr;
}

SYSCALL_DEFINE3(mprotect, u64, addr, u64, len, u32, prot)
{
	len = ALIGN(len, PAGE_SIZE);
	return range_ok(addr, len) ? mm_protect(current->mm, addr, addr + len, prot & 7) : -EINVAL;
}

SYSCALL_DEFINE2(munmap, u64, addr, u64, len)
{
	len = ALIGN(len, PAGE_SIZE);
	return range_ok(addr, len) ? mm_unmap(current->mm, addr, addr + len) : -EINVAL;
}

/* Returns the new end of the heap, or the old one when it cannot move there. */
SYSCALL_DEFINE1(brk, u64, brk)
{
	struct mm *mm = current->mm;
	u64 old_end = ALIGN(mm->brk, PAGE_SIZE), new_end = ALIGN(brk, PAGE_SIZE);

	if (brk < mm->start_brk || brk >= MMAP_BASE)
		return mm->brk;
	if (new_end > old_end && insert_area(mm, old_end, new_end, VM_READ | VM_WRITE))
		return mm->brk;
	if (new_end < old_end && mm_unmap(mm, new_end, old_end))
		return mm->brk;
	mm->brk = brk;
	return brk;
}
