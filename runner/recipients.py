"""Who hears of a culprit: from `scripts/get_maintainer.pl` and the commit's own trailers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from runner.values import Commit, Recipients

PERSON = re.compile(r"(?:(?P<name>[^<>]*?)\s*<)?(?P<address>[^\s<>@()]+@[^\s<>@()]+)>?")
TRAILER = re.compile(
    r"^(?:Signed-off-by|Reviewed-by|Acked-by|Tested-by|Reported-by): *(.+)$", re.MULTILINE
)
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
# The list of everything: told only when nobody nearer is known.
CATCH_ALL = "linux-kernel@vger.kernel.org"
# Mail to it means "backport this", which nobody asked for; the others do not read mail.
NEVER = re.compile(r"stable@|(?:no-?reply|do-?not-?reply)[@+]|@(?:\S+\.)?noreply\.", re.IGNORECASE)


def recipients(maintainers: str, commit: Commit, note: str = "") -> Recipients:
    """To: maintainers, supporters and the author; Cc: lists, reviewers and the trailers' people.

    `maintainers` is the script's output; `note` says what is missing from it.
    """
    lines = [parsed for line in maintainers.splitlines() if (parsed := _line(line))]
    to = [address for address, role in lines if role.startswith(("maintainer", "supporter"))]
    cc = [address for address, role in lines if not role.startswith(("maintainer", "supporter"))]
    if nearer := [address for address in cc if address != CATCH_ALL]:
        cc = nearer
    to_all = _unique([*to, *_addresses([commit.author_email])])
    cc_all = _unique([*cc, *_addresses(TRAILER.findall(commit.message))])
    return Recipients(to_all, tuple(a for a in cc_all if a not in to_all), note)


def _line(line: str) -> tuple[str, str] | None:
    """Address and role of a line such as `A Name <a@b.c> (maintainer:KVM (x86))`."""
    match = PERSON.match(line.strip())
    if match is None or not _is_wanted(match["address"]):
        return None
    return match["address"], line[match.end() :].strip().removeprefix("(")


def _addresses(people: Iterable[str]) -> Iterator[str]:
    for person in people:
        match = PERSON.search(person)
        if match is not None and _is_wanted(match["address"]):
            yield match["address"]


def _is_wanted(address: str) -> bool:
    return ADDRESS.fullmatch(address) is not None and NEVER.search(address) is None


def _unique(addresses: Iterable[str]) -> tuple[str, ...]:
    """Each address once, in order; capitals do not make another person."""
    first: dict[str, str] = {}
    for address in addresses:
        first.setdefault(address.lower(), address)
    return tuple(first.values())
