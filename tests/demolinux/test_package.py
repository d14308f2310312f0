"""The history on the real source package."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.process import capture
from tests.demolinux.demo import Demo

pytestmark = pytest.mark.linux


def output(tree: Path, *command: str, stdin: bytes | None = None) -> str:
    ended = capture(command, deadline=120, cwd=tree, stdin=stdin)
    assert ended.succeeded, ended.stderr.decode()
    return ended.stdout.decode()


def test_the_base_is_the_whole_of_linux(real: Demo) -> None:
    paths = real.git("ls-tree", "-r", "--name-only", real.manifest["facts"]["base"]).split("\n")
    assert len(paths) > 80_000


def test_the_repository_is_compact(real: Demo) -> None:
    counts = dict(line.split(": ") for line in real.git("count-objects", "-v").split("\n"))
    assert counts["packs"] == "2"  # the base, and what stands on it
    assert int(counts["size-pack"]) < 400 * 1024


def test_commits_change_few_lines_of_the_base(real: Demo) -> None:
    lines = real.git("diff", "--numstat", real.manifest["facts"]["base"], "HEAD").split("\n")
    assert len(lines) >= 50
    assert all(int(line.split("\t")[0]) <= 30 for line in lines)


def test_get_maintainer_names_the_people_of_kvm_for_the_culprit(real: Demo, checkout: Path) -> None:
    patch = real.git("format-patch", "-1", "--stdout", real.manifest["expected"])
    said = output(checkout, "perl", "scripts/get_maintainer.pl", "--no-git", stdin=patch.encode())
    assert "kvm@vger.kernel.org (open list:KERNEL VIRTUAL MACHINE FOR X86 (KVM/x86))" in said
    assert "linux-kernel@vger.kernel.org (open list" in said
    maintainers = [line for line in said.split("\n") if "KERNEL VIRTUAL MACHINE FOR X86" in line]
    assert sum("open list" not in line for line in maintainers) >= 2


def test_the_config_says_all_that_it_means(real: Demo, checkout: Path, tmp_path: Path) -> None:
    """It has no option that this kernel does not know, and none that is a default anyway."""
    config = (real.out / real.manifest["config"]).read_text()
    (tmp_path / ".config").write_text(config)
    for target in ("olddefconfig", "savedefconfig"):
        output(checkout, "make", "-s", f"O={tmp_path}", target)
    assert (tmp_path / "defconfig").read_text() == config
    full = (tmp_path / ".config").read_text().split("\n")
    for option in ("KVM_AMD", "DEVTMPFS", "SERIAL_8250_CONSOLE", "KALLSYMS", "UNWINDER_ORC"):
        assert f"CONFIG_{option}=y" in full
