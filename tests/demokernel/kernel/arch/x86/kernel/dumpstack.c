// SPDX-License-Identifier: Apache-2.0
/* What an oops shows. */
#include <asm/processor.h>
#include <kernel/kallsyms.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/sched.h>
#include <kernel/setup.h>
#include <kernel/string.h>
#include <kernel/uaccess.h>

#define OPCODE_BUFSIZE 64
#define PROLOGUE_SIZE 42
#define MAX_FRAMES 32

void show_task_info(void)
{
	const char *end = strchr(init_uts_version, ' ');

	pr_info("CPU: 0 PID: %d Comm: %s %s %s %.*s\n", current->pid, current->comm,
		print_tainted(), init_uts_release, end ? (int)(end - init_uts_version) : -1,
		init_uts_version);
	pr_info("Hardware name: %s\n", dmi_hardware_name());
}

static void show_opcodes(const struct pt_regs *regs)
{
	u8 opcodes[OPCODE_BUFSIZE];
	char line[4 * OPCODE_BUFSIZE];
	int length = 0;

	if (__copy_user(opcodes, (void *)(regs->ip - PROLOGUE_SIZE), OPCODE_BUFSIZE)) {
		pr_info("Code: Unable to access opcode bytes at 0x%lx.\n",
			regs->ip - PROLOGUE_SIZE);
		return;
	}
	for (int i = 0; i < OPCODE_BUFSIZE; i++)
		length += snprintf(line + length, sizeof(line) - length,
				   i == PROLOGUE_SIZE ? " <%02x>" : " %02x", opcodes[i]);
	pr_info("Code:%s\n", line);
}

static void show_ip(const struct pt_regs *regs)
{
	if (user_mode(regs))
		pr_info("RIP: %04lx:0x%lx\n", regs->cs, regs->ip);
	else
		pr_info("RIP: %04lx:%pS\n", regs->cs, (void *)regs->ip);
}

static void show_general_regs(const struct pt_regs *regs)
{
	show_ip(regs);
	show_opcodes(regs);
	if (user_mode(regs))
		pr_info("RSP: %04lx:%016lx EFLAGS: %08lx ORIG_RAX: %016lx\n", regs->ss, regs->sp,
			regs->flags, regs->orig_ax);
	else
		pr_info("RSP: %04lx:%016lx EFLAGS: %08lx\n", regs->ss, regs->sp, regs->flags);
	pr_info("RAX: %016lx RBX: %016lx RCX: %016lx\n", regs->ax, regs->bx, regs->cx);
	pr_info("RDX: %016lx RSI: %016lx RDI: %016lx\n", regs->dx, regs->si, regs->di);
	pr_info("RBP: %016lx R08: %016lx R09: %016lx\n", regs->bp, regs->r8, regs->r9);
	pr_info("R10: %016lx R11: %016lx R12: %016lx\n", regs->r10, regs->r11, regs->r12);
	pr_info("R13: %016lx R14: %016lx R15: %016lx\n", regs->r13, regs->r14, regs->r15);
}

void show_regs(struct pt_regs *regs)
{
	show_general_regs(regs);
	pr_info("FS:  %016lx(0000) GS:%016lx(0000) knlGS:%016lx\n", rdmsr(MSR_FS_BASE),
		rdmsr(MSR_GS_BASE), rdmsr(MSR_KERNEL_GS_BASE));
	pr_info("CS:  %04lx DS: 0000 ES: 0000 CR0: %016lx\n", regs->cs, read_cr(0));
	pr_info("CR2: %016lx CR3: %016lx CR4: %016lx\n", read_cr(2), read_cr(3), read_cr(4));
}

static bool on_kernel_stack(u64 frame)
{
	return frame >= (u64)kernel_stack && frame + 16 <= (u64)kernel_stack_top &&
	       !(frame & 7);
}

/* Every function keeps its frame in rbp: a linked list that ends in 0. */
void show_trace(struct pt_regs *regs)
{
	u64 frame = regs->bp;

	pr_info("Call Trace:\n <TASK>\n");
	for (int i = 0; i < MAX_FRAMES && on_kernel_stack(frame); i++) {
		u64 return_address = ((u64 *)frame)[1];

		if (is_kernel_text(return_address))
			pr_info(" %pS\n", (void *)return_address);
		if (((u64 *)frame)[0] <= frame)
			break;
		frame = ((u64 *)frame)[0];
	}
	if (user_mode(task_pt_regs()))
		show_general_regs(task_pt_regs());
	pr_info(" </TASK>\n");
}
