"""Reads Linux consoles: is there a crash, what is it called, which file is to blame. Pure."""

from __future__ import annotations

from runner.console.guilty import guilty_file
from runner.console.reader import REPORT_SIZE, crash_headers, find_crash
from runner.console.titles import crash_type

__all__ = ["REPORT_SIZE", "crash_headers", "crash_type", "find_crash", "guilty_file"]
