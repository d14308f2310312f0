// SPDX-License-Identifier: Apache-2.0
#include <asm/io.h>
#include <kernel/kernel.h>
#include <kernel/printk.h>
#include <kernel/sched.h>

#define KBD_COMMAND 0x64
#define KBD_RESET 0xfe
#define Q35_PM1A_CONTROL 0x604 /* where SeaBIOS puts it on QEMU's machines */
#define SLEEP_ENABLE 0x2000

void __noreturn machine_halt(void)
{
	for (;;)
		asm volatile("cli; hlt");
}

void __noreturn machine_restart(void)
{
	struct { u16 limit; u64 base; } __packed no_idt = { 0, 0 };

	pr_info("reboot: machine restart\n");
	for (int i = 0; i < 10; i++)
		outb(KBD_COMMAND, KBD_RESET);
	/* No keyboard controller: a trap without a table resets the CPU. */
	asm volatile("lidt %0; int3" :: "m"(no_idt));
	machine_halt();
}

void __noreturn machine_power_off(void)
{
	pr_info("reboot: Power down\n");
	outw(Q35_PM1A_CONTROL, SLEEP_ENABLE);
	machine_halt();
}
