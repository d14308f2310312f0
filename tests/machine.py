"""How guests run on this machine: found out once, for all tests that boot some."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from runner.architecture import architecture
from runner.machines.accelerator import choose


@cache
def accelerator() -> str:
    """What `auto` comes to here. Where KVM does not work, each new data folder takes ten seconds to
    find that out.
    """
    with TemporaryDirectory() as folder:
        return choose(architecture("x86_64"), Path(folder, "answer")).value
