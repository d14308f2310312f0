/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _KERNEL_CRC32_H
#define _KERNEL_CRC32_H

#include <kernel/types.h>

u32 crc32_le(u32 crc, const void *data, size_t n);

#endif
