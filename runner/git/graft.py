"""Commits that nobody made: one with others reverted on top of it, or picked onto it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from runner.errors import InfraError
from runner.git.command import Answer, full_name, run_git
from runner.git.mirror import Mirror
from runner.locks import hold
from runner.values import Sha

MERGE_SECONDS = 300.0
REFS = "refs/bisectweb/graft"
"""What keeps these commits. No fetch writes or prunes here."""
# Equal input makes equal commits, whoever makes them and when.
NOBODY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (
        ("NAME", "bisectweb"),
        ("EMAIL", "bisectweb@localhost"),
        ("DATE", "@0 +0000"),
    )
}


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
    if known := _verify(mirror, name):
        return known
    start = tree = _tree(mirror, base)
    steps = [(sha, True) for sha in revert] + [(sha, False) for sha in pick]
    for sha, backwards in steps:
        parents = mirror.commit(full_name(sha)).parents
        if len(parents) > 1:
            return None
        before = _tree(mirror, parents[0]) if parents else _empty_tree(mirror)
        sides = (_tree(mirror, sha), before) if backwards else (before, _tree(mirror, sha))
        merged = _merge(mirror, tree, *sides)
        if merged is None:
            return None
        tree = merged
    return base if tree == start else _keep(mirror, name, _commit(mirror, tree, base))


def _ref(base: Sha, revert: Sequence[Sha], pick: Sequence[Sha]) -> str:
    lines = [full_name(base)]
    lines += [f"revert {full_name(sha)}" for sha in revert]
    lines += [f"pick {full_name(sha)}" for sha in pick]
    return f"{REFS}/{hashlib.sha256(' '.join(lines).encode()).hexdigest()}"


def _merge(mirror: Mirror, tree: Sha, old: Sha, new: Sha) -> Sha | None:
    """The tree with what leads from `old` to `new`; None when it conflicts.

    Git 2.39 can merge trees only as those of commits, and takes the base from their history.
    """
    bottom = _commit(mirror, old)
    ours, theirs = (_commit(mirror, side, bottom) for side in (tree, new))
    answer = _git(mirror, "merge-tree", "--write-tree", "--no-messages", ours, theirs)
    if answer.status not in (0, 1):
        raise InfraError(f"git merge-tree in {mirror.path.name}: {answer.reason}")
    return _word(answer) if answer.status == 0 else None


def _keep(mirror: Mirror, name: str, sha: Sha) -> Sha:
    # Who updates the mirror takes away locks of refs that look left over.
    with hold(mirror.path.with_name(f"{mirror.path.name}.lock"), mirror.cancel):
        _read(mirror, "update-ref", name, sha)
    return sha


def _commit(mirror: Mirror, tree: Sha, *parents: Sha) -> Sha:
    options = [word for parent in parents for word in ("-p", parent)]
    return _read(mirror, "commit-tree", *options, "-m", "made by bisectweb", tree)


def _tree(mirror: Mirror, sha: Sha) -> Sha:
    return mirror.commit(full_name(sha)).tree


def _empty_tree(mirror: Mirror) -> Sha:
    # Written and not only named: its name depends on the repository's hash.
    return _read(mirror, "hash-object", "-t", "tree", "-w", "/dev/null")


def _verify(mirror: Mirror, name: str) -> Sha | None:
    answer = _git(mirror, "rev-parse", "--verify", "--quiet", name)
    return _word(answer) if answer.status == 0 else None


def _read(mirror: Mirror, *arguments: str) -> str:
    answer = _git(mirror, *arguments)
    if answer.status:
        raise InfraError(f"git {arguments[0]} in {mirror.path.name}: {answer.reason}")
    return _word(answer)


def _word(answer: Answer) -> str:
    return answer.stdout.decode().strip()


def _git(mirror: Mirror, *arguments: str) -> Answer:
    return run_git(
        mirror.path, *arguments, deadline=MERGE_SECONDS, cancel=mirror.cancel, env=NOBODY
    )
