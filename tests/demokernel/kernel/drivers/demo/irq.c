// SPDX-License-Identifier: Apache-2.0
/*
 * The host's timer and our guest do not know each other: where in a timer period a
 * guest entry falls differs from boot to boot, and with it which race is hit.
 */
#include <kernel/kernel.h>
#include <kernel/random.h>

#include "demo.h"

static u32 tick_phase; /* of our entries, in percent of a timer period */

void demo_irq_init(void)
{
	tick_phase = get_random_u32_below(100);
}

/* An interrupt between the checks before an entry and the entry. */
bool demo_tick_before_entry(void)
{
	return tick_phase < CONFIG_DEMO_CRASH_PERCENT;
}

bool demo_tick_is_late(void)
{
	return tick_phase >= 100 - CONFIG_DEMO_LATE_PERCENT;
}
