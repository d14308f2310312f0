/*
 * Runs in the VM and crashes it. Before it stand two macros: TRIGGERS, words such as "lkdtm:BUG" that are pulled one
 * after the other, each by a process of its own, and STAY, the seconds that detectors then have to speak.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEBUG "/sys/kernel/debug/"

static const char *triggers[] = { TRIGGERS };

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		perror(path);
	if (fd >= 0)
		close(fd);
}

/* What the programs do that look for leaks: the kernel itself only counts them. */
static void tell_leaks(void)
{
	static char text[1 << 16];
	int fd;
	ssize_t size;

	put(DEBUG "provoke", "leak");
	put(DEBUG "kmemleak", "scan");
	sleep(6); /* objects of the last seconds are not told of */
	put(DEBUG "kmemleak", "scan");
	fd = open(DEBUG "kmemleak", O_RDONLY);
	size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (size > 0)
		printf("BUG: memory leak\n%s\n", text);
	else
		puts("no leak was found");
	fflush(stdout);
}

static void use_much_memory(void)
{
	size_t size = 64 << 20;
	char *data;

	while ((data = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED)
		memset(data, 1, size);
}

static void talk(void)
{
	puts("warning: this is a program, and the kernel is fine");
	puts("a BUG, a WARNING, a KASAN report and a panic are only words of this line");
	puts("Call Trace:\n program+0x1/0x2\nWARNING in main");
	fflush(stdout);
}

static void user(const char *what)
{
	volatile int *nowhere = 0;

	if (!strcmp(what, "leaks"))
		tell_leaks();
	else if (!strcmp(what, "memory"))
		use_much_memory();
	else if (!strcmp(what, "segfault"))
		*nowhere = 1;
	else if (!strcmp(what, "illegal"))
		__builtin_trap();
	else if (!strcmp(what, "talk"))
		talk();
	else if (strcmp(what, "nothing"))
		fprintf(stderr, "%s: no such trigger\n", what);
}

static void pull(const char *trigger)
{
	const char *what = strchr(trigger, ':') + 1;

	if (!strncmp(trigger, "lkdtm:", 6))
		put(DEBUG "provoke-crash/DIRECT", what);
	else if (!strncmp(trigger, "provoke:", 8))
		put(DEBUG "provoke", what);
	else if (!strncmp(trigger, "sysctl:", 7)) /* sysctl:kernel/hung_task_warnings=2 */
	{
		char path[128];
		const char *value = strchr(what, '=') + 1;

		snprintf(path, sizeof(path), "/proc/sys/%.*s", (int)(value - 1 - what), what);
		put(path, value);
	} else {
		user(what);
	}
}

int main(void)
{
	size_t i;

	mount("debugfs", DEBUG, "debugfs", 0, 0);
	signal(SIGCHLD, SIG_IGN);
	for (i = 0; i < sizeof(triggers) / sizeof(*triggers); i++) {
		if (fork() == 0) {
			pull(triggers[i]);
			_exit(0);
		}
		usleep(300000);
	}
	sleep(STAY);
	return 0;
}
