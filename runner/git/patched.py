"""Commits that nobody made: one with a patch of somebody on top of it. The patch is hostile."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from runner.errors import InputError
from runner.git.command import Answer, full_name
from runner.git.made import ask, find, keep, read, tree_of, write_commit
from runner.git.mirror import Mirror
from runner.values import Sha

LONGEST = 1 << 20
"""Characters of a patch; the longest series for the kernel have less."""
MOST_FILES = 500
MOST_WORDS = 10
"""Lines of git's words that a person is told."""
FILES = frozenset({"100644", "100755", "000000"})
"""Modes of files, and of what is gone. A link leads out of the work tree."""
COPY = re.compile(r"^copy (?:from|to) ", re.MULTILINE)


def patched(mirror: Mirror, base: Sha, patch: str) -> Sha:
    """A commit that is `base` with a patch, which has unified diffs with paths below `a/` and `b/`.

    Equal input gives the same commit, which stays in the repository. `InputError`, with git's own
    words, when the patch does not apply or is not one that we take. There is no work tree: git
    applies it in an index of its own.
    """
    _check(patch)
    raw = patch.encode(errors="surrogateescape")
    name = f"patched/{hashlib.sha256(full_name(base).encode() + raw).hexdigest()}"
    if known := find(mirror, name):
        return known
    tree = _applied(mirror, base, raw)
    if tree == tree_of(mirror, base):
        raise InputError("the patch changes nothing")
    _check_changes(mirror, base, tree)
    return keep(mirror, name, write_commit(mirror, tree, base))


def _check(patch: str) -> None:
    if len(patch) > LONGEST:
        raise InputError(f"the patch is larger than {LONGEST >> 10} KiB")
    if COPY.search(patch):
        # A few lines could fill the disk.
        raise InputError("the patch copies files; please make it without git's option -C")


def _applied(mirror: Mirror, base: Sha, patch: bytes) -> Sha:
    """The tree with the patch."""
    with TemporaryDirectory(prefix="bisectweb-patch-") as folder:
        file = Path(folder, "patch")
        file.write_bytes(patch)
        env = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        read(mirror, "read-tree", base, env=env)
        how = ("--cached", "--whitespace=nowarn", "--ignore-whitespace")
        applied = ask(mirror, "apply", *how, str(file), env=env)
        if applied.status:
            raise InputError(f"the patch does not apply: {_words(applied)}")
        return read(mirror, "write-tree", env=env)


def _words(answer: Answer) -> str:
    """What git says of a patch: several lines, the first of which alone explains little."""
    lines = [line.removeprefix("error: ").strip() for line in answer.stderr.splitlines()]
    said = [line[:300] for line in lines if line][:MOST_WORDS]
    printable = "; ".join(said) or answer.reason
    return "".join(sign if sign.isprintable() else " " for sign in printable)


def _check_changes(mirror: Mirror, base: Sha, tree: Sha) -> None:
    raw = read(mirror, "diff-tree", "-r", "--raw", "--no-renames", base, tree)
    changes = [line.split(maxsplit=2) for line in raw.splitlines()]
    if len(changes) > MOST_FILES:
        raise InputError(f"the patch changes more than {MOST_FILES} files")
    if any(mode not in FILES for _, mode, _ in changes):
        raise InputError("the patch makes a link or a submodule; only files can be tested")
