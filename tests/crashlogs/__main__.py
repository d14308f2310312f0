"""`python -m tests.crashlogs [NAME...]`: record the example consoles anew, all or some of them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby
from pathlib import Path

from runner.errors import BuildFailed, InfraError, InputError
from tests.crashlogs.examples import LOGS, Example, examples
from tests.crashlogs.generate import Recorder
from tests.crashlogs.kernels import image


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crashlogs", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--home", type=Path, default=Path("var/crashlogs"), help="for the kernels")
    parser.add_argument("--vms", type=int, default=os.cpu_count(), help="how many boot at once")
    options = parser.parse_args()
    wanted = [one for one in examples() if not options.names or one.name in options.names]
    if unknown := set(options.names) - {one.name for one in wanted}:
        parser.error(f"no such example: {', '.join(sorted(unknown))}")
    try:
        record(wanted, options.home.absolute(), options.vms)
    except (BuildFailed, InputError, InfraError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def record(wanted: Iterable[Example], home: Path, vms: int) -> None:
    home.mkdir(parents=True, exist_ok=True)
    LOGS.mkdir(exist_ok=True)
    recorder = Recorder(home)
    for kernel, group in groupby(sorted(wanted, key=_kernel), key=_kernel):
        print(f"building the kernel {kernel}", flush=True)
        built = image(home, kernel, os.cpu_count() or 1)
        with ThreadPoolExecutor(vms) as pool:
            for line in pool.map(partial(recorder.record, built), group):
                print(line, flush=True)


def _kernel(example: Example) -> str:
    return example.kernel


if __name__ == "__main__":
    sys.exit(main())
