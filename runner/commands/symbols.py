"""`python -m runner symbols`: a crash report with the line of the source behind each frame."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from runner.commands.status import Status
from runner.errors import InfraError, InputError
from runner.sandbox import Confinement, Sandbox
from runner.symbols.symbolizer import symbolizer


def main(arguments: Sequence[str]) -> int:
    """Exit status 0; 2: the files or the machine are at fault."""
    options = parser().parse_args(arguments)
    try:
        raw = options.report.read_bytes() if options.report else sys.stdin.buffer.read()
        context = symbolizer(
            options.vmlinux.resolve(),
            [folder.absolute() for folder in options.source],
            tools=options.tools,
            sandbox=Sandbox(Confinement.AUTO, ()),
        )
        with context as symbols:
            print(symbols.symbolized(raw.decode(errors="replace")), end="")
    except (InputError, InfraError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return Status.TROUBLE
    return Status.FOUND


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m runner symbols", description=__doc__)
    parser.add_argument("vmlinux", type=Path, help="of that kernel, with its debug info")
    parser.add_argument("report", type=Path, nargs="?", help="a file; else the input is read")
    parser.add_argument(
        "--source",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="where its sources or objects were; paths are told without it (repeatable)",
    )
    parser.add_argument(
        "--tools", default="", metavar="PREFIX", help="of its addr2line, such as aarch64-linux-gnu-"
    )
    return parser
