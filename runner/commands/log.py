"""`python -m runner log`: read bisection logs, syzbot's or ours."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from runner.commands.status import Status
from runner.log import Log, parse, render
from runner.log.as_json import as_json

SHOWN = 200
"""Bytes of a line that are shown where it differs."""


def main(arguments: Sequence[str]) -> int:
    """Exit status 0: all is well; 1: a log is not written as it was read; 2: a file is missing."""
    options = argparse.ArgumentParser(prog="python -m runner log", description=__doc__)
    what = options.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--check",
        action="store_true",
        help="write each log from its values, and compare the bytes with what was read",
    )
    what.add_argument("--json", action="store_true", help="print the values, a line for each log")
    options.add_argument("files", metavar="FILE", nargs="+", type=Path)
    asked = options.parse_args(arguments)
    status = 0
    for path in asked.files:
        try:
            content = path.read_bytes()
        except OSError as error:
            print(f"{path}: {error.strerror}", file=sys.stderr)
            status = Status.TROUBLE
            continue
        log = parse(content)
        if asked.json:
            print(json.dumps({"file": str(path), **as_json(log)}))
        elif where := difference(content, written(log)):
            print(f"{path}: {where}")
            status = status or 1
    return status


def written(log: Log) -> bytes:
    return render(log).encode("utf-8", "surrogateescape")


def difference(read: bytes, wrote: bytes) -> str:
    """The first line that differs; empty when none does."""
    if read == wrote:
        return ""
    pairs = zip_longest(read.split(b"\n"), wrote.split(b"\n"))
    number, (one, other) = next(pair for pair in enumerate(pairs, 1) if pair[1][0] != pair[1][1])
    return f"line {number} is {_shown(one)}, written {_shown(other)}"


def _shown(line: bytes | None) -> str:
    return "missing" if line is None else repr(line[:SHOWN])[1:]
