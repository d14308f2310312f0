/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real-mode part of bzImage. The boot loader reads the setup header, loads this
 * file's first sectors below 1 MB and the kernel at 1 MB, fills in where the command
 * line and the initramfs are, and jumps to offset 0x200 in real mode.
 *
 * The first 4 KiB double as the boot parameters ("zero page") the kernel gets: the
 * header is in its place already, the memory map is added by the code behind them.
 */
#define E820_COUNT 0x1e8
#define E820_TABLE 0x2d0
#define E820_MAX 100
#define E820_ENTRY 20
#define SMAP 0x534d4150
#define SETUP_SECTS 9

	.code16
	.section .text, "ax"
	.globl _start
bootsect:
	int	$0x18				/* not bootable without a loader */

	.org	0x1f1
	.byte	SETUP_SECTS			/* setup_sects */
	.word	0				/* root_flags */
	.long	SYSSIZE				/* syssize, in 16 bytes */
	.word	0, 0, 0				/* ram_size, vid_mode, root_dev */
	.word	0xaa55				/* boot_flag */
_start:
	.byte	0xeb, setup_entry - 1f		/* jump */
1:	.ascii	"HdrS"
	.word	0x0206				/* protocol version */
	.long	0				/* realmode_swtch */
	.word	0, 0				/* start_sys_seg, kernel_version */
	.byte	0				/* type_of_loader */
	.byte	1				/* loadflags: LOADED_HIGH */
	.word	0				/* setup_move_size */
	.long	0x100000			/* code32_start */
	.long	0, 0				/* ramdisk_image, ramdisk_size */
	.long	0				/* bootsect_kludge */
	.word	0				/* heap_end_ptr */
	.byte	0, 0				/* ext_loader_ver, ext_loader_type */
	.long	0				/* cmd_line_ptr */
	.long	0x3fffffff			/* initrd_addr_max: the direct map */
	.long	0				/* kernel_alignment */
	.byte	0, 0				/* relocatable_kernel, min_alignment */
	.word	0				/* xloadflags */
	.long	2047				/* cmdline_size */
setup_entry:
	jmp	setup

	.org	0x1000
setup:
	cli
	cld
	push	%ds
	pop	%es
	xor	%ebx, %ebx
	mov	$E820_TABLE, %di
1:	mov	$0xe820, %eax
	mov	$E820_ENTRY, %ecx
	mov	$SMAP, %edx
	int	$0x15
	jc	2f
	cmp	$SMAP, %eax
	jne	2f
	incb	E820_COUNT
	add	$E820_ENTRY, %di
	test	%ebx, %ebx
	jz	2f
	cmpb	$E820_MAX, E820_COUNT
	jb	1b
2:
	in	$0x92, %al			/* A20 */
	or	$2, %al
	and	$0xfe, %al
	out	%al, $0x92

	xor	%esi, %esi
	mov	%ds, %si
	shl	$4, %esi			/* linear address of the zero page */
	lea	gdt(%esi), %eax
	mov	%eax, gdt_base
	lgdtl	gdt_pointer
	mov	%cr0, %eax
	or	$1, %eax
	mov	%eax, %cr0
	ljmpl	$0x10, $0x100000		/* startup_32 */

	.balign	8
gdt:	.quad	0, 0
	.quad	0x00cf9a000000ffff		/* 0x10: code, flat, 32 bits */
	.quad	0x00cf92000000ffff		/* 0x18: data, flat */
gdt_pointer:
	.word	. - gdt - 1
gdt_base:
	.long	0

	.org	(SETUP_SECTS + 1) * 512
