/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _KERNEL_SYSCALLS_H
#define _KERNEL_SYSCALLS_H

#include <asm/ptrace.h>
#include <kernel/uaccess.h>

/* A system call takes its arguments from the registers user space had. */
#define __SYSCALL_DEFINE(name, params, args)                                    \
	static inline long do_sys_##name params;                                \
	long __x64_sys_##name(const struct pt_regs *regs)                       \
	{                                                                       \
		return do_sys_##name args;                                      \
	}                                                                       \
	static inline long do_sys_##name params

#define SYSCALL_DEFINE0(name)                                                   \
	long __x64_sys_##name(const struct pt_regs *regs __attribute__((unused)))
#define SYSCALL_DEFINE1(name, t1, a1)                                           \
	__SYSCALL_DEFINE(name, (t1 a1), ((t1)regs->di))
#define SYSCALL_DEFINE2(name, t1, a1, t2, a2)                                   \
	__SYSCALL_DEFINE(name, (t1 a1, t2 a2), ((t1)regs->di, (t2)regs->si))
#define SYSCALL_DEFINE3(name, t1, a1, t2, a2, t3, a3)                           \
	__SYSCALL_DEFINE(name, (t1 a1, t2 a2, t3 a3),                           \
			 ((t1)regs->di, (t2)regs->si, (t3)regs->dx))
#define SYSCALL_DEFINE4(name, t1, a1, t2, a2, t3, a3, t4, a4)                   \
	__SYSCALL_DEFINE(name, (t1 a1, t2 a2, t3 a3, t4 a4),                    \
			 ((t1)regs->di, (t2)regs->si, (t3)regs->dx, (t4)regs->r10))

#define __SYSCALL(nr, name) long __x64_sys_##name(const struct pt_regs *regs);
#include <asm/syscalls.h>
#undef __SYSCALL

#endif
