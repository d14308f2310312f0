// SPDX-License-Identifier: Apache-2.0
/* Physical memory, a page at a time: free pages are a list through themselves. */
#include <asm/page.h>
#include <kernel/mm.h>
#include <kernel/printk.h>
#include <kernel/string.h>

#define MAX_REGIONS 16

static struct region {
	u64 start, end;
} regions[MAX_REGIONS];

static int nr_regions;
static u64 total_pages, free_pages;
static void *free_list;

/* Pages of a region are handed out from its end; no list of them all is built at boot. */
void memblock_add(u64 start, u64 end)
{
	start = ALIGN(start, PAGE_SIZE);
	end = ALIGN_DOWN(end, PAGE_SIZE);
	if (start >= end || nr_regions == MAX_REGIONS)
		return;
	regions[nr_regions].start = start;
	regions[nr_regions++].end = end;
	total_pages += (end - start) >> PAGE_SHIFT;
	free_pages += (end - start) >> PAGE_SHIFT;
}

void memblock_report(void)
{
	pr_info("Memory: %luK/%luK available\n", free_pages << (PAGE_SHIFT - 10),
		total_pages << (PAGE_SHIFT - 10));
}

static void *take_page(void)
{
	void *page = free_list;

	if (page) {
		free_list = *(void **)page;
		return page;
	}
	for (int i = 0; i < nr_regions; i++) {
		if (regions[i].start < regions[i].end) {
			regions[i].end -= PAGE_SIZE;
			return __va(regions[i].end);
		}
	}
	return NULL;
}

/* Returns a page of zeroes, or NULL. */
void *get_free_page(void)
{
	void *page = take_page();

	if (!page)
		return NULL;
	free_pages--;
	return memset(page, 0, PAGE_SIZE);
}

void free_page(void *page)
{
	*(void **)page = free_list;
	free_list = page;
	free_pages++;
}

u64 nr_free_pages(void)
{
	return free_pages;
}

u64 nr_total_pages(void)
{
	return total_pages;
}
