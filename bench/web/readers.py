"""Readers who ask for one page after the other, each over a connection that stays open."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection

from bench.web.targets import Target
from tests.browser.pages import Role

TIMEOUT = 60.0
Addresses = Mapping[str, Sequence[Target]]
"""Of each page, about different rows."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One page, from the request's first byte to the answer's last."""

    name: str
    status: int
    seconds: float
    size: int


@dataclass(frozen=True, slots=True)
class Site:
    """Where the pages are, and by which cookies people of each role are known there."""

    host: str
    port: int
    cookies: Mapping[Role, str]


def read(
    site: Site, pages: Addresses, *, readers: int, seconds: float, think: float
) -> Sequence[Answer]:
    """All answers of `readers` at once, who wait `think` seconds before each request."""
    until = time.monotonic() + seconds
    reader = partial(_reader, site, pages, until, think)
    with ThreadPoolExecutor(readers) as pool:
        return [answer for some in pool.map(reader, range(readers)) for answer in some]


def _reader(
    site: Site, pages: Addresses, until: float, think: float, number: int
) -> Sequence[Answer]:
    """They begin one after the other, and each goes through all pages in an order of its own."""
    dice = random.Random(number)
    time.sleep(think * dice.random())
    connection = HTTPConnection(site.host, site.port, timeout=TIMEOUT)
    answers: list[Answer] = []
    waiting: list[str] = []
    while time.monotonic() < until:
        waiting = waiting or dice.sample(sorted(pages), len(pages))
        target = dice.choice(pages[waiting.pop()])
        answers.append(_ask(connection, target, site.cookies.get(target.role, "")))
        time.sleep(think)
    connection.close()
    return answers


def _ask(connection: HTTPConnection, target: Target, cookie: str) -> Answer:
    begun = time.monotonic()
    connection.request("GET", target.address, headers={"Cookie": cookie} if cookie else {})
    response = connection.getresponse()
    size = len(response.read())
    return Answer(target.name, response.status, time.monotonic() - begun, size)


def is_right(answer: Answer) -> bool:
    return answer.status == HTTPStatus.OK
