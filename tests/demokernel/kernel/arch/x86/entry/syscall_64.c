// SPDX-License-Identifier: Apache-2.0
#include <kernel/kernel.h>
#include <kernel/syscalls.h>

typedef long (*syscall_t)(const struct pt_regs *regs);

#define __SYSCALL(nr, name) [nr] = __x64_sys_##name,
static const syscall_t sys_call_table[] = {
#include <asm/syscalls.h>
};
#undef __SYSCALL

void do_syscall_64(struct pt_regs *regs)
{
	u64 nr = regs->orig_ax;

	if (nr < ARRAY_SIZE(sys_call_table) && sys_call_table[nr])
		regs->ax = sys_call_table[nr](regs);
}
