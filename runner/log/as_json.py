"""A log as JSON: what it says, then every entry."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from runner.log.entries import Entry
from runner.log.values import Log
from runner.log.words import Duration


def as_json(log: Log) -> dict[str, Any]:
    """The views and the entries, as what `json.dumps` takes.

    Each entry has its kind below `entry`; a duration has its seconds beside its print.
    """
    views = {
        "kind": log.kind,
        "start": log.start,
        "syzkaller": log.syzkaller,
        "ending": log.ending,
        "culprit": log.culprit,
        "candidates": log.candidates,
        "error": log.error,
        "to": log.to,
        "cc": log.cc,
        "crash": log.crash,
        "totals": log.totals,
        "is_flaky": log.is_flaky,
        "tests": log.tests,
        "git": log.git,
        "newline": log.newline,
        "is_cut": log.is_cut,
        "entries": log.entries,
    }
    return {name: _plain(value) for name, value in views.items()}


def _plain(value: Any) -> Any:
    match value:
        case tuple():
            return [_plain(item) for item in value]
        case Duration(printed):
            return {"printed": printed, "seconds": value.seconds}
        case Entry():
            return {"entry": type(value).__name__, **_fields(value)}
        case _ if is_dataclass(value):
            return _fields(value)
        case _:
            return value


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
