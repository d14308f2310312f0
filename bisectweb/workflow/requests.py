"""What people ask for: file, complete, start, cancel, mark invalid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from bisectweb import queue
from bisectweb.models import Bisection, Bug, Crash, Event, Message, Priority, Tree
from bisectweb.outbound import outbox
from bisectweb.summaries import summarise
from bisectweb.workflow.ending import end
from bisectweb.workflow.taking import refuse_differences, take
from runner.errors import InputError
from runner.values import Language

IS_INVALID = "the bisection was marked invalid"


def file_bug(
    *,
    tree: Tree,
    title: str,
    commit: str,
    commit_title: str = "",
    config: str,
    reproducer: str,
    language: str = Language.C,
    repeat: bool = False,
    procs: int = 1,
    bits: int = 64,
    report: str = "",
    crash_title: str = "",
    by: User | None,
) -> Bug:
    """A bug with its first crash."""
    with transaction.atomic():
        bug = Bug.objects.create(tree=tree, title=title, reporter=by)
        Crash.objects.create(
            bug=bug,
            title=crash_title,
            commit=commit,
            commit_title=commit_title,
            config=config,
            reproducer=reproducer,
            language=language,
            repeat=repeat,
            procs=procs,
            bits=bits,
            report=report,
        )
        Event.objects.create(bug=bug, actor=by, text="filed the bug")
        summarise(bug.pk)
    return bug


def complete(
    crash: Crash, *, tree: Tree | None = None, by: User | None, **given: str | bool | int
) -> bool:
    """Give a crash of an imported log what it lacks to be run: `given` are fields of the crash.

    Its bug moves to `tree`, if there is one. False when somebody was quicker.
    """
    with transaction.atomic():
        lacking = Q(config="") | Q(reproducer="")
        if not Crash.objects.filter(lacking, pk=crash.pk).update(**given):
            return False
        if tree:
            Bug.objects.filter(pk=crash.bug_id).update(tree=tree)
        text = f"added a kernel config and a reproducer to the crash at {crash.commit[:12]}"
        Event.objects.create(bug=crash.bug, actor=by, text=text)
        summarise(crash.bug_id)
    return True


def start(
    crash: Crash,
    *,
    kind: str,
    strategy: str = Bisection.Strategy.BAYES,
    runs: int = 10,
    good: str = "",
    bad: str = "",
    minimise: bool = False,
    in_upstream: bool = False,
    priority: int | None = None,
    config: str = "",
    evidence_from: Bisection | None = None,
    asked_by: str = "",
    once: str = "",
    by: User | None,
) -> Bisection:
    """A new bisection, waiting for a worker; `asked_by` is the address of who asked by mail.

    Without a `priority` it has that of its bug. It is searched with `config`, if one is given,
    instead of the crash's; with the evidence of an earlier bisection, and with that one's config
    then, if its runs say the same of this search: else `InputError` tells why they do not.
    """
    if missing := crash.missing:
        raise InputError(f"nothing can be run for this crash: it lacks {', '.join(missing)}")
    if evidence_from:
        refuse_differences(evidence_from, crash, config)
        minimise = False
    with transaction.atomic():
        bisection = Bisection.objects.create(
            bug=crash.bug,
            crash=crash,
            kind=kind,
            strategy=strategy,
            runs=runs,
            asked_good=good,
            asked_bad=bad or crash.commit,
            minimise=minimise,
            in_upstream=in_upstream,
            priority=priority or Priority.of_word(crash.bug.priority),
            base_config=crash.bug.tree.base_config if minimise else "",
            setup=crash.bug.tree.setup(),
            created_by=by,
            asked_by=asked_by,
            once=once,
            **_known_before(crash, config, evidence_from),
        )
        text = f"started {bisection.kind} bisection {bisection.pk}"
        if evidence_from:
            take(evidence_from, bisection)
            text += f" with the evidence of bisection {evidence_from.pk}"
        Event.objects.create(bug=crash.bug, actor=by, text=text)
        queue.wake_bisection(bisection.pk)
        summarise(crash.bug_id)
    return bisection


def start_once(once: str, begin: Callable[[], Bisection], by: User) -> Bisection:
    """What `begin` starts with this `once`, all or nothing; or what was started with it before,
    however shortly.
    """
    started = Bisection.objects.filter(created_by=by, once=once).exclude(once="")
    if before := started.first():
        return before
    try:
        return begin()
    except IntegrityError:
        if before := started.first():
            return before
        raise


def _known_before(crash: Crash, config: str, source: Bisection | None) -> dict[str, Any]:
    """What a search is about: as it was asked for, or what an earlier one found out."""
    if source is None:
        return {"title": crash.title, "config": config}
    return {
        "title": source.title,
        "config": source.config,
        "minimised": source.minimised,
        "taken_from": source,
    }


def cancel(bisection: Bisection, by: User | None) -> bool:
    """Stop a bisection; False when it was over. Its build or VM dies at the next heartbeat."""
    who = f" by {by.get_username()}" if by else ""
    return end(bisection, Bisection.State.CANCELLED, f"cancelled{who}", by)


def invalidate(bisection: Bisection, by: User, reason: str) -> bool:
    """Say that a result shall not be trusted; False when somebody said so before."""
    with transaction.atomic():
        marked = Bisection.objects.filter(pk=bisection.pk, invalidated=None).update(
            invalidated=timezone.now(), invalidated_by=by, invalid_reason=reason
        )
        if marked:
            for message in bisection.mails.filter(state__in=Message.HELD):
                outbox.cancel(message, by, IS_INVALID)
            text = f"marked bisection {bisection.pk} invalid: {reason}"
            Event.objects.create(bug=bisection.bug, actor=by, text=text[:1000])
    return bool(marked)


def revalidate(bisection: Bisection, by: User, reason: str) -> bool:
    """Take back that a result is invalid; False when nobody says so. Its mail waits again."""
    with transaction.atomic():
        rows = Bisection.objects.filter(pk=bisection.pk).exclude(invalidated=None)
        taken_back = rows.update(invalidated=None, invalidated_by=None, invalid_reason="")
        if taken_back:
            for message in bisection.mails.filter(reason=IS_INVALID):
                outbox.take_back(message, by, IS_INVALID)
            text = f"took back that bisection {bisection.pk} is invalid: {reason}"
            Event.objects.create(bug=bisection.bug, actor=by, text=text[:1000])
            summarise(bisection.bug_id)
    return bool(taken_back)
