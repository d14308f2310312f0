"""`python -m tests.crashlogs.fuzz`: look for consoles that the reader fails on or is slow with.

Guided by coverage, from the example logs on: `make fuzz`. What fails is kept beside the folder of
the corpus; give such a file as an argument to read it again.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["runner.console"]):
    from runner.console.formats import OOPSES
    from tests.crashlogs.examples import LOGS
    from tests.crashlogs.invariants import read

LONGEST = 1 << 16
"""Bytes of a console, several times a report."""
UNIT_SECONDS = 10
"""A console of that length takes a few milliseconds; under the instrumentation some tens."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.crashlogs.fuzz", description=__doc__)
    parser.add_argument("corpus", type=Path, help="a folder that keeps what was found between runs")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("failed", nargs="*", type=Path, help="consoles to read again, and no more")
    options = parser.parse_args()
    if options.failed:
        for path in options.failed:
            print(path, read(path.read_bytes()))
        return
    options.corpus.mkdir(parents=True, exist_ok=True)
    words = options.corpus.with_suffix(".words")
    words.write_text("".join(f"{json.dumps(oops.header)}\n" for oops in OOPSES))
    limits = {
        "dict": words,
        "max_total_time": options.seconds,
        "max_len": LONGEST,
        "timeout": UNIT_SECONDS,
        "rss_limit_mb": 2048,
        "artifact_prefix": f"{options.corpus.absolute()}-",
    }
    flags = [f"-{name}={value}" for name, value in limits.items()]
    atheris.Setup([sys.argv[0], *flags, str(options.corpus), str(LOGS)], read_unit)
    atheris.Fuzz()


def read_unit(console: bytes) -> None:
    read(console)


if __name__ == "__main__":
    main()
