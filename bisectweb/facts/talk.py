"""The facts of what people say of a bug: notes, mails, and what they did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisectweb.facts.shallow import shallow
from bisectweb.models import Event, Note


@dataclass(frozen=True, slots=True)
class EventFacts:
    """One thing that a person or the service did."""

    id: int
    at: datetime
    actor: str | None
    """The name of the account; null where it was the service, or nobody with an account."""
    text: str


@dataclass(frozen=True, slots=True)
class WorkerEventFacts(EventFacts):
    """One thing that a person did with a worker."""

    worker: str


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """What somebody wrote on the page of a bug."""

    id: int
    bug: int
    author: str | None
    """The name of the account; null where it is gone."""
    at: datetime
    text: str
    """In Markdown."""


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """One mail of the thread of a bug: ours, or one that came in."""

    at: datetime
    who: str
    subject: str
    state: str
    said: str
    """What was done about it or what it waits for, a sentence on each line."""
    url: str | None
    """Of its page, if it is ours and you may read it."""


def event_facts(event: Event) -> EventFacts:
    """`actor` should be there."""
    actor = event.actor.get_username() if event.actor else None
    return EventFacts(event.pk, event.at, actor, event.text)


def worker_event_facts(event: Event) -> WorkerEventFacts:
    assert event.worker, "it is about one"
    return WorkerEventFacts(**shallow(event_facts(event)), worker=event.worker.name)


def note_facts(note: Note) -> NoteFacts:
    """`author` should be there."""
    author = note.author.get_username() if note.author else None
    return NoteFacts(note.pk, note.bug_id, author, note.at, note.text)
