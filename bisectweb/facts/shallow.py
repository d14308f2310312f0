"""What the longer facts of a row take over from its shorter ones."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def shallow(facts: DataclassInstance) -> dict[str, Any]:
    """Its fields by name, as they are: nothing is copied."""
    return {field.name: getattr(facts, field.name) for field in fields(facts)}
