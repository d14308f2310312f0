// SPDX-License-Identifier: Apache-2.0
/* /dev/null and /dev/zero. */
#include <kernel/fs.h>
#include <kernel/init.h>
#include <kernel/uaccess.h>

#define MEM_MAJOR 1

static ssize_t null_read(struct file *file, char *to, size_t n)
{
	return 0;
}

static ssize_t null_write(struct file *file, const char *from, size_t n)
{
	return n;
}

static ssize_t zero_read(struct file *file, char *to, size_t n)
{
	return clear_user(to, n) ?: (ssize_t)n;
}

static const struct file_operations null_fops = {
	.read = null_read,
	.write = null_write,
};

static const struct file_operations zero_fops = {
	.read = zero_read,
	.write = null_write,
};

static int mem_init(void)
{
	return register_chrdev(MKDEV(MEM_MAJOR, 3), "dev/null", &null_fops) ?:
	       register_chrdev(MKDEV(MEM_MAJOR, 5), "dev/zero", &zero_fops);
}
subsys_initcall(mem_init);
