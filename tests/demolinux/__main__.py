"""`python -m tests.demolinux OUT_DIR`: generate the Linux tree of the demo."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from runner.errors import InfraError, InputError
from tests.demolinux.generate import generate
from tests.demolinux.source import ARCHIVE


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.demolinux", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT_DIR", help="an empty or absent folder")
    parser.add_argument("--seed", type=int, default=0, help="moves the culprit and the rest")
    parser.add_argument(
        "--source", type=Path, default=ARCHIVE, help="archive, folder or clone of Linux"
    )
    arguments = parser.parse_args()
    try:
        generate(arguments.out, arguments.seed, arguments.source)
    except (InputError, InfraError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
