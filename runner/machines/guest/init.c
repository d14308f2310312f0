/*
 * PID 1 of the guest, or started by root of a guest with a disk image: starts /repro, says how it ended, resets the
 * machine.
 *
 * Freestanding, so that any kernel that runs a static program runs this one:
 *   gcc -static -nostdlib -ffreestanding -fno-stack-protector -O1 -DON_DISK=0 -DPROCS=1 -DREPEAT=0 \
 *       '-DCOMMAND="/repro"' -o init init.c
 * PROCS copies run in parallel; with REPEAT, each is started again when it ends.
 *
 * QEMU is started with -no-reboot: the reset at the end is the end of the VM, on kernels without ACPI too.
 * The lines that start with "bisectweb: " are read by runner/machines/vm.py.
 */

typedef unsigned long word;

/* ---- the part that knows the architecture ---- */

#if defined(__x86_64__)

enum {
	SYS_write = 1,
	SYS_close = 3,
	SYS_nanosleep = 35,
	SYS_execve = 59,
	SYS_exit = 60,
	SYS_wait4 = 61,
	SYS_kill = 62,
	SYS_setpgid = 109,
	SYS_sync = 162,
	SYS_mount = 165,
	SYS_reboot = 169,
};

__asm__(".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	and $-16, %rsp\n"
	"	call guest_main\n");

/* Always inlined, here and below: the child of vfork runs on its parent's stack, so nobody may return between the two. */
static inline __attribute__((always_inline)) long syscall5(long number, word a, word b, word c, word d, word e)
{
	long result;
	register word r10 __asm__("r10") = d;
	register word r8 __asm__("r8") = e;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}

#define OPEN(path, flags) call(2, path, flags, 0, 0, 0)
#define MKDIR(path, mode) call(83, path, mode, 0, 0, 0)
#define VFORK() call(58, 0, 0, 0, 0, 0)

#elif defined(__aarch64__)

enum {
	SYS_mount = 40,
	SYS_close = 57,
	SYS_write = 64,
	SYS_sync = 81,
	SYS_exit = 93,
	SYS_nanosleep = 101,
	SYS_kill = 129,
	SYS_reboot = 142,
	SYS_setpgid = 154,
	SYS_execve = 221,
	SYS_wait4 = 260,
};

__asm__(".globl _start\n"
	"_start:\n"
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	bl guest_main\n");

static inline __attribute__((always_inline)) long syscall5(long number, word a, word b, word c, word d, word e)
{
	register word x8 __asm__("x8") = number;
	register word x0 __asm__("x0") = a;
	register word x1 __asm__("x1") = b;
	register word x2 __asm__("x2") = c;
	register word x3 __asm__("x3") = d;
	register word x4 __asm__("x4") = e;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
	return x0;
}

/* The newer calls, in place of open, mkdir and vfork, which only older architectures have. */
#define AT_FDCWD -100
#define OPEN(path, flags) call(56, AT_FDCWD, path, flags, 0, 0)
#define MKDIR(path, mode) call(34, AT_FDCWD, path, mode, 0, 0)
#define CLONE_VM_VFORK_SIGCHLD (0x100 | 0x4000 | 17)
#define VFORK() call(220, CLONE_VM_VFORK_SIGCHLD, 0, 0, 0, 0)

#else
#error "the guest's init knows no system calls for this architecture"
#endif

/* ---- the same everywhere ---- */

#define call(number, a, b, c, d, e) syscall5(number, (word)(a), (word)(b), (word)(c), (word)(d), (word)(e))

enum {
	O_WRONLY = 1,
	O_RDWR = 2,
	O_CLOEXEC = 02000000,
	EXEC_FAILED = 127,
	SIGKILL = 9,
};

static long length(const char *text)
{
	long n = 0;

	while (text[n])
		n++;
	return n;
}

static char *append(char *end, const char *text)
{
	while (*text)
		*end++ = *text++;
	return end;
}

static char *append_number(char *end, unsigned int number)
{
	if (number >= 10)
		end = append_number(end, number / 10);
	*end++ = '0' + number % 10;
	return end;
}

/* Descriptors 0 to 2 are closed when the kernel found no console at boot. */
static void keep_console(void)
{
	int i;

	for (i = 0; i < 3; i++)
		if (call(SYS_write, i, "", 0, 0, 0) < 0)
			OPEN("/dev/console", O_RDWR);
}

/*
 * Whole lines through the kernel's own log where there is one: other CPUs' messages then cannot cut them in two,
 * as they do with what is written to the terminal. "<0>" gets through every `quiet` and `loglevel=`.
 */
static void say(const char *text, long number)
{
	char line[120];
	char *end = append(line, "<0>bisectweb: ");
	long fd, done;

	end = append(end, text);
	if (number >= 0)
		end = append_number(end, number);
	end = append(end, "\n");

	fd = OPEN("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	done = fd < 0 ? fd : call(SYS_write, fd, line, end - line, 0, 0);
	if (fd >= 0)
		call(SYS_close, fd, 0, 0, 0, 0);
	if (done <= 0)
		call(SYS_write, 1, line + length("<0>"), end - line - length("<0>"), 0, 0);
}

static void mount(const char *type, const char *where)
{
	MKDIR(where, 0755);
	call(SYS_mount, type, where, type, 0, 0);
}

/* Set by the child of vfork, whose memory is ours. */
static volatile int failed;

static __attribute__((noinline)) long start(char *const argv[], char *const envp[])
{
	long pid = VFORK();

	if (pid == 0) {
		if (REPEAT) /* a group that can be killed before the next round */
			call(SYS_setpgid, 0, 0, 0, 0, 0);
		say("reproducer did not start: error ", -call(SYS_execve, argv[0], argv, envp, 0, 0));
		failed = 1;
		for (;;)
			call(SYS_exit, EXEC_FAILED, 0, 0, 0, 0);
	}
	if (pid < 0) {
		say("reproducer did not start: error ", -pid);
		failed = 1;
	}
	return pid;
}

static int copy_of(const long *copies, long pid)
{
	int i;

	for (i = 0; i < PROCS; i++)
		if (copies[i] == pid)
			return i;
	return -1; /* an orphan that became ours */
}

/* Until all copies have ended: the first wait status that is not 0, or 0; -1 when they cannot be waited for. */
static int wait_for(long *copies, char *const argv[], char *const envp[])
{
	int running = PROCS, first = 0;

	while (running && !failed) {
		int status = 0;
		long pid = call(SYS_wait4, -1, &status, 0, 0, 0);
		int i = copy_of(copies, pid);

		if (pid < 0)
			return -1;
		if (i < 0)
			continue;
		if (!first)
			first = status;
		if (REPEAT) {
			call(SYS_kill, -pid, SIGKILL, 0, 0, 0);
			copies[i] = start(argv, envp);
		} else {
			copies[i] = 0;
			running--;
		}
	}
	return first;
}

static void run_reproducer(void)
{
	char *argv[] = { COMMAND, 0 };
	char *envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", 0 };
	long copies[PROCS];
	int i, status;

	say("starting reproducer", -1);
	for (i = 0; i < PROCS; i++)
		copies[i] = failed ? 0 : start(argv, envp);
	status = failed ? -1 : wait_for(copies, argv, envp);
	if (failed || status < 0)
		return;
	if (status & 0x7f)
		say("reproducer killed by signal ", status & 0x7f);
	else
		say("reproducer exited ", status >> 8 & 0xff);
}

static void pause_ms(long milliseconds)
{
	long time[2] = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

	call(SYS_nanosleep, time, 0, 0, 0, 0);
}

__attribute__((used)) void guest_main(void)
{
	if (!ON_DISK) {
		keep_console();
		mount("proc", "/proc");
		mount("sysfs", "/sys");
		mount("devtmpfs", "/dev");
	}
	run_reproducer();
	pause_ms(200); /* what the reproducer left to work queues and timers may still crash */
	call(SYS_sync, 0, 0, 0, 0, 0);
	call(SYS_reboot, 0xfee1dead, 672274793, 0x01234567, 0, 0);
	for (;;) /* an exit of PID 1 would be a panic that is not the kernel's fault */
		pause_ms(1000);
}
