"""Which tree a person means: never do we fetch from an address that a mail gives."""

from __future__ import annotations

import re

from bisectweb.models import Bug, Tree
from runner.errors import InputError

MOST_NAMED = 20
"""Repositories that an answer lists."""
SCHEME = re.compile(r"[a-z+]+://(?:[^/@]*@)?", re.IGNORECASE)
SCP = re.compile(r"(?:[^/@:]+@)?([^/@:]+):(?!//)")


def named_tree(name: str, bug: Bug) -> Tree:
    """The tree whose repository somebody names by its address, as people write it, or by its name.
    Of several the bug's own comes first. `InputError` says which there are.
    """
    known = [tree for tree in _trees(bug) if tree.url]
    for tree in known:
        if name == tree.name or same(name, tree.url):
            return tree
    urls = sorted({tree.public_url for tree in known if not tree.url.startswith("/")})
    listed = ", ".join(urls[:MOST_NAMED]) or bug.tree.name
    raise InputError(
        f"this service does not know that repository. It tests patches on: {listed}; to test on "
        "another one, please send the patch that leads from one of these to it"
    )


def _trees(bug: Bug) -> list[Tree]:
    """The bug's own, and those that whoever sees the bug may see."""
    own = bug.tree
    others = Tree.objects.filter(seen_by=Tree.SeenBy.EVERYBODY).exclude(pk=own.pk)
    return [own, *others.order_by("pk")]


def same(one: str, other: str) -> bool:
    """Whether two addresses are one repository's: servers give it over several protocols."""
    return plain(one) == plain(other)


def plain(url: str) -> str:
    """An address without what does not matter: protocol, user, `.git` and slashes at its end."""
    if match := SCP.match(url):
        url = f"{match[1]}/{url[match.end() :]}"
    bare = SCHEME.sub("", url).rstrip("/").removesuffix(".git").rstrip("/")
    host, slash, path = bare.partition("/")
    return f"{host.lower()}{slash}{path.lstrip('/')}" if host else f"/{path}"
