"""Linux for arm64: cross-built and emulated on a machine of another architecture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from runner import verdicts
from runner.architecture import architecture
from runner.building.build import build
from runner.machines import vm
from runner.machines.accelerator import choose
from runner.machines.guest import Guests
from runner.sandbox import Confinement, Sandbox
from runner.values import Boot, Crash, Ended, Machine, Outcome, Plan, Reproducer

pytestmark = pytest.mark.linux

ARM64 = architecture("arm64")
SANDBOX = Sandbox(Confinement.AUTO, ())
CONFIG = Path(__file__).parent / "config-arm64"
MACHINE = Machine(arch="arm64", memory_mb=128, boot_seconds=60, repro_seconds=60)
BEFORE = """\
	if (!ns_capable(current->nsproxy->uts_ns->user_ns, CAP_SYS_ADMIN))
		return -EPERM;

	if (len < 0 || len > __NEW_UTS_LEN)
"""
PLANTED = "	WARN_ON(len == 42);\n"
TITLE = "WARNING in sys_sethostname"
BUG = Crash(TITLE, "")
WARN = 'char name[42] = "planted"; return sethostname(name, 42);'


@pytest.fixture(scope="module")
def planted(checkout: Path) -> Iterator[Path]:
    """The source with a warning on one way of one system call."""
    file = checkout / "kernel/sys.c"
    before = file.read_text()
    after = before.replace(BEFORE, PLANTED + BEFORE, 1)
    assert after != before
    file.write_text(after)
    yield checkout
    file.write_text(before)


@pytest.fixture(scope="module")
def run(
    planted: Path, no_ccache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, float], Boot]:
    """Boots the kernel with a C function's body, for so many seconds."""
    folder = tmp_path_factory.mktemp("arm64")
    plan = Plan(
        tree_url="",
        branch="",
        config=CONFIG.read_text(),
        compiler="gcc",
        reproducer=Reproducer(""),
        title=TITLE,
        machine=MACHINE,
    )
    built = build(
        planted,
        folder / "objects",
        plan,
        log=folder / "log",
        cancel=None,
        jobs=2,
        ccache_dir=no_ccache,
        sandbox=SANDBOX,
    )
    accelerator = choose(ARM64, folder / "accelerator.json")
    guests = Guests(folder / "guests", "gcc", ARM64, SANDBOX)

    def start(body: str, seconds: float) -> Boot:
        headers = ("fcntl", "signal", "string", "unistd", "sys/mman", "sys/stat")
        head = "".join(f"#include <{name}.h>\n" for name in headers)
        program = Reproducer(f"{head}int main(void) {{ {body} }}\n")
        return vm.boot(
            built.image,
            guests.archive(program, None),
            replace(MACHINE, repro_seconds=seconds),
            accelerator,
            index=0,
            console=folder / "console",
        )

    return start


def test_the_planted_warning_shows_and_only_with_its_reproducer(
    run: Callable[[str, float], Boot],
) -> None:
    fine = run("return 7;", 60)
    assert (fine.ended, fine.repro_status, fine.crash) == (Ended.DONE, 7, None)
    assert "Machine model: linux,dummy-virt" in fine.console.read_text()
    crash = run(WARN, 60)
    assert verdicts.words(crash, BUG) == f"crashed: {TITLE}"
    assert crash.crash is not None
    assert "pc : __arm64_sys_sethostname+0x" in crash.crash.report


@dataclass(frozen=True, slots=True)
class Case:
    """The body of a reproducer that misbehaves, its seconds, and how its run ends."""

    body: str
    seconds: float
    outcome: Outcome
    ended: Ended


# What the demo kernel cannot do: processes in parallel, and files that are written.
CASES = {
    "forks without end": Case("for (;;) fork();", 3, Outcome.OK, Ended.TIMEOUT),
    "kills everybody": Case("kill(-1, 9); kill(0, 9); pause();", 60, Outcome.OK, Ended.DONE),
    "fills the disk": Case(
        'int fd = open("/big", O_CREAT | O_WRONLY, 0600); static char x[1 << 20];'
        " while (write(fd, x, sizeof x) > 0); return 0;",
        *(60, Outcome.OTHER_CRASH, Ended.CRASHED),  # "System is deadlocked on memory"
    ),
    "takes all memory": Case(
        "for (;;) memset(mmap(0, 1 << 20, 3, 0x22, -1, 0), 1, 1 << 20);",
        *(60, Outcome.OK, Ended.DONE),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_reproducer_that_misbehaves_decides_its_own_run_only(
    run: Callable[[str, float], Boot], name: str
) -> None:
    case = CASES[name]
    boot = run(case.body, case.seconds)
    expected = (case.outcome, case.ended)
    assert (verdicts.outcome(boot, BUG), boot.ended) == expected, boot.console.read_text()[-2000:]
