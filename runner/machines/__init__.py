"""Virtual machines: what they are, what runs in them, and what is seen of a run."""

from __future__ import annotations
