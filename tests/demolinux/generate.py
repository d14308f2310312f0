"""Fills the folder of the demo: repository, manifest, config and reproducer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from runner.errors import InputError
from runner.values import Sha
from tests.demolinux import history, plan
from tests.demolinux.change import Effect
from tests.demolinux.history import History
from tests.demolinux.repository import BRANCH, importer

HERE = Path(__file__).parent
REPOSITORY = "linux.git"
CONFIG = "config"
REPRODUCER = "repro.c"


def generate(out: Path, seed: int, tree: Path) -> None:
    """Fill `out`, which must be empty or absent. It appears when everything is in it."""
    out = out.absolute()
    if out.exists() and any(out.iterdir()):
        raise InputError(f"{out} is not empty; remove it, or name another folder")
    part = out.with_name(f"{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # what a try that was interrupted left
    part.mkdir(parents=True)
    for name in (CONFIG, REPRODUCER):
        shutil.copyfile(HERE / name, part / name)
    with importer(part / REPOSITORY) as repository:
        commits = history.write(repository, seed, tree)
    text = json.dumps(manifest(out / REPOSITORY, commits), indent=2)
    (part / "demo.json").write_text(text + "\n")
    part.rename(out)


def manifest(tree: Path, commits: History) -> dict[str, object]:
    """What the demo and the tests need to know; the demo kernel's has the same keys."""
    return {
        "name": "Linux 6.12 with nested KVM",
        "tree": str(tree),
        "branch": BRANCH,
        "bad": commits[-1][0],
        "good": None,
        "config": CONFIG,
        "reproducer": REPRODUCER,
        "compiler": "gcc",
        "title": "WARNING in svm_leave_nested",
        "expected": _having(commits, Effect.CULPRIT)[0],
        "machine": {
            "memory_mb": 512,
            "cpus": 1,
            "cmdline": "kvm_amd.nested=1",
            "boot_seconds": 60,
            "repro_seconds": 30,
        },
        "facts": facts(commits),
    }


def facts(commits: History) -> dict[str, object]:
    """What is known of the history, for tests to compare with what is found."""
    steps = [step for _, step in commits]
    return {
        "base": commits[0][0],
        "commits": len(commits),
        "merges": sum(len(step.parents) > 1 for step in steps),
        "releases": {step.change.tag: sha for sha, step in commits if step.change.tag},
        "broken_build": _named(commits, plan.broken(steps, Effect.BREAKS_BUILD)),
        "broken_boot": _named(commits, plan.broken(steps, Effect.BREAKS_BOOT)),
        "comment_only": _having(commits, Effect.COMMENT),
        "inert": _having(commits, Effect.INERT),
    }


def _named(commits: History, places: Sequence[int]) -> list[Sha]:
    return [commits[place][0] for place in places]


def _having(commits: History, effect: Effect) -> list[Sha]:
    return [sha for sha, step in commits if step.change.effect is effect]
