"""Places in the source are put into a report as kernel people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.symbols.report import Place, Query, queries, with_places, without_places

FRAMES = {
    # behind a call: what is before it is looked up
    " foo_open+0x12/0x340": Query("foo_open", 0x340, 0x11),
    " [<ffffffff81c8f6cd>] dump_stack+0xc1/0x124": Query("dump_stack", 0x124, 0xC0),
    "lr : foo+0x10/0x20": Query("foo", 0x20, 0xF),
    "[<80100b30>] (__irq_svc) from [<802>] (foo+0x70/0x98)": Query("foo", 0x98, 0x6F),
    " gic_handle_irq from foo+0x70/0x98": Query("foo", 0x98, 0x6F),
    "BUG: KASAN: use-after-free in foo+0x2/0x9": Query("foo", 9, 1),
    " #0: ffff8801 (&a){+.+.}, at: foo+0x2/0x9": Query("foo", 9, 1),
    " foo.constprop.0+0x5/0x6": Query("foo.constprop.0", 6, 4),
    " _RNvCsa_6kernel3foo+0x5/0x6": Query("_RNvCsa_6kernel3foo", 6, 4),
    "[c0000000] [c000] foo+0x5/0x6 (unreliable)": Query("foo", 6, 4),
    # the instruction itself
    "RIP: 0010:foo+0x12/0x340": Query("foo", 0x340, 0x12),
    "pc : foo+0x12/0x340": Query("foo", 0x340, 0x12),
    "PC is at foo+0x12/0x340": Query("foo", 0x340, 0x12),
    "WARNING: CPU: 0 PID: 1 at fs/a.c:7 foo+0x12/0x340()": Query("foo", 0x340, 0x12),
    "WARNING: fs/a.c:7 at foo+0x12/0x340, CPU#0: a/1": Query("foo", 0x340, 0x12),
    " foo+0x0/0x340": Query("foo", 0x340, 0),
    # none of ours
    " foo+0x12/0x340 [kvm]": None,
    " foo+0x12/0x340 [kvm 0123456789abcdef]": None,
    " ? foo+0x12/0x340": None,
    " [<ffffffff81c8f6cd>] ? foo+0x12/0x340": None,
    " foo+0x12/0x340 fs/a.c:7": None,
    "RIP: 0033:0x4552d9": None,
    "Code: 1d b4 fb+0x": None,
}


@pytest.mark.parametrize("line", FRAMES)
def test_the_frames_of_a_report_are_known(line: str) -> None:
    wanted = FRAMES[line]
    assert queries(f"Call Trace:\n{line}\n") == ({wanted} if wanted else frozenset())


def test_places_stand_behind_the_frame_and_inlined_functions_before_it() -> None:
    report = (
        "RIP: 0010:foo+0x12/0x340\nWARNING: fs/a.c:7 at foo+0x12/0x340, CPU#0: a/1\n"
        " bar+0x1/0x2\n unknown+0x1/0x2\n (bar+0x1/0x2)\n"
    )
    places = {
        Query("foo", 0x340, 0x12): [Place("list_add", "include/l.h", 3), Place("foo", "fs/a.c", 9)],
        Query("bar", 2, 0): [Place("bar", "fs/bar.c", 5)],
    }
    assert with_places(report, places) == (
        "RIP: 0010:list_add include/l.h:3 [inline]\nRIP: 0010:foo+0x12/0x340 fs/a.c:9\n"
        "WARNING: fs/a.c:7 at list_add include/l.h:3 [inline], CPU#0: a/1\n"
        "WARNING: fs/a.c:7 at foo+0x12/0x340 fs/a.c:9, CPU#0: a/1\n"
        " bar+0x1/0x2 fs/bar.c:5\n unknown+0x1/0x2\n (bar+0x1/0x2 fs/bar.c:5)\n"
    )
    assert without_places(with_places(report, places)) == report


def test_the_names_of_rust_are_made_readable_and_others_stay() -> None:
    places = {
        Query("_RNvCs_3foo3new", 9, 1): [Place("<foo>::new", "drivers/foo.rs", 2)],
        Query("bar.cold", 9, 1): [Place("bar", "fs/bar.c", 3)],
    }
    report = " _RNvCs_3foo3new+0x2/0x9\n bar.cold+0x2/0x9"
    expected = " <foo>::new+0x2/0x9 drivers/foo.rs:2\n bar.cold+0x2/0x9 fs/bar.c:3"
    assert with_places(report, places) == expected


@given(st.text(st.sampled_from("ab+0x/1 []\n?:.cfs"), max_size=80) | st.text())
def test_without_places_a_report_stays_as_it_is(report: str) -> None:
    assert with_places(report, {}) == report
    queries(report)


@pytest.mark.parametrize("piece", ["a", "a+0x", "a+0x1/0x2", "+0x1/0x2", " ", "? ", "a+0x1/0x2\n"])
def test_a_hostile_report_is_read_in_time_that_grows_with_its_size(piece: str) -> None:
    text = piece * (2_000_000 // len(piece))
    assert len(queries(text)) <= 1
    assert with_places(text, {}) == text
