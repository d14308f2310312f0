"""Symbolises reports by a kernel's debug info, with an addr2line that is kept open."""

from __future__ import annotations

import contextlib
import posixpath
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runner.conversation import Conversation
from runner.errors import InfraError
from runner.process import started
from runner.sandbox import Sandbox
from runner.symbols.report import Place, Query, queries, with_places
from runner.symbols.table import SymbolTable

ANSWER_SECONDS = 120.0
"""For all frames of a report; the first waits until the debug info is read."""
INLINED = 30
"""Functions at one address, at most: debug info is as hostile as what it was built from."""
TEXT = 300
"""Characters of a name or a path."""
NOWHERE = 0
"""An address that is asked last: when its answer begins, all others are complete."""
END = re.compile(rb"^0x0+\n", re.MULTILINE)
ADDRESS = re.compile(r"0x[0-9a-f]+")
PLACE = re.compile(r"(?P<path>.+):(?P<line>[1-9]\d{0,8})(?: \(discriminator \d+\))?")


@dataclass(slots=True)
class Symbolizer:
    """Of one kernel. What was asked once is not asked again."""

    table: SymbolTable
    talk: Conversation
    roots: Sequence[str]
    """Folders that the sources were in, which paths are told without."""
    _broken: str = ""
    _known: dict[Query, Sequence[Place]] = field(default_factory=dict)

    def symbolized(self, report: str) -> str:
        """The report with the places of its frames; `InfraError` when addr2line fails."""
        new = queries(report) - self._known.keys()
        addresses = {
            query: start + query.offset
            for query in new
            if (start := self.table.find(query.function, query.size)) is not None
        }
        answers = self._ask(sorted(set(addresses.values())))
        self._known |= {query: answers.get(at, ()) for query, at in addresses.items()}
        return with_places(report, self._known)

    def _ask(self, addresses: Sequence[int]) -> Mapping[int, Sequence[Place]]:
        if not addresses:
            return {}
        question = "".join(f"{address:#x}\n" for address in [*addresses, NOWHERE])
        if self._broken:  # it may still be busy with what it was asked before
            raise InfraError(self._broken)
        try:
            answer = self.talk.ask(question.encode(), END, ANSWER_SECONDS)
        except InfraError as error:
            self._broken = f"addr2line failed: {error}"
            raise InfraError(self._broken) from error
        return dict(_answers(answer.decode(errors="replace").splitlines(), self.roots))


@contextlib.contextmanager
def symbolizer(
    vmlinux: Path,
    roots: Iterable[Path],
    *,
    tools: str = "",
    sandbox: Sandbox,
    cancel: threading.Event | None = None,
) -> Iterator[Symbolizer]:
    """For the kernel of this vmlinux, built from sources in `roots`, by binutils called `tools`...

    `InputError` when it has no symbols, `InfraError` when there is no addr2line for it.
    """
    table = SymbolTable.read(vmlinux)
    argv = [f"{tools}addr2line", "--addresses", "--functions", "--inlines", "--demangle"]
    command = sandbox.command([*argv, "-e", vmlinux], readable=[vmlinux], writable=[])
    with started(command, talk=True) as child:
        yield Symbolizer(table, Conversation(child, cancel), [f"{root}/" for root in roots])


def _answers(lines: Sequence[str], roots: Sequence[str]) -> Iterator[tuple[int, Sequence[Place]]]:
    """What was said of each address: a line with it, then two for each function there."""
    starts = [number for number, line in enumerate(lines) if ADDRESS.fullmatch(line)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        pairs = zip(lines[start + 1 : end : 2], lines[start + 2 : end : 2], strict=False)
        places = [_place(function, place, roots) for function, place in pairs]
        if all(places) and len(places) <= INLINED:
            yield int(lines[start], 16), [place for place in places if place]


def _place(function: str, text: str, roots: Sequence[str]) -> Place | None:
    found = PLACE.fullmatch(text)
    if found is None or len(text) > TEXT or len(function) > TEXT:
        return None
    path = posixpath.normpath(found["path"])
    root = next((root for root in roots if path.startswith(root)), "")
    path = path.removeprefix(root)
    if " " in path or not (path + function).isprintable():
        return None
    return Place(function, path, int(found["line"]))
