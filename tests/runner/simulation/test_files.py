"""The source tree that made-up commits change."""

from __future__ import annotations

from collections import Counter
from random import Random

from runner.simulation.files import DOCUMENTATION, SHARED, SWEEPING, SourceTree


def test_most_commits_change_few_files_of_their_own_folder() -> None:
    rng = Random(1)
    tree = SourceTree.grow(rng)
    focus = tree.folders[150]
    changes = [tree.change(rng, focus) for _ in range(3000)]
    sizes = Counter(len(paths) for paths in changes)
    assert sizes[1] > sizes[2] > sizes[3] > 0
    assert max(sizes) >= 20
    own = sum(all(path.startswith(f"{focus.name}/") for path in paths) for paths in changes)
    expected = (1 - DOCUMENTATION - SWEEPING) * (1 - SHARED)
    assert abs(own / 3000 - expected) < 0.03
    assert all(paths == tuple(sorted(set(paths))) for paths in changes)


def test_folders_differ_in_size_and_no_two_share_a_name() -> None:
    tree = SourceTree.grow(Random(2))
    names = [folder.name for folder in tree.folders]
    assert len(set(names)) == len(names) == 300
    sizes = sorted(len(folder.files) for folder in tree.folders)
    assert sizes[0] < 3
    assert sizes[-1] > 50
    files = [file for folder in tree.folders for file in folder.files]
    assert len(set(files)) == len(files)
    assert all(
        file.startswith(f"{folder.name}/") for folder in tree.folders for file in folder.files
    )
