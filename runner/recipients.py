"""Who hears of a culprit, and why: what `scripts/get_maintainer.pl` says, and the commit itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from runner.contacts import Contact, checked, contact, parts, plain_name
from runner.values import Commit, Header, Recipient, Recipients

MOST = 30
"""People and lists that one mail goes to."""
MOST_CONSIDERED = 1000
"""A commit's message can hold any number of trailers."""

_DEEDS = "signed-off|reviewed|acked|tested|reported"
TRAILER = re.compile(
    rf"^((?:{_DEEDS})(?:(?:-and|/)-?(?:{_DEEDS}))*)-by:[ \t]*(.+)$", re.MULTILINE | re.IGNORECASE
)
DEED = {
    "signed-off": "signed off the culprit",
    "reviewed": "reviewed the culprit",
    "acked": "acked the culprit",
    "tested": "tested the culprit",
    "reported": "reported what the culprit is about",
}
# Sections have commas in their names; these roles come from git's history.
NEXT_ROLE = re.compile(
    r",(?=(?:commit_signer|authored|added_lines|removed_lines|blamed_fixes):|in file\b)"
)
SHARE = re.compile(r"(\w+):(\d+)/(\d+)=\d+%")
HISTORY = {
    "commit_signer": "signed {} of {} recent commits to what the culprit changes",
    "authored": "wrote {} of {} recent commits to what the culprit changes",
    "blamed_fixes": "signed a commit that the culprit says it fixes",
}
# The list of everything: told only when there is no nearer one.
CATCH_ALL = "linux-kernel@vger.kernel.org"
THE_REST = "THE REST"


class Rank(IntEnum):
    """How near somebody is to the culprit. Who is furthest is left out first."""

    AUTHOR = 0
    LIST = 1
    """Everybody of a section reads it, and the world can."""
    MAINTAINER = 2
    TRAILER = 3
    REVIEWER = 4
    CRASH = 5
    """Of the file where it crashed, and not of what the culprit changes."""
    KEYWORD = 6
    """A word of the patch matched."""
    HISTORY = 7
    REST = 8
    """Of everything that nobody else is named for."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One reason why somebody should be told."""

    who: Contact
    header: Header
    rank: Rank
    reason: str
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What the tree's script printed, of the culprit's patch and of the file where it crashed."""

    patch: str = ""
    crash: str = ""
    note: str = ""
    """What is missing from it, and why; empty when nothing is."""


def candidates(said: Said, commit: Commit) -> list[Candidate]:
    """Everybody with each reason: the script's people in its order, the author, the trailers'."""
    author = checked(commit.author, commit.author_email)
    patch = list(_script(said.patch))
    known = {(one.who.key, one.reason) for one in patch}
    crash = [one for one in _script(said.crash) if (one.who.key, one.reason) not in known]
    found = [
        *patch,
        *map(_of_the_crash, crash),
        *([Candidate(author, Header.TO, Rank.AUTHOR, "author of the culprit")] if author else []),
        *_trailers(commit.message),
    ]
    return found[:MOST_CONSIDERED]


def choose(
    found: Iterable[Candidate],
    *,
    mailmap: Mapping[Contact, Contact | None] | None = None,
    never: Collection[str] = (),
    most: int = MOST,
    note: str = "",
) -> Recipients:
    """Each person once, with all reasons: those who are asked in To, the others in Cc.

    `mailmap` says who somebody is today; None: an address that nobody reads. An address of
    `never` is not written to, nor whoever it belongs to now. Of more than `most` people the
    nearest stay.
    """
    refused = {address.lower() for address in never}
    known = mailmap or {}
    people: dict[str, list[Candidate]] = {}
    for one in found:
        now = known.get(one.who, one.who)
        if now and refused.isdisjoint((one.who.key, now.key)):
            people.setdefault(now.key, []).append(replace(one, who=now))
    wanted = _without_catch_all(people.values())
    nearest = sorted(range(len(wanted)), key=lambda i: min(one.rank for one in wanted[i]))
    kept = [_recipient(wanted[i]) for i in sorted(nearest[:most])]
    if dropped := len(wanted) - len(kept):
        more = f"{dropped} of {len(wanted)} are left out: a mail goes to {most} at most"
        note = f"{note}; {more}" if note else more
    return Recipients(tuple(sorted(kept, key=lambda one: one.header != Header.TO)), note)


def _without_catch_all(people: Iterable[list[Candidate]]) -> list[list[Candidate]]:
    """Without the list of everything, where there is another list."""
    everybody = list(people)
    rest = [reasons for reasons in everybody if not _is_catch_all(reasons)]
    return rest if any(one.is_list for reasons in rest for one in reasons) else everybody


def _is_catch_all(reasons: Iterable[Candidate]) -> bool:
    return all(one.is_list and one.rank == Rank.REST for one in reasons)


def _recipient(reasons: list[Candidate]) -> Recipient:
    name = next((one.who.name for one in reasons if one.who.name), "")
    header = Header.TO if any(one.header == Header.TO for one in reasons) else Header.CC
    words = "; ".join(dict.fromkeys(one.reason for one in reasons))
    return Recipient(reasons[0].who.address, name, header, words)


def _script(output: str) -> Iterator[Candidate]:
    """What lines such as `A Name <a@b.c> (maintainer:KVM (x86),commit_signer:3/4=75%)` say."""
    for line in output.splitlines():
        name, address, said = parts(line)
        if who := checked(name, address):
            roles = NEXT_ROLE.split(said.strip().removeprefix("(").removesuffix(")"))
            yield from (one for role in roles if (one := _role(who, role)))


def _role(who: Contact, role: str) -> Candidate | None:
    if share := SHARE.match(role):
        words = HISTORY.get(share[1], "").format(share[2], share[3])
        return Candidate(who, Header.CC, Rank.HISTORY, words) if words else None
    duty, _, section = role.partition(":")
    section, keyword, _ = section.partition(":Keyword:")
    if duty.endswith(" list"):
        return _list(who, duty.removeprefix("open "), section, keyword)
    asked = duty in ("maintainer", "supporter")
    rank = Rank.MAINTAINER if asked else Rank.REVIEWER
    rank = Rank.KEYWORD if keyword else Rank.REST if section == THE_REST else rank
    words = f"{duty} of {section}" if section else duty or "named by the tree's script"
    return Candidate(who, Header.TO if asked else Header.CC, rank, plain_name(words))


def _list(who: Contact, duty: str, section: str, keyword: str) -> Candidate:
    everything = not section or who.key == CATCH_ALL
    rank = Rank.REST if everything else Rank.KEYWORD if keyword else Rank.LIST
    reason = plain_name(f"{duty} of {section or 'everything'}")
    return Candidate(who, Header.CC, rank, reason, is_list=True)


def _of_the_crash(one: Candidate) -> Candidate:
    reason = one.reason.replace(" to what the culprit changes", "")
    return replace(one, rank=max(one.rank, Rank.CRASH), reason=f"{reason}, where it crashed")


def _trailers(message: str) -> Iterator[Candidate]:
    for match in TRAILER.finditer(message):
        who = contact(match[2])
        for deed in re.findall(_DEEDS, match[1].lower()):
            if who:
                yield Candidate(who, Header.CC, Rank.TRAILER, DEED[deed])
