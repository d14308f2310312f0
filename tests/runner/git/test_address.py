"""Addresses of repositories, friendly and hostile ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.errors import InfraError, InputError
from runner.git import Mirror, check_url, public


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


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org/a@b.git", "https://example.org/a@b.git"),
        ("https://user:p%40ss@example.org/linux.git", "https://example.org/linux.git"),
        ("https://ghp_token@example.org/linux.git", "https://example.org/linux.git"),
        ("ssh://git@example.org/linux.git", "ssh://git@example.org/linux.git"),
        ("ssh://git:secret@example.org/linux.git", "ssh://git@example.org/linux.git"),
        ("git@example.org:user/linux.git", "git@example.org:user/linux.git"),
        ("/srv/https://user:word@linux", "/srv/https://user:word@linux"),
        ("", ""),
    ],
)
def test_what_everybody_reads_of_an_address_holds_no_secret(url: str, shown: str) -> None:
    assert public(url) == shown


def test_what_git_says_of_an_address_holds_no_secret(tmp_path: Path) -> None:
    url = "https://user:hunter2@127.0.0.1:1/linux.git"
    with pytest.raises(InfraError, match=r"cannot fetch https://127\.0\.0\.1:1/linux\.git") as told:
        Mirror(tmp_path / "m.git", url).update("main")
    assert "hunter2" not in str(told.value)
