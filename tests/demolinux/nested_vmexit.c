/*
 * Restores a vCPU in the middle of a nested VMRUN that no processor accepts, and runs it: the guest's
 * code segment is of 64 and of 32 bits at once.
 * In the manner of a syzkaller reproducer: raw system calls, arguments at fixed addresses.
 * Exits with 0 when every call succeeded, else with the number of the one that did not.
 */
#define _GNU_SOURCE

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __NR_openat
#define __NR_openat 257
#endif

static uint64_t r[3] = {0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff};

int main(void)
{
	intptr_t res;

	if (syscall(__NR_mmap, 0x20000000ul, 0x1000000ul, PROT_READ | PROT_WRITE,
		    MAP_ANONYMOUS | MAP_FIXED | MAP_PRIVATE, -1, 0ul) != 0x20000000)
		return 1;

	memcpy((void *)0x20000000, "/dev/kvm\000", 9);
	res = syscall(__NR_openat, 0xffffffffffffff9cul, 0x20000000ul, O_RDWR, 0ul);
	if (res == -1)
		return 2;
	r[0] = res;

	res = syscall(__NR_ioctl, r[0], /*KVM_CREATE_VM*/ 0xae01, 0ul);
	if (res == -1)
		return 3;
	r[1] = res;

	*(uint32_t *)0x20000040 = 0;          /* slot */
	*(uint32_t *)0x20000044 = 0;          /* flags */
	*(uint64_t *)0x20000048 = 0;          /* guest_phys_addr */
	*(uint64_t *)0x20000050 = 0x100000;   /* memory_size */
	*(uint64_t *)0x20000058 = 0x20100000; /* userspace_addr */
	res = syscall(__NR_ioctl, r[1], /*KVM_SET_USER_MEMORY_REGION*/ 0x4020ae46, 0x20000040ul);
	if (res == -1)
		return 4;

	res = syscall(__NR_ioctl, r[1], /*KVM_CREATE_VCPU*/ 0xae41, 0ul);
	if (res == -1)
		return 5;
	r[2] = res;

	*(uint32_t *)0x20001000 = 256; /* nent */
	*(uint32_t *)0x20001004 = 0;
	res = syscall(__NR_ioctl, r[0], /*KVM_GET_SUPPORTED_CPUID*/ 0xc008ae05, 0x20001000ul);
	if (res == -1)
		return 6;
	res = syscall(__NR_ioctl, r[2], /*KVM_SET_CPUID2*/ 0x4008ae90, 0x20001000ul);
	if (res == -1)
		return 7;

	/* What runs is the nested guest, in long mode. */
	res = syscall(__NR_ioctl, r[2], /*KVM_GET_SREGS*/ 0x8138ae83, 0x20004000ul);
	if (res == -1)
		return 8;
	*(uint8_t *)0x20004011 = 1;           /* cs.db */
	*(uint8_t *)0x20004013 = 1;           /* cs.l */
	*(uint64_t *)0x200040e0 = 0x80000031; /* cr0: PG, NE, ET, PE */
	*(uint64_t *)0x200040f0 = 0x2000;     /* cr3 */
	*(uint64_t *)0x200040f8 = 0x20;       /* cr4: PAE */
	*(uint64_t *)0x20004108 = 0x1500;     /* efer: SVME, LMA, LME */
	res = syscall(__NR_ioctl, r[2], /*KVM_SET_SREGS*/ 0x4138ae84, 0x20004000ul);
	if (res == -1)
		return 9;

	/* What it was started by: the VMCB's controls, and the state of the guest around it. */
	memset((void *)0x20005000, 0, 0x1080);
	*(uint16_t *)0x20005000 = 0x103;      /* flags: GUEST_MODE, RUN_PENDING, GIF_SET */
	*(uint16_t *)0x20005002 = 1;          /* format: KVM_STATE_NESTED_FORMAT_SVM */
	*(uint32_t *)0x20005004 = 0x1080;     /* size */
	*(uint64_t *)0x20005008 = 0x1000;     /* hdr.svm.vmcb_pa */
	*(uint32_t *)0x20005090 = 1;          /* control.intercepts: VMRUN */
	*(uint32_t *)0x200050d8 = 1;          /* control.asid */
	*(uint64_t *)0x20005550 = 0x1000;     /* save.efer: SVME */
	*(uint64_t *)0x200055d8 = 0x80000031; /* save.cr0 */
	*(uint64_t *)0x200055e0 = 0x400;      /* save.dr7 */
	*(uint64_t *)0x200055e8 = 0xffff0ff0; /* save.dr6 */
	*(uint64_t *)0x200055f0 = 2;          /* save.rflags */
	res = syscall(__NR_ioctl, r[2], /*KVM_SET_NESTED_STATE*/ 0x4080aebf, 0x20005000ul);
	if (res == -1)
		return 10;

	res = syscall(__NR_ioctl, r[2], /*KVM_RUN*/ 0xae80, 0ul);
	return res == -1 ? 11 : 0;
}
