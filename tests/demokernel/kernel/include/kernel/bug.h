/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _KERNEL_BUG_H
#define _KERNEL_BUG_H

#include <kernel/kernel.h>

#define BUGFLAG_WARNING BIT(0)
#define BUGFLAG_ONCE BIT(1)
#define BUGFLAG_DONE BIT(2)

struct bug_entry {
	u64 addr;
	const char *file;
	u32 line;
	u32 flags;
};

register u64 current_stack_pointer asm("rsp");

/*
 * ud2 traps; the trap handler finds the file and line by the address. That the stack
 * pointer is an operand makes gcc set up a frame first, in leaf functions too: without
 * one the call trace would lack the caller.
 */
#define __BUG_FLAGS(bug_flags)                                                  \
	asm volatile("1:\tud2\n"                                                \
		     "\t.pushsection __bug_table,\"aw\"\n"                      \
		     "\t.quad 1b, %c[file]\n"                                   \
		     "\t.long %c[line], %c[flags]\n"                            \
		     "\t.popsection"                                            \
		     : "+r"(current_stack_pointer)                              \
		     : [file] "i"(__FILE__), [line] "i"(__LINE__), [flags] "i"(bug_flags))

#define BUG() do { __BUG_FLAGS(0); __builtin_unreachable(); } while (0)
#define BUG_ON(condition) do { if (unlikely(condition)) BUG(); } while (0)

#define __WARN_FLAGS(condition, bug_flags) ({                                   \
	bool __warn = !!(condition);                                            \
	if (unlikely(__warn))                                                   \
		__BUG_FLAGS(bug_flags);                                         \
	unlikely(__warn);                                                       \
})
#define WARN_ON(condition) __WARN_FLAGS(condition, BUGFLAG_WARNING)
#define WARN_ON_ONCE(condition) __WARN_FLAGS(condition, BUGFLAG_WARNING | BUGFLAG_ONCE)

struct bug_entry *find_bug(u64 addr);

#endif
