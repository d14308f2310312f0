// SPDX-License-Identifier: Apache-2.0
/* /dev/console and /dev/ttyS0: the serial port, where nobody types. /dev/kmsg: the log. */
#include <kernel/fs.h>
#include <kernel/init.h>
#include <kernel/printk.h>
#include <kernel/serial.h>
#include <kernel/string.h>
#include <kernel/uaccess.h>

#define TCGETS 0x5401
#define TERMIOS_SIZE 36

static ssize_t console_read(struct file *file, char *to, size_t n)
{
	return 0;
}

static ssize_t console_write(struct file *file, const char *from, size_t n)
{
	char chunk[256];

	for (size_t done = 0; done < n;) {
		size_t size = min(n - done, sizeof(chunk));

		if (copy_from_user(chunk, from + done, size))
			return done ? (ssize_t)done : -EFAULT;
		serial_write(chunk, size);
		done += size;
	}
	return n;
}

/* Enough for isatty(). */
static long console_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return cmd == TCGETS ? clear_user((void *)arg, TERMIOS_SIZE) : -ENOTTY;
}

static const struct file_operations console_fops = {
	.read = console_read,
	.write = console_write,
	.ioctl = console_ioctl,
};

/* A line for the kernel's log; "<6>" before it is its level, and we print them all. */
static ssize_t kmsg_write(struct file *file, const char *from, size_t n)
{
	char line[256];
	size_t size = min(n, sizeof(line) - 1);
	const char *text = line;

	if (copy_from_user(line, from, size))
		return -EFAULT;
	line[size] = '\0';
	if (line[0] == '<' && strchr(line, '>'))
		text = strchr(line, '>') + 1;
	printk("%s%s", text, size && line[size - 1] == '\n' ? "" : "\n");
	return n;
}

static const struct file_operations kmsg_fops = {
	.write = kmsg_write,
};

static int console_init(void)
{
	pr_info("printk: console [ttyS0] enabled\n");
	return register_chrdev(MKDEV(5, 1), "dev/console", &console_fops) ?:
	       register_chrdev(MKDEV(4, 64), "dev/ttyS0", &console_fops) ?:
	       register_chrdev(MKDEV(1, 11), "dev/kmsg", &kmsg_fops);
}
core_initcall(console_init);
