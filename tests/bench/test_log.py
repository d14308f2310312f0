"""The measurement of the reader of logs runs, and counts each line once. Times are not judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import log

EXAMPLES = Path(__file__).parent.parent / "runner" / "log" / "examples"


def test_every_line_is_a_value_or_a_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert log.main([str(EXAMPLES)]) == 0
    head, _, _, _, *rows = capsys.readouterr().out.splitlines()
    files = list(EXAMPLES.glob("*.txt"))
    assert f"{len(files)} logs" in head
    assert f"{len(files)} equal" in head
    counts = {row.split(" | ")[0].strip("| "): int(row.split(" | ")[1]) for row in rows}
    assert sum(counts.values()) == sum(len(path.read_text().split("\n")) - 1 for path in files)
    assert "Unknown" not in counts


def test_a_folder_without_logs_is_told(tmp_path: Path) -> None:
    assert log.main([str(tmp_path)]) == 2
