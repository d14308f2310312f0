"""Writes to a bare git repository, commit by commit, through `git fast-import`."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from runner.errors import InfraError
from runner.values import Sha
from tests.demolinux.change import INTEGRATOR, Author
from tests.demolinux.source import File

BRANCH = "main"

# No deltas and quick compression: a fifth more on disk than git's defaults, in half the time.
SPEED = ("-c", "core.compression=3")
FAST_IMPORT = ("fast-import", "--quiet", "--done", "--depth=0")


@dataclass(frozen=True, slots=True)
class Signature:
    """Who and when."""

    author: Author
    seconds: int
    """Since 1970, in UTC."""

    def __str__(self) -> str:
        return f"{self.author.ident} {self.seconds} +0000"


class Importer:
    """Feeds one `git fast-import`; the name of each commit is known as soon as it is written."""

    def __init__(self, requests: IO[bytes], answers: IO[bytes]) -> None:
        self._requests = requests
        self._answers = answers
        self._marks: dict[Sha, str] = {}

    def commit(
        self, signature: Signature, message: str, parents: Sequence[Sha], files: Iterable[File]
    ) -> Sha:
        """The tree is the first parent's with these files in place of its own.

        Parents are commits that this importer wrote, or that were in the repository before.
        """
        mark = f":{len(self._marks) + 1}"
        committer = Signature(INTEGRATOR, signature.seconds)
        self._lines(f"commit refs/heads/{BRANCH}", f"mark {mark}")
        self._lines(f"author {signature}", f"committer {committer}")
        self._data(message.encode())
        for word, parent in zip(("from", "merge"), parents, strict=False):
            self._lines(f"{word} {self._marks.get(parent, parent)}")
        for file in files:
            self._lines(f"M {file.mode} inline {file.path}")
            self._data(file.data)
        self._lines("", f"get-mark {mark}")
        self._requests.flush()
        sha = self._answers.readline().decode().strip()
        self._marks[sha] = mark
        return sha

    def tag(self, name: str, sha: Sha, signature: Signature, message: str) -> None:
        self._lines(f"tag {name}", f"from {self._marks[sha]}", f"tagger {signature}")
        self._data(message.encode())

    def done(self) -> None:
        self._lines("done")
        self._requests.flush()

    def _lines(self, *lines: str) -> None:
        self._requests.write("".join(f"{line}\n" for line in lines).encode())

    def _data(self, data: bytes) -> None:
        self._lines(f"data {len(data)}")
        self._requests.write(data)
        self._requests.write(b"\n")


def create(repository: Path) -> None:
    """An empty bare repository."""
    init = ["git", "init", "--quiet", "--bare", "--template=", f"--initial-branch={BRANCH}"]
    subprocess.run([*init, str(repository)], check=True, stdin=subprocess.DEVNULL)


@contextlib.contextmanager
def importer(repository: Path) -> Iterator[Importer]:
    """Write into the repository. Nothing is in it before the context ends. Raises `InfraError`."""
    command = ["git", *SPEED, f"--git-dir={repository}", *FAST_IMPORT]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        writer = Importer(process.stdin, process.stdout)
        yield writer
        writer.done()
    except BrokenPipeError as error:
        raise InfraError("git fast-import gave up; it said why") from error
    except BaseException:
        process.kill()  # before it can complain that the rest is missing
        raise
    finally:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.stdout.close()
        process.wait()
    if process.returncode:
        raise InfraError(f"git fast-import ended with status {process.returncode}")
