/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _KERNEL_RANDOM_H
#define _KERNEL_RANDOM_H

#include <kernel/kernel.h>

void get_random_bytes(void *to, size_t n);
u32 get_random_u32_below(u32 ceil);

#endif
