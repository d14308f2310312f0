// SPDX-License-Identifier: Apache-2.0
#include <kernel/kernel.h>
#include <kernel/string.h>

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 36;
}

/* Base 0: 16 after "0x", else 10. The number ends at a NUL, a blank or a newline. */
int kstrtoul(const char *s, unsigned int base, u64 *result)
{
	u64 value = 0;

	if ((base == 0 || base == 16) && s[0] == '0' && (s[1] | 0x20) == 'x') {
		base = 16;
		s += 2;
	} else if (base == 0) {
		base = 10;
	}
	if (digit_value(*s) >= (int)base)
		return -EINVAL;
	for (; digit_value(*s) < (int)base; s++) {
		if (value > (~0UL - digit_value(*s)) / base)
			return -ERANGE;
		value = value * base + digit_value(*s);
	}
	if (*s && *s != ' ' && *s != '\n')
		return -EINVAL;
	*result = value;
	return 0;
}

int kstrtol(const char *s, unsigned int base, s64 *result)
{
	bool negative = *s == '-';
	u64 value;
	int err = kstrtoul(s + negative, base, &value);

	if (err)
		return err;
	if (value > ~0UL / 2)
		return -ERANGE;
	*result = negative ? -(s64)value : (s64)value;
	return 0;
}
