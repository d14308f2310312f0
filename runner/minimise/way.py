"""The way from a config to a smaller one, replayed from what was tried on it.

First one test without the detectors that this crash does not need, then towards a base config.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from runner.minimise import chunks
from runner.minimise.chunks import Chunks, Part
from runner.minimise.configs import parse, switched_on
from runner.minimise.detectors import unneeded
from runner.minimise.minimised import Minimised
from runner.minimise.position import Position, Tried, Try, listed

MAX_TESTS = 1 + chunks.MAX_TESTS


def next_config(full: str, base: str, title: str, tried: Sequence[Tried]) -> Try | Minimised:
    """What to test after all that was tried, in order, or how it ends.

    `full` is the config as the tree completed it on the start commit; a `base` that sets nothing
    is none.
    """
    way = _minimise(full, base, title)
    try:
        asked = next(way)
        for answer in tried:
            asked = way.send(answer)
    except StopIteration as end:
        result: Minimised = end.value
        return result
    return asked


def _minimise(full: str, base: str, title: str) -> Generator[Try, Tried, Minimised]:
    position = Position(full)
    yield from _drop_detectors(position, title)
    parts: Sequence[Part] = ()
    if parse(base):
        parts = yield from Chunks(position).minimise(base)
    needs = [Part(position.still_on(part.symbols), part.is_needed) for part in parts]
    before = switched_on(parse(full))
    left = set(position.still_on(before))
    return Minimised(
        config=position.config,
        needs=tuple(part for part in needs if part.symbols),
        dropped=tuple(symbol for symbol in before if symbol not in left),
        before=len(before),
        after=len(switched_on(parse(position.config))),
        tests=position.tests,
        told=position.flush(),
    )


def _drop_detectors(position: Position, title: str) -> Generator[Try, Tried, None]:
    position.say("check whether we can drop unnecessary instrumentation")
    detectors = unneeded(title, parse(position.config))
    if not detectors:
        position.say("there was nothing we could disable; skip")
        return
    names = [detector.name for detector in detectors]
    slugs = " ".join(name.replace(" ", "-") for name in names)
    position.say(f"disabling configs for [{slugs}], they are not needed")
    symbols = position.still_on([symbol for one in detectors for symbol in one.symbols])
    if (yield from position.leave_out(symbols, f"without {listed(names)}")):
        position.say("the bug reproduces without the instrumentation")
