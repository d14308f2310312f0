// The reproducer of "WARNING in demo_leave_nested": gcc -static -O1 -pthread -o repro repro.c
#define _GNU_SOURCE

#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

uint64_t r[1] = {0xffffffffffffffff};

int main(void)
{
	intptr_t res = 0;

	syscall(__NR_mmap, 0x20000000ul, 0x1000000ul, 7ul, 0x32ul, -1, 0ul);
	// openat$demo
	__builtin_memcpy((void *)0x20000000, "/dev/demo\000", 10);
	res = syscall(__NR_openat, 0xffffffffffffff9cul, 0x20000000ul, 2ul, 0ul);
	if (res != -1)
		r[0] = res;
	// ioctl$DEMO_ENABLE_NESTED
	syscall(__NR_ioctl, r[0], 0xd001, 0ul);
	// ioctl$DEMO_MARK_DIRTY
	*(uint64_t *)0x20000040 = 0x11;
	syscall(__NR_ioctl, r[0], 0x4008d007, 0x20000040ul);
	// ioctl$DEMO_SET_NESTED_STATE: in guest mode, with an entry that is pending
	*(uint32_t *)0x20000080 = 3;
	*(uint32_t *)0x20000084 = 0x10;
	*(uint64_t *)0x20000088 = 0x1000;
	syscall(__NR_ioctl, r[0], 0x4010d004, 0x20000080ul);
	// ioctl$DEMO_RUN
	*(uint32_t *)0x200000c0 = 0;
	*(uint32_t *)0x200000c4 = 0;
	syscall(__NR_ioctl, r[0], 0xc008d006, 0x200000c0ul);
	// ioctl$DEMO_SET_NESTED_STATE: out of guest mode
	*(uint32_t *)0x20000100 = 0;
	*(uint32_t *)0x20000104 = 0x10;
	*(uint64_t *)0x20000108 = 0;
	syscall(__NR_ioctl, r[0], 0x4010d004, 0x20000100ul);
	// ioctl$DEMO_GET_DIRTY_LOG
	*(uint32_t *)0x20000140 = 0x10;
	*(uint32_t *)0x20000144 = 0;
	*(uint64_t *)0x20000148 = 0x20000200;
	syscall(__NR_ioctl, r[0], 0xc010d008, 0x20000140ul);
	return 0;
}
