// SPDX-License-Identifier: Apache-2.0
#include <kernel/syscalls.h>
#include <kernel/time.h>

struct timespec {
	s64 sec, nsec;
};

static int nanosleep(const struct timespec *request)
{
	struct timespec ts;

	if (copy_from_user(&ts, request, sizeof(ts)))
		return -EFAULT;
	if (ts.sec < 0 || ts.nsec < 0 || ts.nsec >= (s64)NSEC_PER_SEC)
		return -EINVAL;
	schedule_timeout(ts.sec * NSEC_PER_SEC + ts.nsec);
	return 0;
}

SYSCALL_DEFINE1(nanosleep, const struct timespec *, request)
{
	return nanosleep(request);
}

SYSCALL_DEFINE3(clock_nanosleep, int, clock, int, flags, const struct timespec *, request)
{
	return clock < 0 || flags ? -EINVAL : nanosleep(request);
}

/* Every clock counts from power-on: there is no calendar. */
SYSCALL_DEFINE2(clock_gettime, int, clock, struct timespec *, to)
{
	u64 now = ktime_get();
	struct timespec ts = { now / NSEC_PER_SEC, now % NSEC_PER_SEC };

	return clock < 0 ? -EINVAL : copy_to_user(to, &ts, sizeof(ts));
}

SYSCALL_DEFINE1(gettimeofday, struct timespec *, to)
{
	u64 now = ktime_get();
	struct timespec tv = { now / NSEC_PER_SEC, now % NSEC_PER_SEC / NSEC_PER_USEC };

	return copy_to_user(to, &tv, sizeof(tv));
}
