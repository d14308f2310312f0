"""Functions that do not name a crash, though they stand on its stack. Data only."""

from __future__ import annotations

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
    r"^_?_?(?:del|mod|add)_timer|^_?_?try_to_del|^timer_(?:is_static|delete|shutdown|fixup)|^_?_?flush_work$|^_?_?cancel_work|^drain_workqueue",
    r"^_?_?queue_work|^_?_?cancel_delayed|^kthread_|^_?_?wake_up|^complete$|^complete_all|^swait|^prepare_to_wait",
    r"^sysfs_|^kernfs_remove|^kernfs_find|^device_(?:add|del|unreg|remove_f|create_f)|^dpm_sysfs|^kobject_|^add_uevent|^usb_(?:kill|start|submit|control|bulk)|^_?_?seqprop",
    r"^perf_trace|^trace_(?:hardirqs|softirqs|event|raw|call|irq|lock|preempt)|^__trace|^__x86_indirect|^__sanitizer|^__bpf_trace|^reacquire_held|^_atomic_dec",
    r"^vsnprintf|^s[nc]*printf|^vs[nc]*printf|^string$|^hex_string$|^pointer$|^number$|^kv?asprintf|^va_format",
    r"^__alloc_frozen|^_?_?get_free_pages|^___kmalloc|^page_to_nid|^free_large_kmalloc|^pcpu_|^rhashtable_",
    r"^__local_bh|^local_bh|^folio_unlock|^xas_|^xa_|^find_lock_entries|^filemap_|^timerqueue|^psi_",
    r"printk|vprintk|^console_(?:unlock|trylock)|^__?down|^truncate_inode_pages|^simple_copy|copy_(?:to|from)_user|^mark_buffer_dirty",
    r"^aes|^cipher_|^crypto_|^drbg_|^(?:fast_)?dput$|^iput$|^put_device$|^get_device|^cleanup_srcu",
    r"^rcu_barrier|^tty_ldisc_lock|^destroy_workqueue|^sget_userns|^try_to_grab|^_?_?timer_delete",
    r"^task_blocks_on|^tp_perf_event|^(?:release|lock)_sock|^lock_sock_nested|^__do_kernel_fault|^do_mem_abort",
    r"^do_bad_area|^do_tag|^do_translation|^el1|^do_DataAbort|^post_alloc|^get_page_from|^folio_alloc",
    r"^_?_?filemap_get|^pagecache_get|^page_frag|^skb_page_frag|^__virt_to_phys|^__page_frag|^__folio",
    r"^_?dev_(?:info|warn|err|notice|emerg|crit|alert|dbg|printk)|held_locks|i2c_del_adapter|device_for_each_child|__unregister_client|^do_trap|_trap$|alloc_page|kobject_|lock_timer_base|^sk_(?:stop|reset)_timer|^(?:rng|skcipher|aead|hash)_setkey|raw_spin_rq|^_?free_event",
    # tiny things that others use
    r"^_?_?list_|^_?_?hlist|^_?_?rb_|^_?_?xa[s_]|^idr_|^_?_?refcount|^kref|^kobject_(?:get|put)",
    r"^atomic|^_?_?(?:test|set|clear|change|find)_.*bit|^test_and|^_?_?(?:read|write)_once|^instrument",
    r"^_?_?init_(?:timer|work|rwsem|waitqueue)|^get_current|^read_word|^_?_?this_cpu|^debug_smp|^check_preemption|^_find_",
)
"""Functions that are on the way to a crash, never its cause."""

ENTRIES = (
    # system calls, and the functions inside those that do very different things
    r"^do_syscall|^do_fast_syscall|^do_int80|^entry_|^__do_fast|^el0_svc|^ret_fast|^x64_sys_call",
    r"^do_vfs_ioctl|(?:sys|SyS)_ioctl|^kvm_vcpu_compat_ioctl|^invoke_syscall|^syscall_handler|^vfs_ioctl|^_?_?vfs_(?:read|write|fsync)|^new_sync_|^call_(?:read|write)_iter",
    r"^do_iter_|^sock_(?:send|recv)msg|^_?_?sys_[sg]etsockopt",
    r"^(?:compat_)?_?_?(?:do_)?(?:SyS|SYSC|sys|C_SYSC|__se_sys|__x64_sys)_(?:ioctl|read|write)$",
    r"^_?_?_?(?:se_)?compat_sys_ioctl|^__ia32_compat_sys_ioctl|^sock_common_setsockopt|^sock_write_iter|^sock_read_iter",
    r"^nfnetlink_rcv_msg|^genl_lock_dumpit|^netlink_dump",
    r"^__do_fault$|^do_exit$|^exit_to_user_mode|^exit_to_usermode",
    # work, timers, interrupts, threads
    r"^process_one_work|^call_timer_fn|^expire_timers|^__run_timers|^run_timer|^run_ksoftirqd",
    r"^__do_softirq|^handle_softirqs|^kthread$|^ret_from_fork|^task_work_run|^tasklet_action",
    r"^rtnetlink_rcv_msg|^__netif_receive_skb|^start_kernel|^secondary_startup",
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
