"""`python -m tests.demokernel OUT_DIR --seed N [--percent P]`: generates the demo into a folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from runner.errors import InputError
from tests.demokernel.generate import PERCENT, generate


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.demokernel", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT_DIR")
    parser.add_argument("--seed", type=int, required=True, help="another seed, another history")
    parser.add_argument(
        "--percent",
        type=int,
        default=PERCENT,
        choices=range(101),
        metavar="P",
        help="how many of a hundred runs crash (default: %(default)s)",
    )
    arguments = parser.parse_args()
    try:
        generate(arguments.out, arguments.seed, arguments.percent)
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    print(arguments.out / "demo.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
