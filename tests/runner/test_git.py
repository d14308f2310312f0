"""Mirrors and work trees of real repositories, friendly and hostile ones."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runner.errors import Cancelled, InfraError, InputError
from runner.git import Mirror, Worktree, check_url
from runner.git import mirror as module
from runner.process import capture
from tests.runner.small_disk import on_small_disk

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
    argv = ["git", "-C", str(repo), *arguments]
    finished = capture(argv, deadline=60, env=AUTHOR, stdin=stdin)
    assert finished.succeeded, finished.stderr
    return finished.stdout.decode().strip()


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


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    """An up-to-date mirror, for the tests that only ask it."""
    folder = tmp_path_factory.mktemp("ready")
    mirror = Mirror(folder / "m.git", str(repository(folder)))
    mirror.update("main")
    return mirror


@pytest.fixture
def mirror(repo: Path, tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "mirrors" / "mirror.git", str(repo))


@pytest.fixture
def worktree(mirror: Mirror, tmp_path: Path) -> Worktree:
    return Worktree(mirror, tmp_path / "trees" / "0")


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


# Addresses


@pytest.mark.parametrize(
    "url",
    [
        "https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git",
        "http://localhost:8080/linux",
        "https://user:p%40ss@example.org/linux.git",
        "git://git.example.org/~user/linux.git",
        "ssh://git@[::1]:22/linux.git",
        "git@example.org:user/linux.git",
        "git@example.org:/srv/linux.git",
        "/",
    ],
)
def test_an_address_of_a_repository_is_accepted(url: str) -> None:
    assert check_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ext::sh -c 'touch /tmp/x'",
        "ext::sh",
        "file:///etc",
        "fd::17",
        "-uhttps://example.org/x",
        "--upload-pack=x",
        "../relative",
        "example.org:linux.git",
        "ssh://-oProxyCommand=x/y",
        "ssh://-oProxyCommand=x@host/y",
        "git@example.org:-x",
        "git@-oProxyCommand=x:y",
        "https://example.org/a b",
        "https://example.org/\n",
        "https://example.org/\x1b[2J",
        "https://exa\u0301mple.org/x",
        "ftp://example.org/linux",
        "https://",
    ],
)
def test_another_address_is_refused_with_what_is_allowed(url: str) -> None:
    with pytest.raises(InputError, match="use https://"):
        check_url(url)


def test_a_local_address_must_be_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        check_url(str(tmp_path / "none"))


def test_a_hostile_address_runs_nothing(tmp_path: Path) -> None:
    url = f"ext::sh -c touch% {tmp_path}/written"
    with pytest.raises(InputError):
        Mirror(tmp_path / "m.git", url).update("main")
    assert list(tmp_path.iterdir()) == []


# Mirrors


def test_a_mirror_follows_its_repository(repo: Path, mirror: Mirror) -> None:
    mirror.update("main")
    git(repo, "tag", "v1")
    git(repo, "branch", "topic")
    new = commit(repo, "new", a="2\n")
    mirror.update("main")
    assert mirror.head("main") == new
    git(repo, "tag", "--delete", "v1")
    git(repo, "branch", "--delete", "topic")
    git(repo, "commit", "--quiet", "--amend", "--message", "rewritten")
    mirror.update("main")
    assert mirror.head("main") == git(repo, "rev-parse", "HEAD")
    assert mirror.tags(mirror.head("main")) == {}
    with pytest.raises(InputError, match="no branch 'topic'"):
        mirror.head("topic")
    assert mirror.resolve(new) == new  # bisections of the old branch go on


def test_a_branch_that_becomes_a_folder_of_branches_is_followed(repo: Path, mirror: Mirror) -> None:
    git(repo, "branch", "topic")
    mirror.update("topic")
    git(repo, "branch", "--delete", "topic")
    git(repo, "branch", "topic/one")
    mirror.update("topic/one")
    assert mirror.resolve("topic/one") == mirror.head("main")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to somebody else")
def test_a_repository_of_somebody_else_is_fetched(repo: Path, mirror: Mirror) -> None:
    for path in (repo, *repo.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    mirror.update("main")
    assert mirror.commit(mirror.head("main")).subject == "base"


@pytest.mark.parametrize("branch", ["none", "", "-x", "main^{tree}", "a b", "--output=x"])
def test_an_unknown_branch_is_the_persons_to_correct(ready: Mirror, branch: str) -> None:
    with pytest.raises(InputError, match="has no branch"):
        ready.head(branch)


def test_an_update_without_the_asked_branch_is_refused(mirror: Mirror) -> None:
    with pytest.raises(InputError, match="has no branch 'none'"):
        mirror.update("none")


def test_a_folder_that_is_no_repository_is_the_persons_to_correct(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    mirror = Mirror(tmp_path / "m.git", str(folder))
    with pytest.raises(InputError, match=r"cannot fetch .*not appear to be a git repository"):
        mirror.update("main")
    assert not mirror.path.exists()


def test_a_repository_that_went_away_is_the_persons_to_correct(repo: Path, mirror: Mirror) -> None:
    mirror.update("main")
    head = mirror.head("main")
    shutil.rmtree(repo)
    with pytest.raises(InputError, match="there is no folder"):
        mirror.update("main")
    assert mirror.head("main") == head


def test_an_unreachable_network_is_our_fault_and_shows_no_password(tmp_path: Path) -> None:
    # Nothing listens on port 1 of this machine.
    mirror = Mirror(tmp_path / "m.git", "http://user:secret@127.0.0.1:1/linux.git")
    with pytest.raises(InfraError, match=r"cannot fetch http://127\.0\.0\.1") as caught:
        mirror.update("main")
    assert "secret" not in str(caught.value)


SCRIPT = """
import sys
from pathlib import Path
from runner.git import Mirror
Mirror(Path(sys.argv[1]) / "m.git", sys.argv[2]).update("main")
"""


def test_a_full_disk_is_our_fault(repo: Path, tmp_path: Path) -> None:
    commit(repo, "big", big=os.urandom(1 << 20).hex())
    disk = tmp_path / "disk"
    disk.mkdir()
    error = on_small_disk(disk, SCRIPT, repo)
    assert error.startswith("runner.errors.InfraError: git fetch: the disk is full: "), error


def test_a_killed_first_fetch_is_started_again(repo: Path, mirror: Mirror) -> None:
    unfinished = mirror.path.with_name(f"{mirror.path.name}.unfinished")
    shutil.copytree(repo / ".git", unfinished)
    shutil.rmtree(unfinished / "objects")
    (unfinished / "refs" / "heads" / "main.lock").touch()
    mirror.update("main")
    assert mirror.commit(mirror.head("main")).subject == "base"
    assert not unfinished.exists()


def test_what_a_killed_fetch_left_does_not_block_the_next(repo: Path, mirror: Mirror) -> None:
    mirror.update("main")
    new = commit(repo, "new")
    left = ["packed-refs.lock", "refs/heads/main.lock", "config.lock", "objects/pack/tmp_pack_x"]
    for name in left:
        (mirror.path / name).touch()
    mirror.update("main")
    assert mirror.head("main") == new
    assert not [name for name in left if (mirror.path / name).exists()]


def test_two_workers_may_update_at_once(repo: Path, mirror: Mirror) -> None:
    failures: list[Exception] = []

    def update() -> None:
        try:
            mirror.update("main")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=update) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert mirror.commit(mirror.head("main")).subject == "base"


def test_a_cancelled_mirror_does_nothing(repo: Path, tmp_path: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    mirror = Mirror(tmp_path / "m.git", str(repo), cancel)
    with pytest.raises(Cancelled):
        mirror.update("main")
    assert not mirror.path.exists()


@pytest.fixture
def silent_server() -> Iterator[socket.socket]:
    """Takes connections of git and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        yield server


def silent_mirror(server: socket.socket, folder: Path, cancel: threading.Event) -> Mirror:
    return Mirror(folder / "m.git", f"git://127.0.0.1:{server.getsockname()[1]}/linux", cancel)


def test_a_fetch_that_hangs_can_be_cancelled(silent_server: socket.socket, tmp_path: Path) -> None:
    cancel = threading.Event()

    def cancel_when_connected() -> None:
        connection, _ = silent_server.accept()
        cancel.set()
        with connection, contextlib.suppress(ConnectionError):
            while connection.recv(1000):  # ends when the client is gone
                pass

    thread = threading.Thread(target=cancel_when_connected)
    thread.start()
    mirror = silent_mirror(silent_server, tmp_path, cancel)
    with pytest.raises(Cancelled):
        mirror.update("main")
    thread.join()
    assert not mirror.path.exists()


def test_a_fetch_that_hangs_ends_at_its_deadline(
    silent_server: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FETCH_SECONDS", 1.0)
    mirror = silent_mirror(silent_server, tmp_path, threading.Event())
    with pytest.raises(InfraError, match="git fetch took longer than 1 s"):
        mirror.update("main")


def test_our_environment_does_not_lead_git_elsewhere(
    repo: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.bare=false'")
    mirror.update("main")
    assert mirror.commit(mirror.head("main")).subject == "base"


def test_a_mirror_and_its_work_tree_may_have_relative_paths(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mirror = Mirror(Path("var/m.git"), str(repo))
    mirror.update("main")
    mirror.update("main")
    worktree = Worktree(mirror, Path("var/trees/0"))
    worktree.checkout(mirror.head("main"))
    worktree.checkout(mirror.head("main"))
    assert content(tmp_path / "var" / "trees" / "0") == {"a": "1\n", "b": "1\n"}


# Commits


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
    with pytest.raises(InputError, match="unknown commit"):
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


# Histories


def merged(repo: Path) -> str:
    """Merge a topic of one commit that started at HEAD's parent."""
    git(repo, "checkout", "--quiet", "-b", "topic", "HEAD~1")
    commit(repo, "topic", topic="1\n")
    git(repo, "checkout", "--quiet", "main")
    git(repo, "merge", "--quiet", "--no-ff", "--no-edit", "topic")
    return git(repo, "rev-parse", "HEAD")


def test_a_range_has_its_commits_with_their_parents(repo: Path, mirror: Mirror) -> None:
    base = git(repo, "rev-parse", "HEAD")
    one = commit(repo, "one", a="2\n")
    merge = merged(repo)
    topic = git(repo, "rev-parse", "topic")
    mirror.update("main")
    parents = mirror.parents(merge, [base])
    assert parents == {merge: (one, topic), one: (base,), topic: (base,)}
    assert next(iter(parents)) == merge
    assert mirror.parents(merge, [one]) == {merge: (one, topic), topic: (base,)}
    assert mirror.parents(merge, [])[base] == ()
    assert mirror.parents(base, [base]) == {}


def test_containment_follows_all_parents(repo: Path, mirror: Mirror) -> None:
    one = commit(repo, "one")
    merge = merged(repo)
    topic = git(repo, "rev-parse", "topic")
    mirror.update("main")
    assert mirror.contains(topic, merge)
    assert mirror.contains(one, one)
    assert not mirror.contains(one, topic)
    assert not mirror.contains(merge, one)
    with pytest.raises(InfraError):
        mirror.contains(UNKNOWN, merge)


def test_tags_name_the_commits_of_a_history(repo: Path, mirror: Mirror) -> None:
    base = git(repo, "rev-parse", "HEAD")
    git(repo, "tag", "v1.0")
    one = commit(repo, "one")
    git(repo, "tag", "--annotate", "--message", "x", "v1.1")
    git(repo, "tag", "--annotate", "--message", "x", "nested", "v1.1")
    git(repo, "tag", "of-a-file", "HEAD:a")
    later = commit(repo, "later")
    git(repo, "tag", "v1.2")
    mirror.update("main")
    assert mirror.tags(one) == {"v1.0": base, "v1.1": one, "nested": one}
    assert mirror.tags(later)["v1.2"] == later


def test_a_long_history_is_read_whole(tmp_path: Path) -> None:
    """15,000 commits, one in ten of them a merge with an older line."""
    count = 15_000
    repo = tmp_path / "long.git"
    repo.mkdir()
    git(repo, "init", "--quiet", "--bare", "--initial-branch=main")
    lines: list[str] = []
    for mark in range(1, count + 1):
        lines += [
            "commit refs/heads/main",
            f"mark :{mark}",
            f"committer x <x@demo.invalid> {1600000000 + mark * 60} +0000",
            "data 1",
            "x",
        ]
        lines += [f"merge :{mark - 7}"] if mark > 10 and mark % 10 == 0 else []
    git(repo, "fast-import", "--quiet", stdin="\n".join([*lines, ""]).encode())
    mirror = Mirror(tmp_path / "m.git", str(repo))
    mirror.update("main")
    parents = mirror.parents(mirror.head("main"), [])
    assert len(parents) == count
    assert sum(len(of) == 2 for of in parents.values()) == count // 10 - 1
    assert next(iter(parents)) == mirror.head("main")
    assert parents[list(parents)[-1]] == ()


# Work trees


def test_a_work_tree_moves_between_commits(repo: Path, mirror: Mirror, worktree: Worktree) -> None:
    one = commit(repo, "one", a="2\n", c="1\n")
    mirror.update("main")
    worktree.checkout(mirror.resolve("main~1"))
    assert content(worktree.path) == {"a": "1\n", "b": "1\n"}
    worktree.checkout(one)
    assert content(worktree.path) == {"a": "2\n", "b": "1\n", "c": "1\n"}
    worktree.checkout(mirror.resolve("main~1"))
    assert content(worktree.path) == {"a": "1\n", "b": "1\n"}


def test_unchanged_files_keep_their_times(repo: Path, mirror: Mirror, worktree: Worktree) -> None:
    one = commit(repo, "one", a="2\n")
    mirror.update("main")
    worktree.checkout(mirror.resolve("main~1"))
    before = {name: (worktree.path / name).stat() for name in "ab"}
    worktree.checkout(one)
    after = {name: (worktree.path / name).stat() for name in "ab"}
    assert after["b"].st_mtime_ns == before["b"].st_mtime_ns
    assert after["b"].st_ino == before["b"].st_ino
    assert after["a"].st_mtime_ns > before["a"].st_mtime_ns


def test_what_a_build_left_in_a_work_tree_is_removed(mirror: Mirror, worktree: Worktree) -> None:
    mirror.update("main")
    head = mirror.head("main")
    worktree.checkout(head)
    (worktree.path / "a").write_text("changed\n")
    (worktree.path / "b").unlink()
    (worktree.path / "b").mkdir()
    (worktree.path / ".gitignore").write_text("*\n")
    nested = worktree.path / "nested"
    nested.mkdir()
    git(nested, "init", "--quiet")
    worktree.checkout(head)
    assert content(worktree.path) == {"a": "1\n", "b": "1\n"}


DAMAGE: dict[str, Callable[[Path, Path], object]] = {
    "an empty index": lambda tree, own: (own / "index").write_bytes(b""),
    "a torn index": lambda tree, own: (own / "index").write_bytes(b"DIRC garbage"),
    "a stale index lock": lambda tree, own: (own / "index.lock").touch(),
    "a stale HEAD lock": lambda tree, own: (own / "HEAD.lock").touch(),
    "an empty HEAD": lambda tree, own: (own / "HEAD").write_text(""),
    "no index": lambda tree, own: (own / "index").unlink(),
    "no git folder": lambda tree, own: shutil.rmtree(own),
    "no tree": lambda tree, own: shutil.rmtree(tree),
    "no link": lambda tree, own: (tree / ".git").unlink(),
    "a false link": lambda tree, own: (tree / ".git").write_text("gitdir: /nonexistent\n"),
    "a false back link": lambda tree, own: (own / "gitdir").write_bytes(b"\xff"),
    "an emptied file": lambda tree, own: (tree / "a").write_text(""),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_work_tree_that_a_crash_broke_is_repaired(
    repo: Path, mirror: Mirror, worktree: Worktree, damage: Callable[[Path, Path], object]
) -> None:
    one = commit(repo, "one", a="2\n")
    mirror.update("main")
    worktree.checkout(mirror.resolve("main~1"))
    damage(worktree.path, mirror.path / "worktrees" / worktree.path.name)
    worktree.checkout(one)
    assert content(worktree.path) == {"a": "2\n", "b": "1\n"}
    worktree.checkout(mirror.resolve("main~1"))
    assert content(worktree.path) == {"a": "1\n", "b": "1\n"}


@pytest.mark.parametrize("lock", ["index.lock", "HEAD.lock"])
def test_a_stale_lock_does_not_cost_the_whole_work_tree(
    repo: Path, mirror: Mirror, worktree: Worktree, lock: str
) -> None:
    one = commit(repo, "one", a="2\n")
    mirror.update("main")
    worktree.checkout(mirror.resolve("main~1"))
    before = (worktree.path / "b").stat()
    (mirror.path / "worktrees" / worktree.path.name / lock).touch()
    worktree.checkout(one)
    assert (worktree.path / "b").stat().st_ino == before.st_ino


def test_an_unknown_commit_is_not_checked_out(mirror: Mirror, worktree: Worktree) -> None:
    mirror.update("main")
    with pytest.raises(InfraError):
        worktree.checkout(UNKNOWN)
    with pytest.raises(InputError):
        worktree.checkout("--output=x")
    worktree.checkout(mirror.head("main"))
    assert content(worktree.path) == {"a": "1\n", "b": "1\n"}


def test_a_repository_around_a_broken_work_tree_is_left_alone(repo: Path, tmp_path: Path) -> None:
    """Our data may lie inside a clone of ours: git must never clean that one instead."""
    around = tmp_path / "around"
    around.mkdir()
    git(around, "init", "--quiet")
    (around / "precious").write_text("x")
    mirror = Mirror(around / "var" / "m.git", str(repo))
    mirror.update("main")
    worktree = Worktree(mirror, around / "var" / "tree")
    worktree.checkout(mirror.head("main"))
    (worktree.path / ".git").unlink()
    shutil.rmtree(mirror.path / "worktrees")
    worktree.checkout(mirror.head("main"))
    assert (around / "precious").read_text() == "x"


def test_two_work_trees_of_a_mirror_are_apart(repo: Path, mirror: Mirror, tmp_path: Path) -> None:
    one = commit(repo, "one", a="2\n")
    mirror.update("main")
    first, second = Worktree(mirror, tmp_path / "0"), Worktree(mirror, tmp_path / "1")
    first.checkout(one)
    second.checkout(mirror.resolve("main~1"))
    mirror.update("main")
    assert content(first.path)["a"] == "2\n"
    assert content(second.path)["a"] == "1\n"


def test_a_tree_cannot_run_hooks_or_filters(
    repo: Path, mirror: Mirror, worktree: Worktree, tmp_path: Path
) -> None:
    hook = f"#!/bin/sh\ntouch {tmp_path}/ran\n"
    attributes = "* filter=evil diff=evil\n"
    config = f'[filter "evil"]\n\tsmudge = touch {tmp_path}/ran\n'
    one = commit(repo, "evil", **{".gitattributes": attributes, ".gitconfig": config})
    mirror.update("main")
    hooks = mirror.path / "hooks"
    hooks.mkdir(exist_ok=True)
    (hooks / "post-checkout").write_text(hook)
    (hooks / "post-checkout").chmod(0o755)
    worktree.checkout(one)
    mirror.show(one)
    assert content(worktree.path)["a"] == "1\n"
    assert not (tmp_path / "ran").exists()
