"""What workflow tests do with a bisection: begin it, look at it, kill its worker."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

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


Call: TypeAlias = tuple[str, int]
"""What a lab is asked, and how often it was asked the same before."""


@dataclass
class Mortal:
    """A worker that is killed right before each of these calls, once.

    What `except Exception` does not see stands for kill -9 here.
    """

    doomed: Collection[Call] = ()
    calls: list[Call] = field(default_factory=list)

    def __call__(self, what: str) -> None:
        call = what, sum(what == before for before, _ in self.calls)
        self.calls.append(call)
        if call in self.doomed:
            raise KeyboardInterrupt(what)


def everywhere(calls: Sequence[Call]) -> list[Mortal]:
    """Workers that together are killed at each of these calls: each at every seventh, as what is
    begun anew more often than `MAX_ATTEMPTS` is given up.
    """
    return [Mortal(calls[first::7]) for first in range(7)]


def again_and_again(go: Callable[[], object], worker: Mortal) -> None:
    """Go on after each death as others would: the lease is still held, and ends some time later."""
    while True:
        try:
            go()
            break
        except KeyboardInterrupt:
            let_leases_end()
            workflow.sweep()
    assert set(worker.doomed) <= set(worker.calls)


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
