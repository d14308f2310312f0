// SPDX-License-Identifier: Apache-2.0
#include <kernel/sched.h>
#include <kernel/string.h>
#include <kernel/syscalls.h>

#define AT_EMPTY_PATH 0x1000

struct stat {
	u64 dev, ino, nlink;
	u32 mode, uid, gid, pad;
	u64 rdev;
	s64 size, blksize, blocks;
	u64 times[6], unused[3];
};

static int copy_stat(const struct inode *inode, struct stat *to)
{
	struct stat st = {
		.ino = inode->ino,
		.nlink = 1,
		.mode = inode->mode,
		.rdev = inode->rdev,
		.size = inode->size,
		.blksize = PAGE_SIZE,
		.blocks = ALIGN(inode->size, 512) / 512,
	};

	return copy_to_user(to, &st, sizeof(st));
}

static int stat_fd(int fd, struct stat *to)
{
	struct file *file = fget(fd);

	return file ? copy_stat(file->inode, to) : -EBADF;
}

static int stat_path(const char *user_path, struct stat *to)
{
	char path[PATH_MAX];
	ssize_t n = strncpy_from_user(path, user_path, sizeof(path));
	struct inode *inode;

	if (n < 0)
		return n;
	inode = ramfs_lookup(path);
	return IS_ERR(inode) ? PTR_ERR(inode) : copy_stat(inode, to);
}

SYSCALL_DEFINE2(stat, const char *, path, struct stat *, to)
{
	return stat_path(path, to);
}

SYSCALL_DEFINE2(fstat, int, fd, struct stat *, to)
{
	return stat_fd(fd, to);
}

SYSCALL_DEFINE4(newfstatat, int, dir, const char *, path, struct stat *, to, int, flags)
{
	char first;

	if (copy_from_user(&first, path, 1))
		return -EFAULT;
	if (!first)
		return flags & AT_EMPTY_PATH ? stat_fd(dir, to) : -ENOENT;
	return dir == AT_FDCWD ? stat_path(path, to) : -EBADF;
}
