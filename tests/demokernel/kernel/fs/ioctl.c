// SPDX-License-Identifier: Apache-2.0
#include <kernel/sched.h>
#include <kernel/syscalls.h>

SYSCALL_DEFINE3(ioctl, int, fd, unsigned int, cmd, unsigned long, arg)
{
	struct file *file = fget(fd);

	if (!file)
		return -EBADF;
	return file->fops && file->fops->ioctl ? file->fops->ioctl(file, cmd, arg) : -ENOTTY;
}
