// SPDX-License-Identifier: Apache-2.0
/* One flat table of files, named by their whole path. */
#include <kernel/fs.h>
#include <kernel/string.h>
#include <kernel/mm.h>

static LIST_HEAD(inodes);
static u32 last_ino;

/* "/./dev//null" is "dev/null"; ".." is not resolved. */
static const char *next_part(const char *path, size_t *n)
{
	for (;;) {
		while (*path == '/')
			path++;
		if (path[0] != '.' || (path[1] && path[1] != '/'))
			break;
		path++;
	}
	for (*n = 0; path[*n] && path[*n] != '/'; ++*n)
		;
	return path;
}

static bool same_path(const char *a, const char *b)
{
	size_t n, m;

	for (;;) {
		a = next_part(a, &n);
		b = next_part(b, &m);
		if (n != m || memcmp(a, b, n))
			return false;
		if (!n)
			return true;
		a += n;
		b += m;
	}
}

struct inode *ramfs_lookup(const char *path)
{
	struct inode *inode;

	list_for_each_entry(inode, &inodes, list)
		if (same_path(inode->path, path))
			return inode;
	return ERR_PTR(-ENOENT);
}

/* The path and the data stay the caller's: they must not go away. */
struct inode *ramfs_create(const char *path, u32 mode, const void *data, size_t size)
{
	struct inode *inode = ramfs_lookup(path);

	if (!IS_ERR(inode))
		return S_ISDIR(mode) && S_ISDIR(inode->mode) ? inode : ERR_PTR(-EEXIST);
	inode = kzalloc(sizeof(*inode));
	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->path = path;
	inode->ino = ++last_ino;
	inode->mode = mode;
	inode->data = data;
	inode->size = size;
	list_add_tail(&inode->list, &inodes);
	return inode;
}
