"""Writes bisection logs of our own making for the tests of the score."""

from __future__ import annotations

from collections.abc import Sequence

BUG = "WARNING in demo_leave_nested"
STACKS = {BUG: "demo_leave_nested+0x10/0x20 drivers/demo/nested.c:12\n"}
"""Of crashes that are shown at the end of a log."""
BAD = (f"crashed: {BUG}",) * 10
GOOD = ("OK",) * 10


def sha(number: int) -> str:
    return f"{number:040x}"


def block(number: int, runs: Sequence[str], signature: str = "") -> str:
    lines = [f"testing commit {sha(number)} gcc", f"kernel signature: {signature or number:064}"]
    lines += [f"run #{index}: {words}" for index, words in enumerate(runs)]
    return "\n".join(lines) + "\n"


def log(
    releases: Sequence[tuple[str, Sequence[str]]],
    halving: Sequence[tuple[str, Sequence[str]]],
    *,
    start: Sequence[str] = BAD,
    subject: str = "demo: leave nested mode",
    changed: str = "drivers/demo/nested.c",
    parent: str = "f" * 64,
) -> str:
    """Of a cause; the culprit is the last revision of `halving` that was bad.

    Start is revision 1, the releases come next, each with its name, then the range's revisions,
    each with what git was told of it.
    """
    lines = [f"bisecting cause commit starting from {sha(1)}\n", block(1, start)]
    for number, (name, runs) in enumerate(releases, 2):
        lines += [f"testing release {name}\n", block(number, runs)]
    first = 2 + len(releases)
    lines.append(f"# git bisect start {sha(first - 2)} {sha(first - 1)}\n")
    culprit, shown = first - 2, ([start, *(runs for _, runs in releases)])[-2]
    for number, (told, runs) in enumerate(halving, first):
        lines += [block(number, runs), f"# git bisect {told} {sha(number)}\n"]
        culprit, shown = (number, runs) if told == "bad" else (culprit, shown)
    title = next(words for words in shown if words != "OK").removeprefix("crashed: ")
    return "".join(lines) + (
        f"{sha(culprit)} is the first bad commit\ncommit {sha(culprit)}\n"
        "Author: A Role <role@demo.invalid>\nDate:   Thu Feb 28 12:02:52 2019 +0100\n\n"
        f"    {subject}\n\n {changed} | 5 +++--\n 1 file changed, 3 insertions(+), 2 deletions(-)\n"
        f"culprit signature: {culprit:064}\nparent  signature: {parent}\n"
        "revisions tested: 9, total time: 1h2m3s (build: 30m0s, test: 32m3s)\n"
        f"first bad commit: {sha(culprit)} {subject}\n"
        'recipients (to): ["a@demo.invalid"]\nrecipients (cc): []\n'
        f"crash: {title}\n{STACKS.get(title, '')}"
    )
