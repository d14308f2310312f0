"""What people say of a bug: what fixed it, what it is the same as, that it is none; its title and
its labels.

Each says what was done, for the audit trail that its caller keeps; `InputError` when it cannot be.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction

from bisectweb.models import Bisection, Bug, Priority, Tree
from bisectweb.summaries import summarise
from bisectweb.workflow.patching import lock_patch_tests, stop_patch_tests
from bisectweb.workflow.pausing import set_priority
from bisectweb.workflow.requests import cancel
from runner.errors import InputError


def mark_fixed(bug: Bug, title: str) -> str:
    """By the commit of that title."""
    _change(bug, state=Bug.State.FIXED, fix=title)
    return f"fixed by: {title}"


def mark_unfixed(bug: Bug) -> str:
    if bug.state != Bug.State.FIXED:
        raise InputError("the bug was not said to be fixed")
    _change(bug, state=Bug.State.OPEN, fix="")
    return "open again"


def mark_duplicate(bug: Bug, title: str) -> str:
    """Of the bug in the same tree that is called so."""
    with transaction.atomic():
        # Of two people who say it of two bugs at once, the second sees what the first has said.
        # In the order in which whoever ends a bisection locks them.
        Bug.objects.select_for_update(no_key=True).only("pk").get(pk=bug.pk)
        Tree.objects.select_for_update(no_key=True).only("pk").get(pk=bug.tree_id)
        return _mark_duplicate(bug, title)


def _mark_duplicate(bug: Bug, title: str) -> str:
    named = list(Bug.objects.filter(tree=bug.tree, title=title).exclude(pk=bug.pk)[:2])
    if not named:
        raise InputError(f'no other bug of this tree is called "{title}"')
    if len(named) > 1:
        raise InputError(f'several bugs of this tree are called "{title}"')
    [other] = named
    _refuse_circles(bug, other)
    _change(bug, state=Bug.State.DUPLICATE, duplicate_of=other)
    return f"duplicate of: {other}"


def _refuse_circles(bug: Bug, other: Bug) -> None:
    above: Bug | None = other
    while above is not None:
        if above.pk == bug.pk:
            raise InputError("that bug is said to be a duplicate of this one")
        above = above.duplicate_of


def mark_unique(bug: Bug) -> str:
    if bug.state != Bug.State.DUPLICATE:
        raise InputError("the bug was not said to be a duplicate")
    _change(bug, state=Bug.State.OPEN, duplicate_of=None)
    return "open again"


def mark_invalid(bug: Bug, by: User | None) -> str:
    """Nobody works on it any more, either."""
    with transaction.atomic():
        cancel_all(bug, by, "the bug was said to be none")
        _change(bug, state=Bug.State.INVALID)
    return "invalid"


def mark_valid(bug: Bug) -> str:
    """It is again what it was before; what was stopped is not begun again."""
    if bug.state != Bug.State.INVALID:
        raise InputError("the bug was not said to be none")
    before = Bug.State.DUPLICATE if bug.duplicate_of_id else Bug.State.OPEN
    _change(bug, state=Bug.State.FIXED if bug.fix else before)
    return f"a bug after all, {bug.state} again; what was stopped stays so"


def rename(bug: Bug, title: str) -> str:
    """Of another title; mails that were sent keep theirs, and answers to them are still found."""
    if title == (before := bug.title):
        raise InputError("the bug is called so")
    _change(bug, title=title)
    return f'called "{title}", no longer "{before}"'


def cancel_all(
    bug: Bug, by: User | None, why: str = "all work on the bug was cancelled"
) -> Sequence[str]:
    """Stop the bisections and patch tests of a bug: how many there were of each, in words. Who
    asked for a patch is told `why`.
    """
    with transaction.atomic():
        active = _active(bug)
        lock_patch_tests(bug)
        bisections = sum(cancel(bisection, by) for bisection in active)
        tests = stop_patch_tests(bug, by, why)
    counts = ((bisections, "bisection"), (tests, "patch test"))
    return [f"{count} {noun}{'s' * (count != 1)}" for count, noun in counts if count]


def _active(bug: Bug) -> Sequence[Bisection]:
    """All are locked before the bug is, as by whoever ends one."""
    active = bug.bisections.filter(state__in=Bisection.ACTIVE).select_for_update(no_key=True)
    return list(active.order_by("pk"))


def _prioritise(bug: Bug, word: str, by: User | None) -> None:
    """The bisections that are under way, too, where that changes the bug's priority."""
    with transaction.atomic():
        if Bug.objects.filter(pk=bug.pk).exclude(priority=word).exists():
            for bisection in _active(bug):
                set_priority(bisection, Priority.of_word(word), by)
        _change(bug, priority=word)


def set_label(bug: Bug, name: str, value: str, by: User | None) -> str:
    """`subsystems` (with commas between), `prio` or `no-reminders`; the label that it had goes."""
    match name:
        case "subsystems":
            _change(bug, subsystems=_short(value))
        case "prio":
            _prioritise(bug, value, by)
        case _:
            _change(bug, no_reminders=True)
    return f"{name}: {value}" if value else name


def unset_label(bug: Bug, name: str, by: User | None) -> str:
    match name:
        case "subsystems":
            _change(bug, subsystems="")
        case "prio":
            _prioritise(bug, Priority.NORMAL.label, by)
        case _:
            _change(bug, no_reminders=False)
    return f"without {name}"


def _short(value: str) -> str:
    if len(value) > 700:
        raise InputError("these are too many subsystems")
    return value


def _change(bug: Bug, **fields: object) -> None:
    for name, value in fields.items():
        setattr(bug, name, value)
    with transaction.atomic():
        bug.save(update_fields=[*fields])
        summarise(bug.pk)
