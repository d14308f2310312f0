// SPDX-License-Identifier: Apache-2.0
/* Pages of the guest that were written since somebody asked. */
#include <kernel/mm.h>
#include <kernel/uaccess.h>

#include "demo.h"

#define DIRTY_LOG_MAX 256

struct demo_dirty_entry {
	u64 gfn;
	bool stale; /* written by the host: the guest need not be told */
	struct list_head list;
};

int demo_mark_dirty(struct demo_dirty_log_list *log, u64 gfn, bool stale)
{
	struct demo_dirty_entry *entry;

	list_for_each_entry(entry, &log->entries, list)
		if (entry->gfn == gfn)
			return 0;
	if (log->count == DIRTY_LOG_MAX)
		return -ENOSPC;
	entry = kzalloc(sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	entry->gfn = gfn;
	entry->stale = stale;
	list_add_tail(&entry->list, &log->entries);
	log->count++;
	return 0;
}

static void remove_entry(struct demo_dirty_log_list *log, struct demo_dirty_entry *entry)
{
	list_del(&entry->list);
	kfree(entry);
	log->count--;
}

static noinline void demo_drop_stale(struct demo_dirty_log_list *log)
{
	struct demo_dirty_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &log->entries, list)
		if (entry->stale)
			remove_entry(log, entry);
}

/* Reports and forgets up to request->max pages, in the order they were written. */
long demo_get_dirty_log(struct demo_dirty_log_list *log, struct demo_dirty_log *request)
{
	struct demo_dirty_entry *entry, *next;
	u64 *gfns = (u64 *)request->gfns;

	demo_drop_stale(log);
	request->count = 0;
	list_for_each_entry_safe(entry, next, &log->entries, list) {
		if (request->count == request->max)
			break;
		if (copy_to_user(gfns + request->count, &entry->gfn, sizeof(u64)))
			return -EFAULT;
		request->count++;
		remove_entry(log, entry);
	}
	return 0;
}

void demo_free_dirty_log(struct demo_dirty_log_list *log)
{
	struct demo_dirty_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &log->entries, list)
		remove_entry(log, entry);
}
