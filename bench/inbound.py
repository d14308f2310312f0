"""How many mails are received in a minute, into SQLite: `python -m bench.inbound`.

In this process, as `fetch_mail` does, or with `--lmtp` by `receive_lmtp`.
"""

from __future__ import annotations

import argparse
import os
import smtplib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from bisectweb.models import Bug

Way: TypeAlias = Callable[[Sequence[bytes]], float]
"""Seconds that it takes to receive mails."""


def main(arguments: Sequence[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.inbound", description=__doc__)
    options.add_argument("--count", type=int, default=1_000)
    options.add_argument("--lmtp", type=int, metavar="N", help="through N connections by LMTP")
    chosen = options.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        set_up(Path(folder))
        measure(chosen.count, in_process if not chosen.lmtp else by_lmtp(chosen.lmtp))
    return 0


def set_up(folder: Path) -> None:
    """A database of its own, and the keys of the senders."""
    os.environ["BISECTWEB_DATA"] = str(folder)
    os.environ["BISECTWEB_DATABASE"] = ""
    os.environ["BISECTWEB_DKIM_KEYS"] = str(folder / "keys")
    os.environ["DJANGO_SETTINGS_MODULE"] = "bisectweb.settings"
    import django

    django.setup()
    from django.core.management import call_command

    from tests.bisectweb.signing import write_keys

    call_command("migrate", verbosity=0)
    write_keys(folder / "keys", "body.invalid")


def measure(count: int, way: Way) -> None:
    from bisectweb.models import Received
    from tests.bisectweb.posting import SENDER
    from tests.factories import create_bug, create_tree

    tree = create_tree(maintainers=SENDER)
    bugs = [create_bug(tree=tree, title=f"WARNING in function_{n}") for n in range(100)]
    seconds = way(list(traffic(bugs, count)))
    states = Counter(Received.objects.values_list("state", flat=True))
    became = ", ".join(f"{number} {state}" for state, number in states.most_common())
    print(f"{count} mails ({became}): {count / seconds * 60:.0f} a minute")


def in_process(mails: Sequence[bytes]) -> float:
    from bisectweb.inbound import receive

    began = time.monotonic()
    for raw in mails:
        receive(BytesIO(raw))
    return time.monotonic() - began


def by_lmtp(connections: int) -> Way:
    """Each connection has a share of the mails, in one conversation."""

    def seconds(mails: Sequence[bytes]) -> float:
        from tests.bisectweb.receiving import lmtp_server

        data = Path(os.environ["BISECTWEB_DATA"])
        with lmtp_server(data, "--socket", str(data / "lmtp")), ThreadPoolExecutor() as threads:
            began = time.monotonic()
            shares = (mails[first::connections] for first in range(connections))
            list(threads.map(partial(converse, data / "lmtp"), shares))
            return time.monotonic() - began

    return seconds


def converse(socket: Path, mails: Sequence[bytes]) -> None:
    with smtplib.LMTP(str(socket), timeout=120) as client:
        for raw in mails:
            client.sendmail("a@body.invalid", ["bisectweb@bisectweb.invalid"], raw)


def traffic(bugs: Sequence[Bug], count: int) -> Iterator[bytes]:
    """Of ten mails four are talk, three are signed commands, two forged ones, one comes twice."""
    from tests.bisectweb.posting import letter
    from tests.bisectweb.signing import signed

    raw = b""
    for number in range(count):
        bug = bugs[number % len(bugs)]
        match number % 10:
            case 0 | 1 | 2:
                command = ("set prio: high", "fix: a title", "nonsense")[number % 3]
                raw = signed(letter(bug, f"#bisect {command}\n", number=number))
            case 3:
                pass  # the same once more
            case 4 | 5:
                raw = letter(bug, "#bisect invalid\n", number=number)
            case _:
                raw = letter(bug, "> quoted\nI do not think so.\n" * 100, number=number)
        yield raw


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
