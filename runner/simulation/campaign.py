"""Many trials on one window, on several processors."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from runner.guard import PR_SET_PDEATHSIG, prctl
from runner.search import BAYES, CLASSIC, Policy
from runner.simulation.trial import Trial, attempt
from runner.simulation.window import Window
from runner.simulation.worlds import draw

POLICIES: dict[str, Policy] = {"bayes": BAYES, "classic": CLASSIC}


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
        world = draw(
            self.window,
            setting.world,
            self.seed,
            number,
            setting.crash_rate,
            setting.background_rate,
        )
        return attempt(world, POLICIES[setting.policy], self.window.history, setting.workers)


_here: list[Campaign] = []
"""The campaign of this process, when it is one of a pool."""


def _enter(campaign: Campaign) -> None:
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # or kill -9 of the command would leave us waiting
    _here.append(campaign)


def _trial(task: tuple[Setting, int]) -> Trial:
    return _here[0].trial(*task)
