"""The crashes of one kernel with places in the source, as far as there are any to be had."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from runner.errors import InfraError, InputError
from runner.sandbox import Sandbox
from runner.symbols.keep import Symbols
from runner.symbols.report import queries
from runner.symbols.symbolizer import Symbolizer, symbolizer
from runner.values import Crash

Placing: TypeAlias = Callable[[Crash], Crash]


@contextlib.contextmanager
def placing(
    symbols: Symbols,
    *,
    tools: str = "",
    sandbox: Sandbox,
    cancel: threading.Event | None = None,
) -> Iterator[Placing]:
    """What puts places into the reports of a kernel's crashes; a program that it needs is started
    for the first, and ended with the context.

    A report without frames stays as it is, and so does one for which anything fails: its note
    says why. `Cancelled` is raised.
    """
    with contextlib.ExitStack() as stack:
        opened: list[Symbolizer] = []

        def open_once() -> Symbolizer:
            if symbols.file is None:
                raise InputError(symbols.reason)
            if not opened:
                context = symbolizer(
                    symbols.file, symbols.roots, tools=tools, sandbox=sandbox, cancel=cancel
                )
                opened.append(stack.enter_context(context))
            return opened[0]

        def placed(crash: Crash) -> Crash:
            if not queries(crash.report):
                return crash
            try:
                return replace(crash, report=open_once().symbolized(crash.report))
            except (InfraError, InputError, OSError) as error:
                return replace(crash, note=str(error))

        yield placed
