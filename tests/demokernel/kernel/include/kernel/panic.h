/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _KERNEL_PANIC_H
#define _KERNEL_PANIC_H

#include <asm/ptrace.h>
#include <kernel/kernel.h>

#define TAINT_DIE BIT(0)
#define TAINT_WARN BIT(1)

void __noreturn panic(const char *fmt, ...) __printf(1, 2);
void warn_at(const char *file, u32 line, struct pt_regs *regs);
void __noreturn die(const char *what, struct pt_regs *regs, long error_code);
void add_taint(u32 flag);
const char *print_tainted(void);

/* arch/x86/kernel/dumpstack.c */
void show_task_info(void);
void show_regs(struct pt_regs *regs);
void show_trace(struct pt_regs *regs);

/* drivers/firmware/dmi_scan.c */
#ifdef CONFIG_DMI
const char *dmi_hardware_name(void);
#else
static inline const char *dmi_hardware_name(void)
{
	return "unknown";
}
#endif

#endif
