"""A command that stays open answers one question after the other, or it is said why not."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from runner.conversation import ANSWER_LIMIT, Conversation
from runner.errors import Cancelled, InfraError
from runner.process import started

END = re.compile(rb"end\n")
SECONDS = 30


@contextmanager
def talking(script: str, cancel: threading.Event | None = None) -> Iterator[Conversation]:
    with started([sys.executable, "-c", script], talk=True) as child:
        yield Conversation(child, cancel)


ECHO = "import sys\nfor line in sys.stdin:\n    print(line, end='', flush=True)\n"


def test_questions_are_answered_one_after_the_other() -> None:
    with talking(ECHO) as talk:
        for text in (b"one\nend\n", b"two\nthree\nend\n"):
            assert talk.ask(text, END, SECONDS) == text


def test_a_long_question_and_a_long_answer_do_not_wait_for_each_other() -> None:
    text = b"x" * 99 + b"\n"
    question = text * 10_000 + b"end\n"  # more than the pipes of both ways hold
    with talking(ECHO) as talk:
        assert talk.ask(question, END, SECONDS) == question


def test_one_that_ends_says_its_last_words() -> None:
    with (
        talking("import sys; sys.exit('no memory')") as talk,
        pytest.raises(InfraError, match="it has ended: no memory"),
    ):
        talk.ask(b"end\n", END, SECONDS)


def test_one_that_does_not_listen_is_given_up() -> None:
    with (
        talking("import time; time.sleep(1000)") as talk,
        pytest.raises(InfraError, match="does not answer in time"),
    ):
        talk.ask(b"x" * 10_000_000, END, 0.3)


def test_one_that_says_too_much_is_given_up() -> None:
    script = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    with (
        talking(script) as talk,
        pytest.raises(InfraError, match=f"more than {ANSWER_LIMIT >> 20} MiB"),
    ):
        talk.ask(b"", END, SECONDS)


def test_waiting_ends_when_it_is_cancelled() -> None:
    cancel = threading.Event()
    with talking("import time; time.sleep(1000)", cancel) as talk:
        timer = threading.Timer(0.2, cancel.set)
        timer.start()
        with pytest.raises(Cancelled):
            talk.ask(b"", END, SECONDS)
        timer.join()
