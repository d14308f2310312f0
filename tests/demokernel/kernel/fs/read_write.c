// SPDX-License-Identifier: Apache-2.0
#include <kernel/sched.h>
#include <kernel/syscalls.h>

struct iovec {
	char *base;
	u64 len;
};

#define IOV_MAX 1024
#define SEEK_CUR 1
#define SEEK_END 2

static ssize_t ramfs_read(struct file *file, char *to, size_t n)
{
	size_t left = file->pos < (loff_t)file->inode->size ? file->inode->size - file->pos : 0;

	n = min(n, left);
	if (copy_to_user(to, file->inode->data + file->pos, n))
		return -EFAULT;
	file->pos += n;
	return n;
}

SYSCALL_DEFINE3(read, int, fd, char *, to, size_t, n)
{
	struct file *file = fget(fd);

	if (!file)
		return -EBADF;
	if (file->fops)
		return file->fops->read ? file->fops->read(file, to, n) : -EINVAL;
	return S_ISDIR(file->inode->mode) ? -EISDIR : ramfs_read(file, to, n);
}

static ssize_t vfs_write(int fd, const char *from, size_t n)
{
	struct file *file = fget(fd);

	if (!file)
		return -EBADF;
	return file->fops && file->fops->write ? file->fops->write(file, from, n) : -EINVAL;
}

SYSCALL_DEFINE3(write, int, fd, const char *, from, size_t, n)
{
	return vfs_write(fd, from, n);
}

SYSCALL_DEFINE3(writev, int, fd, const struct iovec *, vec, int, count)
{
	ssize_t done = 0;

	if (count < 0 || count > IOV_MAX)
		return -EINVAL;
	for (int i = 0; i < count; i++) {
		struct iovec iov;
		ssize_t n;

		if (copy_from_user(&iov, vec + i, sizeof(iov)))
			return -EFAULT;
		n = vfs_write(fd, iov.base, iov.len);
		if (n < 0)
			return done ? done : n;
		done += n;
	}
	return done;
}

SYSCALL_DEFINE3(lseek, int, fd, loff_t, offset, int, whence)
{
	struct file *file = fget(fd);

	if (!file)
		return -EBADF;
	if (file->fops)
		return -ESPIPE;
	if (whence == SEEK_CUR)
		offset += file->pos;
	else if (whence == SEEK_END)
		offset += file->inode->size;
	if (offset < 0 || whence > SEEK_END)
		return -EINVAL;
	file->pos = offset;
	return offset;
}
