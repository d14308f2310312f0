"""What workflow tests do with a bisection: begin it, look at it, kill its worker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from bisectweb import workflow
from bisectweb.models import Bisection, Revision, Run
from runner.values import Sha
from tests.factories import create_tree
from tests.fakes import TITLE

STRATEGIES = list(Bisection.Strategy)


def begin(
    title: str = TITLE,
    good: str = "c0",
    bad: str = "c16",
    strategy: str = "classic",
    config: str = "CONFIG_X=y\n",
    base_config: str = "",
    **wanted: object,
) -> Bisection:
    bug = workflow.file_bug(
        tree=create_tree(base_config=base_config),
        title="a warning",
        commit=bad,
        config=config,
        reproducer="int main;",
        crash_title=title,
        by=None,
    )
    asked = {"kind": "cause", "strategy": strategy, "runs": 10, "good": good, "by": None}
    return workflow.start(bug.crashes.get(), **asked | wanted)  # type: ignore[arg-type]


def finished(bisection: Bisection) -> Bisection:
    return Bisection.objects.get(pk=bisection.pk)


def dies_at(doomed: int) -> Callable[[str], None]:
    """What `except Exception` does not see stands for kill -9 here."""
    seen = 0

    def trouble(what: str) -> None:
        nonlocal seen
        seen += 1
        if seen == doomed + 1:
            raise KeyboardInterrupt(what)

    return trouble


def evidence() -> list[tuple[Sha, int, str]]:
    return list(
        Run.objects.order_by("revision__order", "index").values_list(
            "revision__sha", "index", "outcome"
        )
    )


def let_leases_end() -> None:
    past = timezone.now() - timedelta(minutes=1)
    for model in (Bisection, Revision):
        model.objects.exclude(lease="").update(lease_until=past)
        model.objects.update(not_before=None, woken=None)
