"""What holds of every console: garbage, torn and mixed ones; and what must not change a title."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from functools import cache
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from runner.console import read_crashes
from tests.crashlogs.examples import Example, examples
from tests.crashlogs.invariants import read

CALLER = re.compile(rb"^(\[ *\d+\.\d+\]\[ *)([TC])(\d+)\]", re.MULTILINE)
WORDS = (
    *(b"BUG: ", b"WARNING: ", b"INFO: ", b"KASAN: ", b"UBSAN: ", b"kernel BUG at ", b"Oops: "),
    *(b"Kernel panic - not syncing: ", b"general protection fault", b"rcu_preempt detected stalls"),
    *(b"Call Trace:\n", b" <TASK>\n", b" foo+0x12/0x340\n", b"RIP: 0010:bar+0x1/0x2\n", b" in "),
    *(b"[   12.345678]", b"[   T51]", b"[    C1]", b"\r\n", b"\x1b[31m", b"\0", b"\xff\xfe", b"\n"),
)
HANGS = ("HANG", "LOST_CONNECTION")
"""What is said of a hang comes from several processors by right."""


@cache
def crashed() -> tuple[Example, ...]:
    return tuple(one for one in examples() if one.title)


@cache
def told_apart() -> tuple[Example, ...]:
    """Crashes of consoles whose lines say who wrote them, told by a task alone."""
    return tuple(one for one in crashed() if one.kernel == "debug" and one.type not in HANGS)


@cache
def text(example: Example) -> bytes:
    return example.log.read_bytes()


def lines(example: Example) -> list[bytes]:
    return text(example).splitlines(keepends=True)


logs = st.sampled_from(examples())
crash_logs = st.sampled_from(crashed())
seeds = st.integers(0, 1 << 32)
"""Of orders that are too long to be drawn one by one."""


@given(st.binary(max_size=2000))
def test_any_bytes_are_read(console: bytes) -> None:
    read(console)


@given(st.lists(st.one_of(st.sampled_from(WORDS), st.binary(max_size=8)), max_size=80))
def test_any_mixture_of_a_crashs_words_is_read(words: Sequence[bytes]) -> None:
    read(b"".join(words))


@given(logs, st.floats(0, 1), seeds)
def test_any_shuffled_or_missing_lines_are_read(log: Example, share: float, seed: int) -> None:
    random = Random(seed)
    kept = [line for line in lines(log) if random.random() < share]
    read(b"".join(random.sample(kept, len(kept))))


@given(st.sampled_from([one for one in examples() if not one.title]), seeds)
def test_no_order_of_a_quiet_consoles_lines_is_a_crash(log: Example, seed: int) -> None:
    shuffled = lines(log)
    Random(seed).shuffle(shuffled)
    assert read(b"".join(shuffled)) is None


@given(logs, st.floats(0, 1), st.floats(0, 1))
def test_a_console_cut_anywhere_is_read(log: Example, one: float, other: float) -> None:
    console = text(log)
    begin, end = sorted((int(one * len(console)), int(other * len(console))))
    read(console[begin:end])


@given(crash_logs, st.floats(0, 1))
def test_what_is_before_the_report_does_not_change_it(log: Example, where: float) -> None:
    console = text(log)
    crash = read(console)
    assert crash is not None
    again = read(console[int(where * crash.start) :])
    assert again is not None
    assert again.title == crash.title


@given(crash_logs)
def test_carriage_returns_do_not_change_the_crash(log: Example) -> None:
    crash = read(text(log))
    again = read(text(log).replace(b"\n", b"\r\n"))
    assert crash is not None
    assert again is not None
    assert (again.title, again.report) == (crash.title, crash.report)


@given(crash_logs, st.sampled_from((b"\x1b[0m", b"\0", b"\x1b[31m\x1b[1m")), seeds)
def test_colours_and_nuls_at_the_ends_of_lines_do_not_change_the_title(
    log: Example, noise: bytes, seed: int
) -> None:
    random = Random(seed)
    noisy = [
        line.rstrip(b"\n") + noise + b"\n" if random.random() < 0.3 else line for line in lines(log)
    ]
    again = read(b"".join(noisy))
    assert again is not None
    assert again.title == log.title


@given(st.sampled_from(told_apart()), st.sampled_from(told_apart()), seeds)
def test_two_reports_told_at_once_do_not_change_each_others_titles(
    one: Example, other: Example, seed: int
) -> None:
    """The lines say who wrote them; the first to begin is the crash."""
    elsewhere = CALLER.sub(lambda found: b"%s%s7%s]" % found.groups(), text(other))
    mixed = riffled(lines(one), elsewhere.splitlines(keepends=True), seed)
    crash = read(mixed)
    assert crash is not None
    assert crash.title in {one.title, other.title}


@given(crash_logs, crash_logs, seeds)
def test_two_consoles_in_one_are_read(one: Example, other: Example, seed: int) -> None:
    assert read(riffled(lines(one), lines(other), seed)) is not None


@given(st.lists(logs, max_size=3), seeds)
def test_a_stream_in_pieces_of_any_size_is_read_as_the_whole(
    consoles: Sequence[Example], seed: int
) -> None:
    console = b"".join(map(text, consoles))
    whole = list(read_crashes(io.BytesIO(console)))
    assert list(read_crashes(Pieces(console, Random(seed)))) == whole


class Pieces(io.BytesIO):
    """Gives less at a time than it is asked for, as pipes do."""

    def __init__(self, data: bytes, random: Random) -> None:
        super().__init__(data)
        self._random = random

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._random.choice((1, 10, 100, 5000)))


def riffled(one: Sequence[bytes], other: Sequence[bytes], seed: int) -> bytes:
    """Both in their own order, in pieces that take turns."""
    left, right = list(one), list(other)
    mixed: list[bytes] = []
    random = Random(seed)
    for size in random.choices(range(1, 30), k=random.randrange(40)):
        mixed += left[:size]
        del left[:size]
        left, right = right, left
    return b"".join([*mixed, *left, *right])
