"""The parts of the site, for the navigation on top of every page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse

from bisectweb.access import Person, keeps_any, kept
from bisectweb.models import Message

register = template.Library()

MOST = 99
"""Mails that are counted; nobody needs to know how many more there are."""


@dataclass(frozen=True, slots=True)
class Part:
    """Where it begins, and how the routes of its pages do."""

    name: str
    route: str
    routes: tuple[str, ...]
    for_keepers: bool = False


PARTS = (
    Part("Bugs", "bug-list", ("bug-", "bisection-", "crash-", "run-", "revision-", "commit-")),
    Part("Trees", "tree-list", ("tree-",)),
    Part("Workers", "worker-list", ("worker-",)),
    Part("Kernels", "kernel-list", ("kernel-",)),
    Part("Messages", "message-list", ("message-",), for_keepers=True),
    Part("Statistics", "statistics", ("statistics",)),
    Part("Documentation", "doc-list", ("doc-",)),
)


@dataclass(frozen=True, slots=True)
class Here:
    """A part as the page of a request shows it; `current` is the value of its aria-current."""

    name: str
    address: str
    current: str
    waiting: str
    """How much of it waits for whoever asks; empty for nothing."""


@register.simple_tag(takes_context=True)
def parts(context: Mapping[str, Any]) -> Iterator[Here]:
    """Those that whoever asks may see. Pages of errors know neither route nor user."""
    match = getattr(context.get("request"), "resolver_match", None)
    route = (match and match.url_name) or ""
    user = context.get("user")
    for part in PARTS:
        if not part.for_keepers or (user and user.is_authenticated and keeps_any(user)):
            within = "true" if route.startswith(part.routes) else ""
            current = "page" if route == part.route else within
            waiting = mails_waiting(user) if part.for_keepers and user else ""
            yield Here(part.name, reverse(part.route), current, waiting)


def mails_waiting(user: Person) -> str:
    """How many mails await the approval of a keeper; empty for none."""
    waiting = kept(Message.objects.filter(state=Message.State.AWAITING_APPROVAL), user)
    count = waiting.order_by()[: MOST + 1].count()
    return f"{MOST}+" if count > MOST else str(count or "")
