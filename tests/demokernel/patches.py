"""Reads topics, mailboxes of patches as `git format-patch` writes them, and applies them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

TOPICS = Path(__file__).with_name("topics")

MAIL = re.compile(r"^From 0{40} .*\n", re.MULTILINE)
FILE = re.compile(r"^diff --git a/\S+ b/(\S+)\n", re.MULTILINE)
HUNK = re.compile(r"^@@ .*\n", re.MULTILINE)
PREFIX = re.compile(r"^\[PATCH[^]]*\] ")


class Role(StrEnum):
    """What a patch is in the plot; the header `X-Role` of its mail."""

    CULPRIT = "culprit"
    SECOND_BUG = "second-bug"
    FIX = "fix"
    BREAKS_BUILD = "breaks-build"
    FIXES_BUILD = "fixes-build"
    BREAKS_BOOT = "breaks-boot"
    FIXES_BOOT = "fixes-boot"
    COMMENT_ONLY = "comment-only"


@dataclass(frozen=True, slots=True)
class File:
    """A file of a source tree."""

    text: str
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that are replaced. They are found by what they say: a patch applies in any order."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Patch:
    """One commit to be: `message` is whole, but its `Fixes:` names a subject, not a commit."""

    author: str
    subject: str
    message: str
    role: Role | None
    files: Mapping[str, tuple[Hunk, ...]]

    @property
    def committer(self) -> str:
        """Who signed it off last: the maintainer who took it."""
        return self.message.rpartition("Signed-off-by: ")[2].partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Topic:
    """Patches that belong together, in order. Topics do not depend on each other."""

    name: str
    patches: tuple[Patch, ...]

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(patch.role for patch in self.patches if patch.role)


def read_topics(folder: Path = TOPICS) -> list[Topic]:
    """Every topic of the folder, by name."""
    return [Topic(path.stem, tuple(_patches(path))) for path in sorted(folder.glob("*.mbox"))]


def read_tree(folder: Path) -> dict[str, File]:
    """The files of a source tree by their path in it."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): File(
            path.read_text(encoding="utf-8"), bool(path.stat().st_mode & 0o100)
        )
        for path in paths
    }


def apply(tree: Mapping[str, File], patch: Patch) -> dict[str, File]:
    """The tree with the patch. Raises `ValueError` where the old lines are not there, or twice."""
    result = dict(tree)
    for path, hunks in patch.files.items():
        file = result.get(path, File(""))
        for hunk in hunks:
            file = replace(file, text=_replaced(file.text, hunk, f"{patch.subject}: {path}"))
        result[path] = file
    return result


def _replaced(text: str, hunk: Hunk, where: str) -> str:
    if not hunk.old:
        if text:
            raise ValueError(f"{where}: is there already")
        return hunk.new
    padded = "\n" + text
    if padded.count("\n" + hunk.old) != 1:
        raise ValueError(f"{where}: not there, or not once:\n{hunk.old}")
    return padded.replace("\n" + hunk.old, "\n" + hunk.new)[1:]


def _patches(path: Path) -> Iterator[Patch]:
    mails = MAIL.split(path.read_text(encoding="utf-8"))
    for mail in mails[1:]:
        head, _, rest = mail.partition("\n\n")
        body, _, diff = rest.partition("\n---\n")
        unfolded = head.replace("\n ", " ")
        headers = dict(line.split(": ", 1) for line in unfolded.splitlines())
        subject = PREFIX.sub("", headers["Subject"])
        role = headers.get("X-Role")
        yield Patch(
            author=headers["From"],
            subject=subject,
            message=f"{subject}\n\n{body}\n",
            role=Role(role) if role else None,
            files=_files(diff.partition("\n-- \n")[0] + "\n"),
        )


def _files(diff: str) -> dict[str, tuple[Hunk, ...]]:
    parts = FILE.split(diff)[1:]
    return {
        path: tuple(map(_hunk, HUNK.split(text)[1:]))
        for path, text in zip(parts[::2], parts[1::2], strict=True)
    }


def _hunk(text: str) -> Hunk:
    lines = text.splitlines(keepends=True)
    return Hunk(
        old="".join(line[1:] for line in lines if line[0] in " -"),
        new="".join(line[1:] for line in lines if line[0] in " +"),
    )
