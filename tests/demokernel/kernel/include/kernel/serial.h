/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _KERNEL_SERIAL_H
#define _KERNEL_SERIAL_H

#include <kernel/types.h>

/* drivers/tty/serial.c: usable from the first instruction on. */
void serial_write(const char *text, size_t n);

#endif
