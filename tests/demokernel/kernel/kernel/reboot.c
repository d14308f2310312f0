// SPDX-License-Identifier: Apache-2.0
#include <kernel/sched.h>
#include <kernel/syscalls.h>

#define REBOOT_MAGIC1 0xfee1dead
#define REBOOT_RESTART 0x01234567
#define REBOOT_HALT 0xcdef0123
#define REBOOT_POWER_OFF 0x4321fedc

SYSCALL_DEFINE3(reboot, u32, magic1, u32, magic2, u32, command)
{
	(void)magic2; /* four values are in use, all of them birthdays */
	if (magic1 != REBOOT_MAGIC1)
		return -EINVAL;
	switch (command) {
	case REBOOT_RESTART:
		machine_restart();
	case REBOOT_POWER_OFF:
		machine_power_off();
	case REBOOT_HALT:
		machine_halt();
	default:
		return -EINVAL;
	}
}
