"""The measurement of the score, on logs of our own making."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench import score as bench
from runner.score.model import COEFFICIENTS
from tests.runner.score.logs import BAD, GOOD, log, sha

OTHER = ("crashed: KASAN: use-after-free Read in far_away",) * 10
RIGHT = log([("v5.2", GOOD)], [("good", GOOD), ("bad", BAD), ("good", GOOD)])
WRONG = log([("v5.2", GOOD)], [("bad", OTHER), ("good", GOOD), ("bad", OTHER)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve right ones, and twelve wrong ones that a strange crash gives away."""
    (tmp_path / "logs").mkdir()
    rows = ["log,label,wrong_commit"]
    for number in range(24):
        text, label = ((RIGHT, "correct"), (WRONG, "incorrect"))[number % 2]
        content = f"{number},{label},{sha(3)}\n{text}".replace("0" * 30, f"{number:030}")
        row, _, text = content.partition("\n")
        (tmp_path / "logs" / f"{number}.txt").write_text(text)
        rows.append(row)
    (tmp_path / "labels.csv").write_text("\n".join([*rows, "none,,"]) + "\n")
    return tmp_path


def test_right_and_wrong_ones_are_told_apart(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.main([str(folder), "--fit", "--rounds", "1"]) == 0
    said = capsys.readouterr().out
    assert "24 logs, 12 of them right" in said
    assert "| unrelated crash | 12 | 1.000 |" in said
    assert '"strange": ' in said


def test_a_fit_gives_the_true_accounts_more_weight(folder: Path) -> None:
    samples = bench.read(folder)
    fitted = bench.fit(samples)
    assert len(fitted) == len(COEFFICIENTS)
    for sample in samples:
        weights = sample.accounts @ fitted
        assert np.argmax(weights) == sample.truth
