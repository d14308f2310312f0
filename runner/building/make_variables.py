"""Variables for make's command line, as a person gives them: one NAME=VALUE a line."""

from __future__ import annotations

import re
from collections.abc import Mapping

from runner.errors import InputError

NAME = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)
# Neither make's `$` nor anything that its own option parsing could take for something else.
VALUE = re.compile(r"[A-Za-z0-9_ ./:,=+@%-]*")
OURS = frozenset(("ARCH", "CC", "CROSS_COMPILE", "O"))
"""What the tree's other settings say; `make` must not hear two answers."""


def parse(text: str) -> dict[str, str]:
    """The variables of a text; `InputError` names the one that make is not given."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if line)
    return checked({name.strip(): value.strip() for name, _, value in pairs})


def checked(variables: Mapping[str, str]) -> dict[str, str]:
    """The same variables, when make can be given all of them."""
    for name, value in variables.items():
        if not NAME.fullmatch(name) or not VALUE.fullmatch(value):
            raise InputError(f"cannot give make the variable {name}={value}")
        if name in OURS:
            raise InputError(f"the tree's other settings give make the variable {name}")
    return dict(variables)
