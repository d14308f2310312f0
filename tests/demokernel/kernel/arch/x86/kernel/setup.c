// SPDX-License-Identifier: Apache-2.0
/* What the boot loader tells us. */
#include <asm/page.h>
#include <kernel/mm.h>
#include <kernel/printk.h>
#include <kernel/setup.h>
#include <kernel/string.h>

/* Offsets into the zero page. */
#define BP_E820_COUNT 0x1e8
#define BP_RAMDISK_IMAGE 0x218
#define BP_RAMDISK_SIZE 0x21c
#define BP_CMD_LINE_PTR 0x228
#define BP_E820_TABLE 0x2d0

#define E820_RAM 1
#define LOW_MEMORY_END 0x100000 /* the BIOS's and the boot loader's */

struct e820_entry {
	u64 addr;
	u64 size;
	u32 type;
} __packed;

char boot_command_line[COMMAND_LINE_SIZE];
u64 initrd_start, initrd_end;

extern char _end[];

static u32 boot_u32(const u8 *params, u32 offset)
{
	return *(const u32 *)(params + offset);
}

/* A part of RAM is free unless it holds the kernel or the initramfs. */
static void add_ram(u64 start, u64 end)
{
	start = max(start, ALIGN(__pa_symbol(_end), PAGE_SIZE));
	end = min(end, DIRECT_MAP_SIZE);
	if (initrd_start && start < __pa(initrd_end) && __pa(initrd_start) < end) {
		memblock_add(start, __pa(initrd_start));
		start = ALIGN(__pa(initrd_end), PAGE_SIZE);
	}
	memblock_add(start, end);
}

static void e820_setup(const u8 *params)
{
	const struct e820_entry *entry = (const void *)(params + BP_E820_TABLE);

	pr_info("BIOS-provided physical RAM map:\n");
	for (int i = 0; i < params[BP_E820_COUNT]; i++, entry++) {
		u64 end = entry->addr + entry->size;

		pr_info("BIOS-e820: [mem 0x%016lx-0x%016lx] %s\n", entry->addr, end - 1,
			entry->type == E820_RAM ? "usable" : "reserved");
		if (entry->type == E820_RAM && entry->addr >= LOW_MEMORY_END)
			add_ram(entry->addr, end);
	}
}

void setup_arch(u64 boot_params)
{
	const u8 *params = __va(boot_params);
	u32 cmdline = boot_u32(params, BP_CMD_LINE_PTR);

	if (cmdline)
		strscpy(boot_command_line, __va(cmdline), sizeof(boot_command_line));
	pr_info("Command line: %s\n", boot_command_line);
	if (boot_u32(params, BP_RAMDISK_SIZE)) {
		initrd_start = (u64)__va(boot_u32(params, BP_RAMDISK_IMAGE));
		initrd_end = initrd_start + boot_u32(params, BP_RAMDISK_SIZE);
	}
	e820_setup(params);
	if (initrd_start)
		pr_info("RAMDISK: [mem 0x%08lx-0x%08lx]\n", __pa(initrd_start),
			__pa(initrd_end) - 1);
	swapper_pg_dir[0] = 0; /* the identity map: NULL faults from here on */
	asm volatile("mov %%cr3, %%rax; mov %%rax, %%cr3" ::: "rax", "memory");
}
