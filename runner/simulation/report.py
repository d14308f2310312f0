"""What a campaign prints: a line for each setting, averages, and policies compared in pairs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from runner.simulation.campaign import Campaign, Setting
from runner.simulation.figures import Figures, Ratio
from runner.simulation.trial import Trial

USUAL = 0.2
"""Averages are over crash rates from here on."""
HEAD = (
    f"{'world':12} {'q':>5} {'policy':12} {'p':>6} {'right':>12} {'wrong':>10} {'unsure':>7}"
    f" {'findable':>9} {'of those':>9} {'named':>6} {'of those':>9} {'claimed':>8} {'builds':>7}"
    f" {'runs':>6} {'minutes':>11} {'p90':>6} {'wall':>6} {'steps':>6} {'ms':>6}"
)
LEGEND = """
right, wrong, unsure: % of the trials, with the standard error over worlds.
findable: % of the trials where anybody could tell the culprit from all others; % right of those.
named: trials that named a commit or said that the bug is older; % right of those, and the mean
confidence they claimed. minutes: of machines, with standard error and the 90 % quantile; wall: of
a clock. steps: decisions; ms: processor time of one."""


@dataclass
class Report:
    """Lines on standard output, for people or as JSON."""

    campaign: Campaign
    as_json: bool
    done: dict[Setting, Sequence[Trial]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        history = self.campaign.window.history
        merges = sum(len(parents) > 1 for parents in history.parents.values())
        facts = {
            "commits": len(history.parents) - 1,
            "merges": merges,
            "worlds": self.campaign.trials,
            "seed": self.campaign.seed,
        }
        words = ", ".join(f"{name} {number}" for name, number in facts.items())
        self._say(f"{words}\n{HEAD}", facts)

    def add(self, setting: Setting, trials: Sequence[Trial]) -> None:
        self.done[setting] = trials
        self._line(setting, f"{setting.crash_rate:g}", trials)

    def summary(self) -> None:
        """Averages over the usual crash rates, and each policy against the first."""
        groups: dict[Setting, list[Trial]] = {}
        for setting, trials in self.done.items():
            if setting.crash_rate >= USUAL:
                groups.setdefault(replace(setting, crash_rate=USUAL), []).extend(trials)
        self._say("", None)
        for setting, trials in groups.items():
            self._line(setting, f">={USUAL}", trials)
        for setting, trials in groups.items():
            self._compare(setting, trials, groups)
        self._say(LEGEND, None)

    def _compare(
        self, setting: Setting, trials: Sequence[Trial], groups: dict[Setting, list[Trial]]
    ) -> None:
        first = next(iter(groups)).policy
        if setting.policy == first:
            return
        ratio = Ratio.of(trials, groups[replace(setting, policy=first)])
        self._say(
            f"{setting.world}, q={setting.background_rate:g}: {setting.policy} takes"
            f" {ratio.minutes:.3f} of the minutes of {first}"
            f" (95 % interval {ratio.low:.3f} to {ratio.high:.3f})",
            asdict(setting) | {"crash_rate": f">={USUAL}", "against": first} | asdict(ratio),
        )

    def _line(self, setting: Setting, rates: str, trials: Sequence[Trial]) -> None:
        f = Figures.of(trials)
        self._say(
            f"{setting.world:12} {setting.background_rate:5g} {setting.policy:12} {rates:>6}"
            f" {_share(f.right)} ±{_share(f.right_error, 4)} {_share(f.wrong, 4)}"
            f" ±{_share(f.wrong_error, 4)} {_share(f.inconclusive, 7)}"
            f" {_share(f.identifiable, 9)} {_share(f.right_of_identifiable, 9)} {f.named:6}"
            f" {_share(f.right_of_named, 9)} {100 * f.confidence:8.2f} {f.builds:7.1f}"
            f" {f.runs:6.0f} {f.minutes:6.0f} ±{f.minutes_error:3.0f} {f.p90:6.0f}"
            f" {f.wall_minutes:6.0f} {f.decisions:6.1f} {f.milliseconds:6.2f}",
            asdict(setting) | {"crash_rate": rates} | asdict(f),
        )

    def _say(self, words: str, facts: Mapping[str, object] | None) -> None:
        if not self.as_json:
            print(words, flush=True)
        elif facts is not None:
            print(json.dumps(facts), flush=True)


def _share(share: float, width: int = 6) -> str:
    return f"{100 * share:{width}.1f}"
