"""How often the search is right, and at which price: `python -m bench.search [--size small]`.

Exit status 1 when a figure misses what is required by more than chance; timings never count.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench import decision
from runner.simulation import Figures, Ratio, Trial, generate
from runner.simulation.campaign import INFORMED, Campaign, Setting

RARE, USUAL = (0.05, 0.1), (0.2, 0.3, 0.5, 0.7, 0.9, 1.0)
HISTORIES = ("kernel", "git")
DOUBT = 2.0
"""Standard errors by which a figure may miss."""


@dataclass(frozen=True, slots=True)
class Size:
    commits: int
    trials: int
    rates: Sequence[float]
    decision_commits: int
    decisions: int
    judged: bool = True
    """Whether there are enough commits and worlds for what is required."""


SIZES = {
    "tiny": Size(
        commits=150, trials=2, rates=(1.0,), decision_commits=300, decisions=2, judged=False
    ),
    "small": Size(commits=500, trials=20, rates=USUAL, decision_commits=3000, decisions=20),
    "full": Size(
        commits=2000, trials=100, rates=(*RARE, *USUAL), decision_commits=15_000, decisions=100
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    figure: str
    required: str
    measured: str
    classic: str = ""
    missed: bool = False


def main(arguments: Sequence[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    options.add_argument("--size", choices=SIZES, default="small")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--jobs", type=int, default=2)
    asked = options.parse_args(arguments)
    size, missed = SIZES[asked.size], False
    for history in HISTORIES:
        campaign = Campaign(generate(history, size.commits, asked.seed), asked.seed, size.trials)
        print(f"\n{history}, {size.commits} commits, {size.trials} worlds, seed {asked.seed}\n")
        print("| figure | required | measured | classic |\n| --- | --- | --- | --- |")
        for row in rows(Bench(campaign, size, asked.jobs)):
            failed = size.judged and row.missed
            mark = " (missed)" if failed else ""
            print(
                f"| {row.figure} | {row.required} | {row.measured}{mark} | {row.classic} |",
                flush=True,
            )
            missed = missed or failed
    print(f"\n{decision.table(size.decision_commits, size.decisions)}")
    return int(missed)


@dataclass(frozen=True, slots=True)
class Bench:
    campaign: Campaign
    size: Size
    jobs: int

    def trials(
        self, policy: str, rates: Sequence[float], background: float = 0.01, world: str = "plain"
    ) -> list[Trial]:
        settings = [Setting(world, rate, background, policy) for rate in rates]
        return [trial for some in self.campaign.run(settings, self.jobs) for trial in some]

    @property
    def usual(self) -> list[float]:
        return [rate for rate in self.size.rates if rate in USUAL]


def rows(bench: Bench) -> Iterator[Row]:
    usual = bench.trials("bayes", bench.usual)
    yield from _usual(Figures.of(usual), Figures.of(bench.trials("classic", bench.usual)))
    yield _wrong(bench, usual)
    yield _second(bench)
    yield _prior(bench)


def _usual(bayes: Figures, classic: Figures) -> Iterator[Row]:
    yield Row(
        "right, p >= 0.2, q = 0.01, % of all",
        ">= 93 or all that can be told apart",
        f"{_percent(bayes.right)} of {_percent(bayes.identifiable)}",
        _percent(classic.right),
    )
    lost = bayes.identifiable - bayes.right
    yield Row(
        "same, % of those that can be told apart",
        ">= 99",
        _percent(bayes.right_of_identifiable),
        _percent(classic.right_of_identifiable),
        missed=lost > 0.01 + DOUBT * bayes.wrong_error,
    )
    yield Row(
        "same, minutes",
        "<= 227 (2,000 commits)",
        f"{bayes.minutes:.0f} ± {bayes.minutes_error:.0f}",
        f"{classic.minutes:.0f} ± {classic.minutes_error:.0f}",
        missed=bayes.minutes > 227 + DOUBT * bayes.minutes_error,
    )


def _wrong(bench: Bench, usual: Sequence[Trial]) -> Row:
    rare = [rate for rate in bench.size.rates if rate not in USUAL]
    trials = [*usual, *bench.trials("bayes", rare)] if rare else list(usual)
    for background in (0.0, 0.03):
        trials += bench.trials("bayes", bench.size.rates, background)
    figures = Figures.of(trials)
    return Row(
        "wrong, all p and q, % of the named",
        "<= 1",
        f"{100 - 100 * figures.right_of_named:.2f} of {figures.named}"
        f" (claimed {100 - 100 * figures.confidence:.2f})",
        missed=figures.wrong > 0.01 + DOUBT * figures.wrong_error,
    )


def _second(bench: Bench) -> Row:
    figures = Figures.of(bench.trials("bayes", (0.3,), world="second"))
    classic = Figures.of(bench.trials("classic", (0.3,), world="second"))
    return Row(
        "right with a second bug of another title, p = 0.3, %",
        ">= 90 or all that can be told apart",
        f"{_percent(figures.right)} of {_percent(figures.identifiable)}",
        _percent(classic.right),
        missed=figures.right < min(0.9, figures.identifiable) - DOUBT * figures.right_error,
    )


def _prior(bench: Bench) -> Row:
    uniform = bench.trials("bayes", bench.usual, world="stack")
    ratio = Ratio.of(bench.trials(INFORMED, bench.usual, world="stack"), uniform)
    low, high = 100 * (ratio.low - 1), 100 * (ratio.high - 1)
    return Row(
        "minutes with the stack's prior, % of change",
        "<= -30",
        f"{100 * (ratio.minutes - 1):.1f} ({low:.1f} to {high:.1f})",
        missed=ratio.low > 0.7,
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
