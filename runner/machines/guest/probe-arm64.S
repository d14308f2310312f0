/*
 * probe.S for arm64, as a raw image that QEMU's `virt` board starts with the MMU off: waits for the generic timer,
 * computes for a while, says a word on the PL011 and powers off through PSCI. runner/machines/probes.py holds the bytes of this.
 *
 *   aarch64-linux-gnu-gcc -nostdlib -static -Wl,--build-id=none -o probe.elf probe-arm64.S
 *   aarch64-linux-gnu-objcopy -O binary probe.elf probe
 */
	.globl	_start
_start:
	mrs	x0, cntfrq_el0		/* ticks of a second: wait for a sixteenth */
	mrs	x1, cntvct_el0
	add	x1, x1, x0, lsr #4
1:	mrs	x2, cntvct_el0
	cmp	x2, x1
	b.lo	1b

	ldr	w0, =50000000
	adr	x1, _start
	add	x1, x1, #0x100000
work:
	and	w2, w0, #0x7fffc
	ldr	w3, [x1, x2]
	add	w3, w3, w0
	str	w3, [x1, x2]
	subs	w0, w0, #1
	b.ne	work

	mov	x1, #0x09000000		/* the PL011's data register; 0x18 behind it are its flags */
	adr	x2, word
say:
	ldr	w3, [x1, #0x18]		/* wait until it takes a byte */
	tbnz	w3, #5, say
	ldrb	w3, [x2], #1
	cbz	w3, off
	str	w3, [x1]
	b	say

off:
	ldr	w0, =0x84000008		/* SYSTEM_OFF: from EL2 to the firmware, from EL1 to the hypervisor */
	mrs	x1, CurrentEL
	tbnz	x1, #3, 2f
	hvc	#0
2:	smc	#0
3:	wfi
	b	3b

word:
	.asciz	"bisectweb: a guest runs here\r\n"
	.balign	8
	.ltorg
