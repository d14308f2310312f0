"""Commits that nobody made: one with others reverted on top of it, or picked onto it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from runner.errors import InfraError
from runner.git.command import full_name
from runner.git.made import ask, find, keep, read, tree_of, word, write_commit
from runner.git.mirror import Mirror
from runner.values import Sha


def graft(
    mirror: Mirror, base: Sha, *, revert: Sequence[Sha] = (), pick: Sequence[Sha] = ()
) -> Sha | None:
    """A commit that is `base` with some commits reverted, then others picked, in their order.

    Equal input gives the same commit, which stays in the repository. It is `base` itself when
    all that changes nothing, and None when they conflict or one is a merge. There is no work
    tree: git merges whole trees, as its own revert and cherry-pick do, and runs nothing that they
    hold (merge drivers are a repository's settings, and a mirror has none).
    """
    name = _ref(base, revert, pick)
    if known := find(mirror, name):
        return known
    start = tree = tree_of(mirror, base)
    steps = [(sha, True) for sha in revert] + [(sha, False) for sha in pick]
    for sha, backwards in steps:
        parents = mirror.commit(full_name(sha)).parents
        if len(parents) > 1:
            return None
        before = tree_of(mirror, parents[0]) if parents else _empty_tree(mirror)
        sides = (tree_of(mirror, sha), before) if backwards else (before, tree_of(mirror, sha))
        merged = _merge(mirror, tree, *sides)
        if merged is None:
            return None
        tree = merged
    return base if tree == start else keep(mirror, name, write_commit(mirror, tree, base))


def _ref(base: Sha, revert: Sequence[Sha], pick: Sequence[Sha]) -> str:
    """What keeps the commit."""
    lines = [full_name(base)]
    lines += [f"revert {full_name(sha)}" for sha in revert]
    lines += [f"pick {full_name(sha)}" for sha in pick]
    return f"graft/{hashlib.sha256(' '.join(lines).encode()).hexdigest()}"


def _merge(mirror: Mirror, tree: Sha, old: Sha, new: Sha) -> Sha | None:
    """The tree with what leads from `old` to `new`; None when it conflicts.

    Git 2.39 can merge trees only as those of commits, and takes the base from their history.
    """
    bottom = write_commit(mirror, old)
    ours, theirs = (write_commit(mirror, side, bottom) for side in (tree, new))
    answer = ask(mirror, "merge-tree", "--write-tree", "--no-messages", ours, theirs)
    if answer.status not in (0, 1):
        raise InfraError(f"git merge-tree in {mirror.path.name}: {answer.reason}")
    return word(answer) if answer.status == 0 else None


def _empty_tree(mirror: Mirror) -> Sha:
    # Written and not only named: its name depends on the repository's hash.
    return read(mirror, "hash-object", "-t", "tree", "-w", "/dev/null")
