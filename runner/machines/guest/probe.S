/*
 * A boot sector that does what a kernel does first: goes to 64-bit mode with paging, takes a timer interrupt, computes
 * for a while, says a word on COM1 and leaves QEMU through its isa-debug-exit device. The computing matters: there is
 * a /dev/kvm that runs every instruction, 1000 times slower than it should, so that kernels seem to hang.
 * runner/machines/accelerator.py holds the bytes of this.
 *
 *   gcc -nostdlib -static -no-pie -Wl,-Ttext=0x7c00,--build-id=none,--oformat=binary -o probe probe.S
 */
	.code16
	.globl	_start
_start:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	cld

	/* Page tables at 0x1000, 0x2000 and 0x3000 map the first 2 MiB onto themselves; interrupt gates at 0x4000. */
	movw	$0x1000, %di
	movw	$0x2000, %cx
	rep stosw
	movw	$0x2003, 0x1000
	movw	$0x3003, 0x2000
	movw	$0x0083, 0x3000

	lgdtl	gdt_pointer
	movl	$0x20, %eax		/* PAE */
	movl	%eax, %cr4
	movl	$0x1000, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx	/* EFER: long mode */
	rdmsr
	orl	$0x100, %eax
	wrmsr
	movl	$0x80000001, %eax	/* paging, protection */
	movl	%eax, %cr0
	ljmpl	$8, $long_mode

	.code64
long_mode:
	movl	$0x7c00, %esp
	movl	$timer, %eax		/* the BIOS left IRQ 0 at vector 8 */
	movl	%eax, 0x4080
	movw	$8, 0x4082
	movw	$0x8e00, 0x4084
	lidt	idt_pointer
	movb	$0xfe, %al		/* no other interrupts */
	outb	%al, $0x21
	sti
	hlt				/* ends with the first tick, 55 ms */
	cli

	movl	$50000000, %ecx
work:
	movl	%ecx, %eax
	andl	$0x7fffc, %eax
	addl	%ecx, 0x100000(%rax)
	decl	%ecx
	jnz	work

	movl	$word, %esi
	movl	$word_end - word, %ecx
say:
	movw	$0x3fd, %dx		/* wait until the serial port takes a byte */
1:	inb	%dx, %al
	testb	$0x20, %al
	jz	1b
	movw	$0x3f8, %dx
	lodsb
	outb	%al, %dx
	decl	%ecx
	jnz	say

	movb	$42, %al		/* QEMU's exit status: 42 * 2 + 1 */
	outb	%al, $0xf4
2:	hlt
	jmp	2b

timer:
	movb	$0x20, %al
	outb	%al, $0x20
	iretq

word:
	.ascii	"bisectweb: a guest runs here\r\n"
word_end:

	.balign	8
gdt:
	.quad	0
	.quad	0x00209a0000000000	/* 64-bit code */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt
idt_pointer:
	.word	0xfff
	.quad	0x4000

	.org	510
	.word	0xaa55
