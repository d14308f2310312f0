"""How many damaged mails are read, how quickly, and in how much memory: `python -m bench.mail`."""

from __future__ import annotations

import argparse
import resource
import sys
import time
import traceback
from collections.abc import Sequence
from io import BytesIO

from runner.mail import read_mail
from tests.runner.mail.mutations import damaged_mails


def main(arguments: Sequence[str]) -> int:
    """Exit status 1 when a mail raised."""
    options = argparse.ArgumentParser(prog="python -m bench.mail", description=__doc__)
    options.add_argument("--count", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args(arguments)
    failures, slowest = 0, 0.0
    began = time.process_time()
    for number, raw in enumerate(damaged_mails(chosen.seed, chosen.count)):
        before = time.process_time()
        try:
            read_mail(BytesIO(raw))
        except Exception:
            failures += 1
            print(f"mail {number}:\n{traceback.format_exc()}", file=sys.stderr)
        slowest = max(slowest, time.process_time() - before)
    seconds = time.process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"{chosen.count} damaged mails: {failures} raised; {chosen.count / seconds * 60:.0f} a")
    print(f"minute, {slowest * 1000:.0f} ms for the slowest, {memory} MiB of memory at most")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
