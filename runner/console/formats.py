"""How Linux announces that it is in trouble, and what each kind of trouble is called. Data only.

The titles follow the convention of the field, so that a crash found here has the name that people
already know it by.
"""

from __future__ import annotations

from dataclasses import dataclass

FUNCTION = r"(?P<func>[A-Za-z0-9_]+)(?:\.[\w.]+)?\+0x[0-9a-f]+"
"""A symbol with its offset; what the compiler put behind its name is left out."""
AT = r"at: (?:\[<[0-9a-f]+>\] )?" + FUNCTION
RIP = r"\bR?IP(?:: |  ?)(?:[0-9a-f]{2,4}:)?(?:\s*\[<[0-9a-f]+>\])*\s*"
PC = r"\bPC is at |\bpc : "
INSTRUCTION = rf"(?:{RIP}|{PC}){FUNCTION}"
TRACE = r"Call Trace:|Call trace:|Backtrace:|stack backtrace:"

NO_FRAME: tuple[str, ...] = ("",)
ON_STACK = (TRACE,)
AT_INSTRUCTION = (INSTRUCTION, TRACE)
AT_WARNING = (r"WARNING: .* " + FUNCTION, INSTRUCTION, TRACE)


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of crash.

    `header` is searched in a line, `detail` in the lines that follow; their named groups and
    `{frame}` make the title. The first format whose both match is the one. A header has no
    wildcard without a bound: a hostile console would make it slow.
    """

    header: str
    title: str
    markers: tuple[str, ...] = AT_INSTRUCTION
    """Where the frame is: each is sought behind the one before. A marker that names a function
    (group `func`) offers it; after the last one come the functions of the stack."""
    detail: str = ""
    skip: str = ""
    """Functions that are not to blame in this kind of crash, beyond `SKIPPED`."""
    hang: bool = False
    """Whether the frame may be one of `BUCKETS`."""
    entry: bool = False
    """Whether the frame is the one that the kernel's entry code called, not the innermost one:
    where a loop was when somebody looked is an accident."""


WARNED = (
    r"WARNING: (?:(?:CPU: \d+ PID: \d+ )?at \S{1,150}:\d+"
    r"|(?:\[.{0,150}\] )?\S{1,150}\.[chS]:\d+ at )"
)
"""The older and the newer header of WARN()."""


def _warning(source: str, title: str, *, skip: str = "") -> Format:
    """A WARN() of these source files."""
    return Format(WARNED, title, AT_WARNING, rf"WARNING: .*{source}", skip)


FORMATS = (
    # The sanitizers
    Format(
        r"BUG: KASAN: (?:double-free or )?(?P<kind>invalid-free) in " + FUNCTION,
        "KASAN: {kind} in {frame}",
        (r"BUG: KASAN: .* in " + FUNCTION, TRACE),
    ),
    Format(
        r"BUG: KASAN: double-free in " + FUNCTION,
        "KASAN: double-free in {frame}",
        (r"BUG: KASAN: .* in " + FUNCTION, TRACE),
    ),
    Format(
        r"BUG: KASAN: (?P<kind>[a-z-]+) (?:in|on address)",
        "KASAN: {kind} {access} in {frame}",
        (r"BUG: KASAN: .* in " + FUNCTION, TRACE),
        detail=r"(?P<access>Read|Write) (?:of size|at addr)",
    ),
    Format(r"BUG: KASAN: null-ptr-deref", "KASAN: null-ptr-deref in {frame}"),
    Format(
        r"BUG: KMSAN: (?P<kind>[a-z-]+)",
        "KMSAN: {kind} in {frame}",
        (r"BUG: KMSAN: .* in " + FUNCTION,),
    ),
    Format(
        r"BUG: KCSAN: (?P<kind>[a-z-]+) in (?P<pair>\w+ / \w+)",
        "KCSAN: {kind} in {pair}",
        NO_FRAME,
    ),
    Format(r"BUG: KCSAN: (?P<kind>[a-z: -]+?) in (?P<one>\w+)", "KCSAN: {kind} in {one}", NO_FRAME),
    Format(
        r"BUG: KFENCE: (?P<kind>(?:use-after-free|out-of-bounds) (?:read|write))",
        "KFENCE: {kind} in {frame}",
        (r"BUG: KFENCE: .* in " + FUNCTION,),
    ),
    Format(
        r"BUG: KFENCE: (?P<kind>[a-z -]+?) in ",
        "KFENCE: {kind} in {frame}",
        (r"BUG: KFENCE: .* in " + FUNCTION,),
        skip=r"^test_|kfree|^__kmem_cache_free|^slab_free",
    ),
    Format(r"UBSAN: Undefined behaviour in", "UBSAN: undefined-behaviour in {frame}", ON_STACK),
    Format(r"UBSAN: (?P<kind>[a-z][a-z-]+) in", "UBSAN: {kind} in {frame}", ON_STACK),
    # CPU exceptions
    Format(
        r"BUG: unable to handle (?:kernel )?NULL pointer dereference",
        "BUG: unable to handle kernel NULL pointer dereference in {frame}",
    ),
    Format(
        r"BUG: kernel NULL pointer dereference",
        "BUG: unable to handle kernel NULL pointer dereference in {frame}",
    ),
    Format(
        r"BUG: unable to handle (?:kernel paging request|page fault)",
        "BUG: unable to handle kernel paging request in {frame}",
    ),
    Format(r"BUG: unable to handle kernel", "BUG: unable to handle kernel", NO_FRAME),
    Format(
        r"Unable to handle kernel NULL pointer dereference",
        "BUG: unable to handle kernel NULL pointer dereference in {frame}",
    ),
    Format(
        r"Unable to handle kernel (?:paging request|access to user memory)",
        "BUG: unable to handle kernel paging request in {frame}",
    ),
    Format(r"general protection fault(?::|,| for)", "general protection fault in {frame}"),
    Format(r"stack segment(?: fault)?: 0", "stack segment fault in {frame}"),
    Format(r"divide error: 0", "divide error in {frame}"),
    Format(r"Oops: int3: 0|^int3: 0", "int3 in {frame}"),
    Format(r"PANIC: double fault", "PANIC: double fault in {frame}"),
    Format(
        r"BUG: stack guard page was hit",
        "BUG: stack guard page was hit in {frame}",
        ON_STACK,
        entry=True,
    ),
    Format(
        r"BUG: TASK stack guard page was hit",
        "BUG: stack guard page was hit in {frame}",
        ON_STACK,
        entry=True,
    ),
    Format(r"Unhandled fault: ", "Unhandled fault in {frame}"),
    Format(r"Internal error: .{0,150} \[#1\]", "Internal error in {frame}"),
    # What the code asserts
    Format(r"kernel BUG at lib/list_debug\.c", "BUG: corrupted list in {frame}"),
    Format(r"kernel BUG at ", "kernel BUG in {frame}"),
    Format(r"invalid opcode: 0", "invalid opcode in {frame}"),
    _warning(r"lib/(?:refcount|kref)\.[ch]:", "WARNING: refcount bug in {frame}"),
    _warning(r"include/linux/kref\.h:", "WARNING: refcount bug in {frame}"),
    _warning(
        r"lib/debugobjects\.c:",
        "WARNING: ODEBUG bug in {frame}",
        skip=r"^debug_|^__debug_|work_|timer|^kfree|^__?vunmap",
    ),
    _warning(r"kernel/locking/lockdep\.c:", "WARNING: locking bug in {frame}"),
    _warning(r"mm/(?:slab_common|util)\.c:\d+ kv?malloc", "WARNING: kmalloc bug in {frame}"),
    _warning(r"mm/vmalloc\.c:", "WARNING: zero-size vmalloc in {frame}"),
    _warning(
        r"fs/proc/generic\.c:",
        "WARNING: proc registration bug in {frame}",
        skip=r"^_?proc_|^remove_proc",
    ),
    _warning(r"drivers/usb/core/urb\.c:", "WARNING in {frame}/usb_submit_urb", skip=r"^usb_"),
    _warning("", "WARNING in {frame}"),
    # Locks
    Format(
        r"(?:INFO|WARNING): possible (?:circular locking|recursive locking|irq lock inversion) ",
        "possible deadlock in {frame}",
        (r"trying to acquire lock", AT, TRACE),
    ),
    Format(
        r"(?:WARNING|INFO): [A-Z_]{1,12}-safe -> [A-Z_]{1,12}-unsafe lock order detected",
        "possible deadlock in {frame}",
        (r"which became \S+-safe at:",),
    ),
    Format(
        r"(?:INFO|WARNING): inconsistent lock state",
        "inconsistent lock state in {frame}",
        (r"takes:", AT, TRACE),
    ),
    Format(r"WARNING: suspicious RCU usage", "WARNING: suspicious RCU usage in {frame}", ON_STACK),
    Format(r"INFO: suspicious RCU usage", "INFO: suspicious RCU usage in {frame}", ON_STACK),
    Format(
        r"INFO: trying to register non-static key",
        "INFO: trying to register non-static key in {frame}",
        ON_STACK,
    ),
    Format(
        r"BUG: bad unlock balance detected",
        "BUG: bad unlock balance in {frame}",
        (r"is trying to release lock", FUNCTION, TRACE),
    ),
    Format(r"BUG: Invalid wait context", "WARNING: locking bug in {frame}", (AT, TRACE)),
    Format(r"(?:BUG|WARNING): held lock freed", "BUG: held lock freed in {frame}", (AT,)),
    Format(
        r"(?:BUG|WARNING): lock held when returning to user space",
        "WARNING: lock held when returning to user space in {frame}",
        (AT,),
    ),
    Format(
        r"(?:BUG|WARNING): .{1,30} still has locks held",
        "WARNING: still has locks held in {frame}",
        (AT, TRACE),
    ),
    Format(
        r"WARNING: Nested lock was not taken",
        "WARNING: nested lock was not taken in {frame}",
        ON_STACK,
    ),
    Format(r"BUG: (?P<what>MAX_\w+ too low!)", "BUG: {what}", NO_FRAME),
    Format(
        r"BUG: (?P<what>spinlock (?:bad magic|lockup suspected|already unlocked|recursion"
        r"|wrong CPU|wrong owner|cpu recursion))",
        "BUG: {what} in {frame}",
        ON_STACK,
    ),
    Format(
        r"BUG: sleeping function called from invalid context",
        "BUG: sleeping function called from invalid context in {frame}",
        ON_STACK,
    ),
    Format(r"BUG: scheduling while atomic", "BUG: scheduling while atomic in {frame}", ON_STACK),
    Format(
        r"BUG: using (?P<what>\w+)\(\) in preemptible",
        "BUG: using {what}() in preemptible code in {frame}",
        ON_STACK,
    ),
    Format(
        r"BUG: workqueue leaked (?:lock or )?atomic",
        "BUG: workqueue leaked lock or atomic in {frame}",
        (r"last function: (?P<func>\w+)", TRACE),
    ),
    # Hangs
    Format(
        r"INFO: rcu_\w+ (?:self-)?detected (?:expedited )?stall",
        "INFO: rcu detected stall in {frame}",
        ON_STACK,
        hang=True,
        entry=True,
    ),
    Format(
        r"BUG: soft lockup",
        "BUG: soft lockup in {frame}",
        AT_INSTRUCTION,
        hang=True,
        entry=True,
    ),
    Format(
        r"INFO: task \S{1,150} blocked (?:in I/O wait )?for more than",
        "INFO: task hung in {frame}",
        ON_STACK,
        hang=True,
    ),
    Format(r"INFO: task \S{1,150} can't die", "INFO: task can't die in {frame}", ON_STACK),
    Format(r"BUG: workqueue lockup", "BUG: workqueue lockup", NO_FRAME),
    # Memory
    Format(
        r"BUG: memory leak",
        "memory leak in {frame}",
        (r"unreferenced object", r"backtrace"),
        skip=r"^kmemleak|alloc|^memdup|^kstrdup|^create_object|^__save_stack|^save_stack",
    ),
    Format(
        r"unreferenced object 0x",
        "memory leak in {frame}",
        (r"backtrace",),
        skip=r"^kmemleak|alloc|^memdup|^kstrdup|^create_object",
    ),
    Format(
        r"BUG: Bad page (?P<what>state|map)",
        "BUG: Bad page {what} in {frame}",
        (r"page last allocated|" + TRACE,),
    ),
    Format(r"BUG: Bad (?P<what>[a-z-]+)", "BUG: Bad {what} state", NO_FRAME),
    Format(
        r"BUG kmalloc-\S{1,150} .{0,150}: (?P<what>Object already free)", "BUG: {what}", NO_FRAME
    ),
    Format(
        r"INFO: (?P<what>Freed|Allocated) in (?P<where>\w+)",
        "INFO: {what} in {where} age=NUM cpu=NUM pid=NUM",
        NO_FRAME,
    ),
    Format(
        r"BUG: Dentry .{0,150} still in use .{0,150}\[unmount of",
        "BUG: Dentry still in use in unmount",
        NO_FRAME,
    ),
    Format(
        r"VFS: Busy inodes after unmount",
        "VFS: Busy inodes after unmount (use-after-free)",
        NO_FRAME,
    ),
    Format(
        r"VFS: Close: file count is (?:0|zero)",
        "VFS: Close: file count is zero (use-after-free)",
        NO_FRAME,
    ),
    # The stack
    Format(
        r"WARNING: kernel stack (?P<what>frame pointer|regs) at .{0,150} has bad",
        "WARNING: kernel stack {what} has bad value",
        NO_FRAME,
    ),
    Format(
        r"Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: ",
        "kernel panic: stack is corrupted in {frame}",
        (r"corrupted in: " + FUNCTION, TRACE),
    ),
    Format(
        r"Kernel panic - not syncing: corrupted stack end",
        "kernel panic: corrupted stack end in {frame}",
        ON_STACK,
        entry=True,
    ),
    # Panics without anything before them
    Format(
        r"Kernel panic - not syncing: Attempted to kill init!",
        "kernel panic: Attempted to kill init!",
        NO_FRAME,
    ),
    Format(
        r"Kernel panic - not syncing: (?P<what>Couldn't open N_TTY ldisc)",
        "kernel panic: {what}",
        NO_FRAME,
    ),
    Format(
        r"Kernel panic - not syncing: (?P<what>.+?)(?: \.\.\.)?$", "kernel panic: {what}", NO_FRAME
    ),
)

LEADS = (
    r"BUG|WARNING: |INFO: |UBSAN: |Kernel panic|kernel BUG|PANIC: |Oops: |general protection"
    r"|stack segment|divide error|int3: |invalid opcode|Unable to handle|Unhandled fault"
    r"|Internal error|unreferenced object|VFS: "
)
"""How every header begins. Most of a console begins otherwise, and is passed over quickly."""

SKIPPED = (
    # how reports are made
    r"^_?_?dump_stack|^show_(?:stack|regs|trace|mem|opcodes)|^print_|^describe_|^panic$|^check_panic|^__warn|^warn_|^report_bug",
    r"^(?:asm_)?(?:exc|sysvec)_|^handle_bug|^do_error_trap|^fixup_bug|^do_invalid_op|^invalid_op",
    r"^__report|report$|^kasan|^__kasan|^_kasan|^kmsan|^__kmsan|^kcsan|^kfence|^__(?:asan|hwasan|msan|tsan)_",
    r"^check_memory_region|^ubsan|^__ubsan|^object_err|^slab_err|^save_stack|^stack_trace|^unwind",
    r"^(?:__)?bad_page|^dump_page|^bad_range|^free_pages|^__free_pages|^free_unref|^free_page",
    r"^lockdep|^__lock|^lock_(?:acquire|release|sock|downgrade|is_|contended|pin|unpin|acquired)|^mark_lock|^check_prev|^validate_chain|^register_lock|^assign_lock",
    r"^debug_|^__debug_|^_raw_|^__raw_|^do_raw_|^spin_|^raw_spin|^rt_spin|^queued_|^native_queued",
    r"^__might|^___might|^might_|^preempt|^__preempt|^check_preempt|^rcu_(?:read|lock|is|dereference)",
    # waiting
    r"^_?_?schedule|^io_schedule|^mutex_|^__mutex|^__ww_mutex|^ww_mutex|^_?_?down|^_?_?up_|^rwsem",
    r"^rt_mutex|^wait_(?:for|on)|^__wait|^do_wait_for|^out_of_line_wait|^bit_wait|^percpu_down",
    # memory and strings
    r"^_?_?k[mzcv]+alloc|^_?_?kmem_cache|^_?_?kmalloc|^slab_|^___?slab|^_?_?alloc_pages|^alloc_(?:pages|large|vmap|percpu|contig|slab)",
    r"^k[vz]*free|^vfree|^__?vmalloc|^vmalloc|^vzalloc|^kvfree|^krealloc|^kmemdup|^memdup|^kstr",
    r"^_?_?mem(?:cpy|set|move|cmp|chr|scan)|^_?_?str(?:l|n|s|nl)?(?:cpy|len|cmp|cat|casecmp|chr|str|sep|dup)|^_?_?copy_(?:from|to|in)|^_copy",
    r"^_?_?(?:get|put)_user|^csum_|^_?_?check_(?:object|heap)|^usercopy|^arch_(?:atomic|static)",
    r"^walk_stackframe|^dump_backtrace|^unwind_|^arch_stack|^context_switch|^__switch_to|^get_taint",
    r"^check_noncircular|^fortify_panic|^__fortify|^skb_(?:over_|under_)?panic|^skb_push|^assertfail",
    r"^ref_tracker|^ida_|^should_fail|^fail_dump|^_?_?should_failslab|^__stack_chk|^osq_|^klist_|^ldsem_",
    r"^_?_?(?:del|mod|add)_timer|^_?_?try_to_del|^timer_(?:is_static|delete|shutdown|fixup)|^_?_?flush_work|^_?_?cancel_work|^drain_workqueue",
    r"^_?_?queue_work|^_?_?cancel_delayed|^kthread_|^_?_?wake_up|^complete$|^complete_all|^swait|^prepare_to_wait",
    r"^sysfs_|^kernfs_remove|^kernfs_find|^device_(?:add|del|unreg|remove_f|create_f)|^dpm_sysfs|^kobject_|^add_uevent|^usb_(?:kill|start|submit|control|bulk)|^_?_?seqprop",
    r"^perf_trace|^trace_(?:hardirqs|softirqs|event|raw|call|irq|lock|preempt)|^__trace|^__x86_indirect|^__sanitizer|^__bpf_trace|^reacquire_held|^_atomic_dec",
    r"^vsnprintf|^s[nc]*printf|^vs[nc]*printf|^string$|^hex_string$|^pointer$|^number$|^kv?asprintf|^va_format",
    r"^__alloc_frozen|^_?_?get_free_pages|^___kmalloc|^page_to_nid|^free_large_kmalloc|^pcpu_|^rhashtable_",
    r"^__local_bh|^local_bh|^folio_unlock|^xas_|^xa_|^find_lock_entries|^filemap_|^timerqueue|^psi_",
    r"^_?v?printk|^console_(?:unlock|trylock)|^__?down|^truncate_inode_pages|^simple_copy|copy_(?:to|from)_user|^mark_buffer_dirty",
    r"^aes|^cipher_|^crypto_|^drbg_|^(?:fast_)?dput$|^iput$|^put_device$|^get_device|^cleanup_srcu",
    r"^rcu_barrier|^tty_ldisc_lock|^destroy_workqueue|^sget_userns|^try_to_grab|^_?_?timer_delete",
    r"^task_blocks_on|^tp_perf_event|^(?:release|lock)_sock|^lock_sock_nested|^__do_kernel_fault|^do_mem_abort",
    r"^do_bad_area|^do_tag|^do_translation|^el1|^do_DataAbort|^post_alloc|^get_page_from|^folio_alloc",
    r"^_?_?filemap_get|^pagecache_get|^page_frag|^skb_page_frag|^__virt_to_phys|^__page_frag|^__folio",
    # tiny things that others use
    r"^_?_?list_|^_?_?hlist|^_?_?rb_|^_?_?xa[s_]|^idr_|^_?_?refcount|^kref|^kobject_(?:get|put)",
    r"^atomic|^_?_?(?:test|set|clear|change|find)_.*bit|^test_and|^_?_?(?:read|write)_once|^instrument",
    r"^_?_?init_(?:timer|work|rwsem|waitqueue)|^get_current|^read_word|^_?_?this_cpu|^debug_smp|^check_preemption|^_find_",
)
"""Functions that are on the way to a crash, never its cause."""

ENTRIES = (
    # system calls, and the functions inside those that do very different things
    r"^do_syscall|^do_fast_syscall|^do_int80|^entry_|^__do_fast|^el0_svc|^ret_fast|^x64_sys_call",
    r"^do_vfs_ioctl|^vfs_ioctl|^_?_?vfs_(?:read|write|fsync)|^new_sync_|^call_(?:read|write)_iter",
    r"^do_iter_|^_?_?_?_?sys_(?:send|recv)m?msg|^sock_(?:send|recv)msg|^_?_?sys_[sg]etsockopt",
    r"^(?:compat_)?_?_?(?:do_)?(?:SyS|SYSC|sys|C_SYSC|__se_sys|__x64_sys)_(?:ioctl|read|write)$",
    r"^_?_?_?(?:se_)?compat_sys_ioctl|^__ia32_compat_sys_ioctl|^sock_write_iter|^sock_read_iter",
    r"^netlink_rcv_skb|^nfnetlink_rcv_msg|^genl_(?:family_)?rcv_msg|^genl_lock_dumpit|^netlink_dump",
    r"^__do_fault$|^do_exit$|^exit_to_user_mode|^exit_to_usermode",
    # work, timers, interrupts, threads
    r"^process_one_work|^call_timer_fn|^expire_timers|^__run_timers|^run_timer|^run_ksoftirqd",
    r"^__do_softirq|^handle_softirqs|^kthread$|^ret_from_fork|^task_work_run|^tasklet_action",
    r"^rtnetlink_rcv_msg|^__netif_receive_skb|^start_kernel|^secondary_startup",
)
"""What calls the function that names a hang: the roots of what a kernel does."""

OBSERVERS = r"^rcu_gp_kthread"
"""Threads whose own stack is shown first when something else hangs."""

BUCKETS = (
    (r"^smp_call_function|^on_each_cpu", "smp_call_function"),
    (r"^_?_?synchronize_s?rcu", "synchronize_rcu"),
    (r"^rtnl_lock", "rtnl_lock"),
)
"""Hangs in these have one name each, whoever called them."""

MACRO_PREFIX = (
    r"^__(?:x64|ia32|arm64|riscv)_(?=(?:compat_)?sys_)"
    r"|^(?:__se_|__do_)?(?:compat_)?sys_|^_?(?:SyS|SYSC|C_SYSC|compat_SyS)_|^ksys_"
)
"""What entry code and macros put before the name of a system call."""
