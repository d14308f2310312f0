"""Functions that do not name a crash, though they stand on its stack. Data only."""

from __future__ import annotations

PASSED = {
    "prints the report": (
        r"dump_stack|^show_(?:stack|regs|trace|mem|opcodes)|^print_|^describe_|^dump_backtrace"
        r"|^walk_stackframe|^get_taint|^_*(?:(?:net)?dev_)?v?printk|^va_format|^string$|^hex_string$|^pointer$"
        r"|^number$|^kv?asprintf|^v?s[nc]*printf|^vs[nc]*printf|^__dynamic_(?:pr|dev|netdev)_"
        r"|^_?(?:dev|netdev)_(?:info|warn|err|notice|emerg|crit|alert|dbg)"
        r"|^save_stack|^stack_trace|^arch_stack"
    ),
    "takes the exception": (
        r"panic|^__warn|^warn_|report_bug|fixup_bug|^handle_bug|invalid_op"
        r"|^do_error|^do_trap(?!_ecall)|_trap$|^do_debug_exception|^(?:brk|bug)_handler|^__do_kernel_fault"
        r"|^(?:asm_)?(?:exc|sysvec)_|^do_bad_area|^do_mem_abort|^do_tag|^do_translation|^el1"
        r"|^do_DataAbort|^__stack_chk"
    ),
    "checks accesses": (
        r"kasan|kmsan|kcsan|^kfence|hwasan|ubsan|^__(?:asan|msan|tsan)_|^__sanitizer"
        r"|^check_memory_region|^__report|print_report|^instrument|^usercopy"
        r"|^_?_?check_(?:object|heap)|^object_err|^slab_err|fortify|^assertfail|_assertfail$"
    ),
    "fails on purpose": r"^should_fail|^_?_?should_failslab|^fail_dump",
    "locks, and checks locks": (
        r"^lockdep|^__lock|^mark_lock|^register_lock|^check_prev|^check_noncircular|^validate_chain"
        r"|^assign_lock|held_locks|lock_acquire|^lock_(?:release|downgrade|is_|contended|pin|unpin)"
        r"|^debug_|^__debug_|^_raw_|^__raw_|^do_raw_|spin_(?:try|un)?lock|^spin_|^raw_spin|^rt_(?:spin|read|write)"
        r"|^queued_|^native_queued|^osq_|^owner_on_cpu|^_?_?mutex_|^_?_?ww_mutex|^_*rt_mutex|^rtlock_|^try_to_take_rt"
        r"|^task_blocks_on|^_*down(?:$|_)|^up$|^_?_?up_|^downgrade_write|^rwsem|^percpu_down|^ldsem_|^tty_ldisc_lock"
        r"|raw_spin_rq|^_?_?(?:read|write)_(?:un)?lock"
        r"|^_*rcu_read|^rcu_(?:lock|is|dereference)|seqcount|^(?:raw_)?(?:read|write)_seq|^_?_?local_bh|^_?_?seqprop"
    ),
    "checks whether it may sleep": (
        r"^_*might_|^_*cond_resched|^_?_?preempt|^check_preempt|^debug_smp"
    ),
    "waits, or wakes": (
        r"^_*schedule(?:$|_(?:timeout|hrtimeout|idle|preempt|rtlock))|^io_schedule|^context_switch|^__switch_to|^wait_(?:for|on)|^__wait"
        r"|^do_wait_for|^out_of_line_wait|^bit_wait|^_?_?wake_up|^complete$|^complete_all"
        r"|^kthread_(?:stop|park|unpark|flush|cancel|destroy)"
    ),
    "runs timers and work for others": (
        r"^_?_?(?:del|mod|add)_timer|^_?_?try_to_del|^_?_?timer_(?:is_static|delete|shutdown|fixup)"
        r"|^__timer_|lock_timer_base|^sk_(?:stop|reset)_timer|^_?_?flush_work$|^_?_?cancel_work"
        r"|^_?_?cancel_delayed|^drain_workqueue"
        r"|^destroy_workqueue|^try_to_grab|^work_is_static|^cleanup_srcu"
        r"|^_?_?init_(?:timer|work|rwsem|waitqueue)"
    ),
    "allocates and frees": (
        r"^_*(?:do_|devm_|sock_)?k?v?(?:[mzc]|re)alloc|^_*kmem_cache|^kmemdup|^memdup|^kstr|^slab_|^___?slab|allocate_slab|^new_slab"
        r"|alloc_page|^alloc_(?:large|vmap|percpu|contig|slab)|^__alloc_frozen|^post_alloc"
        r"|^get_page_from|^_?_?get_free_pages|folio_alloc|alloc_folio|^free_large_kmalloc|^_?_?k[vz]*free"
        r"|^_?_?v(?:free|unmap)|^(?:__)?bad_page|^dump_page|^bad_range"
        r"|^_?_?free_page|^free_unref|^_?_?page_frag|^skb_page_frag|^page_to_nid|^__virt_to_phys"
    ),
    "finds pages for file systems": (
        r"^folio_unlock|^find_lock_entries|^_?_?filemap_|^pagecache_get|^truncate_inode_pages"
        r"|^mark_buffer_dirty"
    ),
    "copies memory and strings": (
        r"^_?_?mem(?:cpy|set|move|cmp|chr|scan)|^_?_?str(?:l|n|s|nl)?(?:cpy|len|cmp|cat|casecmp|chr"
        r"|str|sep|dup)|strscpy|^_?_?str(?:pbrk|c?spn)|^_?_?copy_(?:from|to|in)|^_copy|^simple_copy"
        r"|copy_(?:to|from)_user|^copy(?:in|out)|^_*copy_user_|^rep_(?:movs|stos)|^_?_?(?:get|put)_user|^csum_|^read_word"
    ),
    "keeps lists, trees, counts and bits": (
        r"^_*h?list_(?:add|del|replace|move|splice|empty|rotate|cut|swap|is)|[lp]list_(?:add|del)"
        r"|^klist_|^_?_?rb_|^ida_|^_*rhashtable_|^_?_?refcount|^kref"
        r"|^ref_tracker|^_*(?:raw_|arch_)?atomic|^arch_static|^_*(?:test|set|clear|change)_(?:and_\w+_)?bit"
        r"|^_*find_\w*bit|^xas_|^_?_?(?:read|write)_once|^get_current|^_?_?this_cpu"
    ),
    "makes, and takes down, what its caller registered": (
        r"^_*kobject_|^sysfs_|^dpm_sysfs|^add_uevent|^put_device$|^get_device|^device_for_each_child"
        r"|^device_(?:add|del|register|unreg|remove_f|create_f)|^_?_?i2c_del_adapter"
        r"|^__unregister_client|^_?free_event|^tp_perf_event|^sget_userns"
        r"|^usb_(?:kill|poison|unlink|start|submit|control|bulk|interrupt)"
    ),
    "puts what somebody else has broken": r"^(?:fast_)?dput$|^iput$",
    "does cryptography for its callers": (
        r"^aes(?:ti|ni)?_|^cipher_|^crypto_(?:cipher|skcipher|lskcipher|aead|ahash|shash|hash|rng|drbg)_|^drbg_|^(?:rng|skcipher|aead|hash)_setkey"
    ),
    "complains of a packet that its caller made": r"^skb_(?:over_|under_)?panic|^skb_p(?:ush|ut)$",
    "is made when the kernel runs": r"^__x86_indirect|_indirect_thunk|^bpf_prog_[0-9a-f]{6}",
    "traces": (
        r"^perf_trace|^trace_(?:hardirqs|softirqs|event|raw|call|irq|lock|preempt)|^__trace"
        r"|^__bpf_trace"
    ),
}
"""What a function does that is on the way to a crash and not its cause, and which do it."""

SKIPPED = tuple(PASSED.values())

ENTRIES = (
    # system calls, and the functions inside those that do very different things
    r"^do_syscall|^do_fast_syscall|^do_int80|^entry_|^__do_fast|^el0_svc|^ret_fast|^x64_sys_call",
    r"^do_vfs_ioctl|(?:sys|SyS)_ioctl|^kvm_vcpu_compat_ioctl|^invoke_syscall|^syscall_handler|^vfs_ioctl|^_?_?vfs_(?:read|write|fsync)|^new_sync_|^call_(?:read|write)_iter",
    r"^_?_?(?:sys|SYSC|SyS)_(?:connect|bind)(?:_file)?$|^do_iter_|^sock_(?:send|recv)msg|^_?_?sys_[sg]etsockopt",
    r"^(?:compat_)?_?_?(?:do_)?(?:SyS|SYSC|sys|C_SYSC|__se_sys|__x64_sys)_(?:ioctl|read|write)$",
    r"^_?_?_?(?:se_)?compat_sys_ioctl|^__ia32_compat_sys_ioctl|^sock_common_setsockopt|^sock_write_iter|^sock_read_iter",
    r"^nfnetlink_rcv_msg|^genl_lock_dumpit|^netlink_dump",
    r"^__do_fault$|^do_exit$|^exit_to_user_mode|^exit_to_usermode",
    # work, timers, interrupts, threads
    r"^process_one_work|^process_scheduled_works|^call_timer_fn|^expire_timers|^__run_timers|^run_timer|^run_ksoftirqd",
    r"^__do_softirq|^handle_softirqs|^kthread$|^ret_from_fork|^task_work_run|^tasklet_action",
    r"^rtnetlink_rcv_msg|netif_receive_skb|^start_kernel|^secondary_startup|^start_secondary",
    r"^__hrtimer_run|^smpboot_thread_fn|^cpu_startup_entry|^kernfs_fop_|^ksys_(?:read|write)$",
    r"^do_trap_ecall|^system_call|^__do_syscall|^sysenter_dispatch|^tracesys|^vfs_iter_(?:read|write)",
)
"""What calls the function that names a stall: the roots of what a kernel does."""

HANGING = (r"sched", r"_lock", r"_slowlock", r"down", r"rcu", r"kthread", r"completion", r"wait")
"""Functions that wait for something: their callers name a hang."""

BUCKETS = {
    "STALL": (("smp_call_function", "smp_call_function"),),
    "HANG": (
        ("rtnl_lock", "rtnl_lock"),
        ("synchronize_rcu", "synchronize_rcu"),
        ("synchronize_srcu", "synchronize_rcu"),
        ("synchronize_net", "synchronize_rcu"),
        ("synchronize_sched", "synchronize_rcu"),
    ),
}
"""Parts of functions that everybody waits for, and the name of all crashes there."""
