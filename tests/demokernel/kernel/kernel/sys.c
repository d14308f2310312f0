// SPDX-License-Identifier: Apache-2.0
/* Small questions about the task and the system. */
#include <asm/processor.h>
#include <kernel/fs.h>
#include <kernel/random.h>
#include <kernel/sched.h>
#include <kernel/setup.h>
#include <kernel/string.h>
#include <kernel/syscalls.h>

#define ARCH_SET_FS 0x1002
#define ARCH_GET_FS 0x1003
#define UTS_LEN 65

struct utsname {
	char sysname[UTS_LEN], nodename[UTS_LEN], release[UTS_LEN];
	char version[UTS_LEN], machine[UTS_LEN], domainname[UTS_LEN];
};

SYSCALL_DEFINE0(getpid)
{
	return current->pid;
}

SYSCALL_DEFINE0(gettid)
{
	return current->pid;
}

SYSCALL_DEFINE0(getppid)
{
	return current->parent ? current->parent->pid : 0;
}

SYSCALL_DEFINE0(set_tid_address)
{
	return current->pid;
}

/* No thread can die with a lock that another waits for: there are no threads. */
SYSCALL_DEFINE0(set_robust_list)
{
	return 0;
}

/* Everybody is root. */
SYSCALL_DEFINE0(getuid)
{
	return 0;
}

SYSCALL_DEFINE0(geteuid)
{
	return 0;
}

SYSCALL_DEFINE0(getgid)
{
	return 0;
}

SYSCALL_DEFINE0(getegid)
{
	return 0;
}

SYSCALL_DEFINE0(sched_yield)
{
	return 0;
}

SYSCALL_DEFINE1(uname, struct utsname *, to)
{
	struct utsname name = { "Demokernel", "demo", "", "", "x86_64", "" };

	strscpy(name.release, init_uts_release, UTS_LEN);
	strscpy(name.version, init_uts_version, UTS_LEN);
	return copy_to_user(to, &name, sizeof(name));
}

SYSCALL_DEFINE2(arch_prctl, int, option, u64, address)
{
	switch (option) {
	case ARCH_SET_FS:
		if (address >= TASK_SIZE)
			return -EPERM;
		current->fs_base = address;
		wrmsr(MSR_FS_BASE, address);
		return 0;
	case ARCH_GET_FS:
		return copy_to_user((void *)address, &current->fs_base, sizeof(u64));
	default:
		return -EINVAL;
	}
}

SYSCALL_DEFINE2(getrandom, char *, to, size_t, n)
{
	u8 chunk[64];

	n = min(n, (size_t)PAGE_SIZE);
	for (size_t done = 0; done < n; done += sizeof(chunk)) {
		get_random_bytes(chunk, sizeof(chunk));
		if (copy_to_user(to + done, chunk, min(sizeof(chunk), n - done)))
			return -EFAULT;
	}
	return n;
}
