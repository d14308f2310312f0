"""From `function+offset` in a report to the line of the source, by the kernel's debug info."""

from __future__ import annotations
