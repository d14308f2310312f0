"""Writes a history into a bare repository, with one `git fast-import`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from runner.errors import InfraError
from runner.process import Command, capture
from tests.demokernel.history import Commit, History
from tests.demokernel.patches import File

GIT_SECONDS = 60
ENVIRONMENT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}


def write_repository(path: Path, history: History) -> None:
    """A new bare repository with the branches `main` and `fixed` and a tag for each release."""
    _git(["git", "init", "--quiet", "--bare", "--initial-branch=main", path])
    stream = b"".join(_stream(history))
    _git(["git", "-C", path, "fast-import", "--quiet", "--done"], stream)


def _git(argv: Command, stdin: bytes | None = None) -> None:
    done = capture(argv, deadline=GIT_SECONDS, env=ENVIRONMENT, stdin=stdin)
    if not done.succeeded:
        raise InfraError(f"{argv[0]} failed: {done.stderr.decode(errors='replace')}")


def _stream(history: History) -> Iterator[bytes]:
    marks = {commit.sha: mark for mark, commit in enumerate(history.commits, start=1)}
    by_sha = {commit.sha: commit for commit in history.commits}
    for commit in history.commits:
        parent = by_sha[commit.parents[0]].tree if commit.parents else {}
        yield _commit(commit, marks, parent)
    yield f"reset refs/heads/main\nfrom :{marks[history.head]}\n".encode()
    for commit in history.commits:
        if commit.tag:
            text = _data(f"{commit.subject}\n".encode())
            head = f"tag {commit.tag}\nfrom :{marks[commit.sha]}\ntagger {commit.committer}\n"
            yield head.encode() + text
    yield b"done\n"


def _commit(commit: Commit, marks: Mapping[str, int], parent: Mapping[str, File]) -> bytes:
    """The branch follows, up to its tip. What is not said stays as in the first parent."""
    words = ("from", *["merge"] * len(commit.parents))
    links = [f"{word} :{marks[sha]}" for word, sha in zip(words, commit.parents, strict=False)]
    head = (
        f"commit refs/heads/fixed\nmark :{marks[commit.sha]}\n"
        f"author {commit.author}\ncommitter {commit.committer}\n"
    )
    files = (_file(name, file) for name, file in commit.tree.items() if parent.get(name) != file)
    return b"".join(
        [
            head.encode(),
            _data(commit.message.encode()),
            *(f"{link}\n".encode() for link in links),
            *files,
        ]
    )


def _file(name: str, file: File) -> bytes:
    mode = "100755" if file.executable else "100644"
    return f"M {mode} inline {name}\n".encode() + _data(file.text.encode())


def _data(content: bytes) -> bytes:
    return b"data %d\n" % len(content) + content + b"\n"
