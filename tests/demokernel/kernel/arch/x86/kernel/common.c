// SPDX-License-Identifier: Apache-2.0
/* The CPU's tables and features. */
#include <asm/processor.h>
#include <asm/segment.h>
#include <kernel/printk.h>
#include <kernel/string.h>

static struct {
	u32 reserved;
	u64 sp[3];
	u64 reserved2;
	u64 ist[7];
	u64 reserved3;
	u16 reserved4;
	u16 io_bitmap_base;
} __packed tss;

static u64 gdt[10] = {
	[__KERNEL_CS >> 3] = 0x00af9a000000ffff,
	[__KERNEL_DS >> 3] = 0x00cf92000000ffff,
	[__USER32_CS >> 3] = 0x00cffa000000ffff,
	[__USER_DS >> 3] = 0x00cff2000000ffff,
	[__USER_CS >> 3] = 0x00affa000000ffff,
};

static char double_fault_stack[4096] __aligned(16);

void entry_SYSCALL_64(void);

static void load_tables(void)
{
	struct { u16 limit; u64 base; } __packed pointer = { sizeof(gdt) - 1, (u64)gdt };
	u64 base = (u64)&tss;

	tss.sp[0] = (u64)kernel_stack_top;
	tss.ist[0] = (u64)double_fault_stack + sizeof(double_fault_stack);
	tss.io_bitmap_base = sizeof(tss);
	gdt[GDT_ENTRY_TSS] = (sizeof(tss) - 1) | (base & 0xffffff) << 16 | 0x89UL << 40 |
			     (base >> 24 & 0xff) << 56;
	gdt[GDT_ENTRY_TSS + 1] = base >> 32;
	asm volatile("lgdt %0" :: "m"(pointer));
	asm volatile("ltr %w0" :: "r"(GDT_ENTRY_TSS << 3));
}

static void syscall_init(void)
{
	wrmsr(MSR_STAR, (u64)__KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (u64)entry_SYSCALL_64);
	wrmsr(MSR_SYSCALL_MASK, 0x47700); /* TF, IF, DF, IOPL, NT, AC */
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
}

static void identify_cpu(void)
{
	u32 brand[13] = { 0 }, regs[4];
	const char *name = (const char *)brand;

	cpuid(0x80000000, regs);
	if (regs[0] >= 0x80000004)
		for (int i = 0; i < 3; i++)
			cpuid(0x80000002 + i, brand + 4 * i);
	cpuid(1, regs);
	while (*name == ' ')
		name++;
	pr_info("smpboot: CPU0: %s (family: 0x%x, model: 0x%x, stepping: 0x%x)\n", name,
		regs[0] >> 8 & 15, (regs[0] >> 12 & 0xf0) | (regs[0] >> 4 & 15), regs[0] & 15);
}

/* Before user code first uses SSE: no state of another program may be seen. */
void fpu_reset(void)
{
	static const u8 initial[512] __aligned(16) = {
		[0] = 0x7f, [1] = 0x03, /* FCW: all exceptions masked */
		[24] = 0x80, [25] = 0x1f, /* MXCSR: likewise */
	};

	fpu_restore(initial);
}

void cpu_init(void)
{
	load_tables();
	trap_init();
	syscall_init();
	identify_cpu();
}
