/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _KERNEL_SETUP_H
#define _KERNEL_SETUP_H

#include <kernel/kernel.h>

#define COMMAND_LINE_SIZE 2048

extern char boot_command_line[COMMAND_LINE_SIZE];
extern u64 initrd_start, initrd_end; /* virtual */
extern const char demokernel_banner[];
extern const char init_uts_release[];
extern const char init_uts_version[];

/* kernel/params.c: options on the command line, as "name" or "name=value". */
const char *boot_param(const char *name); /* the value, "" without one, or NULL */
bool boot_param_str(const char *name, char *value, size_t size);
bool boot_param_int(const char *name, s64 *value);

/* arch/x86/kernel/setup.c */
void setup_arch(u64 boot_params);

/* init/initramfs.c */
void populate_rootfs(void);

#endif
