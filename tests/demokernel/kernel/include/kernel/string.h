/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _KERNEL_STRING_H
#define _KERNEL_STRING_H

#include <kernel/types.h>

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
size_t strscpy(char *to, const char *from, size_t size);

/* lib/kstrtox.c */
int kstrtoul(const char *s, unsigned int base, u64 *result);
int kstrtol(const char *s, unsigned int base, s64 *result);

#endif
