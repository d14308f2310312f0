"""A commit to a kernel: what it is built by at its age, the build, and what is kept of it."""

from __future__ import annotations
