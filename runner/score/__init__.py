"""How far the culprit of a bisection can be trusted, and which verdict on its way is doubtful."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from runner.log import Log
from runner.log.values import Ending
from runner.score.model import accounts
from runner.score.reasons import doubted, trusted
from runner.score.story import story
from runner.values import Sha

THRESHOLD = 0.40
"""From this probability on a culprit is trusted: nine in ten of the right ones are."""


class Trust(StrEnum):
    TRUST = "trust"
    DOUBT = "doubt"


@dataclass(frozen=True, slots=True)
class Score:
    """What is thought of a bisection."""

    probability: float | None
    """That its culprit is right, or among its candidates; None: it names nobody."""
    verdict: Trust
    doubtful: Sha | None
    """The revision whose verdict is the likeliest to be wrong, if any is; None: none had one."""
    reason: str
    """One sentence, without a full stop."""


def score(log: Log) -> Score:
    """Never raises, whatever the log is cut to. A log that names nobody is doubted."""
    told = story(log)
    found = accounts(told, log.culprit)
    likeliest = max(
        zip(found.wrong, told.judged, strict=True), key=lambda pair: pair[0], default=None
    )
    suspect = likeliest[1] if likeliest else None
    named = log.ending in (Ending.CULPRIT, Ending.INCONCLUSIVE)
    is_trusted = named and found.right >= THRESHOLD
    reason = (
        trusted(told, log.culprit)
        if is_trusted and log.culprit
        else doubted(told, log.culprit, suspect)
    )
    return Score(
        found.right if named else None,
        Trust.TRUST if is_trusted else Trust.DOUBT,
        suspect.step.sha if suspect else None,
        reason,
    )


__all__ = ["Score", "Trust", "score"]
