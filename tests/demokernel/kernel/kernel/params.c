// SPDX-License-Identifier: Apache-2.0
#include <kernel/setup.h>
#include <kernel/string.h>

const char *boot_param(const char *name)
{
	size_t n = strlen(name);
	const char *p = boot_command_line;

	while (*p) {
		while (*p == ' ')
			p++;
		if (!strncmp(p, name, n) && p[n] == '=')
			return p + n + 1;
		if (!strncmp(p, name, n) && (p[n] == ' ' || !p[n]))
			return "";
		while (*p && *p != ' ')
			p++;
	}
	return NULL;
}

/* A value that is absent leaves what is there. */
bool boot_param_str(const char *name, char *value, size_t size)
{
	const char *p = boot_param(name);
	size_t n = 0;

	if (!p)
		return false;
	for (; n + 1 < size && p[n] && p[n] != ' '; n++)
		value[n] = p[n];
	value[n] = '\0';
	return true;
}

bool boot_param_int(const char *name, s64 *value)
{
	const char *p = boot_param(name);

	return p && !kstrtol(p, 0, value);
}
