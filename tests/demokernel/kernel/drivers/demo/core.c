// SPDX-License-Identifier: Apache-2.0
/* /dev/demo: every open file is a virtual machine with one vcpu. */
#define pr_fmt(fmt) "demo: " fmt

#include <kernel/fs.h>
#include <kernel/init.h>
#include <kernel/mm.h>
#include <kernel/printk.h>
#include <kernel/uaccess.h>

#include "demo.h"

static int demo_open(struct file *file)
{
	struct demo_vm *vm = kzalloc(sizeof(*vm));

	if (!vm)
		return -ENOMEM;
	INIT_LIST_HEAD(&vm->log.entries);
	demo_vcpu_reset(&vm->vcpu);
	file->private_data = vm;
	return 0;
}

static void demo_release(struct file *file)
{
	struct demo_vm *vm = file->private_data;

	demo_free_dirty_log(&vm->log);
	kfree(vm);
}

static long ioctl_set_nested_state(struct demo_vm *vm, void *arg)
{
	struct demo_nested_state state;

	if (copy_from_user(&state, arg, sizeof(state)))
		return -EFAULT;
	return demo_set_nested_state(&vm->vcpu, &state);
}

static long ioctl_get_nested_state(struct demo_vm *vm, void *arg)
{
	struct demo_nested_state state;

	demo_get_nested_state(&vm->vcpu, &state);
	return copy_to_user(arg, &state, sizeof(state));
}

static long ioctl_run(struct demo_vm *vm, void *arg)
{
	struct demo_run run;
	long err;

	if (copy_from_user(&run, arg, sizeof(run)))
		return -EFAULT;
	err = demo_vcpu_run(vm, &run);
	return err ? err : copy_to_user(arg, &run, sizeof(run));
}

static long ioctl_mark_dirty(struct demo_vm *vm, void *arg)
{
	u64 gfn;

	if (copy_from_user(&gfn, arg, sizeof(gfn)))
		return -EFAULT;
	return demo_mark_dirty(&vm->log, gfn, false);
}

static long ioctl_get_dirty_log(struct demo_vm *vm, void *arg)
{
	struct demo_dirty_log request;
	long err;

	if (copy_from_user(&request, arg, sizeof(request)))
		return -EFAULT;
	err = demo_get_dirty_log(&vm->log, &request);
	return err ? err : copy_to_user(arg, &request, sizeof(request));
}

static long ioctl_enable_nested(struct demo_vm *vm)
{
	vm->vcpu.nested.enabled = true;
	return 0;
}

static long demo_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct demo_vm *vm = file->private_data;

	switch (cmd) {
	case DEMO_GET_API_VERSION:
		return DEMO_API_VERSION;
	case DEMO_ENABLE_NESTED:
		return ioctl_enable_nested(vm);
	case DEMO_RESET:
		demo_vcpu_reset(&vm->vcpu);
		return 0;
	case DEMO_SMI:
		return demo_vcpu_smi(&vm->vcpu);
	case DEMO_SET_NESTED_STATE:
		return ioctl_set_nested_state(vm, (void *)arg);
	case DEMO_GET_NESTED_STATE:
		return ioctl_get_nested_state(vm, (void *)arg);
	case DEMO_RUN:
		return ioctl_run(vm, (void *)arg);
	case DEMO_MARK_DIRTY:
		return ioctl_mark_dirty(vm, (void *)arg);
	case DEMO_GET_DIRTY_LOG:
		return ioctl_get_dirty_log(vm, (void *)arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations demo_fops = {
	.open = demo_open,
	.release = demo_release,
	.ioctl = demo_ioctl,
};

static struct miscdevice demo_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "demo",
	.fops = &demo_fops,
};

static int demo_init(void)
{
	demo_irq_init();
	pr_info("nested virtualization enabled, API version %d\n", DEMO_API_VERSION);
	return misc_register(&demo_dev);
}
device_initcall(demo_init);
