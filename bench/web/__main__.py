"""How quickly the pages of a full database answer: `python -m bench.web FOLDER`, `make bench-web`.

Status 1 when a page misses what is required: 12 queries, and 150 ms for 95 of 100 answers to 20
readers who look at each page for a second.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.web.postgres import private

BUGS = {"postgresql": 100_000, "sqlite": 1_000}


def main(arguments: Sequence[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.web", description=__doc__)
    options.add_argument("folder", type=Path, help="for database and files; kept for the next time")
    options.add_argument("--database", choices=sorted(BUGS), default="postgresql")
    options.add_argument("--bugs", type=int, help="each has a bisection with a hundred runs")
    options.add_argument("--readers", type=int, default=20)
    options.add_argument("--seconds", type=float, default=240, help="with pauses, and half without")
    chosen = options.parse_args(arguments)
    bugs = chosen.bugs or BUGS[chosen.database]
    folder = chosen.folder.resolve() / f"{chosen.database}-{bugs}"
    with database(chosen.database, folder):
        from bench.web.measure import measure, prepared

        site = prepared(folder, bugs)
        return measure(site, readers=chosen.readers, seconds=chosen.seconds)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[None]:
    """Django, set up for a database of this kind below the folder."""
    os.environ["BISECTWEB_DATA"] = str(folder / "data")
    os.environ["BISECTWEB_LOG_LEVEL"] = "ERROR"
    os.environ["DJANGO_SETTINGS_MODULE"] = "bisectweb.settings"
    if kind == "sqlite":
        _set_up()
        yield
        return
    with private(folder / "rows") as address:
        os.environ["BISECTWEB_DATABASE"] = address
        _set_up()
        yield


def _set_up() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
