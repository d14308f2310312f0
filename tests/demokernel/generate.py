"""Generates the demo: the repository, and beside it all that a bisection of it needs to know."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from runner.errors import InputError
from tests.demokernel.history import Commit, History, make_history
from tests.demokernel.patches import Role, read_topics, read_tree
from tests.demokernel.plan import make_plan
from tests.demokernel.repository import write_repository

HERE = Path(__file__).parent
KERNEL = HERE / "kernel"
REPOSITORY = "demo.git"
CONFIG = "config"
REPRODUCER = "repro.c"

TITLE = "WARNING in demo_leave_nested"
SECOND_TITLE = "general protection fault in demo_drop_stale"
PERCENT = 70
"""How many of a hundred runs of a bad kernel show the planted bug."""
LATE_PERCENT = 8
"""The same for the second bug, which does not come in the same runs."""
MACHINE = {
    "memory_mb": 128,
    "cpus": 1,
    "cmdline": "",
    "boot_seconds": 20,
    "repro_seconds": 10,
}


def history_of(seed: int) -> History:
    """The commits of a seed, not written anywhere."""
    return make_history(make_plan(read_topics(), seed), read_tree(KERNEL), seed)


def generate(out: Path, seed: int, percent: int = PERCENT) -> dict[str, Any]:
    """Fill `out`, which must be empty or absent; it appears when everything is in it.

    `demo.git`, `demo.json`, `config`, `repro.c`. Returns the manifest, which is in `demo.json`.
    """
    out = out.absolute()
    if out.exists() and any(out.iterdir()):
        raise InputError(f"{out} is not empty: remove it, or name another folder")
    part = out.with_name(f"{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # what a try that was interrupted left
    part.mkdir(parents=True)
    history = history_of(seed)
    write_repository(part / REPOSITORY, history)
    (part / CONFIG).write_text(config(percent), encoding="utf-8")
    shutil.copyfile(HERE / REPRODUCER, part / REPRODUCER)
    manifest = _manifest(history, out / REPOSITORY)
    (part / "demo.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    part.rename(out)
    return manifest


def config(percent: int = PERCENT, late_percent: int = LATE_PERCENT) -> str:
    """A `.config`, to be completed: how often the planted and the second bug show, in percent."""
    return (
        "CONFIG_DEMO=y\n"
        f"CONFIG_DEMO_CRASH_PERCENT={percent}\n"
        f"CONFIG_DEMO_LATE_PERCENT={late_percent}\n"
    )


def broken_boot(history: History) -> list[Commit]:
    """From the commit that breaks the boot to the last before its fix."""
    commits = list(history.commits)
    start = commits.index(history.the(Role.BREAKS_BOOT))
    return commits[start : commits.index(history.the(Role.FIXES_BOOT))]


def _manifest(history: History, tree: Path) -> dict[str, Any]:
    return {
        "name": "demo kernel",
        "tree": str(tree),
        "branch": "main",
        "bad": history.head,
        "good": None,
        "config": CONFIG,
        "reproducer": REPRODUCER,
        "compiler": "gcc",
        "title": TITLE,
        "expected": history.the(Role.CULPRIT).sha,
        "fix": {"branch": "fixed", "expected": history.the(Role.FIX).sha},
        "machine": MACHINE,
        "facts": {
            "base": history.main[0].sha,
            "broken_build": [history.the(Role.BREAKS_BUILD).sha],
            "broken_boot": _shas(broken_boot(history)),
            "comment_only": [history.the(Role.COMMENT_ONLY).sha],
            "second_bug": {"sha": history.the(Role.SECOND_BUG).sha, "title": SECOND_TITLE},
            "commits": len(history.main),
            "merges": sum(len(commit.parents) > 1 for commit in history.main),
        },
    }


def _shas(commits: Iterable[Commit]) -> list[str]:
    return [commit.sha for commit in commits]
