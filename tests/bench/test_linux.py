"""The bench on real kernels, run on a small one: what people do by hand. Times are not judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import linux
from bench.by_hand import shows
from runner.errors import InfraError, InputError
from runner.process import Finished
from runner.values import Boot, Ended
from tests.demokernel.generate import generate

WARNING = "[    1.5] WARNING: CPU: 0 PID: 1 at fs/a.c:7 leave_all+0x1/0x20\n"


def seen(folder: Path, console: str) -> Boot:
    (folder / "console").write_text(console)
    return Boot(0, folder / "console", True, Ended.DONE, None, 1.0, 0)


@pytest.mark.parametrize(
    ("console", "expected"),
    [(WARNING, True), (WARNING.replace("leave_all", "leave_all_of_it"), False), ("", False)],
)
def test_a_person_looks_for_the_function_that_warned(
    tmp_path: Path, console: str, expected: bool
) -> None:
    assert shows("WARNING in leave_all", seen(tmp_path, console)) is expected


def test_a_bug_that_is_no_warning_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="only for warnings"):
        shows("KASAN: use-after-free Read in leave_all", seen(tmp_path, WARNING))


def test_the_ratio_is_ours_to_each_of_the_others() -> None:
    ours = linux.Figures(linux.OURS, 10, 5, 30, is_right=True)
    other = linux.Figures(linux.CLEAN, 40, 7, 52, is_right=False)
    assert ours.row(ours) == "| ours | 10.0 | 1.00 | 5 | 30 | yes |"
    assert other.row(ours).endswith(" | 40.0 | 0.25 | 7 | 52 | NO |")
    assert other.row(None).endswith(" | 40.0 | - | 7 | 52 | NO |")


def test_a_wrong_commit_that_we_find_is_an_answer_and_a_demo_that_broke_is_none() -> None:
    wrong = Finished(1, 60, stdout=b'Bug: http://x\n{"culprit": null, "expected": "1234"}\n')
    assert linux.demonstrated(wrong) == {"culprit": None, "expected": "1234"}
    for printed in (b"", b"Bug: http://x\n"):
        with pytest.raises(InfraError, match="the demo: CommandError: no free port"):
            linux.demonstrated(
                Finished(1, 2, stdout=printed, stderr=b"...\nCommandError: no free port\n")
            )


@pytest.mark.kernel
def test_by_hand_a_bisection_of_a_small_kernel_finds_the_commit_from_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generate(tmp_path / "tree", 1)
    out = tmp_path / "out"
    (out / "incremental").mkdir(parents=True)
    (out / "incremental" / "tested").write_text("of the last time\n")
    manifest = tmp_path / "tree" / "demo.json"
    assert linux.main([str(manifest), str(out), "--only", "incremental"]) == 0
    [row] = capsys.readouterr().out.splitlines()[2:]
    _, name, _, ratio, builds, runs, right, _ = (cell.strip() for cell in row.split("|"))
    assert (name, ratio, right) == (linux.INCREMENTAL, "-", "yes")
    lines = [json.loads(line) for line in (out / "incremental" / "tested").read_text().splitlines()]
    assert len(lines) == int(builds) >= 5
    assert sum(line["runs"] for line in lines) == int(runs)
    assert all(line["runs"] == 10 for line in lines if line["status"] == 0)
