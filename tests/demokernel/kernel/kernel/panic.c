// SPDX-License-Identifier: Apache-2.0
#include <asm/processor.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/sched.h>
#include <kernel/setup.h>
#include <kernel/time.h>

static const struct {
	u32 flag;
	char letter;
} taint_letters[] = {
	{ TAINT_DIE, 'D' },
	{ TAINT_WARN, 'W' },
};

static u32 tainted;
static int oopses;

void add_taint(u32 flag)
{
	tainted |= flag;
}

const char *print_tainted(void)
{
	static char text[32];
	int n = snprintf(text, sizeof(text), "Tainted: G ");

	if (!tainted)
		return "Not tainted";
	for (size_t i = 0; i < ARRAY_SIZE(taint_letters); i++)
		n += snprintf(text + n, sizeof(text) - n, "%c",
			      tainted & taint_letters[i].flag ? taint_letters[i].letter : ' ');
	return text;
}

/* "panic=N" on the command line: restart after N seconds, at once if negative. */
static void __noreturn panic_end(void)
{
	s64 timeout = 0;

	boot_param_int("panic", &timeout);
	if (timeout > 0) {
		pr_info("Rebooting in %ld seconds..\n", timeout);
		schedule_timeout(timeout * NSEC_PER_SEC);
	}
	if (timeout)
		machine_restart();
	machine_halt();
}

void __noreturn panic(const char *fmt, ...)
{
	char why[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	pr_err("Kernel panic - not syncing: %s\n", why);
	if (current)
		show_task_info();
	pr_err("---[ end Kernel panic - not syncing: %s ]---\n", why);
	panic_end();
}

static void print_oops_end_marker(void)
{
	pr_info("---[ end trace 0000000000000000 ]---\n");
}

void warn_at(const char *file, u32 line, struct pt_regs *regs)
{
	s64 fatal = 0;

	pr_warn("------------[ cut here ]------------\n");
	pr_warn("WARNING: CPU: 0 PID: %d at %s:%u %pS\n", current ? current->pid : 0, file, line,
		(void *)regs->ip);
	pr_warn("Modules linked in:\n");
	if (current)
		show_task_info();
	show_regs(regs);
	show_trace(regs);
	if (boot_param_int("panic_on_warn", &fatal) && fatal)
		panic("kernel: panic_on_warn set ...");
	print_oops_end_marker();
	add_taint(TAINT_WARN);
}

/* The task that caused it ends; without one, or in init, the machine does. */
void __noreturn die(const char *what, struct pt_regs *regs, long error_code)
{
	pr_err("%s: %04lx [#%d]\n", what, error_code & 0xffff, ++oopses);
	if (!current) {
		pr_err("RIP: %04lx:%pS\n", regs->cs, (void *)regs->ip);
		panic("Fatal exception before the first task");
	}
	show_task_info();
	show_regs(regs);
	show_trace(regs);
	pr_info("Modules linked in:\n");
	print_oops_end_marker();
	add_taint(TAINT_DIE);
	if (!current->parent || !user_mode(task_pt_regs()))
		panic("Fatal exception");
	do_exit(SIGKILL);
}
