"""Consoles of kernels that we crashed ourselves: every value that is read from them."""

from __future__ import annotations

import re

import pytest

from runner.console import find_crash
from runner.values import Crash
from tests.crashlogs.examples import LOGS, Example, examples
from tests.crashlogs.invariants import read

SIZE_LIMIT = 1_500_000
"""Bytes that all the consoles may take in the repository."""
FOREIGN_PATH = re.compile(rb"(?<![\w/.])/(?:home|work|root|tmp|var)/[\w.-]+")
"""Where somebody built the kernel; what else begins so is none of Linux's words."""


FIELDS = ("title", "type", "frame", "corrupted", "suppressed", "panicked")


def values(one: Crash | Example) -> dict[str, object]:
    """What is compared: all but the report and where it stands."""
    return {name: getattr(one, name) for name in FIELDS} | {"alt_titles": set(one.alt_titles)}


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_the_console_says_what_happened(example: Example) -> None:
    crash = read(example.log.read_bytes())
    assert (values(crash) if crash else None) == (values(example) if example.title else None)


@pytest.mark.parametrize(
    "example", [one for one in examples() if one.title], ids=lambda example: example.name
)
def test_behind_the_report_the_crash_is_not_found_again(example: Example) -> None:
    console = example.log.read_bytes()
    crash = find_crash(console)
    assert crash is not None
    behind = find_crash(console[crash.end :])
    assert behind is None or behind.title != crash.title


def test_every_log_is_an_example_and_every_example_has_its_log() -> None:
    assert {path.name for path in LOGS.iterdir()} == {one.log.name for one in examples()}


def test_the_logs_are_small_and_say_nothing_of_the_machine_they_were_made_on() -> None:
    consoles = {path: path.read_bytes() for path in LOGS.iterdir()}
    assert sum(map(len, consoles.values())) < SIZE_LIMIT
    named = {path.name: FOREIGN_PATH.findall(text) for path, text in consoles.items()}
    assert not {name: paths for name, paths in named.items() if paths}


def test_most_kinds_of_crashes_have_an_example() -> None:
    types = {one.type for one in examples()}
    assert len(types) >= 15, sorted(types)
