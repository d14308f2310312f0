/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _KERNEL_SCHED_H
#define _KERNEL_SCHED_H

#include <asm/ptrace.h>
#include <kernel/fs.h>
#include <kernel/mm.h>

#define TASK_COMM_LEN 16
#define NR_OPEN 32

#define SIGILL 4
#define SIGTRAP 5
#define SIGFPE 8
#define SIGKILL 9
#define SIGSEGV 11

/*
 * There is no scheduler. A child runs until it ends while its parent waits inside
 * vfork(), so that the running tasks are a stack and one kernel stack serves all.
 */
struct task {
	int pid;
	int exit_status; /* as wait4() reports it */
	char comm[TASK_COMM_LEN];
	struct mm *mm;
	bool borrowed_mm; /* the parent's, until exec */
	struct task *parent;
	struct list_head zombies; /* children that ended */
	struct list_head sibling;
	/* While a child runs: */
	struct pt_regs regs;
	u64 fs_base;
	u8 fpu[512] __aligned(16);
	struct file *files[NR_OPEN];
};

extern struct task *current;

/* kernel/fork.c */
struct task *task_alloc(struct task *parent);
void switch_mm(struct mm *mm);

/* kernel/exit.c */
void __noreturn do_exit(int status);

/* fs/exec.c */
int kernel_execve(const char *path, char *const *argv, char *const *envp);

/* fs/binfmt_elf.c */
struct elf_image {
	u64 entry, phdr, phnum, base;
};
int load_elf(struct mm *mm, const struct inode *inode, struct elf_image *image);

/* arch/x86/kernel/reboot.c */
void __noreturn machine_restart(void);
void __noreturn machine_power_off(void);
void __noreturn machine_halt(void);

#endif
