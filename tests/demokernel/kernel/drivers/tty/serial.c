// SPDX-License-Identifier: Apache-2.0
/* The first serial port, by polling: output is complete when a write returns. */
#include <asm/io.h>
#include <asm/processor.h>
#include <kernel/serial.h>

#define COM1 0x3f8
#define UART_TX 0
#define UART_LSR 5
#define UART_LSR_THRE 0x20

static void putc(char c)
{
	while (!(inb(COM1 + UART_LSR) & UART_LSR_THRE))
		cpu_relax();
	outb(COM1 + UART_TX, c);
}

void serial_write(const char *text, size_t n)
{
	for (; n; n--, text++) {
		if (*text == '\n')
			putc('\r');
		putc(*text);
	}
}
