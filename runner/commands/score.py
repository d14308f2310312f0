"""`python -m runner score`: whether the culprits of bisection logs can be trusted."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from runner.commands.status import Status
from runner.log import parse
from runner.score import Change, Score, score, today

STANDARD_INPUT = "-"


def main(arguments: Sequence[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m runner score", description=__doc__)
    options.add_argument("--json", action="store_true", help="one JSON object a line")
    options.add_argument("files", nargs="+", metavar="FILE", help="a log; - is standard input")
    asked = options.parse_args(arguments)
    status = 0
    for file in asked.files:
        try:
            content = _content(file)
        except OSError as error:
            print(f"{file}: {error.strerror}", file=sys.stderr)
            status = Status.TROUBLE
            continue
        log = parse(content)
        scored = score(log)
        if asked.json:
            print(json.dumps({"file": file, **_values(scored)}))
        else:
            print("\n".join([_line(file, scored), *map(_changed, today(log))]))
    return status


def _content(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == STANDARD_INPUT else Path(file).read_bytes()


def _values(scored: Score) -> Mapping[str, str | float | None]:
    chance = scored.probability
    return {
        "probability": None if chance is None else round(chance, 4),
        "verdict": scored.verdict,
        "doubtful": scored.doubtful,
        "reason": scored.reason,
    }


def _line(file: str, scored: Score) -> str:
    chance = "no culprit" if scored.probability is None else f"{100 * scored.probability:.0f} %"
    return f"{file}: {scored.verdict}, {chance}: {scored.reason}"


def _changed(change: Change) -> str:
    name = change.release or change.sha[:12]
    return f"  {name} was {change.then}, by syzkaller's rules of today it is {change.now}"
