/* SPDX-License-Identifier: Apache-2.0 */
/* Every way into the kernel, and the one way out. */
#include <asm/segment.h>

	.text

.macro FUNC name
	.globl	\name
	.type	\name, @function
\name:
.endm

/* All but rdi, which is there already. */
.macro PUSH_REGS rax=%rax
	push	%rsi
	push	%rdx
	push	%rcx
	push	\rax
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
.endm

/* One CPU and one kernel stack: no swapgs needed to find it. */
FUNC entry_SYSCALL_64
	mov	%rsp, user_rsp(%rip)
	mov	$kernel_stack_top, %rsp
	push	$__USER_DS
	push	user_rsp(%rip)
	push	%r11
	push	$__USER_CS
	push	%rcx
FUNC entry_SYSCALL_64_after_hwframe
	push	%rax
	push	%rdi
	PUSH_REGS rax=$-38		/* -ENOSYS */
	xor	%ebp, %ebp
	mov	%rsp, %rdi
	call	do_syscall_64
	jmp	restore_regs

/* To what task_pt_regs() holds, from anywhere: whatever is on the stack is dropped. */
FUNC return_to_user
	mov	$kernel_stack_top - 21 * 8, %rsp
restore_regs:
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rax
	pop	%rcx
	pop	%rdx
	pop	%rsi
	pop	%rdi
	add	$8, %rsp
	iretq

FUNC asm_common_trap
	/* On the stack: vector, error code, the CPU's frame. */
	cld
	xchg	%rdi, (%rsp)		/* rdi: the vector; its place: user's rdi */
	PUSH_REGS
	mov	%rdi, %rsi
	mov	%rsp, %rdi
	call	do_trap
	jmp	restore_regs

/* 32 exceptions and the timer; those without an error code get a 0. */
#define HAS_ERROR_CODE 0x60227d00
	.globl trap_entry_points
	.balign	16
trap_entry_points:
vector = 0
	.rept	TIMER_VECTOR + 1
	.balign	16
	.if	((HAS_ERROR_CODE >> vector) & 1) == 0
	push	$0
	.endif
	push	$vector
	jmp	asm_common_trap
vector = vector + 1
	.endr

	.section .bss
	.balign	8
user_rsp:
	.skip	8
