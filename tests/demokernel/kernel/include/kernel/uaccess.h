/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _KERNEL_UACCESS_H
#define _KERNEL_UACCESS_H

#include <asm/page.h>
#include <kernel/kernel.h>

/* Returns the number of bytes that were not copied. */
u64 __copy_user(void *to, const void *from, u64 n);

static inline bool access_ok(const void *addr, u64 n)
{
	return n <= TASK_SIZE && (u64)addr <= TASK_SIZE - n;
}

static inline int copy_from_user(void *to, const void *from, u64 n)
{
	return access_ok(from, n) && !__copy_user(to, from, n) ? 0 : -EFAULT;
}

static inline int copy_to_user(void *to, const void *from, u64 n)
{
	return access_ok(to, n) && !__copy_user(to, from, n) ? 0 : -EFAULT;
}

/* mm/uaccess.c: length without the NUL, -EFAULT, or -ENAMETOOLONG. */
ssize_t strncpy_from_user(char *to, const char *from, size_t size);
int clear_user(void *to, u64 n);

#endif
