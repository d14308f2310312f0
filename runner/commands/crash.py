"""`python -m runner crash`: what the first crash of each console log is."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

from runner.commands.status import Status
from runner.console import guilty_file, read_crashes
from runner.values import Crash

STANDARD_INPUT = "-"


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    status = Status.FOUND
    for name in options.files:
        try:
            with _opened(name) as stream:
                crash = next(read_crashes(stream), None)
        except OSError as error:
            print(f"{name}: {error.strerror}", file=sys.stderr)
            status = Status.TROUBLE
        else:
            print(json.dumps(_fields(name, crash)) if options.json else _line(name, crash))
    return status


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m runner crash", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a console log; - reads the input")
    parser.add_argument("--json", action="store_true", help="a line of JSON for each log")
    return parser.parse_args(arguments)


def _opened(name: str) -> nullcontext[BinaryIO] | BinaryIO:
    return nullcontext(sys.stdin.buffer) if name == STANDARD_INPUT else Path(name).open("rb")


def _line(name: str, crash: Crash | None) -> str:
    if crash is None:
        return f"{name}: no crash"
    flags = [flag for flag in ("corrupted", "suppressed", "panicked") if getattr(crash, flag)]
    notes = ", ".join([*filter(None, [crash.type]), *flags, f"byte {crash.start}"])
    return f"{name}: {crash.title} ({notes})"


def _fields(name: str, crash: Crash | None) -> dict[str, object]:
    """The object of one log. All fields are there without a crash, too; its title is null."""
    found = crash or Crash("", "")
    return {
        "file": name,
        "title": found.title or None,
        "alt_titles": found.alt_titles,
        "type": found.type,
        "frame": found.frame,
        "corrupted": found.corrupted,
        "suppressed": found.suppressed,
        "panicked": found.panicked,
        "guilty_file": guilty_file(found.report),
        "start": found.start,
        "end": found.end,
        "report": found.report,
    }
