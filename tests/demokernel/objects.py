"""Names git objects as git does, so that a commit can name another before either is written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from tests.demokernel.patches import File


@dataclass(frozen=True, slots=True)
class Signature:
    """A person and a time, as authors and committers are written."""

    person: str
    """`Name <address>`."""
    date: datetime

    def __str__(self) -> str:
        return f"{self.person} {int(self.date.timestamp())} +0000"


def tree_name(tree: Mapping[str, File]) -> str:
    """Name of the tree of a whole folder, by paths."""
    return _tree(tree).hex()


def commit_name(
    tree: str, parents: tuple[str, ...], author: Signature, committer: Signature, message: str
) -> str:
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    text = "\n".join([*lines, f"author {author}", f"committer {committer}", "", message])
    return _name("commit", text.encode()).hex()


def _tree(tree: Mapping[str, File]) -> bytes:
    folders: dict[str, dict[str, File]] = {}
    entries: list[tuple[str, bytes]] = []
    for path, file in tree.items():
        head, slash, rest = path.partition("/")
        if slash:
            folders.setdefault(head, {})[rest] = file
        else:
            mode = b"100755" if file.executable else b"100644"
            entries.append((head, _entry(mode, head, _blob(file.text))))
    for name, inside in folders.items():  # git sorts a folder as if its name ended in a slash
        entries.append((name + "/", _entry(b"40000", name, _tree(inside))))
    return _name("tree", b"".join(entry for _, entry in sorted(entries)))


@cache  # the same few files in every tree
def _blob(text: str) -> bytes:
    return _name("blob", text.encode())


def _entry(mode: bytes, name: str, sha: bytes) -> bytes:
    return mode + b" " + name.encode() + b"\0" + sha


def _name(kind: str, content: bytes) -> bytes:
    head = f"{kind} {len(content)}\0".encode()
    return hashlib.sha1(head + content, usedforsecurity=False).digest()
