"""Who sees what, and who may pull the levers: by the tree that a row belongs to.

Pages, feeds, calls, searches and counts ask here, so that a tree that is not for everybody leaks
nowhere. What a person sees is found out once for each user object, which lives as long as its
request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from bisectweb.models import (
    Answer,
    Bisection,
    Bounce,
    Bug,
    Crash,
    Culprit,
    Event,
    ImportedLog,
    Kernel,
    Message,
    Note,
    PatchRun,
    PatchTest,
    Received,
    Revision,
    Run,
    Score,
    Tree,
    Week,
)

Person: TypeAlias = AbstractBaseUser | AnonymousUser
M = TypeVar("M", bound=Model)

TREES: dict[type[Model], str] = {
    Tree: "pk",
    **dict.fromkeys((Bug, Week), "tree"),
    **dict.fromkeys((Crash, Event, Message, Note, Bisection, Received, PatchTest), "bug__tree"),
    **dict.fromkeys((Culprit, Score, ImportedLog, Revision), "bisection__bug__tree"),
    Run: "revision__bisection__bug__tree",
    PatchRun: "patch_test__bug__tree",
    **dict.fromkeys((Answer, Bounce), "message__bug__tree"),
}
"""Where a row says which tree it belongs to. What is not here is for admins."""
TREELESS = frozenset({Received, Event, Message, Bounce})
"""Rows that may belong to no bug; those are for admins, as rows: the page of a tree shows its
own events."""
MEMO = "_bisectweb_sight"


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody sees and may do, by the ids of trees."""

    is_admin: bool
    hidden: frozenset[int]
    kept: frozenset[int]
    """Those whose levers they may pull; an admin's are not listed."""


def sight(user: Person) -> Sight:
    """One small query for each user object; none for admins."""
    remembering: Any = user
    known: Sight | None = getattr(remembering, MEMO, None)
    if known is None:
        known = _sight(user)
        setattr(remembering, MEMO, known)
    return known


def _sight(user: Person) -> Sight:
    if is_admin(user):
        return Sight(True, frozenset(), frozenset())
    is_known = user.is_authenticated and user.is_active
    trees = Tree.objects.only("pk", "seen_by", "maintainers")
    if not is_known:
        trees = trees.exclude(seen_by=Tree.SeenBy.EVERYBODY)
    rows = list(trees)
    kept = frozenset(tree.pk for tree in rows if may_keep(user, tree))
    open_to = {Tree.SeenBy.EVERYBODY} | ({Tree.SeenBy.SIGNED_IN} if is_known else set())
    hidden = frozenset(tree.pk for tree in rows if tree.seen_by not in open_to) - kept
    return Sight(False, hidden, kept)


def is_admin(user: Person) -> bool:
    return bool(user.is_active and getattr(user, "is_staff", False))


def may_keep(user: Person, tree: Tree) -> bool:
    """Whether they pull its levers: an admin, or who has the account of a maintainer's address.

    Accounts are made by admins, so that an account's address can be relied on.
    """
    if is_admin(user):
        return True
    address = getattr(user, "email", "") if user.is_active else ""
    return address.lower() in tree.maintainers.lower().split()


def keeps_any(user: Person) -> bool:
    known = sight(user)
    return known.is_admin or bool(known.kept)


def visible(rows: QuerySet[M], user: Person) -> QuerySet[M]:
    """Those that somebody may see. Nothing is filtered where nothing is hidden from them."""
    known = sight(user)
    if known.is_admin:
        return rows
    if rows.model is Kernel:
        return _visible_kernels(rows, known)
    if rows.model not in TREES:
        return rows.none()
    path = TREES[rows.model]
    if rows.model in TREELESS:
        rows = rows.filter(**{f"{path}__isnull": False})
    return rows.filter(~Q(**{f"{path}__in": known.hidden})) if known.hidden else rows


def _visible_kernels(rows: QuerySet[M], known: Sight) -> QuerySet[M]:
    """Kernels are shared: one is seen by whoever sees a revision that it was built for."""
    if not known.hidden:
        return rows
    seen = ~Q(bisection__bug__tree__in=known.hidden)
    return rows.filter(Exists(Revision.objects.filter(seen, kernel=OuterRef("pk"))))


def kept(rows: QuerySet[M], user: Person) -> QuerySet[M]:
    """Those whose levers somebody may pull."""
    known = sight(user)
    if known.is_admin:
        return rows
    if rows.model not in TREES:
        return rows.none()
    return rows.filter(**{f"{TREES[rows.model]}__in": known.kept})


def tree_of(row: Model) -> Tree | None:
    """The tree that a row belongs to; None for a mail about no bug."""
    path = TREES[type(row)]
    if path == "pk":
        assert isinstance(row, Tree)
        return row
    found: object = row
    for name in path.split("__"):
        found = getattr(found, name)
        if found is None and type(row) in TREELESS:
            return None
    assert isinstance(found, Tree)
    return found


def sees(user: Person, row: Model) -> bool:
    """Whether somebody may see a row that is at hand, such as what a visible one refers to."""
    known = sight(user)
    tree = tree_of(row)
    return known.is_admin or (tree is not None and tree.pk not in known.hidden)
