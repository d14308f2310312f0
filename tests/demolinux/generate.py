"""Fills the folder of the demo: repository, manifest, config and reproducer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.errors import InputError
from runner.values import Sha
from tests.demolinux import choice, history, plan
from tests.demolinux.base import Base, Version, opened, prepare, version
from tests.demolinux.change import Effect
from tests.demolinux.culprits import Planted
from tests.demolinux.history import History
from tests.demolinux.repository import BRANCH, importer

HERE = Path(__file__).parent
REPOSITORY = "linux.git"
CONFIG = "config"
REPRODUCER = "repro.c"


@dataclass(frozen=True, slots=True)
class Generated:
    """What stands in the repository."""

    base: Base
    version: Version
    planted: Planted
    commits: History


def generate(out: Path, seed: int, tree: Path) -> None:
    """Fill `out`, which must be empty or absent. It appears when everything is in it."""
    out = out.absolute()
    if out.exists() and any(out.iterdir()):
        raise InputError(f"{out} is not empty; remove it, or name another folder")
    part = out.with_name(f"{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # what a try that was interrupted left
    part.mkdir(parents=True)
    made = fill(part / REPOSITORY, seed, tree)
    shutil.copyfile(HERE / CONFIG, part / CONFIG)
    shutil.copyfile(HERE / made.planted.reproducer, part / REPRODUCER)
    text = json.dumps(manifest(out / REPOSITORY, made), indent=2)
    (part / "demo.json").write_text(text + "\n")
    part.rename(out)


def fill(repository: Path, seed: int, tree: Path) -> Generated:
    """Create the repository: the base, and the commits of the seed on top."""
    base = prepare(repository, tree)
    with opened(repository, base.sha) as files:
        found = version(files.read("Makefile"))
        planted = choice.planted(seed, choice.texts_of(choice.EDITED, files.read))
        changes = choice.choose(seed, planted, found, files.modes, files.read)
        edited = {edit.path for change in changes.all() for edit in change.edits}
        texts = choice.texts_of(edited, files.read)
        steps = plan.plan(seed, base.change, changes)
        with importer(repository) as into:
            commits = history.write(into, seed, base, steps, texts, files.modes)
    return Generated(base, found, planted, commits)


def manifest(tree: Path, made: Generated) -> dict[str, object]:
    """What the demo and the tests need to know; the demo kernel's has the same keys."""
    return {
        "name": f"Linux {made.version.name} with nested KVM",
        "tree": str(tree),
        "branch": BRANCH,
        "bad": made.commits[-1][0],
        # A clone's base is seldom a release, and its older releases are not the demo's.
        "good": None if made.base.is_import else made.base.sha,
        "config": CONFIG,
        "reproducer": REPRODUCER,
        "compiler": "gcc",
        "title": made.planted.title,
        "expected": _having(made.commits, Effect.CULPRIT)[0],
        "machine": {
            "memory_mb": 512,
            "cpus": 1,
            # Linux of this config cannot find out how fast QEMU's clock ticks: 1 GHz.
            "cmdline": "kvm_amd.nested=1 tsc_early_khz=1000000",
            "boot_seconds": 60,
            "repro_seconds": 30,
        },
        "facts": facts(made.commits),
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
