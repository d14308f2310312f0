// SPDX-License-Identifier: Apache-2.0
/* Small objects: a page holds objects of one size, which stands at its start. */
#include <asm/page.h>
#include <kernel/bug.h>
#include <kernel/mm.h>
#include <kernel/string.h>

#define SLAB_MIN 32
#define SLAB_CLASSES 7 /* 32 .. 2048 */

struct slab_page {
	u64 class;
	u64 unused; /* objects are aligned to 16 bytes */
};

static void *free_objects[SLAB_CLASSES];

static int size_class(size_t size)
{
	int class = 0;

	for (size_t s = SLAB_MIN; s < size; s *= 2)
		class++;
	return class;
}

static bool grow(int class)
{
	struct slab_page *page = get_free_page();
	size_t size = (size_t)SLAB_MIN << class;

	if (!page)
		return false;
	page->class = class;
	for (size_t at = sizeof(*page); at + size <= PAGE_SIZE; at += size) {
		void *object = (char *)page + at;

		*(void **)object = free_objects[class];
		free_objects[class] = object;
	}
	return true;
}

/* At most 2048 bytes: larger objects are pages. */
void *kmalloc(size_t size)
{
	int class = size_class(size);
	void *object;

	if (class >= SLAB_CLASSES || (!free_objects[class] && !grow(class)))
		return NULL;
	object = free_objects[class];
	free_objects[class] = *(void **)object;
	return object;
}

void *kzalloc(size_t size)
{
	void *object = kmalloc(size);

	return object ? memset(object, 0, size) : NULL;
}

void kfree(const void *object)
{
	struct slab_page *page = (void *)((u64)object & PAGE_MASK);

	if (!object)
		return;
	BUG_ON(page->class >= SLAB_CLASSES);
	*(void **)object = free_objects[page->class];
	free_objects[page->class] = (void *)object;
}
