"""Every announcement of a crash that is known. Data only, a module for each kind of header."""

from __future__ import annotations

from runner.console.formats.bug import BUG
from runner.console.formats.faults import FAULTS
from runner.console.formats.fuzzer import FUZZER, SUPPRESSED
from runner.console.formats.info import INFO
from runner.console.formats.others import OTHERS, REBOOT
from runner.console.formats.warning import WARNING

__all__ = ["IGNORED", "OOPSES", "REBOOT", "SUPPRESSED"]

OOPSES = (BUG, WARNING, INFO, *FAULTS, *OTHERS, *FUZZER)
"""A line with two headers belongs to the first one."""

IGNORED = (
    r"\*\* replaying previous printk message \*\*",
    r"printk messages dropped \*\*.*\w\.\.\.$",
)
"""Lines that repeat, or cut, what was said before."""
