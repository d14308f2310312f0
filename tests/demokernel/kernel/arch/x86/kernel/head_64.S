/* SPDX-License-Identifier: Apache-2.0 */
/* From 32-bit protected mode without paging to C in the upper half. */
#include <asm/segment.h>

#define PHYS(symbol) ((symbol) - 0xffffffff80000000)
#define PDE_LARGE_RW 0x83
#define TABLE_RW 0x03

	.section .head.text, "ax"
	.code32
	.globl startup_32
startup_32:				/* esi: the boot parameters */
	cli
	cld
	mov	$0x18, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$PHYS(__bss_start), %edi
	mov	$PHYS(_end), %ecx
	sub	%edi, %ecx
	xor	%eax, %eax
	rep stosb

	/* The first GB, in pages of 2 MB; mapped three times through one table. */
	mov	$PHYS(level2_pgt), %edi
	mov	$PDE_LARGE_RW, %eax
	mov	$512, %ecx
1:	mov	%eax, (%edi)
	add	$0x200000, %eax
	add	$8, %edi
	loop	1b
	movl	$PHYS(level2_pgt) + TABLE_RW, PHYS(level3_direct_pgt)
	movl	$PHYS(level2_pgt) + TABLE_RW, PHYS(level3_kernel_pgt) + 510 * 8
	movl	$PHYS(level3_direct_pgt) + TABLE_RW, PHYS(swapper_pg_dir)
	movl	$PHYS(level3_direct_pgt) + TABLE_RW, PHYS(swapper_pg_dir) + 273 * 8
	movl	$PHYS(level3_kernel_pgt) + TABLE_RW, PHYS(swapper_pg_dir) + 511 * 8

	mov	%cr4, %eax
	or	$0x620, %eax		/* PAE, OSFXSR, OSXMMEXCPT */
	mov	%eax, %cr4
	mov	$PHYS(swapper_pg_dir), %eax
	mov	%eax, %cr3
	mov	$0xc0000080, %ecx	/* EFER */
	rdmsr
	or	$0x901, %eax		/* SCE, LME, NXE */
	wrmsr
	mov	$0x80050033, %eax	/* PG AM WP NE ET MP PE */
	mov	%eax, %cr0
	lgdt	PHYS(early_gdt_pointer)
	ljmp	$__KERNEL_CS, $PHYS(startup_64)

	.code64
startup_64:
	movabs	$1f, %rax
	jmp	*%rax
1:	xor	%eax, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
	mov	$kernel_stack_top, %rsp
	mov	%esi, %edi
	xor	%ebp, %ebp		/* the end of every stack trace */
	call	start_kernel
	ud2

	.balign	8
early_gdt:
	.quad	0, 0
	.quad	0x00af9a000000ffff	/* __KERNEL_CS */
early_gdt_pointer:
	.word	. - early_gdt - 1
	.long	PHYS(early_gdt)

	.section .bss
	.balign	0x1000
	.globl swapper_pg_dir, kernel_stack, kernel_stack_top
swapper_pg_dir:
	.skip	0x1000
level3_direct_pgt:
	.skip	0x1000
level3_kernel_pgt:
	.skip	0x1000
level2_pgt:
	.skip	0x1000
kernel_stack:
	.skip	KERNEL_STACK_SIZE
kernel_stack_top:
