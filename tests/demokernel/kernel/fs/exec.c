// SPDX-License-Identifier: Apache-2.0
#include <asm/processor.h>
#include <asm/segment.h>
#include <kernel/random.h>
#include <kernel/sched.h>
#include <kernel/string.h>
#include <kernel/syscalls.h>

#define STACK_TOP 0x00007ffffffde000UL
#define STACK_SIZE (1UL << 20)
#define MAX_STRINGS 32

#define AT_NULL 0
#define AT_PHDR 3
#define AT_PHENT 4
#define AT_PHNUM 5
#define AT_PAGESZ 6
#define AT_ENTRY 9
#define AT_SECURE 23
#define AT_RANDOM 25
#define ELF_PHENT 56

/* Arguments and environment live in the top page of the new stack. */
struct arguments {
	char *page; /* as the kernel sees it */
	u64 used; /* from its end */
	int argc, envc;
	u64 strings[2 * MAX_STRINGS]; /* user addresses: arguments, then environment */
};

static u64 push_bytes(struct arguments *args, const void *bytes, size_t n)
{
	if (args->used + n > PAGE_SIZE / 2)
		return 0;
	args->used += n;
	memcpy(args->page + PAGE_SIZE - args->used, bytes, n);
	return STACK_TOP - args->used;
}

static int push_strings(struct arguments *args, char *const *strings)
{
	int count = 0, first = args->argc;

	for (; strings && strings[count]; count++) {
		u64 at = count < MAX_STRINGS ?
			 push_bytes(args, strings[count], strlen(strings[count]) + 1) : 0;

		if (!at)
			return -E2BIG;
		args->strings[first + count] = at;
	}
	return count;
}

static int copy_arguments(struct arguments *args, char *const *argv, char *const *envp)
{
	args->argc = push_strings(args, argv);
	if (args->argc < 0)
		return args->argc;
	args->envc = push_strings(args, envp);
	return args->envc < 0 ? args->envc : 0;
}

/* argc, argv, NULL, envp, NULL, auxiliary vector: returns the stack pointer. */
static u64 build_stack(struct arguments *args, const struct elf_image *image)
{
	u64 random[2], table[2 * MAX_STRINGS + 24], n = 0;
	int strings = args->argc + args->envc;

	get_random_bytes(random, sizeof(random));
	u64 random_at = push_bytes(args, random, sizeof(random));
	const u64 auxv[] = {
		AT_PHDR, image->phdr, AT_PHENT, ELF_PHENT, AT_PHNUM, image->phnum,
		AT_PAGESZ, PAGE_SIZE, AT_ENTRY, image->entry, AT_SECURE, 0,
		AT_RANDOM, random_at, AT_NULL, 0,
	};

	table[n++] = args->argc;
	for (int i = 0; i < strings; i++) {
		if (i == args->argc)
			table[n++] = 0;
		table[n++] = args->strings[i];
	}
	if (!args->envc)
		table[n++] = 0;
	table[n++] = 0;
	memcpy(table + n, auxv, sizeof(auxv));
	n += ARRAY_SIZE(auxv);
	args->used = ALIGN(args->used + 8 * n, 16);
	memcpy(args->page + PAGE_SIZE - args->used, table, 8 * n);
	return STACK_TOP - args->used;
}

static void start_thread(struct pt_regs *regs, u64 ip, u64 sp)
{
	*regs = (struct pt_regs){
		.ip = ip,
		.sp = sp,
		.cs = __USER_CS,
		.ss = __USER_DS,
		.flags = X86_EFLAGS_IF,
	};
}

static void begin_new_exec(struct mm *mm, const char *path)
{
	const char *name = strrchr(path, '/');
	struct mm *old = current->borrowed_mm ? NULL : current->mm;

	current->mm = mm;
	current->borrowed_mm = false;
	current->fs_base = 0;
	wrmsr(MSR_FS_BASE, 0);
	fpu_reset();
	strscpy(current->comm, name ? name + 1 : path, TASK_COMM_LEN);
	switch_mm(mm);
	if (old)
		mm_free(old);
}

static int load_program(struct mm *mm, const char *path, struct arguments *args,
			struct elf_image *image)
{
	struct inode *inode = ramfs_lookup(path);
	int err = IS_ERR(inode) ? PTR_ERR(inode) : load_elf(mm, inode, image);

	if (!err)
		err = mm_map(mm, STACK_TOP - STACK_SIZE, STACK_TOP, VM_READ | VM_WRITE);
	if (err)
		return err;
	args->page = mm_page(mm, STACK_TOP - PAGE_SIZE);
	return args->page ? 0 : -ENOMEM;
}

/* The current task becomes another program; on an error it stays what it is. */
int kernel_execve(const char *path, char *const *argv, char *const *envp)
{
	struct arguments *args = kzalloc(sizeof(*args));
	struct elf_image image = { 0 };
	struct mm *mm = mm_alloc();
	int err = -ENOMEM;

	if (args && mm)
		err = load_program(mm, path, args, &image);
	if (!err)
		err = copy_arguments(args, argv, envp);
	if (!err) {
		start_thread(task_pt_regs(), image.entry, build_stack(args, &image));
		begin_new_exec(mm, path);
	} else if (mm) {
		mm_free(mm);
	}
	kfree(args);
	return err;
}

/* A user's string array, copied to one page: the strings follow their pointers. */
static int copy_user_strings(char **page, char *const *user)
{
	char *text = (char *)(page + MAX_STRINGS), *end = (char *)page + PAGE_SIZE;

	for (int i = 0; user && i < MAX_STRINGS; i++) {
		const char *string;
		ssize_t n;

		if (copy_from_user(&string, user + i, sizeof(string)))
			return -EFAULT;
		if (!string)
			return 0;
		n = strncpy_from_user(text, string, end - text);
		if (n < 0)
			return n == -ENAMETOOLONG ? -E2BIG : n;
		page[i] = text;
		text += n + 1;
	}
	return user ? -E2BIG : 0;
}

SYSCALL_DEFINE3(execve, const char *, user_path, char *const *, argv, char *const *, envp)
{
	char path[PATH_MAX];
	char **arg_page = get_free_page(), **env_page = get_free_page();
	ssize_t err = -ENOMEM;

	if (arg_page && env_page)
		err = strncpy_from_user(path, user_path, sizeof(path));
	if (err >= 0)
		err = copy_user_strings(arg_page, argv);
	if (!err)
		err = copy_user_strings(env_page, envp);
	if (!err)
		err = kernel_execve(path, arg_page, env_page);
	if (arg_page)
		free_page(arg_page);
	if (env_page)
		free_page(env_page);
	return err;
}
