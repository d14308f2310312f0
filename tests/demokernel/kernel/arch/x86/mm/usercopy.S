/* SPDX-License-Identifier: Apache-2.0 */
	.text
/* rdi: to, rsi: from, rdx: bytes. Returns in rax how many are left. */
	.globl	__copy_user
	.type	__copy_user, @function
__copy_user:
	mov	%rdx, %rcx
1:	rep movsb
2:	mov	%rcx, %rax
	ret

	.pushsection __ex_table, "a"
	.quad	1b, 2b
	.popsection
