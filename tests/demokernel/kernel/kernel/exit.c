// SPDX-License-Identifier: Apache-2.0
#include <asm/processor.h>
#include <kernel/panic.h>
#include <kernel/sched.h>
#include <kernel/syscalls.h>

static void exit_files(struct task *task)
{
	for (int fd = 0; fd < NR_OPEN; fd++) {
		if (task->files[fd])
			fput(task->files[fd]);
		task->files[fd] = NULL;
	}
}

/* Ends the current task and goes on in its parent, which waits inside vfork(). */
void __noreturn do_exit(int status)
{
	struct task *task = current, *parent = task->parent;

	if (!parent)
		panic("Attempted to kill init! exitcode=0x%08x", status);
	exit_files(task);
	task->exit_status = status;
	list_add_tail(&task->sibling, &parent->zombies);
	current = parent;
	switch_mm(parent->mm);
	wrmsr(MSR_FS_BASE, parent->fs_base);
	fpu_restore(parent->fpu);
	if (!task->borrowed_mm)
		mm_free(task->mm);
	*task_pt_regs() = parent->regs;
	task_pt_regs()->ax = task->pid;
	return_to_user();
}

SYSCALL_DEFINE1(exit, int, code)
{
	do_exit((code & 0xff) << 8);
}

SYSCALL_DEFINE1(exit_group, int, code)
{
	do_exit((code & 0xff) << 8);
}

static struct task *find_zombie(int pid)
{
	struct task *child;

	list_for_each_entry(child, &current->zombies, sibling)
		if (pid <= 0 || child->pid == pid)
			return child;
	return NULL;
}

/* Every child has ended before its parent can ask: there is nothing to wait for. */
SYSCALL_DEFINE2(wait4, int, pid, int *, status)
{
	struct task *child = find_zombie(pid);
	int child_pid;

	if (!child)
		return -ECHILD;
	if (status && copy_to_user(status, &child->exit_status, sizeof(*status)))
		return -EFAULT;
	child_pid = child->pid;
	list_del(&child->sibling);
	kfree(child);
	return child_pid;
}
