// SPDX-License-Identifier: Apache-2.0
/* Page tables of user space. Pages come with the first touch. */
#include <asm/page.h>
#include <kernel/mm.h>
#include <kernel/string.h>

#define LEVELS 4

static u64 *pte_table(u64 entry)
{
	return __va(entry & PTE_PFN_MASK);
}

static int pte_index(u64 addr, int level)
{
	return addr >> (PAGE_SHIFT + 9 * level) & (PTRS_PER_PAGE - 1);
}

/* The entry of an address in the lowest table, or NULL; tables are added if asked. */
static u64 *find_pte(struct mm *mm, u64 addr, bool create)
{
	u64 *table = mm->pgd;

	for (int level = LEVELS - 1; level > 0; level--) {
		u64 *entry = &table[pte_index(addr, level)];

		if (!(*entry & _PAGE_PRESENT)) {
			void *page = create ? get_free_page() : NULL;

			if (!page)
				return NULL;
			*entry = __pa(page) | _PAGE_PRESENT | _PAGE_RW | _PAGE_USER;
		}
		table = pte_table(*entry);
	}
	return &table[pte_index(addr, 0)];
}

static u64 pte_flags(u32 flags)
{
	if (!(flags & (VM_READ | VM_WRITE | VM_EXEC)))
		return _PAGE_PRESENT; /* the kernel's: user space may not touch it */
	return _PAGE_PRESENT | _PAGE_USER | (flags & VM_WRITE ? _PAGE_RW : 0) |
	       (flags & VM_EXEC ? 0 : _PAGE_NX);
}

static void flush_tlb_page(u64 addr)
{
	asm volatile("invlpg (%0)" :: "r"(addr) : "memory");
}

/* Where the kernel sees the page of a user address: allocated if it is not there. */
void *mm_page(struct mm *mm, u64 addr)
{
	struct vm_area *area = find_vma(mm, addr);
	u64 *pte = area ? find_pte(mm, addr, true) : NULL;
	void *page;

	if (!pte)
		return NULL;
	if (*pte & _PAGE_PRESENT)
		return pte_table(*pte);
	page = get_free_page();
	if (page)
		*pte = __pa(page) | pte_flags(area->flags);
	return page;
}

void zap_range(struct mm *mm, u64 start, u64 end)
{
	for (u64 addr = start; addr < end; addr += PAGE_SIZE) {
		u64 *pte = find_pte(mm, addr, false);

		if (!pte || !(*pte & _PAGE_PRESENT))
			continue;
		free_page(pte_table(*pte));
		*pte = 0;
		flush_tlb_page(addr);
	}
}

void protect_range(struct mm *mm, u64 start, u64 end, u32 flags)
{
	for (u64 addr = start; addr < end; addr += PAGE_SIZE) {
		u64 *pte = find_pte(mm, addr, false);

		if (!pte || !(*pte & _PAGE_PRESENT))
			continue;
		*pte = (*pte & PTE_PFN_MASK) | pte_flags(flags);
		flush_tlb_page(addr);
	}
}

static void free_table(u64 *table, int level)
{
	int entries = level == LEVELS - 1 ? PTRS_PER_PAGE / 2 : PTRS_PER_PAGE;

	for (int i = 0; level > 0 && i < entries; i++)
		if (table[i] & _PAGE_PRESENT)
			free_table(pte_table(table[i]), level - 1);
	free_page(table);
}

/* The tables only: the pages are gone with their areas. */
void free_page_tables(struct mm *mm)
{
	free_table(mm->pgd, LEVELS - 1);
}

int handle_mm_fault(struct mm *mm, u64 addr, u32 error_code)
{
	struct vm_area *area = find_vma(mm, addr);
	u32 needed = error_code & X86_PF_WRITE ? VM_WRITE :
		     error_code & X86_PF_INSTR ? VM_EXEC : VM_READ | VM_WRITE | VM_EXEC;

	if (!area || !(area->flags & needed) || error_code & X86_PF_PROT)
		return -EFAULT;
	return mm_page(mm, addr) ? 0 : -ENOMEM;
}
