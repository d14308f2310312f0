"""`python -m runner commands`: what mails ask for."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from runner.commands.status import Status
from runner.mail import Incoming, read_mail


def main(arguments: Sequence[str]) -> int:
    """Exit status 0, whatever the mails say; 2: a file cannot be read."""
    options = parser().parse_args(arguments)
    try:
        for path in options.files:
            with path.open("rb") as stream:
                mail = read_mail(stream)
            if options.json:
                print(json.dumps(facts(str(path), mail)))
            else:
                _print(str(path), mail)
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return Status.TROUBLE
    return Status.FOUND


def facts(file: str, mail: Incoming) -> dict[str, object]:
    return {
        "file": file,
        "bug": mail.bug,
        "commands": [asdict(command) for command in mail.commands],
        "errors": [one.sentence for one in mail.refused],
        "patch": mail.patch,
        "automatic": mail.automatic,
    }


def _print(file: str, mail: Incoming) -> None:
    about = "sent by a program" if mail.automatic else f"about bug {mail.bug}" if mail.bug else ""
    print(f"{file}: {about or 'about no bug'}")
    for command in mail.commands:
        print(f"  {command.name}: {command.args}" if command.args else f"  {command.name}")
    for one in mail.refused:
        print(f"  refused: {one.sentence}")
    if mail.shortened:
        print("  too large: its end, or that of an attachment, was not read")
    if mail.patch:
        print(f"  with a patch of {mail.patch.count(chr(10))} lines")


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m runner commands", description=__doc__)
    options.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a mail as it came in")
    options.add_argument(
        "--json",
        action="store_true",
        help="one object a line: file, bug, commands (name, args), errors, patch, automatic",
    )
    return options
