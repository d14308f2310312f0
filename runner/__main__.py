"""`python -m runner`: the sub-commands, and the page that names them."""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runner.commands import bisect, commands, crash, kernel, log, recipients, score, symbols
from runner.commands.status import Status
from runner.simulation import command as simulate


@dataclass(frozen=True, slots=True)
class Command:
    main: Callable[[Sequence[str]], int]
    """Takes the arguments after its name; its result is the exit status."""
    line: str
    """What it does."""


COMMANDS = {
    "kernel": Command(
        kernel.main, "bisect a crash of a kernel: build it, boot it in virtual machines, search"
    ),
    "bisect": Command(
        bisect.main, "bisect any project with a command, flaky or not, as `git bisect run` does"
    ),
    "crash": Command(
        crash.main, "read console logs: is there a crash, of what kind, and what is it called"
    ),
    "symbols": Command(
        symbols.main, "put the line of the source behind each frame of a crash report"
    ),
    "log": Command(log.main, "read bisection logs: check that nothing is lost, print the values"),
    "recipients": Command(
        recipients.main, "who is to hear of a commit, by the tree's MAINTAINERS and by the commit"
    ),
    "score": Command(score.main, "say whether the culprits of bisection logs can be trusted"),
    "commands": Command(
        commands.main, "what mails ask for: commands, patches, and which bug they are about"
    ),
    "simulate": Command(
        simulate.main, "measure the search on made-up bugs, in real or made-up histories"
    ),
}


def main(arguments: Sequence[str]) -> int:
    name, *rest = arguments or ["--help"]
    if command := COMMANDS.get(name):
        return command.main(rest)
    if name in ("-h", "--help"):
        print(page())
        return 0
    print(f"python -m runner has no command {name!r}\n\n{page()}", file=sys.stderr)
    return Status.TROUBLE


def page() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {command.line}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "usage: python -m runner COMMAND ...",
            "",
            "Find the commit that broke it, from the shell and without the web service.",
            "",
            *lines,
            "",
            "python -m runner COMMAND --help says how each is used.",
        ]
    )


def run() -> int:
    """As `main`, but an error of ours does not end like a search without a result."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Commits hold letters that not every terminal has.
        sys.stdout.reconfigure(errors="replace")
    try:
        return main(sys.argv[1:])
    except Exception:
        traceback.print_exc()
        return Status.TROUBLE


if __name__ == "__main__":
    sys.exit(run())
