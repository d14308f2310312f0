"""Measurements, run by hand in full and by the tests in a tiny size."""

from __future__ import annotations
