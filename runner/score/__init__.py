"""How far the culprit of a bisection can be trusted, and which verdict on its way is doubtful."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from runner.log import Log
from runner.log.values import Ending
from runner.score.model import accounts
from runner.score.reasons import doubted, trusted, unnamed
from runner.score.story import Judged, story
from runner.score.today import Change, today
from runner.values import Sha

THRESHOLD = 0.45
"""From this probability on a culprit is trusted: nine in ten of the right ones are."""


class Trust(StrEnum):
    TRUST = "trust"
    DOUBT = "doubt"


@dataclass(frozen=True, slots=True)
class Score:
    """What is thought of a bisection."""

    probability: float | None
    """That its culprit is right, or that one of its candidates is; None: it names nobody, or
    it is a list of a search that weighs runs, which says itself how likely each of them is."""
    verdict: Trust
    doubtful: Sha | None
    """The revision whose verdict is the likeliest to be wrong, if any is; None: none had one. A
    trusted bisection has one as well: where to look first if it is wrong after all."""
    reason: str
    """One sentence, without a full stop."""


def score(log: Log) -> Score:
    """Never raises, whatever the log is cut to. Who names nobody is doubted."""
    told = story(log)
    found = accounts(told)
    suspect = max(zip(found.wrong, told.judged, strict=True), key=_chance, default=(0.0, None))[1]
    doubtful = suspect.step.sha if suspect else None
    listed = log.ending is Ending.INCONCLUSIVE and told.weighed is None
    if log.culprit is None and not listed:
        return Score(None, Trust.DOUBT, doubtful, unnamed(told, suspect))
    if found.right >= THRESHOLD:
        return Score(found.right, Trust.TRUST, doubtful, trusted(told))
    return Score(found.right, Trust.DOUBT, doubtful, doubted(told, suspect))


def _chance(pair: tuple[float, Judged | None]) -> float:
    return pair[0]


__all__ = ["Change", "Score", "Trust", "score", "today"]
