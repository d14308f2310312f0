"""How many mails are received in a minute, into SQLite: `python -m bench.inbound`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bisectweb.models import Bug


def main(arguments: Sequence[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.inbound", description=__doc__)
    options.add_argument("--count", type=int, default=1_000)
    chosen = options.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        set_up(Path(folder))
        measure(chosen.count)
    return 0


def set_up(folder: Path) -> None:
    """A database of its own, and the keys of the senders."""
    os.environ["BISECTWEB_DATA"] = str(folder)
    os.environ["BISECTWEB_DKIM_KEYS"] = str(folder / "keys")
    os.environ["DJANGO_SETTINGS_MODULE"] = "bisectweb.settings"
    import django

    django.setup()
    from django.core.management import call_command

    from tests.bisectweb.signing import write_keys

    call_command("migrate", verbosity=0)
    write_keys(folder / "keys", "body.invalid")


def measure(count: int) -> None:
    from bisectweb.inbound import receive
    from tests.bisectweb.posting import SENDER
    from tests.factories import create_bug, create_tree

    tree = create_tree(maintainers=SENDER)
    bugs = [create_bug(tree=tree, title=f"WARNING in function_{n}") for n in range(100)]
    mails = list(traffic(bugs, count))
    began = time.monotonic()
    states = Counter(receive(BytesIO(raw)).state for raw in mails)
    seconds = time.monotonic() - began
    became = ", ".join(f"{number} {state}" for state, number in states.most_common())
    print(f"{count} mails ({became}): {count / seconds * 60:.0f} a minute")


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
