// SPDX-License-Identifier: Apache-2.0
/* The table of ud2 instructions that WARN_ON() and BUG_ON() leave behind. */
#include <kernel/bug.h>

extern struct bug_entry __start___bug_table[], __stop___bug_table[];

struct bug_entry *find_bug(u64 addr)
{
	struct bug_entry *bug;

	for (bug = __start___bug_table; bug < __stop___bug_table; bug++)
		if (bug->addr == addr)
			return bug;
	return NULL;
}
