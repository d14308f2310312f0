"""The options of `python -m runner bisect`, checked."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runner.errors import InputError
from runner.search import BAYES, CLASSIC, Policy

PROGRAM = "python -m runner bisect"
STATE = "bisectweb-evidence.jsonl"
FOREVER = float("inf")
EPILOG = """\
COMMAND runs in a work tree of its own, so your checkout is not touched, with your environment, and
says by its exit status what it saw, as with `git bisect run`:

  0            this revision is good
  1 to 127     it is bad; but
  125          it cannot be tested: skip it
  128 or more  something is wrong, as when a signal ended it: stop

126 and 127 are a shell's words for a command that could not be run: they count if the good commit
does not say the same. A program with a path, like ./test.sh, is the one in the work tree. Give the
absolute path of one that is not committed. The work tree is below ~/.cache/bisectweb (or in
XDG_CACHE_HOME) until the end; submodules are for --prepare to fetch.

A test that fails now and then is run as often as it takes to be sure. Let --prepare build, so that
the runs are only runs; where it fails, the revision is skipped. Files that git ignores stay from
revision to revision, for incremental builds.

A run that takes longer than --timeout is stopped, and says neither good nor bad. If to hang is the
bug, test with `timeout 60 COMMAND`, which ends with 124, and that means bad.

Every run is written down as it ends. Ask the same again to go on after Ctrl-C, a crash or a reboot,
with another --timeout, --budget, --confidence or --strategy if you like.

exit status: 0 the commit was found, 1 it was not, 2 the question or the machine is at fault, 130
after Ctrl-C.
"""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked. Commits are still names."""

    repo: Path
    bad: str | None
    good: str | None
    fix: bool
    prepare: tuple[str, ...]
    timeout: float
    """Minutes, as is the budget."""
    budget: float
    confidence: float
    strategy: str
    state: Path | None
    command: tuple[str, ...]

    @classmethod
    def of(cls, arguments: Sequence[str]) -> Options:
        """Ends the program when they make no sense; `InputError` when they cannot be done."""
        # What comes after the first `--` may itself contain options, and another `--`.
        end = arguments.index("--") if "--" in arguments else len(arguments)
        parser = _parser()
        options = cls(**vars(parser.parse_args(arguments[:end])), command=(*arguments[end + 1 :],))
        if not options.command:
            parser.error("give the command that tests a revision after --")
        for program, *_ in filter(None, (options.prepare, options.command)):
            is_in_tree = "/" in program and not os.path.isabs(program)
            if not is_in_tree and shutil.which(program) is None:
                raise InputError(f"there is no program {program!r}")
        return options

    @property
    def policy(self) -> Policy:
        if self.strategy == "classic":
            return CLASSIC
        return replace(BAYES, confidence=self.confidence, budget_minutes=self.budget)

    def again(self, bad: str, good: str | None) -> str:
        """The command line that asks the same of these commits."""
        parser = _parser()
        named = {name: getattr(self, name) for name in vars(parser.parse_args([]))}
        named |= {"bad": bad, "good": good}
        words = PROGRAM.split()
        for name, value in named.items():
            if value != parser.get_default(name):
                words.append(f"--{name}")
                words += [] if value is True else [_word(value)]
        return shlex.join([*words, "--", *self.command])


def _word(value: object) -> str:
    return shlex.join(value) if isinstance(value, tuple) else str(value)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [options] -- COMMAND [argument ...]",
        description="Find the commit that broke it, in any project, with a test that may be flaky.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_question(parser.add_argument_group("the question"))
    _add_search(parser.add_argument_group("the search"))
    return parser


def _add_question(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--repo", type=Path, default=Path(), metavar="FOLDER", help="default: the current folder")
    add("--bad", metavar="COMMIT", help="one that shows the bug; default: HEAD")
    add(
        "--good",
        metavar="COMMIT",
        help="an older one that does not; default: found among the releases (tags such as v1.2),"
        " or else in the whole history",
    )
    add(
        "--fix",
        action="store_true",
        help="find the commit that fixed it: --good is newer than --bad, by default HEAD",
    )
    add(
        "--prepare",
        type=_command,
        default=(),
        metavar="COMMAND",
        help="what to do once for a revision before its runs, such as 'make -j4'; given as one"
        " argument, split into words, and not run by a shell",
    )


def _add_search(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--timeout",
        type=_minutes,
        default=60.0,
        metavar="MINUTES",
        help="for each command; default: %(default)g",
    )
    add(
        "--budget",
        type=_minutes,
        default=FOREVER,
        metavar="MINUTES",
        help="give up when building and running took so long in all; default: never",
    )
    add(
        "--confidence",
        type=_confidence,
        default=BAYES.confidence,
        metavar="P",
        help="how sure to be of the commit; default: %(default)g",
    )
    add(
        "--strategy",
        choices=("bayes", "classic"),
        default="bayes",
        help="bayes weighs every run (default); classic halves as git does, after ten runs each",
    )
    add(
        "--state",
        type=Path,
        metavar="FILE",
        help=f"what was seen so far; default: {STATE} in the repository's git folder",
    )


def _command(text: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error
    if not words:
        raise argparse.ArgumentTypeError("there is no command in it")
    return words


def _minutes(text: str) -> float:
    minutes = _number(text)
    if not minutes > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no time to wait for")
    return minutes


def _confidence(text: str) -> float:
    confidence = _number(text)
    if not 0.5 <= confidence < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not from 0.5 to below 1")
    return confidence


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
