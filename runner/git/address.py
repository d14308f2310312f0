"""Addresses of repositories: which of them git may be given."""

from __future__ import annotations

import re
from pathlib import Path

from runner.errors import InputError

REMOTE = re.compile(
    r"(?:https?|git|ssh)://(?:\w[\w.%+:~-]*@)?(?:\w[\w.-]*|\[[0-9A-Fa-f:.]+\])(?::\d+)?/[!-~]*",
    re.ASCII,
)
SCP = re.compile(r"\w[\w.-]*@\w[\w.-]*:(?!-)[!-~]+", re.ASCII)
SECRET = re.compile(r"(?P<web>^https?://)[^/@]*@|(?P<name>^(?:git|ssh)://[^/@:]*):[^/@]*(?=@)")
URL_HELP = "use https://, http://, git://, ssh://, user@host:path or the absolute path of a folder"


def check_url(url: str) -> str:
    """The address itself when git may be given it; else `InputError` that says what is allowed."""
    if REMOTE.fullmatch(url) or SCP.fullmatch(url) or _is_local(url):
        return url
    if url.startswith("/") and url.isprintable():
        raise InputError(f"there is no folder {url}")
    raise InputError(f"cannot use {url!r} as the address of a repository: {URL_HELP}")


def _is_local(url: str) -> bool:
    return url.startswith("/") and url.isprintable() and Path(url).is_dir()


def public(url: str) -> str:
    """An address as everybody may read it: without its password, and without the name for a web
    server, which may be a token.
    """
    return SECRET.sub(lambda found: found["web"] or found["name"], url)
