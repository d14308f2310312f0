"""`python -m runner recipients`: who is to hear of a commit, and why."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from runner.commands.status import Status
from runner.errors import InfraError, InputError
from runner.git import Mirror
from runner.maintainers import Question, whom_to_tell
from runner.recipients import MOST
from runner.sandbox import Confinement, Sandbox
from runner.values import Recipient, Recipients, Sha


def main(arguments: Sequence[str]) -> int:
    """Exit status 0, whoever is found; 2: the question or the machine is at fault."""
    options = parser().parse_args(arguments)
    try:
        mirror = Mirror.around(options.repo).common()
        question = Question(mirror.resolve(options.commit), options.file, _newest(mirror))
        sandbox = Sandbox(Confinement.AUTO, ())
        told = whom_to_tell(mirror, question, sandbox, never=options.never, most=options.most)
    except (InputError, InfraError) as error:
        print(f"error: {error}", file=sys.stderr)
        return Status.TROUBLE
    _print(told, as_json=options.json)
    return Status.FOUND


def _newest(mirror: Mirror) -> Sha:
    """What is checked out, or the branch that a bare repository shows first; empty if none is."""
    try:
        return mirror.resolve("HEAD")
    except InputError:
        return ""


def _print(told: Recipients, *, as_json: bool) -> None:
    if told.note:
        print(f"note: {told.note}", file=sys.stderr)
    if as_json:
        print(json.dumps([asdict(one) for one in told.people], indent=2))
        return
    for one in told.people:
        print(line(one))


def line(one: Recipient) -> str:
    """`To: A Name <a@b.c> (maintainer of KVM)`."""
    who = f"{one.name} <{one.address}>" if one.name else one.address
    return f"{one.header.title()}: {who} ({one.reason})"


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m runner recipients", description=__doc__)
    options.add_argument("--repo", required=True, type=Path, help="the repository, bare or not")
    options.add_argument("--commit", required=True, help="the commit that was found")
    options.add_argument("--file", default="", help="where the kernel crashed, such as mm/slab.c")
    options.add_argument(
        "--never", action="append", default=[], metavar="ADDRESS", help="not to be told; repeatable"
    )
    options.add_argument("--most", type=int, default=MOST, help=f"people told; default {MOST}")
    options.add_argument(
        "--json", action="store_true", help="a list of address, name, header (to or cc), reason"
    )
    return options
