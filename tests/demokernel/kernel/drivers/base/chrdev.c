// SPDX-License-Identifier: Apache-2.0
/* Character devices appear in /dev by themselves. */
#include <kernel/fs.h>

int register_chrdev(u32 rdev, const char *path, const struct file_operations *fops)
{
	struct inode *inode = ramfs_create(path, S_IFCHR | 0600, NULL, 0);

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	inode->rdev = rdev;
	inode->fops = fops;
	return 0;
}
