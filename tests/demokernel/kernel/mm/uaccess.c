// SPDX-License-Identifier: Apache-2.0
#include <kernel/string.h>
#include <kernel/uaccess.h>

ssize_t strncpy_from_user(char *to, const char *from, size_t size)
{
	for (size_t n = 0; n < size; n++) {
		if (copy_from_user(to + n, from + n, 1))
			return -EFAULT;
		if (!to[n])
			return n;
	}
	return -ENAMETOOLONG;
}

int clear_user(void *to, u64 n)
{
	static const char zeroes[256];
	char *p = to;

	while (n) {
		u64 chunk = min(n, sizeof(zeroes));

		if (copy_to_user(p, zeroes, chunk))
			return -EFAULT;
		p += chunk;
		n -= chunk;
	}
	return 0;
}
