"""What our web server loads: the application, with all that pages are made of there already."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from django.template import Engine
from django.template.loader import get_template
from django.urls import get_resolver

from bisectweb.wsgi import application

__all__ = ["application"]

SWITCH_SECONDS = 0.001
"""How long a thread that has an answer of the database waits for one that computes: by default
five times as long, and a page asks ten times.
"""


def load() -> None:
    """Views, templates and the description of the API; else whoever comes first waits for them."""
    from bisectweb.api import api  # needs the apps

    assert get_resolver().url_patterns  # imports every view
    for folder in Engine.get_default().dirs:
        for path in Path(folder).rglob("*.*"):
            get_template(str(path.relative_to(folder)))
    api.get_openapi_schema()


def settle() -> None:
    """Let threads take turns quickly, and garbage be looked for only in what comes from now on.

    To look through all that is loaded would hold up every thread for a tenth of a second, again and
    again.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()


load()
settle()
