"""A smaller config that still shows the bug: quicker builds, and less that can break. Pure.

What to test next, and when to stop, follow from what was tried; `next_config` says it.
"""

from __future__ import annotations

from runner.minimise.chunks import Part
from runner.minimise.configs import Values, difference, parse, switched_on, without
from runner.minimise.detectors import crash_type, is_worthwhile
from runner.minimise.minimised import Minimised
from runner.minimise.position import Tried, Try
from runner.minimise.rates import ORIGINAL_RUNS, Counts, is_settled, reproduces, runs_for
from runner.minimise.way import MAX_TESTS, next_config

__all__ = [
    "MAX_TESTS",
    "ORIGINAL_RUNS",
    "Counts",
    "Minimised",
    "Part",
    "Tried",
    "Try",
    "Values",
    "crash_type",
    "difference",
    "is_settled",
    "is_worthwhile",
    "next_config",
    "parse",
    "reproduces",
    "runs_for",
    "switched_on",
    "without",
]
