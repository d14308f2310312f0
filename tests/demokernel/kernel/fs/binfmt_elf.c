// SPDX-License-Identifier: Apache-2.0
#include <asm/page.h>
#include <kernel/sched.h>
#include <kernel/string.h>

#define ET_EXEC 2
#define ET_DYN 3
#define EM_X86_64 62
#define PT_LOAD 1
#define PT_INTERP 3
#define PF_X 1
#define PF_W 2
#define PF_R 4
#define ELF_ET_DYN_BASE 0x555555554000UL

struct elf64_hdr {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf64_phdr {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

static bool inside(const struct inode *inode, u64 offset, u64 size)
{
	return offset <= inode->size && size <= inode->size - offset;
}

static bool header_ok(const struct inode *inode, const struct elf64_hdr *hdr)
{
	return inside(inode, 0, sizeof(*hdr)) && !memcmp(hdr->ident, "\177ELF\2\1", 6) &&
	       (hdr->type == ET_EXEC || hdr->type == ET_DYN) && hdr->machine == EM_X86_64 &&
	       hdr->phentsize == sizeof(struct elf64_phdr) &&
	       inside(inode, hdr->phoff, hdr->phnum * sizeof(struct elf64_phdr));
}

static int copy_segment(struct mm *mm, u64 addr, const char *from, u64 n)
{
	while (n) {
		u64 offset = addr & ~PAGE_MASK, chunk = min(n, PAGE_SIZE - offset);
		char *page = mm_page(mm, addr);

		if (!page)
			return -ENOMEM;
		memcpy(page + offset, from, chunk);
		addr += chunk;
		from += chunk;
		n -= chunk;
	}
	return 0;
}

static int load_segment(struct mm *mm, const struct inode *inode, const struct elf64_phdr *phdr,
			u64 base)
{
	u64 start = base + phdr->vaddr, end = start + phdr->memsz;
	u32 flags = (phdr->flags & PF_R ? VM_READ : 0) | (phdr->flags & PF_W ? VM_WRITE : 0) |
		    (phdr->flags & PF_X ? VM_EXEC : 0);
	int err;

	if (!inside(inode, phdr->offset, phdr->filesz) || phdr->filesz > phdr->memsz ||
	    end >= TASK_SIZE || end < start)
		return -ENOEXEC;
	err = mm_map(mm, start & PAGE_MASK, ALIGN(end, PAGE_SIZE), flags);
	if (err)
		return err;
	mm->start_brk = max(mm->start_brk, ALIGN(end, PAGE_SIZE));
	mm->brk = mm->start_brk;
	if (flags & VM_EXEC) {
		mm->start_code = start & PAGE_MASK;
		mm->end_code = ALIGN(end, PAGE_SIZE);
	}
	return copy_segment(mm, start, inode->data + phdr->offset, phdr->filesz);
}

/* Static executables only: there is no interpreter to load. */
int load_elf(struct mm *mm, const struct inode *inode, struct elf_image *image)
{
	const struct elf64_hdr *hdr = inode->data;
	const struct elf64_phdr *phdr;

	if (!S_ISREG(inode->mode) || !header_ok(inode, hdr))
		return -ENOEXEC;
	phdr = inode->data + hdr->phoff;
	image->base = hdr->type == ET_DYN ? ELF_ET_DYN_BASE : 0;
	image->entry = image->base + hdr->entry;
	image->phnum = hdr->phnum;
	for (int i = 0; i < hdr->phnum; i++, phdr++) {
		int err = phdr->type == PT_LOAD ? load_segment(mm, inode, phdr, image->base) :
			  phdr->type == PT_INTERP ? -ENOEXEC : 0;

		if (err)
			return err;
		if (phdr->type == PT_LOAD && phdr->offset <= hdr->phoff &&
		    hdr->phoff < phdr->offset + phdr->filesz)
			image->phdr = image->base + phdr->vaddr + hdr->phoff - phdr->offset;
	}
	return 0;
}
