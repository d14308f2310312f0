// SPDX-License-Identifier: Apache-2.0
/* The time-stamp counter tells the time; the interval timer wakes a halted CPU. */
#include <asm/io.h>
#include <asm/processor.h>
#include <kernel/printk.h>
#include <kernel/time.h>

#define PIT_HZ 1193182
#define PIT_CHANNEL0 0x40
#define PIT_CHANNEL2 0x42
#define PIT_MODE 0x43
#define PIT_GATE2 0x61
#define CALIBRATE_MS 10

#define PIC1_COMMAND 0x20
#define PIC1_DATA 0x21
#define PIC2_COMMAND 0xa0
#define PIC2_DATA 0xa1

static u64 tsc_base, tsc_khz;

/* How often the counter ticks while channel 2 counts down from a known value. */
static u64 pit_calibrate_tsc(void)
{
	u32 latch = PIT_HZ / (1000 / CALIBRATE_MS);
	u64 start;

	outb(PIT_GATE2, (inb(PIT_GATE2) & ~2) | 1);
	outb(PIT_MODE, 0xb0); /* channel 2, mode 0: output rises at 0 */
	outb(PIT_CHANNEL2, latch & 0xff);
	outb(PIT_CHANNEL2, latch >> 8);
	start = rdtsc();
	while (!(inb(PIT_GATE2) & 0x20))
		cpu_relax();
	return (rdtsc() - start) / CALIBRATE_MS;
}

/* Only the timer's line is open; its vector follows the CPU's exceptions. */
static void pic_init(void)
{
	outb(PIC1_COMMAND, 0x11);
	outb(PIC2_COMMAND, 0x11);
	outb(PIC1_DATA, 0x20);
	outb(PIC2_DATA, 0x28);
	outb(PIC1_DATA, 4);
	outb(PIC2_DATA, 2);
	outb(PIC1_DATA, 1);
	outb(PIC2_DATA, 1);
	outb(PIC1_DATA, 0xfe);
	outb(PIC2_DATA, 0xff);
}

static void pit_init(void)
{
	u32 latch = PIT_HZ / CONFIG_HZ;

	outb(PIT_MODE, 0x34);
	outb(PIT_CHANNEL0, latch & 0xff);
	outb(PIT_CHANNEL0, latch >> 8);
}

void time_init(void)
{
	u64 khz;

	pic_init();
	pit_init();
	khz = pit_calibrate_tsc();
	tsc_base = rdtsc();
	tsc_khz = khz ? khz : 1;
	pr_info("tsc: Detected %lu.%03lu MHz processor\n", tsc_khz / 1000, tsc_khz % 1000);
}

u64 ktime_get(void)
{
	u64 cycles = rdtsc() - tsc_base;

	if (!tsc_khz)
		return 0;
	return cycles / tsc_khz * 1000000 + cycles % tsc_khz * 1000000 / tsc_khz;
}

void schedule_timeout(u64 ns)
{
	u64 end = ktime_get() + ns;

	while (ktime_get() < end)
		asm volatile("sti; hlt; cli");
}
