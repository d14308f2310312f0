"""Bisection logs, in the grammar of syzbot's: read as values, and written from them."""

from __future__ import annotations

from runner.log.parse import parse
from runner.log.render import render, render_entries
from runner.log.values import Log

__all__ = ["Log", "parse", "render", "render_entries"]
