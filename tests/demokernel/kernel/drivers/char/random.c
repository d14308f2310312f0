// SPDX-License-Identifier: Apache-2.0
/* Random numbers: the CPU's generator where it has one, else the jitter of its clock. */
#define pr_fmt(fmt) "random: " fmt

#include <asm/io.h>
#include <asm/processor.h>
#include <kernel/fs.h>
#include <kernel/init.h>
#include <kernel/printk.h>
#include <kernel/random.h>
#include <kernel/string.h>
#include <kernel/uaccess.h>

#define RDRAND_RETRIES 10
#define JITTER_ROUNDS 64
#define PORT_DELAY 0x80 /* writing there takes the outside world's time */

static bool has_rdrand;
static u64 pool;

static bool rdrand(u64 *value)
{
	u8 ok = 0;

	for (int i = 0; i < RDRAND_RETRIES && !ok; i++)
		asm volatile("rdrand %0; setc %1" : "=r"(*value), "=qm"(ok) :: "cc");
	return ok;
}

/* The finalizer of splitmix64: every bit of the input reaches every bit of the output. */
static u64 mix(u64 x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static u64 clock_jitter(void)
{
	for (int i = 0; i < JITTER_ROUNDS; i++) {
		outb(PORT_DELAY, i);
		pool = mix(pool + 0x9e3779b97f4a7c15 + rdtsc());
	}
	return pool;
}

static u64 get_random_u64(void)
{
	u64 value;

	return has_rdrand && rdrand(&value) ? value : clock_jitter();
}

void get_random_bytes(void *to, size_t n)
{
	for (char *p = to; n;) {
		u64 value = get_random_u64();
		size_t chunk = min(n, sizeof(value));

		memcpy(p, &value, chunk);
		p += chunk;
		n -= chunk;
	}
}

/* Even within 2^-32 times the ceiling. */
u32 get_random_u32_below(u32 ceil)
{
	return (get_random_u64() >> 32) * ceil >> 32;
}

static ssize_t random_read(struct file *file, char *to, size_t n)
{
	size_t done = 0;

	while (done < n) {
		u64 value = get_random_u64();
		size_t chunk = min(n - done, sizeof(value));

		if (copy_to_user(to + done, &value, chunk))
			return -EFAULT;
		done += chunk;
	}
	return n;
}

static const struct file_operations random_fops = {
	.read = random_read,
};

static int random_init(void)
{
	u32 regs[4];

	cpuid(1, regs);
	has_rdrand = regs[2] & X86_FEATURE_RDRAND;
	pr_info("crng init done (%s)\n", has_rdrand ? "RDRAND" : "no RDRAND: clock jitter");
	return register_chrdev(MKDEV(1, 8), "dev/random", &random_fops) ?:
	       register_chrdev(MKDEV(1, 9), "dev/urandom", &random_fops);
}
core_initcall(random_init);
