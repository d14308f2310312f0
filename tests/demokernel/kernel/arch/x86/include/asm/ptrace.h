/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _ASM_PTRACE_H
#define _ASM_PTRACE_H

#include <kernel/types.h>

/* As entry_64.S pushes them; the last five are the CPU's own frame. */
struct pt_regs {
	u64 r15, r14, r13, r12, bp, bx;
	u64 r11, r10, r9, r8, ax, cx, dx, si, di;
	u64 orig_ax; /* system call number, or the trap's error code */
	u64 ip, cs, flags, sp, ss;
};

static inline bool user_mode(const struct pt_regs *regs)
{
	return regs->cs & 3;
}

/* arch/x86/entry/entry_64.S */
void __attribute__((noreturn)) return_to_user(void);

#endif
