// SPDX-License-Identifier: Apache-2.0
#include <asm/processor.h>
#include <kernel/sched.h>
#include <kernel/string.h>
#include <kernel/syscalls.h>

struct task *current;
static int last_pid;

struct task *task_alloc(struct task *parent)
{
	struct task *task = kzalloc(sizeof(*task));

	if (!task)
		return ERR_PTR(-ENOMEM);
	task->pid = ++last_pid;
	task->parent = parent;
	INIT_LIST_HEAD(&task->zombies);
	if (!parent)
		return task;
	strscpy(task->comm, parent->comm, sizeof(task->comm));
	task->mm = parent->mm;
	task->borrowed_mm = true;
	task->fs_base = parent->fs_base;
	for (int fd = 0; fd < NR_OPEN; fd++)
		if (parent->files[fd])
			task->files[fd] = get_file(parent->files[fd]);
	return task;
}

void switch_mm(struct mm *mm)
{
	write_cr(3, __pa_symbol(swapper_pg_dir));
	if (mm)
		write_cr(3, __pa(mm->pgd));
}

/* The child goes on; the parent's registers wait for do_exit(). */
SYSCALL_DEFINE0(vfork)
{
	struct task *child = task_alloc(current);

	if (IS_ERR(child))
		return PTR_ERR(child);
	current->regs = *regs;
	fpu_save(current->fpu);
	current = child;
	return 0;
}
