/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _KERNEL_INIT_H
#define _KERNEL_INIT_H

typedef int (*initcall_t)(void);

#define __define_initcall(fn, level)                                            \
	static initcall_t __initcall_##fn __attribute__((used,                  \
		section(".initcall" #level ".init"))) = fn

/* Run in this order; inside a level, in link order. */
#define core_initcall(fn) __define_initcall(fn, 1)
#define subsys_initcall(fn) __define_initcall(fn, 2)
#define device_initcall(fn) __define_initcall(fn, 3)
#define late_initcall(fn) __define_initcall(fn, 4)

#endif
