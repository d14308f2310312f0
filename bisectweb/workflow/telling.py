"""What the log and the page say of the steps of a search."""

from __future__ import annotations

from collections.abc import Sequence

from bisectweb.models import Bisection
from runner.lab import Lab
from runner.log import ours, render_entries
from runner.search import History, Step
from runner.search.decision import Phase


def tell(bisection: Bisection, lab: Lab, history: History, steps: Sequence[Step]) -> str:
    """The log's lines about the steps it does not tell of yet."""
    return "".join(
        render_entries(
            ours.announcement(history, steps, position, lambda sha: lab.commit(sha).subject)
        )
        for position in range(bisection.told, len(steps))
    )


def why(step: Step) -> str:
    match step.phase:
        case Phase.START:
            return "does the bug show where it was reported?"
        case Phase.GOOD:
            return "is the given good commit good?"
        case Phase.RELEASE:
            return f"was the bug there in {step.release}?"
        case Phase.HEAD:
            return "is the bug gone today?"
        case Phase.BASE:
            return "was the bug there when this branch was forked?"
        case Phase.HALVING:
            assert step.halving is not None
            left = step.halving.left
            return f"halves the range; {left} revision{'s' * (left != 1)} left after it"


def progress(step: Step) -> str:
    if step.halving is None:
        return "looking for the range to halve"
    return f"about {step.halving.steps} steps left after this one ({step.halving.left} revisions)"
