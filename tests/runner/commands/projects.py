"""Real repositories with a planted bug, and the real commands that test them."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from runner.values import Sha
from tests.runner.search.worlds import git, git_repository

ROOT = Path(__file__).parents[3]
STATE = "bisectweb-evidence.jsonl"
FLAKY = """#!/bin/sh
# Fails seven times in ten on what contains the culprit. The counter takes the place of chance.
count=$(cat {folder}/count)
echo $((count + 1)) > {folder}/count
{extra}
git rev-parse HEAD >> {folder}/ran
git merge-base --is-ancestor {culprit} HEAD || exit 0
test $((count * 7 % 10)) -ge 7
"""
STEADY = """#!/bin/sh
{extra}
git rev-parse HEAD >> {folder}/ran
! git merge-base --is-ancestor {culprit} HEAD
"""


@dataclass(frozen=True, slots=True)
class Planted:
    """A repository, the commit that breaks it, and a command that shows it."""

    repo: Path
    culprit: Sha
    first: Sha
    command: Path

    @property
    def ran(self) -> list[Sha]:
        """The revisions that the command was run on, in order."""
        file = self.command.parent / "ran"
        return file.read_text().split() if file.exists() else []


def planted(folder: Path, seed: int, *, script: str = FLAKY, extra: str = "") -> Planted:
    """A random graph of 20 commits; any but the first and the last may be the culprit."""
    rng = random.Random(seed)
    repo = folder / "repo"
    parents = git_repository(repo, rng, commits=20)
    newest_first = [sha for sha in parents if parents[sha]]
    culprit = rng.choice(newest_first[1:])
    first = git(repo, "rev-list", "--max-parents=0", "main").split()[0]
    (folder / "count").write_text("0\n")
    return Planted(repo, culprit, first, program(folder / "test", script, culprit, extra))


def program(path: Path, script: str, culprit: Sha, extra: str = "") -> Path:
    path.write_text(script.format(folder=path.parent, culprit=culprit, extra=extra))
    path.chmod(0o755)
    return path


def arguments(world: Planted, *more: str) -> list[str]:
    return ["--repo", str(world.repo), "--good", world.first, *more, "--", str(world.command)]


def started(*words: str) -> subprocess.CompletedProcess[str]:
    """`python -m runner bisect`, once it has ended."""
    argv = [sys.executable, "-m", "runner", "bisect", *words]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=300)


def evidence(world: Planted, state: str = STATE) -> list[dict[str, object]]:
    """The lines on record."""
    lines = (world.repo / ".git" / state).read_text().splitlines()
    return [json.loads(line) for line in lines]


def recorded(world: Planted) -> list[object]:
    """The revisions of all runs on record, in order."""
    return [line["sha"] for line in evidence(world) if "outcome" in line]


def left_behind(world: Planted, cache: Path) -> list[object]:
    """Work trees, and what the repository knows of them."""
    known = git(world.repo, "worktree", "list", "--porcelain").split("\n\n")
    return [*known[1:-1], *cache.glob("bisectweb/*")]
