"""Many trials on one window, on several processors."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

from runner.guard import PR_SET_PDEATHSIG, prctl
from runner.search import BAYES, CLASSIC, History, Policy
from runner.search.prior import weigh
from runner.simulation.trial import Trial, attempt
from runner.simulation.window import Window
from runner.simulation.world import World
from runner.simulation.worlds import draw

INFORMED = "informed"
"""Bayes with the prior that the commits' files and the crash's stack give."""
POLICIES: dict[str, Policy] = {"bayes": BAYES, INFORMED: BAYES, "classic": CLASSIC}


@dataclass(frozen=True, slots=True)
class Setting:
    """What all trials of one line of a table have in common."""

    world: str
    crash_rate: float
    background_rate: float
    policy: str
    workers: int = 1


@dataclass(frozen=True)
class Campaign:
    """The same numbered worlds for every setting, so that settings compare in pairs."""

    window: Window
    seed: int
    trials: int

    def run(self, settings: Sequence[Setting], jobs: int) -> Iterator[Sequence[Trial]]:
        """The trials of each setting, in the order of the settings, as they are done."""
        tasks = [(setting, number) for setting in settings for number in range(self.trials)]
        if jobs == 1:
            results = (self.trial(*task) for task in tasks)
            yield from self._grouped(results)
            return
        self.trial(*tasks[0])  # what the window learns by that is forked with it
        with ProcessPoolExecutor(
            jobs, multiprocessing.get_context("fork"), _enter, (self,)
        ) as pool:
            yield from self._grouped(pool.map(_trial, tasks, chunksize=5))

    def _grouped(self, results: Iterator[Trial]) -> Iterator[Sequence[Trial]]:
        while group := [trial for _, trial in zip(range(self.trials), results, strict=False)]:
            yield group

    def trial(self, setting: Setting, number: int) -> Trial:
        rates = setting.crash_rate, setting.background_rate
        world = draw(self.window, setting.world, self.seed, number, *rates)
        told = _informed(world) if setting.policy == INFORMED else self.window.history
        return attempt(world, POLICIES[setting.policy], told, setting.workers)


def _informed(world: World) -> History:
    history = world.window.history
    merges = [sha for sha, parents in history.parents.items() if len(parents) > 1]
    prior = weigh(world.window.paths, stack=world.stack, merges=merges)
    return replace(history, prior=prior.weights)


_here: list[Campaign] = []
"""The campaign of this process, when it is one of a pool."""


def _enter(campaign: Campaign) -> None:
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # or kill -9 of the command would leave us waiting
    _here.append(campaign)


def _trial(task: tuple[Setting, int]) -> Trial:
    return _here[0].trial(*task)
