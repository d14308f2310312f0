/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _UAPI_DEMO_H
#define _UAPI_DEMO_H

/* The ioctls of /dev/demo, a virtual machine that runs virtual machines. */

#define DEMO_API_VERSION 1

#define DEMO_STATE_GUEST_MODE 0x1 /* the guest's guest runs */
#define DEMO_STATE_RUN_PENDING 0x2 /* its entry has begun, but not ended */
#define DEMO_STATE_SMM 0x4 /* the guest is in system management mode */

struct demo_nested_state {
	unsigned int flags;
	unsigned int size;
	unsigned long vmcb12_gpa; /* page aligned */
};

#define DEMO_EXIT_HLT 1
#define DEMO_EXIT_INTR 2 /* the host's timer came first */

struct demo_run {
	unsigned int exit_reason;
	unsigned int flags;
};

struct demo_dirty_log {
	unsigned int max;
	unsigned int count;
	unsigned long gfns; /* user address of max page numbers */
};

#define DEMO_GET_API_VERSION 0xd000
#define DEMO_ENABLE_NESTED 0xd001
#define DEMO_RESET 0xd002
#define DEMO_SMI 0xd003
#define DEMO_SET_NESTED_STATE 0x4010d004
#define DEMO_GET_NESTED_STATE 0x8010d005
#define DEMO_RUN 0xc008d006
#define DEMO_MARK_DIRTY 0x4008d007
#define DEMO_GET_DIRTY_LOG 0xc010d008

#endif
