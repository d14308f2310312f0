"""`python -m runner kernel`: each strategy over a lab in memory, and its log on standard output."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from runner.commands.kernel import Session
from runner.search import BAYES, CLASSIC, Policy
from tests.fakes import TITLE, FakeLab, line

POLICIES = {"bayes": BAYES, "classic": CLASSIC}
policies = pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)


@policies
@pytest.mark.parametrize("title", [TITLE, ""])
def test_the_culprit_is_named_at_the_end_of_the_log(
    capsys: pytest.CaptureFixture[str], policy: Policy, title: str
) -> None:
    lab = FakeLab(line(30), "c17", broken=frozenset({"c21"}))
    assert Session(lab, policy, title).bisect("c30", "c0") == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[1] == "bisecting cause commit starting from c30"
    assert "\nc17 is the first bad commit\n" in shown
    assert f"revisions tested: {len(set(lab.built))}, " in shown
    for sha in lab.built:
        assert f"testing commit {sha} gcc\n" in shown


@policies
def test_a_crash_that_does_not_reproduce_is_trouble(
    capsys: pytest.CaptureFixture[str], policy: Policy
) -> None:
    lab = FakeLab(line(30), culprit="c30", fix="c30")
    assert Session(lab, policy, TITLE).bisect("c30", "c0") == 2
    assert "error: the crash was not reproduced" in capsys.readouterr().out


@policies
def test_a_range_that_does_not_build_is_inconclusive(
    capsys: pytest.CaptureFixture[str], policy: Policy
) -> None:
    broken = frozenset(f"c{n}" for n in range(10, 20))
    lab = FakeLab(line(30), "c15", broken=broken)
    assert Session(lab, policy, TITLE).bisect("c30", "c0") == 1
    suspects = capsys.readouterr().out.split("commit could be any of:\n")[-1].split()
    assert "c15" in suspects


def test_a_weighed_batch_ends_at_its_first_crash_and_a_counted_one_does_not() -> None:
    weighed, counted = FakeLab(line(30), "c17"), FakeLab(line(30), "c17")
    Session(weighed, BAYES, TITLE).bisect("c30", "c0")
    Session(counted, replace(CLASSIC, runs=7), TITLE).bisect("c30", "c0")
    assert Counter(sha for sha, _ in counted.booted)["c30"] == 14
    batches = Counter(weighed.built)
    crashes = Counter(sha for sha, _ in weighed.booted if sha == "c30")
    assert crashes["c30"] == batches["c30"] == 3


def test_why_a_revision_is_weighed_stands_before_its_test(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Session(FakeLab(line(30), "c17"), BAYES, TITLE).bisect("c30", "c0")
    lines = capsys.readouterr().out.splitlines()
    tests = [number for number, text in enumerate(lines) if text.startswith("testing commit ")]
    assert tests
    assert all(lines[number - 1].startswith("# ") for number in tests)
