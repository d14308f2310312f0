"""How alike two crashes are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.console.similarity import similarity
from runner.values import Crash

UAF = "KASAN: use-after-free Read in afs_deactivate_cell"
BEST_FIRST = [
    UAF,
    "KASAN: slab-use-after-free Write in afs_deactivate_cell",
    "general protection fault in afs_manage_cell",
    "KASAN: use-after-free Read in fscache_alloc_cookie",
    "BUG: unable to handle kernel paging request in rb_next",
    "WARNING in kvm_wait",
    "lost connection to test machine",
]
"""What a run may show where the bug is looked for: the likeliest to be the bug first."""

SAME_FUNCTION = [
    ("INFO: rcu detected stall in sys_mount", "INFO: rcu detected stall in __x64_sys_mount"),
    ("WARNING in foo_bar.isra.0", "general protection fault in __foo_bar"),
    ("UBSAN: shift-out-of-bounds in cbq_dequeue", "UBSAN: undefined-behaviour in cbq_dequeue"),
]
NOTHING_SHARED = [
    ("KASAN: use-after-free Read in corrupted", "WARNING in corrupted"),
    ("memory leak in get_user", "WARNING in get_device"),
    ("INFO: task hung in rtnl_lock", "kernel BUG at fs/inode.c:LINE!"),
]
STACK = "Call Trace:\n" + "".join(
    f" {name}+0x1d/0x20\n"
    for name in ("dump_stack", "ipgre_exit_batch", "ops_undo_list", "setup_net", "copy_net_ns")
)
titles = st.sampled_from([*BEST_FIRST, "", *(title for pair in SAME_FUNCTION for title in pair)])
crashes = st.builds(
    Crash, titles | st.text(), st.sampled_from(["", STACK, "net/ipv4/ip_gre.c:12"]) | st.text()
)


def bare(title: str) -> Crash:
    return Crash(title, "")


def test_the_more_two_titles_have_in_common_the_likelier_they_are_one_bug() -> None:
    found = [similarity(bare(UAF), bare(title)) for title in BEST_FIRST]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == len(found)
    assert (found[0], found[-1]) == (1.0, 0.0)


@pytest.mark.parametrize(("one", "other"), SAME_FUNCTION)
def test_a_function_is_known_by_its_name_whatever_wraps_it(one: str, other: str) -> None:
    assert similarity(bare(one), bare(other)) == pytest.approx(0.995)


@pytest.mark.parametrize(("one", "other"), NOTHING_SHARED)
def test_common_words_and_missing_functions_are_no_likeness(one: str, other: str) -> None:
    unrelated = similarity(bare("WARNING in kvm_wait"), bare("general protection fault in rb_next"))
    assert similarity(bare(one), bare(other)) == unrelated < 0.5


def test_crashes_that_share_an_alternative_title_are_one_bug() -> None:
    one = Crash("KASAN: use-after-free Read in foo", "", alt_titles=("bad-access in foo",))
    other = Crash("general protection fault in foo", "", alt_titles=("bad-access in foo",))
    assert similarity(one, other) == similarity(one, bare("bad-access in foo")) == 1.0


def test_a_common_stack_or_folder_counts_where_the_reports_have_one() -> None:
    one, other = "WARNING in corrupted", "general protection fault in rb_next"
    apart = similarity(bare(one), bare(other))
    stacks = similarity(Crash(one, STACK), Crash(other, STACK))
    folders = similarity(Crash(one, "net/tls/tls_sw.c:7"), Crash(other, "net/tls/tls_main.c:1"))
    assert apart < stacks == folders < 0.99


def test_what_the_machinery_calls_is_no_common_stack() -> None:
    machinery = "\n".join(f" {name}+0x1/0x2" for name in ("dump_stack", "do_syscall_64", "kthread"))
    guesses = (
        STACK.replace(" ipgre", " ? ipgre").replace(" ops", " ? ops").replace(" set", " ? set")
    )
    for report in (machinery, guesses):
        one, other = Crash("WARNING in a_b", report), Crash("kernel BUG in c_d", report)
        assert similarity(one, other) == similarity(bare(one.title), bare(other.title))


@given(crashes, crashes)
def test_likeness_has_no_order_and_is_whole_for_one_title_only(one: Crash, other: Crash) -> None:
    found = similarity(one, other)
    assert found == similarity(other, one)
    assert 0 <= found <= 1
    assert (found == 1) == (one.title == other.title)
