/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _ASM_PROCESSOR_H
#define _ASM_PROCESSOR_H

#include <asm/ptrace.h>
#include <kernel/kernel.h>

#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_SYSCALL_MASK 0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define EFER_SCE BIT(0)

#define X86_EFLAGS_IF BIT(9)

#define X86_FEATURE_RDRAND BIT(30) /* leaf 1, ecx */

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return lo | (u64)hi << 32;
}

static inline void wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" :: "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)));
}

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return lo | (u64)hi << 32;
}

static inline void cpuid(u32 leaf, u32 regs[4])
{
	asm volatile("cpuid" : "=a"(regs[0]), "=b"(regs[1]), "=c"(regs[2]), "=d"(regs[3])
		     : "a"(leaf), "c"(0));
}

#define read_cr(n) ({ u64 _v; asm volatile("mov %%cr" #n ", %0" : "=r"(_v)); _v; })
#define write_cr(n, value) asm volatile("mov %0, %%cr" #n :: "r"((u64)(value)) : "memory")

/* The area has 512 bytes and is aligned to 16. */
static inline void fpu_save(u8 *area)
{
	asm volatile("fxsave64 (%0)" :: "r"(area) : "memory");
}

static inline void fpu_restore(const u8 *area)
{
	asm volatile("fxrstor64 (%0)" :: "r"(area) : "memory");
}

static inline void cpu_relax(void)
{
	asm volatile("pause");
}

/* The frame user space entered with: at the top of the only kernel stack. */
extern char kernel_stack[], kernel_stack_top[];
#define task_pt_regs() ((struct pt_regs *)kernel_stack_top - 1)

/* arch/x86/kernel/common.c */
void cpu_init(void);
void fpu_reset(void);

/* arch/x86/kernel/traps.c */
void trap_init(void);

/* arch/x86/mm/fault.c */
void do_page_fault(struct pt_regs *regs, u64 address);

#endif
