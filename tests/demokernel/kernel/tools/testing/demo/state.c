// SPDX-License-Identifier: Apache-2.0
/* DEMO_SET_NESTED_STATE and DEMO_GET_NESTED_STATE agree: gcc -static state.c -o repro */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "../../../include/uapi/demo.h"

int main(void)
{
	struct demo_nested_state in = { DEMO_STATE_GUEST_MODE, sizeof(in), 0x1000 }, out;
	int fd = open("/dev/demo", O_RDWR);

	assert(fd >= 0);
	assert(ioctl(fd, DEMO_SET_NESTED_STATE, &in) < 0); /* not enabled */
	assert(!ioctl(fd, DEMO_ENABLE_NESTED));
	assert(!ioctl(fd, DEMO_SET_NESTED_STATE, &in));
	assert(!ioctl(fd, DEMO_GET_NESTED_STATE, &out));
	assert(out.flags == in.flags && out.vmcb12_gpa == in.vmcb12_gpa);
	in.vmcb12_gpa = 0x1001;
	assert(ioctl(fd, DEMO_SET_NESTED_STATE, &in) < 0); /* not aligned */
	puts("ok");
	return 0;
}
