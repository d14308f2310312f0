// SPDX-License-Identifier: GPL-2.0
/*
 * Crashes that LKDTM does not offer: write a name of the table at the end to <debugfs>/provoke.
 *
 * `make crashlogs` builds it into a Linux of drivers/misc. Every function does wrong on purpose.
 */
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

struct provoke_object {
	struct mutex lock;
	spinlock_t spin;
	struct timer_list timer;
	struct list_head list;
	struct rcu_head rcu;
	int value;
};

static volatile int zero;
static volatile unsigned long sink;

static struct provoke_object *provoke_alloc(void)
{
	struct provoke_object *object = kzalloc(sizeof(*object), GFP_KERNEL | __GFP_NOFAIL);

	mutex_init(&object->lock);
	spin_lock_init(&object->spin);
	INIT_LIST_HEAD(&object->list);
	return object;
}

/* ---- locks ---- */

static DEFINE_MUTEX(provoke_first);
static DEFINE_MUTEX(provoke_second);
static DEFINE_SPINLOCK(provoke_spin);
static DEFINE_SPINLOCK(provoke_inner);

static noinline void provoke_first_second(void)
{
	mutex_lock(&provoke_first);
	mutex_lock(&provoke_second);
	mutex_unlock(&provoke_second);
	mutex_unlock(&provoke_first);
}

static noinline void provoke_second_first(void)
{
	mutex_lock(&provoke_second);
	mutex_lock(&provoke_first);
	mutex_unlock(&provoke_first);
	mutex_unlock(&provoke_second);
}

static void provoke_lock_order(void)
{
	provoke_first_second();
	provoke_second_first();
}

static noinline void provoke_lock_both(struct provoke_object *one, struct provoke_object *other)
{
	mutex_lock(&one->lock);
	mutex_lock(&other->lock);
	mutex_unlock(&other->lock);
	mutex_unlock(&one->lock);
}

static void provoke_lock_twice(void)
{
	struct provoke_object *one = provoke_alloc(), *other = provoke_alloc();

	provoke_lock_both(one, other);
	kfree(one);
	kfree(other);
}

static noinline void provoke_timer_lock(struct timer_list *timer)
{
	spin_lock(&provoke_spin);
	sink++;
	spin_unlock(&provoke_spin);
}

static DEFINE_TIMER(provoke_timer, provoke_timer_lock);

static void provoke_timer_once(void)
{
	mod_timer(&provoke_timer, jiffies + 1);
	msleep(100);
	timer_delete_sync(&provoke_timer);
}

static void provoke_inconsistent(void)
{
	spin_lock(&provoke_spin);
	sink++;
	spin_unlock(&provoke_spin);
	provoke_timer_once();
}

static noinline void provoke_take_inner(void)
{
	spin_lock(&provoke_inner);
	spin_unlock(&provoke_inner);
}

/* The timer makes provoke_spin safe in softirqs; provoke_inner is taken with them on. */
static void provoke_irq_unsafe(void)
{
	provoke_timer_once();
	provoke_take_inner();
	spin_lock_bh(&provoke_spin);
	provoke_take_inner();
	spin_unlock_bh(&provoke_spin);
}

static void provoke_bad_unlock(void)
{
	mutex_lock(&provoke_first);
	mutex_unlock(&provoke_first);
	up_read(&current->mm->mmap_lock);
}

static void provoke_leave_locked(void)
{
	mutex_lock(&provoke_first);
}

static void provoke_free_locked(void)
{
	struct provoke_object *object = provoke_alloc();

	mutex_lock(&object->lock);
	kfree(object);
}

static int provoke_exit_locked_thread(void *unused)
{
	mutex_lock(&provoke_first);
	return 0;
}

static void provoke_exit_locked(void)
{
	kthread_run(provoke_exit_locked_thread, NULL, "provoke_thread");
	msleep(500);
}

static void provoke_unregistered_key(void)
{
	struct provoke_object *object = kzalloc(sizeof(*object), GFP_KERNEL);

	spin_lock(&object->spin);
	spin_unlock(&object->spin);
	kfree(object);
}

static void provoke_bad_magic(void)
{
	struct provoke_object *object = provoke_alloc();

	object->spin.rlock.magic = 0x12345678;
	spin_lock(&object->spin);
	spin_unlock(&object->spin);
	kfree(object);
}

static void provoke_unprotected(void)
{
	static struct provoke_object __rcu *pointer;

	sink = (unsigned long)rcu_dereference(pointer);
}

static void provoke_sleep_atomic(void)
{
	spin_lock(&provoke_spin);
	mutex_lock(&provoke_first);
	mutex_unlock(&provoke_first);
	spin_unlock(&provoke_spin);
}

static void provoke_wait_atomic(void)
{
	preempt_disable();
	set_current_state(TASK_INTERRUPTIBLE);
	schedule_timeout(1);
	preempt_enable();
}

static void provoke_which_processor(void)
{
	sink = smp_processor_id();
}

/* ---- hangs ---- */

static noinline void provoke_spin_forever(void)
{
	for (;;)
		cpu_relax();
}

static void provoke_stall(void)
{
	preempt_disable();
	provoke_spin_forever();
}

static int provoke_stall_thread(void *unused)
{
	provoke_stall();
	return 0;
}

/* In a thread of the other processor, so that somebody else finds out. */
static void provoke_stall_other(void)
{
	struct task_struct *task = kthread_create(provoke_stall_thread, NULL, "provoke_thread");

	kthread_bind(task, cpumask_any_but(cpu_online_mask, raw_smp_processor_id()));
	wake_up_process(task);
}

static void provoke_stall_timer(struct timer_list *timer)
{
	provoke_spin_forever();
}

static void provoke_stall_softirq(void)
{
	timer_setup(&provoke_timer, provoke_stall_timer, 0);
	mod_timer(&provoke_timer, jiffies + 1);
}

static DECLARE_COMPLETION(provoke_never);

static void provoke_hung(void)
{
	wait_for_completion(&provoke_never);
}

static int provoke_holder(void *unused)
{
	mutex_lock(&provoke_first);
	wait_for_completion(&provoke_never);
	return 0;
}

static void provoke_hung_mutex(void)
{
	kthread_run(provoke_holder, NULL, "provoke_holder");
	msleep(200);
	mutex_lock(&provoke_first);
}

static void provoke_hung_rtnl(void)
{
	rtnl_lock();
	wait_for_completion(&provoke_never);
}

static void provoke_leak_lock_work(struct work_struct *work)
{
	mutex_lock(&provoke_first);
}

static DECLARE_WORK(provoke_leaking_work, provoke_leak_lock_work);

static void provoke_work_lock(void)
{
	schedule_work(&provoke_leaking_work);
}

#ifdef CONFIG_NET
static const struct net_device_ops provoke_netdev_ops;

static void provoke_netdev_setup(struct net_device *dev)
{
	dev->netdev_ops = &provoke_netdev_ops;
}

static void provoke_netdev(void)
{
	struct net_device *dev = alloc_netdev(0, "provoke%d", NET_NAME_ENUM, provoke_netdev_setup);

	if (!dev || register_netdev(dev))
		return;
	dev_hold(dev);
	unregister_netdev(dev);
}
#endif

/* ---- memory ---- */

static noinline void provoke_leak_one(void)
{
	struct provoke_object *object = kmalloc(sizeof(*object), GFP_KERNEL);

	sink = (unsigned long)object;
	sink = 0;
}

static void provoke_leak(void)
{
	int i;

	for (i = 0; i < 8; i++)
		provoke_leak_one();
}

static void provoke_slab_write(void)
{
	char *data = kmalloc(100, GFP_KERNEL);

	((volatile char *)data)[100 + zero] = 1;
	kfree(data);
}

static void provoke_slab_read(void)
{
	char *data = kmalloc(100, GFP_KERNEL);

	sink = ((volatile char *)data)[100 + zero];
	kfree(data);
}

static void provoke_rcu_free(struct rcu_head *head)
{
	kfree(container_of(head, struct provoke_object, rcu));
}

static void provoke_uaf_rcu(void)
{
	struct provoke_object *object = provoke_alloc();

	call_rcu(&object->rcu, provoke_rcu_free);
	rcu_barrier();
	sink = ((volatile struct provoke_object *)object)->value;
}

static void provoke_uaf_list(void)
{
	struct provoke_object *head = provoke_alloc(), *object = provoke_alloc();

	list_add(&object->list, &head->list);
	kfree(object);
	list_del(&head->list);
}

static struct provoke_object *provoke_freed;

static void provoke_uaf_timer_read(struct timer_list *timer)
{
	sink = ((volatile struct provoke_object *)provoke_freed)->value;
}

static void provoke_uaf_timer(void)
{
	provoke_freed = provoke_alloc();
	kfree(provoke_freed);
	timer_setup(&provoke_timer, provoke_uaf_timer_read, 0);
	provoke_timer_once();
}

static void provoke_invalid_free(void)
{
	char *data = kmalloc(100, GFP_KERNEL);

	kfree(data + 8 + zero);
}

static char provoke_table[100];

static void provoke_global_read(void)
{
	sink = ((volatile char *)provoke_table)[110 + zero];
}

static void provoke_stack_write(void)
{
	char data[24] = "";
	volatile char *place = data + zero;

	place[25] = 1;
	sink = place[0];
}

static void provoke_vmalloc_read(void)
{
	char *data = vmalloc(100);

	sink = ((volatile char *)data)[110 + zero];
	vfree(data);
}

static void provoke_user_access(void)
{
	sink = *(volatile unsigned long *)(0x10000UL + zero);
}

static __no_sanitize_address noinline void provoke_null_read(void)
{
	sink = ((volatile struct provoke_object *)(unsigned long)zero)->value;
}

static __no_sanitize_address noinline void provoke_paging(void)
{
	volatile unsigned long *data = vmalloc(PAGE_SIZE);

	vfree((void *)data);
	vm_unmap_aliases();
	sink = data[zero];
}

static __no_sanitize_address noinline void provoke_non_canonical(void)
{
	sink = *(volatile unsigned long *)(0xdead000000000100UL + zero);
}

static void provoke_call_null(void)
{
	void (*function)(void) = (void (*)(void))(unsigned long)zero;

	function();
}

static void provoke_divide(void)
{
	sink = 1000 / zero;
}

static void provoke_shift(void)
{
	volatile int by = 40 + zero;

	sink = 1 << by;
}

static void provoke_bad_bool(void)
{
	static union { u8 byte; bool flag; } value = { .byte = 2 };

	OPTIMIZER_HIDE_VAR(value.byte);
	sink = *(volatile bool *)&value.flag ? 1 : 2;
}

static void provoke_never_fires(struct timer_list *timer)
{
}

static void provoke_free_timer(void)
{
	struct provoke_object *object = provoke_alloc();

	timer_setup(&object->timer, provoke_never_fires, 0);
	mod_timer(&object->timer, jiffies + 1000 * HZ);
	kfree(object);
}

static void provoke_cache_busy(void)
{
	struct kmem_cache *cache = kmem_cache_create("provoke_cache", 256, 0, SLAB_NO_MERGE, NULL);

	sink = (unsigned long)kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_destroy(cache);
}

static void provoke_page_state(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	page->mapping = (void *)page;
	__free_page(page);
}

static void provoke_page_twice(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	put_page(page);
	put_page(page);
}

static void provoke_rss(void)
{
	add_mm_counter(current->mm, MM_ANONPAGES, 1);
}

static void provoke_order(void)
{
	sink = __get_free_pages(GFP_KERNEL, MAX_PAGE_ORDER);
	while (sink)
		sink = __get_free_pages(GFP_KERNEL, MAX_PAGE_ORDER);
}

static void provoke_kmalloc_huge(void)
{
	sink = (unsigned long)kmalloc(KMALLOC_MAX_SIZE * 2ul + zero, GFP_KERNEL);
}

static void provoke_zero_vmalloc(void)
{
	sink = (unsigned long)vmalloc(zero);
}

/* ---- assertions, and where they are ---- */

static void provoke_warn_irq_function(void *unused)
{
	WARN_ON(!zero);
}

static void provoke_warn_irq(void)
{
	smp_call_function_single(!raw_smp_processor_id(), provoke_warn_irq_function, NULL, 1);
}

static void provoke_warn_work_function(struct work_struct *work)
{
	WARN(1, "work on cpu %d", raw_smp_processor_id());
}

static DECLARE_WORK(provoke_warn_work_item, provoke_warn_work_function);

static void provoke_warn_work(void)
{
	schedule_work(&provoke_warn_work_item);
}

static void provoke_bug_irq_function(void *unused)
{
	BUG_ON(!zero);
}

static void provoke_bug_irq(void)
{
	smp_call_function_single(!raw_smp_processor_id(), provoke_bug_irq_function, NULL, 1);
}

static atomic_t provoke_waiting = ATOMIC_INIT(0);

/* Both processors at once: their reports are told between each other's lines. */
static int provoke_warn_together_thread(void *number)
{
	atomic_inc(&provoke_waiting);
	while (atomic_read(&provoke_waiting) < 2)
		cpu_relax();
	if (number)
		sink = (unsigned long)rcu_dereference(*(void __rcu **)&provoke_first);
	else
		WARN(1, "beside another report\n");
	return 0;
}

static void provoke_warn_together(void)
{
	struct task_struct *one, *other;

	one = kthread_create(provoke_warn_together_thread, NULL, "provoke_one");
	other = kthread_create(provoke_warn_together_thread, (void *)1UL, "provoke_other");
	kthread_bind(one, 0);
	kthread_bind(other, 1);
	wake_up_process(one);
	wake_up_process(other);
	msleep(500);
}

static void provoke_unready(void)
{
	struct kobject object = {};

	kobject_put(&object);
}

static void provoke_debugfs_twice(void)
{
	debugfs_create_dir("twice", NULL);
	debugfs_create_dir("twice", NULL);
}

static noinline int provoke_recurse(int depth)
{
	volatile char frame[256];

	frame[0] = depth;
	if (depth < zero)
		return 0;
	return provoke_recurse(depth + 1) + frame[0];
}

static void provoke_stack_overflow(void)
{
	sink = provoke_recurse(0);
}

/* ---- what is no crash ---- */

static void provoke_messages(void)
{
	pr_info("the WARNING is in the middle, and so is BUG, but neither is one\n");
	pr_warn("no bug: kasan, lockdep and panic are only words here\n");
	dump_stack();
}

#define CASE(name) { #name, provoke_##name }

static const struct {
	const char *name;
	void (*run)(void);
} provoke_cases[] = {
	CASE(lock_order), CASE(lock_twice), CASE(inconsistent), CASE(irq_unsafe),
	CASE(bad_unlock), CASE(leave_locked), CASE(free_locked),
	CASE(exit_locked), CASE(unregistered_key), CASE(bad_magic), CASE(unprotected),
	CASE(sleep_atomic), CASE(wait_atomic), CASE(which_processor),
	CASE(stall), CASE(stall_other), CASE(stall_softirq), CASE(hung),
	CASE(hung_mutex), CASE(hung_rtnl), CASE(work_lock),
#ifdef CONFIG_NET
	CASE(netdev),
#endif
	CASE(leak), CASE(slab_write), CASE(slab_read), CASE(uaf_rcu), CASE(uaf_list),
	CASE(uaf_timer), CASE(invalid_free), CASE(global_read), CASE(stack_write),
	CASE(vmalloc_read), CASE(user_access), CASE(null_read), CASE(paging),
	CASE(non_canonical), CASE(call_null), CASE(divide), CASE(shift), CASE(bad_bool),
	CASE(free_timer), CASE(cache_busy), CASE(page_state), CASE(page_twice), CASE(rss),
	CASE(order), CASE(kmalloc_huge), CASE(zero_vmalloc),
	CASE(warn_irq), CASE(warn_work), CASE(bug_irq), CASE(warn_together), CASE(unready),
	CASE(debugfs_twice), CASE(stack_overflow), CASE(messages),
};

static ssize_t provoke_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	char name[32] = "";
	size_t i;

	if (size >= sizeof(name) || copy_from_user(name, from, size))
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(provoke_cases); i++) {
		if (!strcmp(name, provoke_cases[i].name)) {
			provoke_cases[i].run();
			return size;
		}
	}
	return -ENOENT;
}

static const struct file_operations provoke_operations = {
	.write = provoke_write,
};

static int __init provoke_init(void)
{
	debugfs_create_file_unsafe("provoke", 0200, NULL, NULL, &provoke_operations);
	return 0;
}
late_initcall(provoke_init);
