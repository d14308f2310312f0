"""Links from the places in a crash report to a tree's files on the web, at the tested commit; and
which addresses lead anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from django.core.exceptions import ValidationError
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from runner.console.guilty import mentions

SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
WORDS = {"path", "sha", "line"}
WORD = re.compile(r"\{([^{}]*)\}")
ORDINARY = re.compile(r"[!#-;=?-\[\]_a-z~]*")
"""What an address is written in: no space, no quote, no bracket of HTML."""
EXAMPLES = (
    "cgit: https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git"
    "/tree/{path}?id={sha}#n{line}; GitHub: https://github.com/torvalds/linux/blob/{sha}/{path}"
    "#L{line}; GitLab: https://gitlab.com/GROUP/PROJECT/-/blob/{sha}/{path}#L{line}"
)


def validate_web_url(pattern: str) -> None:
    """A whole http address with {path} and {sha} in it, perhaps {line}, behind the host."""
    words = WORD.findall(pattern)
    host, _, rest = pattern.partition("://")[2].partition("/")
    if urlsplit(pattern).scheme not in ("http", "https") or not host or set(host) & set("{}@"):
        raise ValidationError("Give a whole address, such as https://git.kernel.org/...")
    if not {"path", "sha"} <= set(words) or set(words) - WORDS:
        raise ValidationError("The address needs {path} and {sha}; {line} is known, too.")
    if not ORDINARY.fullmatch(WORD.sub("", rest)):
        raise ValidationError("The address has signs in it that do not belong into one.")


def is_reachable(address: str) -> bool:
    """Whether the host of an address may be one for everybody, not just for one machine or room."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(".localhost")


@dataclass(frozen=True, slots=True)
class WebTree:
    """A tree on the web, at one commit."""

    pattern: str
    """As `validate_web_url` takes it."""
    sha: str

    def url(self, path: str, line: int) -> str:
        values = {"path": quote(path), "sha": self.sha, "line": str(line)}
        return WORD.sub(lambda word: values[word[1]], self.pattern)

    @property
    def root(self) -> str:
        """The address of all its files. GitHub and GitLab show a folder by another word."""
        files = self.pattern.partition("#")[0].replace("/blob/", "/tree/", 1)
        return WebTree(files, self.sha).url("", 1)


def web_tree(pattern: str, sha: str) -> WebTree | None:
    """None where no address can be made: no pattern, or no full name of a commit."""
    return WebTree(pattern, sha) if pattern and SHA.fullmatch(sha) else None


def linked(text: str, web: WebTree | None, shown: Callable[[str], str]) -> SafeString:
    """The text as HTML, each place in the source a link; `shown` is put around all of it."""
    if web is None:
        return escape(shown(text))
    pieces: list[SafeString] = []
    end = 0
    for place in mentions(text):
        address = web.url(place.path, place.line)
        pieces.append(escape(shown(text[end : place.start])))
        words = shown(text[place.start : place.end])
        pieces.append(format_html('<a href="{}" rel="nofollow noreferrer">{}</a>', address, words))
        end = place.end
    pieces.append(escape(shown(text[end:])))
    return format_html_join("", "{}", ((piece,) for piece in pieces))
