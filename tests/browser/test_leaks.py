"""A private tree leaks nowhere: for others, every page is as it is without that tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from bisectweb.models import (
    Bisection,
    Bug,
    Crash,
    Culprit,
    Event,
    Kernel,
    Message,
    Note,
    PatchRun,
    PatchTest,
    Revision,
    Run,
    Tree,
)
from tests.browser.pages import PAGES
from tests.browser.scene import Scene, fill
from tests.factories import create_bug, create_crash, create_tree, sha_of

pytestmark = pytest.mark.django_db

SECRET = "xyzzy"
TITLES: Mapping[type[Any], str] = {
    Bug: "title",
    Crash: "title",
    Run: "title",
    Revision: "subject",
    Culprit: "subject",
    Message: "subject",
    Event: "text",
    PatchTest: "title",
    PatchRun: "title",
    Note: "text",
}
OTHERS = "others@kernel.invalid"
# That a machine is busy is no secret; with what is.
BUSY = {"/workers/"}
# What differs from one request to the next, and says nothing.
FLEETING = re.compile(
    r'name="(?:csrfmiddlewaretoken|once)" value="[\w-]+"|\d+ (?:seconds?|minutes?)|nonce="\w+"'
)


@dataclass(frozen=True, slots=True)
class Route:
    """An address with holes, as `str.format` fills them."""

    address: str
    kinds: Sequence[str]
    """Of its arguments: `int`, `str` and so on."""


def routes(patterns: Sequence[Any] | None = None, before: str = "/") -> Iterator[Route]:
    """Every address of the site but Django's admin, which is for admins, and of passwords."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver) and pattern.app_name != "admin":
            yield from routes(pattern.url_patterns, before + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            address = before + str(pattern.pattern)
            if pattern.name == "password-set":
                continue
            kinds = [
                type(one).__name__.removesuffix("Converter").lower()
                for one in pattern.pattern.converters.values()
            ]
            yield Route(re.sub(r"<[^>]*>", "{}", address), kinds)


def strangers(scene: Scene) -> list[Client]:
    """Nobody who signed in, somebody with an account, and the maintainer of another tree."""
    other = User.objects.create_user("other", OTHERS)
    clients = [Client(), Client(), Client()]
    for client, user in zip(clients[1:], (scene.user, other), strict=True):
        client.raise_request_exception = False
        client.force_login(user)
    return clients


@pytest.fixture
def scene() -> Scene:
    """All trees are private but one, which has one bug; what has a name has a secret one."""
    found = fill()
    Note.objects.create(bug=found.found.bug, author=found.user, text="a note")
    for model, field in TITLES.items():
        model.objects.update(**{field: f"{SECRET} {model.__name__}"})
    for kernel in Kernel.objects.all():
        Kernel.objects.filter(pk=kernel.pk).update(key=sha_of(kernel.key))
    Tree.objects.update(seen_by=Tree.SeenBy.KEEPERS)
    tree = create_tree(name="open", maintainers=OTHERS)
    create_crash(bug=create_bug(tree=tree, duplicate_of=found.secret.bug, state="duplicate"))
    return found


ROW, NAME = "987654321", sha_of("nothing is called that")
"""What there is nothing of."""


def hidden(scene: Scene) -> Mapping[str, Sequence[tuple[str, str]]]:
    """By the kind of an argument, names of what is secret, each with one of nothing beside it."""
    rows = {(str(model.objects.earliest("pk").pk), ROW) for model in TITLES}
    culprit = Culprit.objects.get(bisection=scene.found)
    key = Kernel.objects.filter(revision__bisection=scene.found).earliest("pk").key
    tree = scene.secret.bug.tree.name
    names = [(culprit.sha, NAME), (key, NAME), (tree, NAME)]
    nouns = ["bugs", "crashes", "bisections", "revisions", "runs", "messages"]
    nouns += ["patch-tests", "patch-runs"]
    pages = [(f"{noun}/{pk}", f"{noun}/{ROW}") for noun in nouns for pk, _ in rows]
    pages += [(f"commits/{culprit.sha}", f"commits/{NAME}"), (f"kernels/{key}", f"kernels/{NAME}")]
    pages += [(tree, NAME), (f"trees/{tree}", f"trees/{NAME}")]
    return {"int": [*rows], "string": [*rows, *names], "path": pages}


def addresses(
    route: Route, names: Mapping[str, Sequence[tuple[str, str]]]
) -> Iterator[tuple[str, str]]:
    """Each with what is secret, and the same with nothing."""
    for chosen in product(*(names[kind] for kind in route.kinds)) if route.kinds else ():
        there, nowhere = zip(*chosen, strict=True)
        yield route.address.format(*there), route.address.format(*nowhere)


def answer(client: Client, method: str, address: str) -> tuple[int, str]:
    """What is answered, without the address and what is fleeting."""
    response: HttpResponse = getattr(client, method)(address)
    content = response.getvalue().decode("utf-8", "replace")
    return response.status_code, FLEETING.sub("", content).replace(address, "")


def test_what_is_private_is_answered_as_what_does_not_exist(scene: Scene) -> None:
    names, wrong, asked = hidden(scene), [], 0
    rows = Bisection, Bug, Message, Note, Tree
    before = [list(model.objects.order_by("pk").values()) for model in rows]
    clients = strangers(scene)
    for method, route in product(("get", "post", "delete"), routes()):
        for there, nowhere in addresses(route, names):
            for number, client in enumerate(clients):
                got, wanted = answer(client, method, there), answer(client, method, nowhere)
                # 422: no address of that page has this form; nothing was looked up.
                is_alike = got[0] == wanted[0] or got[0] == 422
                if not is_alike or SECRET in got[1] or got[0] < 300:
                    wrong.append((method, number, there, got[0], wanted[0]))
                asked += 1
    assert wrong == []
    assert asked > 500
    assert [list(model.objects.order_by("pk").values()) for model in rows] == before


def seen(clients: Sequence[Client], addresses: Sequence[str]) -> dict[tuple[int, str], str]:
    """What is on each page for each of them."""
    return {
        (number, address): answer(client, "get", address)[1]
        for number, client in enumerate(clients)
        for address in addresses
    }


def test_lists_searches_counts_and_feeds_are_as_without_what_is_private(scene: Scene) -> None:
    clients = strangers(scene)
    told = [page.address(scene) for page in PAGES if page.of(scene) is None]
    named = ["/?q=secret", "/statistics/?tree=vendor"]
    open_bug = Bug.objects.get(tree__name="open")
    listed = [*told, *named, open_bug.get_absolute_url(), f"/bugs/{open_bug.pk}.json"]
    with_secrets = seen(clients, listed)
    keeper = Client()
    keeper.force_login(scene.maintainer)
    assert SECRET in answer(keeper, "get", "/")[1]
    Bug.objects.exclude(pk=open_bug.pk).delete()
    Tree.objects.exclude(name="open").delete()
    Kernel.objects.all().delete()
    without = seen(clients, listed)
    assert [key for key, text in with_secrets.items() if SECRET in text] == []
    differ = {key[1] for key, text in with_secrets.items() if text != without[key]}
    assert differ <= BUSY
