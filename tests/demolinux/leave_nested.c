/*
 * Sets a vCPU's nested state to "GIF set, not in guest mode", as a restored virtual machine does.
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

	if (syscall(__NR_mmap, 0x20000000ul, 0x1000ul, PROT_READ | PROT_WRITE,
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

	res = syscall(__NR_ioctl, r[1], /*KVM_CREATE_VCPU*/ 0xae41, 0ul);
	if (res == -1)
		return 4;
	r[2] = res;

	*(uint16_t *)0x20000040 = 0x100; /* flags: KVM_STATE_NESTED_GIF_SET */
	*(uint16_t *)0x20000042 = 1;     /* format: KVM_STATE_NESTED_FORMAT_SVM */
	*(uint32_t *)0x20000044 = 0x80;  /* size */
	memset((void *)0x20000048, 0, 120);
	*(uint64_t *)0x20000048 = 0xffffffffffffffff; /* hdr.svm.vmcb_pa */
	res = syscall(__NR_ioctl, r[2], /*KVM_SET_NESTED_STATE*/ 0x4080aebf, 0x20000040ul);
	return res == -1 ? 5 : 0;
}
