"""Commits, as they are named, read and shown."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runner.errors import InputError
from runner.git import Mirror
from runner.git.mirror import SHOWN
from tests.runner.git.repositories import UNKNOWN, commit, git, merged, raw_commit


def test_a_commit_has_many_names(repo: Path, mirror: Mirror) -> None:
    git(repo, "tag", "--annotate", "--message", "release", "v1.0")
    git(repo, "tag", "light")
    git(repo, "branch", "topic/one")
    mirror.update("main")
    sha = mirror.head("main")
    for name in (sha, sha[:12], "v1.0", "light", "main", "topic/one", "refs/tags/v1.0"):
        assert mirror.resolve(name) == sha


@pytest.mark.parametrize(
    "revision",
    [
        "",
        "none",
        UNKNOWN,
        "--output=x",
        "-x",
        "--all",
        "main..main",
        "main^{tree}",
        "main^{/base}",
        ":/base",
        "@{0}",
        "main:a",
        "main main",
        "main\n",
        "main\0",
        "a" * 10_000,
        "\udcff",
        "*",
    ],
)
def test_another_name_is_an_unknown_commit(
    ready: Mirror, revision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"unknown commit .*; check it, or name one"):
        ready.resolve(revision)
    assert list(tmp_path.iterdir()) == []
    assert not list(ready.path.parent.rglob("x"))


def test_only_full_names_pass_for_shas(ready: Mirror) -> None:
    sha = ready.head("main")
    for wrong in ("--output=x", "main", sha[:12], sha.upper(), f"{sha}\n"):
        with pytest.raises(InputError, match="not a full commit name"):
            ready.commit(wrong)


def test_a_commit_is_read_whole(repo: Path, mirror: Mirror) -> None:
    parent = git(repo, "rev-parse", "HEAD")
    sha = commit(repo, "mm: change a\n\nBecause.\n\nSigned-off-by: x", a="2\n", c="new\n")
    mirror.update("main")
    read = mirror.commit(sha)
    assert read.sha == sha
    assert read.tree == git(repo, "rev-parse", "HEAD^{tree}")
    assert read.parents == (parent,)
    assert (read.author, read.author_email) == ("Core Maintainer", "core@demo.invalid")
    assert read.date == datetime(2021, 9, 13, 14, 9, 53, tzinfo=UTC)
    assert read.date.isoformat() == "2021-09-13T17:09:53+03:00"
    assert read.subject == "mm: change a"
    assert read.message == "mm: change a\n\nBecause.\n\nSigned-off-by: x"
    assert read.diffstat == " a | 2 +-\n c | 1 +\n 2 files changed, 2 insertions(+), 1 deletion(-)"


def test_of_a_commit_without_end_a_part_is_shown(repo: Path, mirror: Mirror) -> None:
    sha = commit(repo, "a title\n\n" + "a line of the message\n" * (SHOWN // 20))
    mirror.update("main")
    shown = mirror.show(sha)
    assert shown.startswith(f"commit {sha}\n")
    assert len(shown) < SHOWN + 100
    *_, before, last = shown.splitlines()
    assert before == "    a line of the message"
    assert re.fullmatch(r"    \[\d+ more characters\]", last)


def test_a_commit_is_shown_as_in_the_log(repo: Path, mirror: Mirror) -> None:
    sha = commit(repo, "mm: change a\n\nBecause.", a="2\n")
    mirror.update("main")
    assert mirror.show(sha) == (
        f"commit {sha}\n"
        "Author: Core Maintainer <core@demo.invalid>\n"
        "Date:   Mon Sep 13 17:09:53 2021 +0300\n"
        "\n"
        "    mm: change a\n"
        "    \n"
        "    Because.\n"
        "\n"
        " a | 2 +-\n"
        " 1 file changed, 1 insertion(+), 1 deletion(-)\n"
    )


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        (b"author J\xf6rg <j@x.invalid> 1 +0000\ncommitter x <x> 1 +0000\n", b"caf\xe9\n"),
        (
            b"author J\xf6rg <j@x.invalid> 1 +0000\ncommitter x <x> 1 +0000\nencoding latin1\n",
            b"caf\xe9\n",
        ),
        (b"author x <x> 99999999999999999999 +9999\ncommitter x <x> 1 +0000\n", b"m\n"),
        (b"author x <x> -1 -0000\ncommitter x <x> -1 +0000\n", b"\n"),
        (b"author <> 1 +0000\ncommitter <> 1 +0000\n", b""),
        (b"author nothing\ncommitter nothing\n", b"m\0after\n"),
        (b"", b"--output=x\n\x1b[2J\n"),
    ],
)
def test_an_odd_commit_is_read_without_an_error(
    repo: Path, mirror: Mirror, headers: bytes, message: bytes
) -> None:
    sha = raw_commit(repo, headers, message)
    mirror.update("main")
    read = mirror.commit(sha)
    assert read.sha == sha
    read.message.encode()
    read.author.encode()
    mirror.show(sha).encode()
    mirror.patch(sha)


def test_a_declared_encoding_is_honoured(repo: Path, mirror: Mirror) -> None:
    who = b"J\xf6rg <j@x.invalid> 1 +0000\n"
    sha = raw_commit(
        repo, b"author " + who + b"committer " + who + b"encoding iso-8859-1\n", b"caf\xe9\n"
    )
    mirror.update("main")
    assert (mirror.commit(sha).author, mirror.commit(sha).message) == ("J\u00f6rg", "caf\u00e9")


def test_a_patch_is_a_mail_and_a_merge_has_none(repo: Path, mirror: Mirror) -> None:
    root = git(repo, "rev-parse", "HEAD")
    sha = commit(repo, "change", a="2\n")
    merge = merged(repo)
    mirror.update("main")
    patch = mirror.patch(sha)
    assert patch.startswith(b"From " + sha.encode())
    assert b"\nSubject: [PATCH] change\n" in patch
    assert b"+++ b/b\n@@ -0,0 +1 @@\n+1\n" in mirror.patch(root)
    assert b"\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\n+2\n" in patch
    assert mirror.patch(merge) == b""
    assert mirror.commit(merge).diffstat == ""


def test_a_file_is_read_at_a_commit(repo: Path, mirror: Mirror) -> None:
    (repo / "sub").mkdir()
    (repo / "sub" / "file").write_bytes(b"\0\xff\n\n")
    sha = commit(repo, "new")
    mirror.update("main")
    assert mirror.read(sha, "sub/file") == b"\0\xff\n\n"
    assert mirror.read(sha, "a") == b"1\n"
    for missing in ("none", "sub", "", "../a", "/etc/passwd", "--output=x", "a\0", "a\nb"):
        assert mirror.read(sha, missing) is None
