// SPDX-License-Identifier: Apache-2.0
#include <asm/processor.h>
#include <kernel/bug.h>
#include <kernel/init.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/sched.h>
#include <kernel/setup.h>
#include <kernel/time.h>

extern const initcall_t __initcall_start[], __initcall_end[];

static void do_initcalls(void)
{
	bool debug = boot_param("initcall_debug");
	const initcall_t *call;

	for (call = __initcall_start; call < __initcall_end; call++) {
		u64 start = ktime_get();
		int err = (*call)();

		if (debug || err)
			pr_info("initcall %pS returned %d after %lu usecs\n", (void *)*call, err,
				(ktime_get() - start) / NSEC_PER_USEC);
	}
}

static void open_console(void)
{
	struct file *console = filp_open("/dev/console", 0);

	if (IS_ERR(console)) {
		pr_err("Warning: unable to open an initial console.\n");
		return;
	}
	for (int fd = 0; fd < 3; fd++)
		current->files[fd] = get_file(console);
	fput(console);
}

static bool run_init_process(const char *path)
{
	char *argv[] = { (char *)path, NULL };
	char *envp[] = { "HOME=/", "TERM=linux", NULL };
	int err = kernel_execve(path, argv, envp);

	if (err && err != -ENOENT)
		pr_err("Starting init: %s exists but couldn't execute it (error %d)\n", path, err);
	if (!err)
		pr_info("Run %s as init process\n", path);
	return !err;
}

void __noreturn start_kernel(u64 boot_params)
{
	char init[PATH_MAX] = "/init";

	pr_info("%s", demokernel_banner);
	setup_arch(boot_params);
	cpu_init();
	time_init();
	memblock_report();
	do_initcalls();
	populate_rootfs();
	current = task_alloc(NULL);
	if (IS_ERR(current))
		panic("Cannot create the first task");
	open_console();
	boot_param_str("rdinit", init, sizeof(init));
	if (!run_init_process(init))
		panic("No working init found.  Try passing rdinit= option to kernel.");
	return_to_user();
}
