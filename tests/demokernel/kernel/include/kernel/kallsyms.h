/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _KERNEL_KALLSYMS_H
#define _KERNEL_KALLSYMS_H

#include <kernel/kernel.h>

#define KSYM_SYMBOL_LEN 128

/* "name+0xoffset/0xsize", or the plain address. Returns the length. */
int sprint_symbol(char *buf, size_t size, u64 addr);
bool is_kernel_text(u64 addr);

#endif
