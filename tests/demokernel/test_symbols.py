"""A crash of a kernel with debug info says where in the source it was, cached or fresh."""

from __future__ import annotations

import re

import pytest

from runner.console.guilty import guilty, stack_files
from runner.kernel_lab import KernelLab
from runner.symbols.keep import NO_DEBUG_INFO
from tests.demokernel.conftest import Bench
from tests.demokernel.generate import TITLE, config

pytestmark = pytest.mark.kernel

PLACES = [
    r"WARNING: CPU: 0 PID: 2 at drivers/demo/nested\.c:(\d+) "
    r"demo_leave_nested\+0x\w+/0x\w+ drivers/demo/nested\.c:\1",
    r"RIP: 0010:demo_leave_nested\+0x\w+/0x\w+ drivers/demo/nested\.c:\d+",
    r" demo_set_nested_state\+0x\w+/0x\w+ drivers/demo/nested\.c:\d+",
    r" do_syscall_64\+0x\w+/0x\w+ arch/x86/\S+\.c:\d+",
]


@pytest.fixture(scope="session")
def debugged(bench: Bench) -> KernelLab:
    settings = config(percent=100, late_percent=0) + "CONFIG_DEBUG_INFO=y\n"
    return bench.lab(settings, site="debugged")


def test_a_report_has_places_in_the_source(bench: Bench, debugged: KernelLab) -> None:
    for cached in (False, True):
        assert bench.build(bench.history.head, debugged).cached is cached
        crash = bench.boot(bench.history.head, debugged).crash
        assert crash is not None
        assert crash.note == ""
        for place in PLACES:
            assert re.search(f"^{place}$", crash.report, re.MULTILINE), crash.report
        found = guilty(crash.report)
        assert found is not None
        assert found.file == "drivers/demo/nested.c"
        assert found.file in stack_files(crash.report)


def test_without_debug_info_the_report_stays_and_says_why(bench: Bench) -> None:
    settings = config(percent=100, late_percent=0) + "# CONFIG_DEBUG_INFO is not set\n"
    crash = bench.boot(bench.history.head, bench.lab(settings)).crash
    assert crash is not None
    assert crash.note == NO_DEBUG_INFO
    assert re.search(r"^ demo_set_nested_state\+0x\w+/0x\w+$", crash.report, re.MULTILINE)


def test_symbols_that_cannot_be_read_fail_no_run(bench: Bench, debugged: KernelLab) -> None:
    kernel = bench.build(bench.history.head, debugged)
    (debugged.site.root / "kernels" / kernel.key / "symbols").write_bytes(b"no ELF file")
    crash = bench.boot(bench.history.head, debugged).crash
    assert crash is not None
    assert "not a valid ELF file" in crash.note
    assert crash.title == TITLE
