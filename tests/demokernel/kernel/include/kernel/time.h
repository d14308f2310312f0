/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _KERNEL_TIME_H
#define _KERNEL_TIME_H

#include <kernel/kernel.h>

#define NSEC_PER_SEC 1000000000UL
#define NSEC_PER_USEC 1000UL

/* arch/x86/kernel/time.c */
void time_init(void);
u64 ktime_get(void); /* nanoseconds since the kernel started */
void schedule_timeout(u64 ns); /* halts between timer interrupts */

#endif
