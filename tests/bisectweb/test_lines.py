"""Lines of large files by their numbers."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisectweb.views.lines import WIDTH, Line, LineIndex, Lines


def lines_of(content: bytes, step: int = 4) -> Lines:
    file = io.BytesIO(content)
    return Lines(file, LineIndex.of(file, step))


def texts(lines: Lines, number: int, count: int) -> list[str]:
    return [line.text for line in lines.from_number(number, count)]


@given(st.binary(max_size=60).map(lambda text: text.replace(b"\r", b"\n")), st.integers(1, 9))
def test_every_part_of_a_file_is_what_a_person_would_count(content: bytes, step: int) -> None:
    expected = [line.decode("utf-8", "replace") for line in content.split(b"\n")]
    if expected[-1] == "":
        expected.pop()
    lines = lines_of(content, step)
    assert lines.total == len(expected)
    for number in range(1, len(expected) + 2):
        assert texts(lines, number, 3) == expected[number - 1 : number + 2]


@given(st.binary(min_size=1, max_size=60), st.integers(1, 9), st.data())
def test_a_byte_is_in_the_line_that_starts_last_before_it(
    content: bytes, step: int, data: st.DataObject
) -> None:
    offset = data.draw(st.integers(0, len(content) - 1))
    lines = lines_of(content, step)
    started = [line for line in lines.from_number(1, 60) if line.start <= offset]
    assert lines.number_at(offset) == started[-1].number


def test_a_line_without_an_end_is_read_in_part_and_the_next_one_is_found() -> None:
    lines = lines_of(b"a\n" + b"x" * (WIDTH + 5) + b"\nb\n" + b"y" * WIDTH + b"\nc", 1000)
    assert lines.from_number(2, 4) == [
        Line(2, 2, "x" * WIDTH, 5),
        Line(3, WIDTH + 8, "b"),
        Line(4, WIDTH + 10, "y" * WIDTH),
        Line(5, 2 * WIDTH + 11, "c"),
    ]


@pytest.mark.parametrize("number", [0, -1, 3, 10**15])
def test_there_are_no_lines_outside(number: int) -> None:
    assert lines_of(b"a\nb\n").from_number(number, 5) == []


def test_an_empty_file_has_no_line() -> None:
    lines = lines_of(b"")
    assert (lines.total, lines.from_number(1, 5), lines.number_at(0)) == (0, [], 1)
