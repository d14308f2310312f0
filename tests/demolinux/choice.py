"""What is committed to a tree: the changes by hand that fit it, and small ones to fill up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

from runner.errors import InputError
from tests.demolinux import core, headers, inert, kvm
from tests.demolinux.base import Version
from tests.demolinux.change import INTEGRATOR, Change, Edit, Effect, applied
from tests.demolinux.culprits import CULPRITS, Planted
from tests.demolinux.places import Read, built_areas, small_changes, unbuilt_areas
from tests.demolinux.plan import Changes

COMMITS = 64
"""On top of the base, merges and the release included."""
UNBUILT_SHARE = 0.5
OLD_BRANCH = "cleanup"
OLD_BRANCH_CHANGES = 3

TOPICS = {"kvm": kvm.TOPIC, "mm": core.TOPIC, "docs": inert.TOPIC}
PAIRS = (core.BUILD_PAIR, core.BOOT_PAIR)
SINGLES = (*kvm.SINGLES, *core.SINGLES, *inert.SINGLES, *headers.SINGLES)
BY_HAND = (
    *(planted.change for planted in CULPRITS),
    *(change for changes in TOPICS.values() for change in changes),
    *(change for pair in PAIRS for change in pair),
    *SINGLES,
)
EDITED = frozenset(edit.path for change in BY_HAND for edit in change.edits) | {"Makefile"}


def planted(seed: int, texts: Mapping[str, str]) -> Planted:
    """The seed's culprit among those that the tree has the places for; `InputError` if none."""
    reasons = {one: unfit((one.change,), texts) for one in CULPRITS}
    fitting = [one for one, reason in reasons.items() if not reason]
    if not fitting:
        raise InputError(f"nothing can be planted in this tree: {'; '.join(reasons.values())}")
    return fitting[seed % len(fitting)]


def choose(
    seed: int, culprit: Planted, version: Version, paths: Iterable[str], read: Read
) -> Changes:
    """All changes of a seed; files that are edited are read through `read`."""
    texts = texts_of(EDITED, read)
    fitting = {name: _fitting(changes, texts) for name, changes in TOPICS.items()}
    topics = {name: changes for name, changes in fitting.items() if changes}
    pairs = tuple(pair for pair in PAIRS if not unfit(pair, texts))
    singles = _fitting(SINGLES, texts)
    by_hand = [*(change for changes in topics.values() for change in changes), *singles]
    merges = len(topics) + 1
    small = _small(seed, COMMITS - len(by_hand) - 2 * len(pairs) - merges - 2, by_hand, paths, read)
    return Changes(
        culprit=culprit.change,
        topics=topics | {OLD_BRANCH: small[:OLD_BRANCH_CHANGES]},
        culprit_topic="kvm",
        old_topic=OLD_BRANCH,
        singles=(*singles, *small[OLD_BRANCH_CHANGES:]),
        pairs=pairs,
        release=release(version),
    )


def _small(
    seed: int, count: int, by_hand: Iterable[Change], paths: Iterable[str], read: Read
) -> tuple[Change, ...]:
    """So many changes, as many of them to what is not built as the share asks for."""
    random = Random(f"small changes of {seed}")
    known = frozenset(paths)
    inert_by_hand = sum(change.effect is Effect.INERT for change in by_hand)
    unbuilt = min(count, max(0, round(COMMITS * UNBUILT_SHARE) - inert_by_hand))
    found = [
        *small_changes(random, unbuilt, unbuilt_areas(known), read, EDITED),
        *small_changes(random, count - unbuilt, built_areas(known, read), read, EDITED),
    ]
    random.shuffle(found)
    return tuple(found)


def release(version: Version) -> Change:
    """The commit of the next release, whichever point release or candidate the tree is."""
    major, minor = version.next.split(".")
    lines = f"VERSION = {major}\nPATCHLEVEL = {minor}\nSUBLEVEL = 0\nEXTRAVERSION =\n"
    return Change(
        key="release",
        author=INTEGRATOR,
        subject=f"Linux {version.next}",
        body="A release of the demo's own.",
        edits=(Edit("Makefile", version.text, lines),),
        tag=f"v{version.next}",
    )


def texts_of(paths: Iterable[str], read: Read) -> dict[str, str]:
    """The files of these that are there."""
    found = {path: read(path) for path in sorted(paths)}
    return {path: text for path, text in found.items() if text is not None}


def unfit(changes: Iterable[Change], texts: Mapping[str, str]) -> str:
    """Why these changes cannot be made to the files, one after the other; empty if they can."""
    now = dict(texts)
    try:
        for change in changes:
            now.update(applied(change, now))
    except InputError as error:
        return str(error)
    return ""


def _fitting(changes: Iterable[Change], texts: Mapping[str, str]) -> tuple[Change, ...]:
    return tuple(change for change in changes if not unfit((change,), texts))
