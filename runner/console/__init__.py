"""Reads Linux consoles: is there a crash, what is it called, which file is to blame. Pure."""

from __future__ import annotations

from runner.console.guilty import guilty_file
from runner.console.headers import first_header
from runner.console.reader import REPORT_SIZE, crashes, find_crash, read_crashes
from runner.console.titles import crash_type

__all__ = [
    "REPORT_SIZE",
    "crash_type",
    "crashes",
    "find_crash",
    "first_header",
    "guilty_file",
    "read_crashes",
]
