// SPDX-License-Identifier: Apache-2.0
#include <kernel/crc32.h>

/* The reflected polynomial of IEEE 802.3, a bit at a time. */
#define CRC32_POLY 0xedb88320

u32 crc32_le(u32 crc, const void *data, size_t n)
{
	const u8 *p = data;

	while (n--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? CRC32_POLY : 0);
	}
	return crc;
}
