"""Which release tags are worth a test when no good commit is known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from runner.values import Sha

RELEASE = re.compile(r"v(\d+)\.(\d+)(?:\.(\d+))?")


def _number(tag: str) -> tuple[int, int, int] | None:
    match = RELEASE.fullmatch(tag)
    return None if match is None else (int(match[1]), int(match[2]), int(match[3] or -1))


def is_release(tag: str) -> bool:
    return _number(tag) is not None


def pick_releases(tags: Iterable[str]) -> list[str]:
    """The releases to walk, newest first, by syzkaller's rule (`pickReleaseTags`).

    Of the point releases ahead of the first vX.Y the two newest, and the middle one of more than
    five. Then vX.Y by position: the first three, every second up to the tenth, every third after
    that, and always the oldest. Tags with a suffix such as -rc1 are no releases. Syzkaller's
    floor (v4.19) is its disk image's; kernels here boot an initramfs and need none.
    """
    numbers = {tag: number for tag in tags if (number := _number(tag))}
    newest = sorted(numbers, key=lambda tag: numbers[tag], reverse=True)
    major = [tag for tag in newest if numbers[tag][2] < 0]
    ahead = newest[: newest.index(major[0])] if major else newest
    points = ahead[:2] if len(ahead) <= 5 else [*ahead[:2], ahead[len(ahead) // 2]]
    last = len(major) - 1
    return points + [tag for i, tag in enumerate(major) if _is_picked(i) or i == last]


def _is_picked(position: int) -> bool:
    if position <= 2:
        return True
    return position % 2 == 0 if position <= 10 else position % 3 == 0


def releases_before(tags: Mapping[str, Sha], start: Sha) -> dict[str, Sha]:
    """The picked releases among `tags` (all contained in `start`), newest first."""
    older = {tag: sha for tag, sha in tags.items() if sha != start}
    return {tag: older[tag] for tag in pick_releases(older)}
