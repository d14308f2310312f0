// SPDX-License-Identifier: Apache-2.0
/* What the firmware says the machine is: SMBIOS tables, types 0 (BIOS) and 1 (system). */
#include <asm/page.h>
#include <kernel/init.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/string.h>

#define SMBIOS_START 0xf0000
#define SMBIOS_END 0x100000
#define SMBIOS_ANCHOR "_SM_"

#define DMI_BIOS 0
#define DMI_SYSTEM 1
#define DMI_END 127

struct smbios_entry {
	char anchor[4];
	u8 checksum, length, major, minor;
	u16 max_size;
	u8 revision, formatted[5];
	char dmi_anchor[5];
	u8 dmi_checksum;
	u16 table_length;
	u32 table_address;
	u16 count;
} __packed;

struct dmi_header {
	u8 type, length;
	u16 handle;
	u8 data[];
} __packed;

static char hardware_name[160] = "unknown";
static const char *vendor, *product, *bios_version, *bios_date;

/* Strings follow a structure; fields number them from 1; an empty one ends them. */
static const char *dmi_string(const struct dmi_header *header, u8 offset)
{
	const char *s = (const char *)header + header->length;
	u8 number = offset < header->length ? ((const u8 *)header)[offset] : 0;

	if (!number)
		return "";
	while (--number && *s)
		s += strlen(s) + 1;
	return s;
}

static const void *next_header(const struct dmi_header *header)
{
	const char *s = (const char *)header + header->length;

	while (s[0] || s[1])
		s++;
	return s + 2;
}

static void dmi_walk(const struct smbios_entry *entry)
{
	const struct dmi_header *header = __va(entry->table_address);

	for (int i = 0; i < entry->count && header->type != DMI_END; i++) {
		if (header->type == DMI_BIOS) {
			bios_version = dmi_string(header, 5);
			bios_date = dmi_string(header, 8);
		} else if (header->type == DMI_SYSTEM) {
			vendor = dmi_string(header, 4);
			product = dmi_string(header, 5);
		}
		header = next_header(header);
	}
}

static const struct smbios_entry *find_smbios(void)
{
	for (u64 address = SMBIOS_START; address < SMBIOS_END; address += 16)
		if (!memcmp(__va(address), SMBIOS_ANCHOR, strlen(SMBIOS_ANCHOR)))
			return __va(address);
	return NULL;
}

const char *dmi_hardware_name(void)
{
	return hardware_name;
}

static int dmi_init(void)
{
	const struct smbios_entry *entry = find_smbios();

	if (entry && entry->table_address < DIRECT_MAP_SIZE)
		dmi_walk(entry);
	if (vendor && bios_version)
		snprintf(hardware_name, sizeof(hardware_name), "%s %s, BIOS %s %s", vendor,
			 product, bios_version, bios_date);
	pr_info("DMI: %s\n", hardware_name);
	return 0;
}
core_initcall(dmi_init);
