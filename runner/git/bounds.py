"""Where a range begins: the commit of a title, and the commit where two histories part."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from runner.errors import InputError
from runner.git.mirror import Mirror
from runner.values import Sha

WINDOW = timedelta(days=5 * 365)
"""A title is looked for among the commits of so many years (syzkaller's `fetchCommitByTitle`)."""
MOST_NAMED = 5
# What maintainers of downstream trees put before the title of a commit that they take over.
PREFIX = re.compile(
    r"^(?:(?:UPSTREAM|CHROMIUM|FROMLIST|FROMGIT|BACKPORT|net-backports)\s*:\s*)+", re.IGNORECASE
)


def bare_title(title: str) -> str:
    """A title without the prefixes of downstream trees, and without space around it."""
    return PREFIX.sub("", " ".join(title.split()), count=1)


def find_title(mirror: Mirror, head: Sha, title: str) -> Sha:
    """The commit in the history of `head` that has this title; `InputError` when none or several
    of the last years have.
    """
    wanted = bare_title(title)
    since = datetime.now(UTC) - WINDOW
    titled = mirror.subjects(head, wanted, since) if wanted else []
    found = [sha for sha, subject in titled if bare_title(subject) == wanted]
    if not found:
        raise InputError(f"no commit of the branch since {since:%B %Y} has the title {wanted!r}")
    if len(found) > 1:
        some = ", ".join(sha[:12] for sha in found[:MOST_NAMED])
        raise InputError(
            f"{len(found)} commits have the title {wanted!r}: {some}; give one of them"
        )
    return found[0]


def merge_base(mirror: Mirror, one: Sha, other: Sha) -> Sha:
    """The newest commit that both histories have; `InputError` when there is none, or several."""
    bases = mirror.merge_bases(one, other)
    if len(bases) == 1:
        return bases[0]
    between = f"{one} and {other}"
    if not bases:
        raise InputError(f"the histories of {between} have nothing in common")
    some = ", ".join(sha[:12] for sha in bases[:MOST_NAMED])
    raise InputError(
        f"{between} have {len(bases)} merge bases, {some}; give a good commit that is in the"
        " history of the bad one"
    )
