/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _KERNEL_FS_H
#define _KERNEL_FS_H

#include <kernel/list.h>

#define S_IFMT 0170000
#define S_IFDIR 0040000
#define S_IFCHR 0020000
#define S_IFREG 0100000
#define S_ISDIR(mode) (((mode) & S_IFMT) == S_IFDIR)
#define S_ISREG(mode) (((mode) & S_IFMT) == S_IFREG)

#define O_ACCMODE 3
#define O_CREAT 0100

#define PATH_MAX 256
#define MKDEV(major, minor) (((major) << 8) | (minor))
#define AT_FDCWD (-100)

struct file;

struct file_operations {
	int (*open)(struct file *file);
	void (*release)(struct file *file);
	ssize_t (*read)(struct file *file, char *to, size_t n);
	ssize_t (*write)(struct file *file, const char *from, size_t n);
	long (*ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
};

struct inode {
	struct list_head list;
	const char *path; /* from the root, without the first slash */
	u32 ino;
	u32 mode;
	u32 rdev;
	const void *data;
	size_t size;
	const struct file_operations *fops;
};

struct file {
	struct inode *inode;
	const struct file_operations *fops;
	loff_t pos;
	u32 count;
	void *private_data;
};

/* fs/ramfs.c */
struct inode *ramfs_create(const char *path, u32 mode, const void *data, size_t size);
struct inode *ramfs_lookup(const char *path);

/* fs/file.c */
struct file *filp_open(const char *path, int flags);
struct file *fget(int fd);
struct file *get_file(struct file *file);
void fput(struct file *file);
int get_unused_fd(void);

/* drivers/base/chrdev.c */
int register_chrdev(u32 rdev, const char *path, const struct file_operations *fops);

#define MISC_DYNAMIC_MINOR 255

struct miscdevice {
	int minor;
	const char *name;
	const struct file_operations *fops;
};

/* drivers/char/misc.c */
int misc_register(struct miscdevice *misc);

#endif
