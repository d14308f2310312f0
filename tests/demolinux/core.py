"""The changes to kernel/, lib/, fs/, mm/, init/; some of them break the build or the boot."""

from __future__ import annotations

from tests.demolinux.change import Author, Change, Edit, Effect

CORE = Author("Core Developer", "core@demo.invalid")
LIB = Author("Library Developer", "lib@demo.invalid")
FS = Author("File System Developer", "fs@demo.invalid")
MM = Author("Memory Developer", "mm@demo.invalid")

RANGE_ORDER = Change(
    key="range-order",
    author=CORE,
    subject="kernel/range: Compare without branches in cmp_range()",
    body="The result of two comparisons is the order; sort() needs no more.",
    edits=(
        Edit(
            "kernel/range.c",
            """\
	if (r1->start < r2->start)
		return -1;
	if (r1->start > r2->start)
		return 1;
	return 0;
""",
            """\
	return (r1->start > r2->start) - (r1->start < r2->start);
""",
        ),
    ),
)

COUNT_WORDS = Change(
    key="count-words",
    author=LIB,
    subject="lib: argv_split: Count the words without nested conditions",
    body="A word begins where a space was and is no more.",
    edits=(
        Edit(
            "lib/argv_split.c",
            """\
		if (isspace(*str)) {
			was_space = true;
		} else if (was_space) {
			was_space = false;
			count++;
		}
""",
            """\
		bool is_space = isspace(*str);

		count += was_space && !is_space;
		was_space = is_space;
""",
        ),
    ),
)

LOGARITHM = Change(
    key="logarithm",
    author=LIB,
    subject="lib/math: Let WARN_ON() be the condition in intlog2() and intlog10()",
    body="It returns what it was asked, and is unlikely by itself.",
    edits=tuple(
        Edit(
            "lib/math/int_log.c",
            "	if (unlikely(value == 0)) {\n		WARN_ON(1);\n		return 0;\n	}\n\n"
            + after,
            "	if (WARN_ON(value == 0))\n		return 0;\n\n" + after,
        )
        for after in ("	/* first detect the msb", "	log = intlog2(value);")
    ),
)

NAME_TO_INT = Change(
    key="name-to-int",
    author=FS,
    subject="fs/proc: Say UINT_MAX in name_to_int()",
    body="It is the limit that the code means, and the answer for what is no number.",
    edits=(
        Edit("fs/proc/util.c", "if (n >= (~0U-9)/10)", "if (n >= (UINT_MAX - 9) / 10)"),
        Edit("fs/proc/util.c", "	return ~0U;\n", "	return UINT_MAX;\n"),
    ),
)

CHAR_DEVICE = Change(
    key="char-device",
    author=FS,
    subject="char_dev: Allocate by the type of the pointer",
    body="Then the size stays right when the type of the variable changes.",
    edits=(
        Edit(
            "fs/char_dev.c",
            "	cd = kzalloc(sizeof(struct char_device_struct), GFP_KERNEL);\n	if (cd == NULL)\n",
            "	cd = kzalloc(sizeof(*cd), GFP_KERNEL);\n	if (!cd)\n",
        ),
    ),
)

UNKILLABLE = Change(
    key="unkillable",
    author=MM,
    subject="mm, oom: Simplify oom_unkillable_task()",
    body="Return the condition instead of asking it in two steps.",
    edits=(
        Edit(
            "mm/oom_kill.c",
            """\
	if (is_global_init(p))
		return true;
	if (p->flags & PF_KTHREAD)
		return true;
	return false;
""",
            """\
	return is_global_init(p) || (p->flags & PF_KTHREAD);
""",
        ),
    ),
)

READ_ONLY = Change(
    key="read-only",
    author=MM,
    subject="mm: mseal: Return the condition in is_ro_anon()",
    body="The last check decides; there is no need to spell its two results.",
    edits=(
        Edit(
            "mm/mseal.c",
            """\
	if (!(vma->vm_flags & VM_WRITE) ||
		!arch_vma_access_permitted(vma, true, false, false))
		return true;

	return false;
""",
            """\
	return !(vma->vm_flags & VM_WRITE) ||
		!arch_vma_access_permitted(vma, true, false, false);
""",
        ),
    ),
)

# The prototype in <linux/kernel.h> and the callers keep `char **`: it does not compile.
CONST_OPTION = Change(
    key="const-option",
    author=LIB,
    effect=Effect.BREAKS_BUILD,
    subject="lib/cmdline: Take a constant string in get_option()",
    body="The function moves the pointer, and does not write to the string behind it.",
    edits=(
        Edit(
            "lib/cmdline.c",
            "int get_option(char **str, int *pint)\n",
            "int get_option(const char **str, int *pint)\n",
        ),
    ),
)

MUTABLE_OPTION = Change(
    key="mutable-option",
    author=LIB,
    fixes="const-option",
    subject="lib/cmdline: Give get_option() its prototype back",
    body="The declaration and all callers say otherwise.  Back to what they expect.",
    edits=(
        Edit(
            "lib/cmdline.c",
            "int get_option(const char **str, int *pint)\n",
            "int get_option(char **str, int *pint)\n",
        ),
    ),
)

# A header has 110 bytes, so a padded name must be two more than a multiple of four: the kernel does
# not find the second entry of any archive, and panics with "no cpio magic".
NAME_PADDING = Change(
    key="name-padding",
    author=CORE,
    effect=Effect.BREAKS_BOOT,
    subject="initramfs: Use ALIGN() to pad names",
    body="Names are padded to four bytes; say so with the macro that everybody knows.",
    edits=(
        Edit(
            "init/initramfs.c",
            "#define N_ALIGN(len) ((((len) + 1) & ~3) + 2)\n",
            "#define N_ALIGN(len) ALIGN(len, 4)\n",
        ),
    ),
)

HEADER_PADDING = Change(
    key="header-padding",
    author=CORE,
    fixes="name-padding",
    subject="initramfs: Pad names together with their header",
    body="""
It is the header and the name that are padded to four bytes.  The header
has 110 of them, two more than a multiple of four.
""",
    edits=(
        Edit(
            "init/initramfs.c",
            "#define N_ALIGN(len) ALIGN(len, 4)\n",
            "#define N_ALIGN(len) (ALIGN((len) + 110, 4) - 110)\n",
        ),
    ),
)

TOPIC = (UNKILLABLE, READ_ONLY)
SINGLES = (RANGE_ORDER, COUNT_WORDS, LOGARITHM, NAME_TO_INT, CHAR_DEVICE)
BUILD_PAIR = (CONST_OPTION, MUTABLE_OPTION)
BOOT_PAIR = (NAME_PADDING, HEADER_PADDING)
