"""A work tree with every folder of a commit and few of its files: made in a moment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from runner.errors import InfraError
from runner.git.command import full_name, run_git
from runner.git.mirror import Mirror
from runner.values import Sha

BATCH = 500
"""Paths in one command: a path has 4,096 bytes at most, a command two million."""


def outline(mirror: Mirror, sha: Sha, files: Collection[str], folder: Path) -> None:
    """Make `folder` a repository whose HEAD is `sha`, with all folders of that commit and these
    of its files. It borrows the mirror's objects and writes nothing there.
    """
    home = mirror.path
    git_dir = folder / ".git"
    folder.mkdir(parents=True)
    _git(mirror, git_dir, "init", "--quiet", "--template=")
    (git_dir / "objects" / "info").mkdir(exist_ok=True)
    (git_dir / "objects" / "info" / "alternates").write_text(f"{home.resolve() / 'objects'}\n")
    if (home / "shallow").is_file():
        shutil.copyfile(home / "shallow", git_dir / "shallow")
    _git(mirror, git_dir, "update-ref", "--no-deref", "HEAD", full_name(sha))
    _git(mirror, git_dir, "read-tree", sha)  # refuses names such as `..` and `.git`
    for raw in _git(mirror, git_dir, "ls-tree", "-r", "-d", "-z", "--name-only", sha).split(b"\0"):
        os.makedirs(os.path.join(os.fsencode(folder), raw), exist_ok=True)
    wanted = sorted(files)
    for first in range(0, len(wanted), BATCH):
        checkout = ("checkout-index", "--quiet", "--force", "--", *wanted[first : first + BATCH])
        _git(mirror, git_dir, *checkout, work_tree=folder)


def _git(mirror: Mirror, git_dir: Path, *arguments: str, work_tree: Path | None = None) -> bytes:
    answer = run_git(git_dir, *arguments, work_tree=work_tree, cancel=mirror.cancel)
    if answer.status:
        raise InfraError(f"git {arguments[0]} for {git_dir.parent.name}: {answer.reason}")
    return answer.stdout
