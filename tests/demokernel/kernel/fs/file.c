// SPDX-License-Identifier: Apache-2.0
/* Open files and their numbers. */
#include <kernel/mm.h>
#include <kernel/sched.h>
#include <kernel/string.h>
#include <kernel/syscalls.h>

struct file *filp_open(const char *path, int flags)
{
	struct inode *inode = ramfs_lookup(path);
	struct file *file;
	int err = 0;

	if (IS_ERR(inode))
		return ERR_PTR(flags & O_CREAT ? -EROFS : PTR_ERR(inode));
	if (flags & O_ACCMODE && !inode->fops)
		return ERR_PTR(S_ISDIR(inode->mode) ? -EISDIR : -EROFS);
	file = kzalloc(sizeof(*file));
	if (!file)
		return ERR_PTR(-ENOMEM);
	file->inode = inode;
	file->fops = inode->fops;
	file->count = 1;
	if (file->fops && file->fops->open)
		err = file->fops->open(file);
	if (!err)
		return file;
	kfree(file);
	return ERR_PTR(err);
}

struct file *get_file(struct file *file)
{
	file->count++;
	return file;
}

void fput(struct file *file)
{
	if (--file->count)
		return;
	if (file->fops && file->fops->release)
		file->fops->release(file);
	kfree(file);
}

struct file *fget(int fd)
{
	return fd >= 0 && fd < NR_OPEN ? current->files[fd] : NULL;
}

int get_unused_fd(void)
{
	for (int fd = 0; fd < NR_OPEN; fd++)
		if (!current->files[fd])
			return fd;
	return -EMFILE;
}

static long do_open(const char *user_path, int flags)
{
	char path[PATH_MAX];
	ssize_t n = strncpy_from_user(path, user_path, sizeof(path));
	int fd = get_unused_fd();
	struct file *file;

	if (n < 0)
		return n;
	if (fd < 0)
		return fd;
	file = filp_open(path, flags);
	if (IS_ERR(file))
		return PTR_ERR(file);
	current->files[fd] = file;
	return fd;
}

SYSCALL_DEFINE2(open, const char *, path, int, flags)
{
	return do_open(path, flags);
}

/* Every task's folder is the root. */
SYSCALL_DEFINE3(openat, int, dir, const char *, path, int, flags)
{
	return dir == AT_FDCWD ? do_open(path, flags) : -EBADF;
}

SYSCALL_DEFINE1(close, int, fd)
{
	struct file *file = fget(fd);

	if (!file)
		return -EBADF;
	current->files[fd] = NULL;
	fput(file);
	return 0;
}
