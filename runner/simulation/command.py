"""`python -m runner simulate`: measure the search in made-up worlds."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Sequence
from itertools import product
from pathlib import Path

from runner.errors import InfraError, InputError
from runner.simulation.campaign import POLICIES, Campaign, Setting
from runner.simulation.generated import KINDS as HISTORIES
from runner.simulation.generated import generate
from runner.simulation.report import Report
from runner.simulation.trial import Endless
from runner.simulation.window import Window
from runner.simulation.worlds import KINDS as WORLDS

DONE, TROUBLE = 0, 2


def main(arguments: Sequence[str]) -> int:
    """Exit status 0: measured; 2: the question was wrong, or a search did not end."""
    options = parser().parse_args(arguments)
    try:
        campaign = Campaign(_window(options), options.seed, options.trials)
        report = Report(campaign, as_json=options.json)
        asked = _settings(options)
        for setting, trials in zip(asked, campaign.run(asked, options.jobs), strict=True):
            report.add(setting, trials)
        report.summary()
    except (InputError, InfraError, Endless) as error:
        print(f"error: {error}", file=sys.stderr)
        return TROUBLE
    return DONE


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="python -m runner simulate",
        description=__doc__,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    where = options.add_argument_group("the history")
    where.add_argument("--history", choices=HISTORIES, default="kernel", help="made up after")
    where.add_argument("--commits", type=_whole, default=2000, help="of a made-up history")
    where.add_argument("--repo", type=Path, metavar="PATH", help="a real repository's instead")
    where.add_argument("--good", metavar="REVISION", help="of the repository")
    where.add_argument("--bad", metavar="REVISION", help="of the repository")
    what = options.add_argument_group("the worlds", "several of each may be given, with commas")
    what.add_argument("--world", type=_several(WORLDS), default="plain", help=", ".join(WORLDS))
    what.add_argument("--p", type=_rates, default="0.2,0.3,0.5,0.7,0.9,1", help="crash rates")
    what.add_argument("--q", type=_rates, default="0.01", help="rates of unrelated crashes")
    what.add_argument(
        "--policy", type=_several(POLICIES), default="bayes", help=", ".join(POLICIES)
    )
    how = options.add_argument_group("the measurement")
    how.add_argument("--trials", type=_whole, default=50, help="of each line of the table")
    how.add_argument("--workers", type=_whole, default=1, help="revisions tested at once")
    how.add_argument("--seed", type=int, default=1, help="of everything that is random")
    how.add_argument("--jobs", type=_whole, default=2, help="processes")
    how.add_argument("--json", action="store_true", help="print lines of JSON")
    return options


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _rates(text: str) -> list[float]:
    rates = [float(word) for word in text.split(",")]
    if not all(0 <= rate <= 1 for rate in rates):
        raise argparse.ArgumentTypeError("rates lie between 0 and 1")
    return rates


def _several(known: Collection[str]) -> Callable[[str], list[str]]:
    def words(text: str) -> list[str]:
        for word in text.split(","):
            if word not in known:
                raise argparse.ArgumentTypeError(f"{word!r} is none of {', '.join(known)}")
        return text.split(",")

    return words


def _window(options: argparse.Namespace) -> Window:
    if options.repo is None:
        return generate(options.history, options.commits, options.seed)
    if options.good is None or options.bad is None:
        raise InputError("--repo needs --good and --bad")
    return Window.from_git(options.repo, options.good, options.bad)


def _settings(options: argparse.Namespace) -> list[Setting]:
    return [
        Setting(world, p, q, policy, options.workers)
        for world, q, policy, p in product(options.world, options.q, options.policy, options.p)
    ]
