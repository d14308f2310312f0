"""How well the score knows right culprits from wrong ones: `python -m bench.score FOLDER [--fit]`.

FOLDER has `labels.csv` and `logs/` of bisections with audited answers. The coefficients are fitted
anew on nine tenths of the logs and measured on the last tenth, again and again.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runner.log import parse
from runner.score import THRESHOLD
from runner.score.model import COEFFICIENTS, table
from runner.score.story import story
from runner.search.rates import Table

RIDGE = 1.0
GIVEN = list(COEFFICIENTS.values())[-1]
FOLDS = 10
CLOSE = 1e-6
"""A gain of likelihood that ends a fit."""
GROUPS = ("all", "release walk", "git bisect", "missed crash", "unrelated crash")


@dataclass(frozen=True, slots=True)
class Sample:
    """An audited log."""

    accounts: Table
    """One row for each account, as the model takes them."""
    truth: int
    """The account that is true."""
    groups: frozenset[str]
    culprit: str
    """Logs that name the same commit are held out together."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a score reaches."""

    auc: float
    kept: float
    """Share of the right culprits that are trusted."""
    flagged: float
    """Share of the wrong ones that are doubted."""
    flagged_at_90: float
    """The same with the threshold that trusts nine in ten of the right ones."""
    placed: float
    """Share of the wrong ones whose first wrong verdict was named."""


def main(arguments: Sequence[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.score", description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--fit", action="store_true", help="print coefficients fitted on all logs")
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args(arguments)
    samples = read(asked.folder)
    if asked.fit:
        for name, value in zip(COEFFICIENTS, fit(samples), strict=True):
            print(f'    "{name}": {value:.2f},')
    print(report(samples, asked.rounds))
    return 0


def read(folder: Path) -> list[Sample]:
    """The logs whose culprit is known to be right or wrong."""
    with (folder / "labels.csv").open() as labels:
        rows = [row for row in csv.DictReader(labels) if row["label"] in ("correct", "incorrect")]
    found = (_sample(folder, row) for row in rows)
    return [sample for sample in found if sample is not None]


def _sample(folder: Path, row: dict[str, str]) -> Sample | None:
    log = parse((folder / "logs" / f"{row['log']}.txt").read_bytes())
    if log.culprit is None:
        return None
    told = story(log)
    accounts = table(told)
    if row["label"] == "correct":
        return Sample(accounts, 0, frozenset(GROUPS), log.culprit.sha)
    for number, judged in enumerate(told.judged, 1):
        if judged.step.sha == row["wrong_commit"]:
            where = "release walk" if judged.step.walked else "git bisect"
            what = "unrelated crash" if judged.step.crashing else "missed crash"
            return Sample(accounts, number, frozenset(("all", where, what)), log.culprit.sha)
    return None


def report(samples: Sequence[Sample], rounds: int) -> str:
    """A table of figures by group: all right ones, with the wrong ones of a kind."""
    lines = [
        f"{len(samples)} logs, {sum(not one.truth for one in samples)} of them right;"
        f" {FOLDS}-fold cross-validation, {rounds} rounds\n",
        "| wrong ones | logs | AUC | kept | flagged | flagged at 90 % kept | placed |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    guesses = [_held_out(samples, seed) for seed in range(rounds)]
    for group in GROUPS:
        members = np.array([group in one.groups for one in samples])
        wrong = sum(bool(one.truth) and group in one.groups for one in samples)
        if not wrong:
            continue
        all_figures = [figures(samples, members, *guess) for guess in guesses]
        mean = [np.mean([getattr(one, name) for one in all_figures]) for name in _NAMES]
        lines.append(f"| {group} | {wrong} | {mean[0]:.3f} | " + _shares(mean[1:]) + " |")
    chances = np.mean([guess[0] for guess in guesses], axis=0)
    return "\n".join([*lines, "", *_calibration(samples, chances)])


_NAMES = ("auc", "kept", "flagged", "flagged_at_90", "placed")


def _shares(values: Iterable[float]) -> str:
    return " | ".join(f"{100 * value:.1f} %" for value in values)


def _calibration(samples: Sequence[Sample], chances: Table) -> Iterable[str]:
    right = np.array([one.truth == 0 for one in samples])
    yield from ("| said | logs | mean | were right |", "| --- | --- | --- | --- |")
    for low in np.arange(0, 1, 0.2):
        inside = (chances >= low) & (chances < low + 0.2)
        if inside.any():
            share = _shares([chances[inside].mean(), right[inside].mean()])
            yield f"| {100 * low:.0f} to {100 * low + 20:.0f} % | {inside.sum()} | {share} |"


Guess = tuple[Table, NDArray[np.int_]]
"""Of each sample the chance that all is right, and the likeliest account with an error."""


def _held_out(samples: Sequence[Sample], seed: int) -> Guess:
    """Of each sample what a fit says that has not seen it."""
    names = sorted({one.culprit for one in samples})
    order = np.random.default_rng(seed).permutation(len(names))
    folds = {names[place]: number % FOLDS for number, place in enumerate(order)}
    chances, places = np.zeros(len(samples)), np.zeros(len(samples), int)
    for fold in range(FOLDS):
        coefficients = fit([one for one in samples if folds[one.culprit] != fold])
        for one in [place for place, each in enumerate(samples) if folds[each.culprit] == fold]:
            weights = samples[one].accounts @ coefficients
            shares = np.exp(weights - weights.max())
            chances[one] = shares[0] / shares.sum()
            places[one] = 1 + weights[1:].argmax() if len(weights) > 1 else 0
    return chances, places


def figures(
    samples: Sequence[Sample],
    members: NDArray[np.bool_],
    chances: Table,
    places: NDArray[np.int_],
) -> Figures:
    truth = np.array([one.truth for one in samples])[members]
    chances, places = chances[members], places[members]
    right, wrong = chances[truth == 0], chances[truth > 0]
    above = (right[:, None] > wrong).mean() + (right[:, None] == wrong).mean() / 2
    strict = np.quantile(right, 0.1)
    return Figures(
        float(above),
        float((right >= THRESHOLD).mean()),
        float((wrong < THRESHOLD).mean()),
        float((wrong < strict).mean()),
        float((places == truth)[truth > 0].mean()),
    )


def fit(samples: Sequence[Sample]) -> Table:
    """The coefficients under which the true accounts are the likeliest, by Newton's method.

    With a penalty of half RIDGE times the sum of their squares. The last one is given.
    """
    rows, given = np.split(np.concatenate([one.accounts for one in samples]), [-1], axis=1)
    sizes = np.array([len(one.accounts) for one in samples])
    first = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    true = first + np.array([one.truth for one in samples])
    owner = np.repeat(np.arange(len(samples)), sizes)
    found, reached, step = np.zeros(rows.shape[1]), -np.inf, np.zeros(rows.shape[1])
    while True:
        weights = rows @ (found + step) + GIVEN * given[:, 0]
        tops = np.maximum.reduceat(weights, first)
        shares = np.exp(weights - tops[owner])
        totals = np.add.reduceat(shares, first)
        likely = (weights[true] - tops - np.log(totals)).sum()
        likely -= RIDGE / 2 * ((found + step) ** 2).sum()
        if likely < reached:
            step /= 2
            continue
        if likely - reached < CLOSE:
            return np.append(found, GIVEN)
        found, reached = found + step, likely
        shares /= totals[owner]
        means = np.add.reduceat(shares[:, None] * rows, first)
        slope = rows[true].sum(axis=0) - means.sum(axis=0) - RIDGE * found
        bend = (shares[:, None] * rows).T @ rows - means.T @ means
        step = np.linalg.solve(bend + RIDGE * np.eye(len(found)), slope)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
