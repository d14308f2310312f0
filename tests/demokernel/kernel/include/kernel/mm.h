/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _KERNEL_MM_H
#define _KERNEL_MM_H

#include <asm/page.h>
#include <kernel/list.h>

/* mm/page_alloc.c */
void memblock_add(u64 start, u64 end);
void memblock_report(void);
void *get_free_page(void);
void free_page(void *page);
u64 nr_free_pages(void);
u64 nr_total_pages(void);

/* mm/slab.c */
void *kmalloc(size_t size);
void *kzalloc(size_t size);
void kfree(const void *object);

#define VM_READ BIT(0)
#define VM_WRITE BIT(1)
#define VM_EXEC BIT(2)

struct vm_area {
	struct list_head list;
	u64 start, end;
	u32 flags;
};

struct mm {
	u64 *pgd;
	struct list_head areas; /* by address, never overlapping */
	u64 start_brk, brk;
	u64 start_code, end_code;
};

/* mm/mmap.c */
struct mm *mm_alloc(void);
void mm_free(struct mm *mm);
struct vm_area *find_vma(struct mm *mm, u64 addr);
u64 get_unmapped_area(struct mm *mm, u64 len);
int mm_map(struct mm *mm, u64 start, u64 end, u32 flags);
int mm_unmap(struct mm *mm, u64 start, u64 end);
int mm_protect(struct mm *mm, u64 start, u64 end, u32 flags);

/* mm/memory.c */
void *mm_page(struct mm *mm, u64 addr);
void zap_range(struct mm *mm, u64 start, u64 end);
void protect_range(struct mm *mm, u64 start, u64 end, u32 flags);
void free_page_tables(struct mm *mm);
int handle_mm_fault(struct mm *mm, u64 addr, u32 error_code);

#endif
