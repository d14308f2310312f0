/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _ASM_PAGE_H
#define _ASM_PAGE_H

#include <kernel/types.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))

/* All memory we use, once more, at PAGE_OFFSET; the image at KERNEL_BASE. */
#define PAGE_OFFSET 0xffff888000000000UL
#define KERNEL_BASE 0xffffffff80000000UL
#define TASK_SIZE 0x00007ffffffff000UL
#define DIRECT_MAP_SIZE (1UL << 30)

#define __va(phys) ((void *)((u64)(phys) + PAGE_OFFSET))
#define __pa(virt) ((u64)(virt) - PAGE_OFFSET)
#define __pa_symbol(symbol) ((u64)(symbol) - KERNEL_BASE)

#define _PAGE_PRESENT 0x001UL
#define _PAGE_RW 0x002UL
#define _PAGE_USER 0x004UL
#define _PAGE_NX (1UL << 63)
#define PTE_PFN_MASK 0x000ffffffffff000UL
#define PTRS_PER_PAGE 512

/* Error code of a page fault. */
#define X86_PF_PROT 0x01
#define X86_PF_WRITE 0x02
#define X86_PF_USER 0x04
#define X86_PF_INSTR 0x10

extern u64 swapper_pg_dir[PTRS_PER_PAGE];

#endif
