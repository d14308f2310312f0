/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _ASM_SEGMENT_H
#define _ASM_SEGMENT_H

#define __KERNEL_CS 0x10
#define __KERNEL_DS 0x18
#define __USER32_CS 0x23
#define __USER_DS 0x2b
#define __USER_CS 0x33
#define GDT_ENTRY_TSS 8

#define KERNEL_STACK_SIZE 0x4000
#define TIMER_VECTOR 0x20

#endif
