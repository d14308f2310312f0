// SPDX-License-Identifier: Apache-2.0
#include <kernel/printk.h>
#include <kernel/serial.h>
#include <kernel/string.h>
#include <kernel/time.h>

#define LOG_LINE_MAX 1024

static bool at_line_start = true;

static void print_time(void)
{
#ifdef CONFIG_PRINTK_TIME
	char stamp[32];
	u64 ns = ktime_get();
	int n = snprintf(stamp, sizeof(stamp), "[%5lu.%06lu] ", ns / NSEC_PER_SEC,
			 ns % NSEC_PER_SEC / NSEC_PER_USEC);

	serial_write(stamp, n);
#endif
}

/* Each line gets the time it starts at; one call may hold several lines. */
void printk(const char *fmt, ...)
{
	static char text[LOG_LINE_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (const char *line = text; *line;) {
		const char *newline = strchr(line, '\n');
		size_t n = newline ? (size_t)(newline - line + 1) : strlen(line);

		if (at_line_start)
			print_time();
		serial_write(line, n);
		at_line_start = newline;
		line += n;
	}
}
