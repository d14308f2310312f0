// SPDX-License-Identifier: Apache-2.0
/* Exceptions and the timer interrupt. */
#include <asm/io.h>
#include <asm/processor.h>
#include <asm/segment.h>
#include <kernel/bug.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/sched.h>

#define X86_TRAP_UD 6
#define X86_TRAP_DF 8
#define X86_TRAP_GP 13
#define X86_TRAP_PF 14

#define IDT_INTERRUPT_GATE 0x8e00UL
#define PIC_COMMAND 0x20
#define PIC_EOI 0x20
#define UD2_LEN 2

struct idt_entry {
	u64 low, high;
};

static struct idt_entry idt[TIMER_VECTOR + 1];

extern char trap_entry_points[];

static const struct {
	const char *name;
	int signal;
} traps[] = {
	[0] = { "divide error", SIGFPE },
	[1] = { "debug", SIGTRAP },
	[3] = { "int3", SIGTRAP },
	[X86_TRAP_UD] = { "invalid opcode", SIGILL },
	[X86_TRAP_DF] = { "double fault", SIGSEGV },
	[12] = { "stack segment", SIGSEGV },
	[X86_TRAP_GP] = { "general protection fault", SIGSEGV },
	[16] = { "fpu exception", SIGFPE },
	[17] = { "alignment check", SIGSEGV },
	[19] = { "simd exception", SIGFPE },
};

static void set_gate(int vector, u64 ist)
{
	u64 address = (u64)trap_entry_points + 16 * vector;

	idt[vector].low = (address & 0xffff) | (u64)__KERNEL_CS << 16 | ist << 32 |
			  (IDT_INTERRUPT_GATE | (address >> 16 & 0xffff) << 16) << 32;
	idt[vector].high = address >> 32;
}

void trap_init(void)
{
	struct { u16 limit; u64 base; } __packed pointer = { sizeof(idt) - 1, (u64)idt };

	for (int vector = 0; vector <= TIMER_VECTOR; vector++)
		set_gate(vector, vector == X86_TRAP_DF);
	asm volatile("lidt %0" :: "m"(pointer));
}

/* A WARN_ON() goes on behind its ud2; anything else at a ud2 is fatal. */
static bool handle_warn(struct pt_regs *regs)
{
	struct bug_entry *bug = find_bug(regs->ip);

	if (!bug || !(bug->flags & BUGFLAG_WARNING))
		return false;
	if (!(bug->flags & BUGFLAG_DONE))
		warn_at(bug->file, bug->line, regs);
	if (bug->flags & BUGFLAG_ONCE)
		bug->flags |= BUGFLAG_DONE;
	regs->ip += UD2_LEN;
	return true;
}

static void do_user_trap(struct pt_regs *regs, const char *name, int signal)
{
	pr_info("traps: %s[%d] trap %s ip:%lx sp:%lx error:%lx\n", current->comm, current->pid,
		name, regs->ip, regs->sp, regs->orig_ax);
	do_exit(signal);
}

static void do_kernel_trap(struct pt_regs *regs, const char *name, u64 vector)
{
	if (vector == X86_TRAP_UD) {
		struct bug_entry *bug = find_bug(regs->ip);

		if (handle_warn(regs))
			return;
		if (bug)
			pr_err("kernel BUG at %s:%u!\n", bug->file, bug->line);
	}
	die(name, regs, regs->orig_ax);
}

void do_trap(struct pt_regs *regs, u64 vector)
{
	const char *name = "trap";
	int signal = SIGSEGV;

	if (vector == TIMER_VECTOR) {
		outb(PIC_COMMAND, PIC_EOI);
		return;
	}
	if (vector == X86_TRAP_PF) {
		do_page_fault(regs, read_cr(2));
		return;
	}
	if (vector < ARRAY_SIZE(traps) && traps[vector].name) {
		name = traps[vector].name;
		signal = traps[vector].signal;
	}
	if (user_mode(regs))
		do_user_trap(regs, name, signal);
	else
		do_kernel_trap(regs, name, vector);
}
