"""Keeps the answers to slow questions that never change, as long as the process lives."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Memory(Generic[Answer]):
    """So many answers; the one that nobody asked for longest goes first. Threads may share it."""

    size: int
    _answers: OrderedDict[Hashable, Answer] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def recall(self, question: Hashable, find_out: Callable[[], Answer]) -> Answer:
        """The answer from memory, or found out now. What `find_out` raises is not kept."""
        with self._lock:
            if question in self._answers:
                self._answers.move_to_end(question)
                return self._answers[question]
        answer = find_out()
        with self._lock:
            self._answers[question] = answer
            while len(self._answers) > self.size:
                self._answers.popitem(last=False)
        return answer
