"""The commit that a history is put on: an imported source tree, or the newest one of a clone."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from runner.errors import InfraError, InputError
from runner.git import Mirror
from runner.process import capture
from runner.search.releases import is_release
from runner.values import Sha
from tests.demolinux import source
from tests.demolinux.change import Change, message
from tests.demolinux.plan import PACKAGER
from tests.demolinux.repository import BRANCH, Signature, create, importer
from tests.demolinux.source import File

IMPORTED = int(datetime(2024, 11, 17, 22, tzinfo=UTC).timestamp())
"""When a source tree is committed, about when 6.12 was released: it must not depend on today."""
GIT_SECONDS = 300.0
LISTING_LIMIT = 64 << 20
VERSION = re.compile(
    r"^VERSION = (\d+)\nPATCHLEVEL = (\d+)\nSUBLEVEL = (\d+)\nEXTRAVERSION =(.*)\n", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Version:
    """What a kernel's Makefile says that it is."""

    major: int
    minor: int
    text: str
    """The lines that say so."""
    is_candidate: bool
    """Whether it is a release candidate, such as 6.12-rc3."""

    @property
    def name(self) -> str:
        return f"{self.major}.{self.minor}"

    @property
    def next(self) -> str:
        """The release that comes after it."""
        return self.name if self.is_candidate else f"{self.major}.{self.minor + 1}"


def version(makefile: str | None) -> Version:
    found = VERSION.search(makefile or "")
    if found is None:
        raise InputError("the source is not that of Linux: no Makefile says its version")
    is_candidate = found[4].strip().startswith("-rc")
    return Version(int(found[1]), int(found[2]), found.group(), is_candidate)


@dataclass(frozen=True, slots=True)
class Base:
    """The commit itself."""

    sha: Sha
    change: Change
    seconds: int
    """When it was committed."""
    is_import: bool
    """Whether it is ours: an imported source, and a tagged release."""


def prepare(repository: Path, tree: Path) -> Base:
    """Create the repository, with the base in it. Nothing is ever written into `tree`."""
    create(repository)
    if tree.is_dir() and (clone := _clone(tree)):
        return _borrow(repository, clone)
    return _import(repository, tree)


def _clone(tree: Path) -> Mirror | None:
    """The repository whose work tree, or which itself, this folder is."""
    if (tree / ".git").exists() or (tree / "HEAD").is_file():
        return Mirror.around(tree).common()
    return None


def _import(repository: Path, tree: Path) -> Base:
    makefile: list[File] = []
    change = Change(
        key="base",
        author=PACKAGER,
        subject="Import the source of Linux",
        body="As it is packaged, with its point releases.\n\nWhat follows is generated.",
        edits=(),
    )
    signature = Signature(change.author, IMPORTED)
    with importer(repository) as into:
        files = _noting(source.files(tree), makefile)
        sha = into.commit(signature, message(change), (), files)
        name = version(makefile[0].data.decode() if makefile else None).name
        into.tag(f"v{name}", sha, signature, f"Linux {name}\n")
    return Base(sha, replace(change, tag=f"v{name}"), IMPORTED, is_import=True)


def _noting(files: Iterable[File], makefile: list[File]) -> Iterator[File]:
    """The same files; the topmost Makefile is in the list afterwards."""
    for file in files:
        if file.path == "Makefile":
            makefile.append(file)
        yield file


def _borrow(repository: Path, clone: Mirror) -> Base:
    """Point the repository to the objects of a clone, and take its newest commit and its releases.

    Git looks objects up there: nothing is copied.
    """
    if (clone.path / "shallow").exists():
        raise InputError(f"{clone.path} is a shallow clone; run: git fetch --unshallow")
    sha = clone.resolve("HEAD")
    commit = clone.commit(sha)
    (repository / "objects" / "info").mkdir(exist_ok=True)
    objects = (clone.path / "objects").resolve()
    (repository / "objects" / "info" / "alternates").write_text(f"{objects}\n")
    refs = [f"create refs/heads/{BRANCH} {sha}"]
    tags = clone.tags(sha)
    refs += [f"create refs/tags/{tag} {tags[tag]}" for tag in tags if is_release(tag)]
    _git(repository, "update-ref", "--stdin", stdin="".join(f"{ref}\n" for ref in refs).encode())
    seconds = int(commit.date.timestamp())
    change = Change("base", PACKAGER, commit.subject, commit.message, edits=())
    return Base(sha, change, seconds, is_import=False)


@dataclass(frozen=True, slots=True)
class Files:
    """The files of the base."""

    modes: dict[str, str]
    """Of every file that is no link, by path."""
    requests: IO[bytes]
    answers: IO[bytes]
    sha: Sha

    def read(self, path: str) -> str | None:
        """The text of a file; None when it is not there, or no text."""
        if path not in self.modes:
            return None
        self.requests.write(f"{self.sha}:{path}\n".encode())
        self.requests.flush()
        size = int(self.answers.readline().split()[2])
        data = self.answers.read(size + 1)[:-1]
        try:
            return data.decode()
        except UnicodeDecodeError:
            return None


@contextlib.contextmanager
def opened(repository: Path, sha: Sha) -> Iterator[Files]:
    listing = _git(repository, "ls-tree", "-r", "-z", sha).decode(errors="surrogateescape")
    entries = (entry.partition("\t") for entry in listing.split("\0")[:-1])
    modes = {path: fields.split()[0] for fields, _, path in entries}
    files = {p: mode for p, mode in modes.items() if mode.startswith("100") and p.isprintable()}
    command = ["git", f"--git-dir={repository}", "cat-file", "--batch"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Files(files, process.stdin, process.stdout, sha)
        process.stdin.close()


def _git(repository: Path, *arguments: str, stdin: bytes | None = None) -> bytes:
    command = ["git", f"--git-dir={repository}", *arguments]
    ended = capture(command, deadline=GIT_SECONDS, stdin=stdin, limit=LISTING_LIMIT)
    if not ended.succeeded:
        raise InfraError(f"git {arguments[0]}: {ended.stderr.decode(errors='replace').strip()}")
    return ended.stdout
