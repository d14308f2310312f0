"""Real repositories to test with."""

from __future__ import annotations

import subprocess
from pathlib import Path

from runner.process import environment

AUTHOR = {
    "GIT_AUTHOR_NAME": "Core Maintainer",
    "GIT_AUTHOR_EMAIL": "core@demo.invalid",
    "GIT_AUTHOR_DATE": "1631542193 +0300",
    "GIT_COMMITTER_NAME": "Tree Maintainer",
    "GIT_COMMITTER_EMAIL": "tree@demo.invalid",
    "GIT_COMMITTER_DATE": "1631543000 +0000",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}
NOBODY = 65534
UNKNOWN = "0123456789" * 4


def git(repo: Path, *arguments: str, stdin: bytes | None = None) -> str:
    """Not below the guard, which takes ten times as long to start as git does."""
    argv = ["git", "-C", str(repo), *arguments]
    done = subprocess.run(argv, env=environment(AUTHOR), input=stdin, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().strip()


def commit(repo: Path, message: str, **files: str) -> str:
    for name, content in files.items():
        (repo / name).write_text(content)
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(repo, "rev-parse", "HEAD")


def repository(folder: Path) -> Path:
    path = folder / "repo"
    path.mkdir()
    git(path, "init", "--quiet", "--initial-branch=main")
    commit(path, "base", a="1\n", b="1\n")
    return path


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.name != ".git"}


def raw_commit(repo: Path, headers: bytes, message: bytes) -> str:
    """A commit as only a hostile or very old program writes it."""
    tree = git(repo, "rev-parse", "HEAD^{tree}").encode()
    raw = b"tree " + tree + b"\n" + headers + b"\n" + message
    arguments = ("hash-object", "-t", "commit", "-w", "--literally", "--stdin")
    sha = git(repo, *arguments, stdin=raw)
    git(repo, "update-ref", "refs/heads/main", sha)
    return sha


def merged(repo: Path) -> str:
    """Merge a topic of one commit that started at HEAD's parent."""
    git(repo, "checkout", "--quiet", "-b", "topic", "HEAD~1")
    commit(repo, "topic", topic="1\n")
    git(repo, "checkout", "--quiet", "main")
    git(repo, "merge", "--quiet", "--no-ff", "--no-edit", "topic")
    return git(repo, "rev-parse", "HEAD")
