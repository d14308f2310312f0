// SPDX-License-Identifier: Apache-2.0
/* The initramfs is a cpio archive of the "newc" kind; its files stay where they are. */
#define pr_fmt(fmt) "initramfs: " fmt

#include <kernel/fs.h>
#include <kernel/printk.h>
#include <kernel/setup.h>
#include <kernel/string.h>

#define CPIO_MAGIC "070701"
#define CPIO_FIELDS 13
#define CPIO_HEADER (6 + 8 * CPIO_FIELDS)
#define CPIO_TRAILER "TRAILER!!!"

enum { C_MODE = 1, C_FILESIZE = 6, C_NAMESIZE = 11 };

struct cpio_entry {
	const char *name, *data;
	u32 mode;
	u32 size;
	const char *next;
};

static u32 parse_hex(const char *p)
{
	u32 value = 0;

	for (int i = 0; i < 8; i++) {
		char c = p[i] | 0x20;

		value = value << 4 | (c >= 'a' ? c - 'a' + 10 : p[i] - '0');
	}
	return value;
}

/* Returns what is wrong, or NULL. */
static const char *parse_entry(struct cpio_entry *entry, const char *p, const char *end)
{
	u32 name_size;

	if (p + CPIO_HEADER > end)
		return "broken header";
	if (memcmp(p, CPIO_MAGIC, strlen(CPIO_MAGIC)))
		return "no cpio magic";
	p += strlen(CPIO_MAGIC);
	entry->mode = parse_hex(p + 8 * C_MODE);
	entry->size = parse_hex(p + 8 * C_FILESIZE);
	name_size = parse_hex(p + 8 * C_NAMESIZE);
	entry->name = p + 8 * CPIO_FIELDS;
	entry->data = (const char *)ALIGN((u64)entry->name + name_size, 4);
	entry->next = (const char *)ALIGN((u64)entry->data + entry->size, 4);
	if (!name_size || entry->next > end || entry->name[name_size - 1])
		return "broken entry";
	return NULL;
}

/* Device nodes are the drivers' business: see register_chrdev(). */
static void create_entry(const struct cpio_entry *entry)
{
	if (!S_ISREG(entry->mode) && !S_ISDIR(entry->mode))
		return;
	if (IS_ERR(ramfs_create(entry->name, entry->mode, entry->data, entry->size)))
		pr_err("cannot create %s\n", entry->name);
}

void populate_rootfs(void)
{
	const char *p = (const char *)initrd_start, *end = (const char *)initrd_end;
	struct cpio_entry entry;

	if (!p)
		return;
	pr_info("unpacking %lu bytes\n", end - p);
	for (; p < end; p = entry.next) {
		const char *error = parse_entry(&entry, p, end);

		if (error) {
			pr_err("unpacking failed: %s at %lu\n", error, (u64)p - initrd_start);
			return;
		}
		if (!strcmp(entry.name, CPIO_TRAILER))
			return;
		create_entry(&entry);
	}
}
