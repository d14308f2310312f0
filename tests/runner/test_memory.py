"""Answers are found out once, and no more of them kept than is allowed."""

from __future__ import annotations

import pytest

from runner.memory import Memory


def test_a_question_is_answered_once_and_the_one_not_asked_for_longest_is_forgotten() -> None:
    memory: Memory[str] = Memory(size=2)
    asked: list[str] = []

    def ask(question: str) -> str:
        def find_out() -> str:
            asked.append(question)
            return question.upper()

        return memory.recall(question, find_out)

    assert [ask(letter) for letter in "abacab"] == list("ABACAB")
    assert asked == list("abcb")


def test_a_failure_is_not_remembered() -> None:
    memory: Memory[int] = Memory(size=2)
    with pytest.raises(ZeroDivisionError):
        memory.recall("x", lambda: 1 // 0)
    assert memory.recall("x", lambda: 1) == 1
