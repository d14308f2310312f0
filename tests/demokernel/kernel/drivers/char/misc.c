// SPDX-License-Identifier: Apache-2.0
/* Devices too small for a major number of their own. */
#include <kernel/fs.h>
#include <kernel/mm.h>
#include <kernel/printk.h>

#define MISC_MAJOR 10
#define MISC_FIRST_DYNAMIC 128
#define MISC_PATH_MAX 32

static int next_minor = MISC_FIRST_DYNAMIC;

int misc_register(struct miscdevice *misc)
{
	char *path = kmalloc(MISC_PATH_MAX);
	int err = -ENOMEM;

	if (!path)
		return err;
	if (misc->minor == MISC_DYNAMIC_MINOR)
		misc->minor = next_minor++;
	snprintf(path, MISC_PATH_MAX, "dev/%s", misc->name);
	err = register_chrdev(MKDEV(MISC_MAJOR, misc->minor), path, misc->fops);
	if (err)
		kfree(path);
	return err;
}
