"""A repository, its mirror, and a work tree of that."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.git import Mirror, Worktree
from tests.runner.git.repositories import repository


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    """An up-to-date mirror, for the tests that only ask it."""
    folder = tmp_path_factory.mktemp("ready")
    mirror = Mirror(folder / "m.git", str(repository(folder)))
    mirror.update("main")
    return mirror


@pytest.fixture
def mirror(repo: Path, tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "mirrors" / "mirror.git", str(repo))


@pytest.fixture
def worktree(mirror: Mirror, tmp_path: Path) -> Worktree:
    return Worktree(mirror, tmp_path / "trees" / "0")
