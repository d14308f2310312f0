"""What reading bisection logs costs: `python -m bench.log FOLDER`.

Prints the speed of the parser in processor time, how many logs are written as they were read, and
which share of their lines became values of their own. The rest is text: reports of crashes, output
of compilers and of ssh, what git said beyond its commands, and lines that no form has.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from runner.log import Log, parse, render, render_entries
from runner.log.entries import BuildOutput, CrashReport, Entry, GitOutput, Unknown

TEXTS = (BuildOutput, GitOutput, Unknown)
TIMES = 5


def main(arguments: Sequence[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.log", description=__doc__)
    options.add_argument("folder", type=Path)
    files = sorted(options.parse_args(arguments).folder.glob("*.txt"))
    if not files:
        print("there is no *.txt", file=sys.stderr)
        return 2
    print(table([path.read_bytes() for path in files]))
    return 0


def table(contents: Sequence[bytes]) -> str:
    logs = [parse(content) for content in contents]
    pairs = zip(logs, contents, strict=True)
    equal = sum(render(log).encode("utf-8", "surrogateescape") == content for log, content in pairs)
    size = sum(map(len, contents)) / 1e6
    lines = shares(logs)
    rows = [
        f"{len(logs)} logs, {size:.1f} MB: {size / seconds(contents):.1f} MB/s, {equal} equal\n",
        "| lines | number | share |",
        "| --- | --- | --- |",
    ]
    for name, count in lines.most_common():
        rows.append(f"| {name} | {count} | {100 * count / lines.total():.2f} % |")
    return "\n".join(rows)


def seconds(contents: Sequence[bytes]) -> float:
    """The least of some, for what else the machine does only adds to it."""
    took = []
    for _ in range(TIMES):
        began = time.process_time()
        for content in contents:
            parse(content)
        took.append(time.process_time() - began)
    return min(took)


def shares(logs: Sequence[Log]) -> Counter[str]:
    """How many lines are values, and how many of each kind of text there are."""
    lines: Counter[str] = Counter()
    for log in logs:
        for entry in log.entries:
            text = _text(entry).count("\n")
            lines[_name(entry)] += text
            lines["values"] += render_entries([entry]).count("\n") - text
    return +lines


def _text(entry: Entry) -> str:
    if isinstance(entry, TEXTS):
        return entry.text
    more: str = getattr(entry, "more", "")
    return more


def _name(entry: Entry) -> str:
    if isinstance(entry, TEXTS):
        return type(entry).__name__
    return "report" if isinstance(entry, CrashReport) else f"below {type(entry).__name__}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
