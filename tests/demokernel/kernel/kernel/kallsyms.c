// SPDX-License-Identifier: Apache-2.0
/* Names of the kernel's functions, from the table scripts/kallsyms.pl makes. */
#include <kernel/kallsyms.h>
#include <kernel/printk.h>

extern const u64 kallsyms_addresses[];
extern const u32 kallsyms_names[]; /* offsets into kallsyms_text */
extern const char kallsyms_text[];
extern const u64 kallsyms_num_syms;
extern const char _text[], _etext[];

bool is_kernel_text(u64 addr)
{
	return addr >= (u64)_text && addr < (u64)_etext;
}

/* The last symbol that does not start behind the address. */
static u64 find_symbol(u64 addr)
{
	u64 low = 0, high = kallsyms_num_syms;

	while (high - low > 1) {
		u64 middle = low + (high - low) / 2;

		if (kallsyms_addresses[middle] <= addr)
			low = middle;
		else
			high = middle;
	}
	return low;
}

int sprint_symbol(char *buf, size_t size, u64 addr)
{
	u64 index, start, end;

	if (!is_kernel_text(addr) || !kallsyms_num_syms)
		return snprintf(buf, size, "0x%lx", addr);
	index = find_symbol(addr);
	start = kallsyms_addresses[index];
	end = index + 1 < kallsyms_num_syms ? kallsyms_addresses[index + 1] : (u64)_etext;
	return snprintf(buf, size, "%s+0x%lx/0x%lx", kallsyms_text + kallsyms_names[index],
			addr - start, end - start);
}
