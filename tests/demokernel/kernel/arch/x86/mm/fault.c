// SPDX-License-Identifier: Apache-2.0
/* Page faults. */
#include <asm/processor.h>
#include <kernel/kernel.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/sched.h>

struct exception_table_entry {
	u64 insn, fixup;
};

extern const struct exception_table_entry __start___ex_table[], __stop___ex_table[];

/* An instruction that may touch user memory says where to go on when it cannot. */
static bool fixup_exception(struct pt_regs *regs)
{
	const struct exception_table_entry *entry;

	for (entry = __start___ex_table; entry < __stop___ex_table; entry++) {
		if (entry->insn == regs->ip) {
			regs->ip = entry->fixup;
			return true;
		}
	}
	return false;
}

static void bad_user_access(struct pt_regs *regs, u64 address)
{
	pr_info("%s[%d]: segfault at %lx ip %016lx sp %016lx error %lx in %s[%lx+%lx]\n",
		current->comm, current->pid, address, regs->ip, regs->sp, regs->orig_ax,
		current->comm, current->mm->start_code,
		current->mm->end_code - current->mm->start_code);
	do_exit(SIGSEGV);
}

static void bad_kernel_access(struct pt_regs *regs, u64 address)
{
	u64 code = regs->orig_ax;

	if (address < PAGE_SIZE)
		pr_err("BUG: kernel NULL pointer dereference, address: %016lx\n", address);
	else
		pr_err("BUG: unable to handle page fault for address: %016lx\n", address);
	pr_err("#PF: supervisor %s access in kernel mode\n",
	       code & X86_PF_INSTR ? "instruction fetch" : code & X86_PF_WRITE ? "write" : "read");
	pr_err("#PF: error_code(0x%04lx) - %s\n", code,
	       code & X86_PF_PROT ? "permissions violation" : "not-present page");
	die("Oops", regs, code);
}

void do_page_fault(struct pt_regs *regs, u64 address)
{
	struct mm *mm = current ? current->mm : NULL;

	if (mm && address < TASK_SIZE && !handle_mm_fault(mm, address, regs->orig_ax))
		return;
	if (user_mode(regs))
		bad_user_access(regs, address);
	else if (!fixup_exception(regs))
		bad_kernel_access(regs, address);
}
