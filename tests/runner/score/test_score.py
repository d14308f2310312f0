"""What the score says of bisections that went well, and of each way to go wrong."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.log import parse
from runner.score import Trust, score
from tests.runner.score.logs import BAD, BUG, GOOD, block, log, sha

HALVING = [("good", GOOD), ("bad", BAD), ("good", GOOD), ("bad", BAD), ("good", GOOD)]
RECENT = [("v5.2", GOOD)]
OTHER = ("crashed: KASAN: use-after-free Read in far_away",) * 10


def test_a_clean_bisection_to_a_commit_on_the_stack_is_trusted() -> None:
    scored = score(parse(log(RECENT, HALVING)))
    assert scored.verdict is Trust.TRUST
    assert scored.probability is not None
    assert scored.probability > 0.8
    assert "drivers/demo/nested.c, which is on the crash's stack" in scored.reason


WRONG = {
    "another crash of a halving step": (
        log(RECENT, [("good", GOOD), ("bad", OTHER), ("good", GOOD), ("bad", OTHER)]),
        sha(4),
        '10 of 10 runs, but the bug is "WARNING in demo_leave_nested"',
    ),
    "another crash of a release": (
        log([("v5.2", BAD), ("v5.1", OTHER), ("v5.0", GOOD)], [("bad", OTHER), ("good", GOOD)]),
        sha(3),
        'v5.1 was taken for bad because "KASAN: use-after-free Read in far_away" was seen',
    ),
    "an old release that may hide the bug": (
        log(
            [(f"v4.{minor}", BAD) for minor in range(20, 10, -1)] + [("v4.10", GOOD)],
            HALVING,
            subject="mm: something else",
            changed="mm/elsewhere.c",
        ),
        sha(12),
        "v4.10 was taken for good after 10 runs without a crash, 11 releases back",
    ),
    "a bug that shows seldom": (
        log(
            [("v5.2", (*GOOD[:9], BAD[0])), ("v5.1", GOOD)],
            [("good", GOOD), ("bad", (*GOOD[:9], BAD[0]))],
            subject="mm: something else",
            changed="mm/elsewhere.c",
        ),
        sha(3),
        "v5.1 was taken for good after 10 runs without a crash,"
        " but revisions with the bug crashed in as few as 10 %",
    ),
}


@pytest.mark.parametrize(("text", "doubtful", "reason"), WRONG.values(), ids=WRONG)
def test_what_went_wrong_is_found_and_told(text: str, doubtful: str, reason: str) -> None:
    scored = score(parse(text))
    assert (scored.verdict, scored.doubtful) == (Trust.DOUBT, doubtful)
    assert reason in scored.reason


ODD = {
    "changes only what can be configured": {"changed": "drivers/far/Kconfig"},
    "changes nothing that this kernel is built from": {"changed": "tools/testing/selftests/a.c"},
    "is a merge": {"subject": "Merge tag 'demo-5.3' of git://demo.invalid/demo"},
    "is a release": {"subject": "Linux 5.3"},
    "builds the same kernel as its parent": {"parent": f"{6:064}"},
}


@pytest.mark.parametrize(("said", "changes"), ODD.items(), ids=ODD)
def test_a_culprit_that_can_hardly_be_one_is_less_likely(
    said: str, changes: dict[str, str]
) -> None:
    elsewhere = {"changed": "mm/elsewhere.c", "subject": "mm: something else"}
    usual = score(parse(log(RECENT, HALVING, **elsewhere)))
    odd = score(parse(log(RECENT, HALVING, **{**elsewhere, **changes})))
    assert usual.probability is not None
    assert odd.probability is not None
    assert odd.probability < usual.probability
    assert f"the culprit {said}" in odd.reason


def test_a_later_crash_of_the_bug_clears_a_strange_one() -> None:
    strange = [("bad", OTHER), ("good", GOOD), ("bad", OTHER)]
    cleared = score(parse(log(RECENT, [*strange, ("bad", BAD)])))
    left = score(parse(log(RECENT, [*strange, ("good", GOOD)])))
    assert cleared.probability is not None
    assert left.probability is not None
    assert cleared.probability > 0.8 > 0.4 > left.probability


NOBODY = {
    "nothing": "",
    "no log": "\x00\xff",
    "an error": f"bisecting cause commit starting from {sha(1)}\nerror: disk full\n",
    "the oldest release": (
        f"bisecting cause commit starting from {sha(1)}\n{block(1, BAD)}testing release v4.1\n"
        f"{block(2, BAD)}the crash already happened on the oldest tested release\n"
    ),
}


@pytest.mark.parametrize("text", NOBODY.values(), ids=NOBODY)
def test_who_names_nobody_has_no_probability_and_no_trust(text: str) -> None:
    scored = score(parse(text))
    assert (scored.probability, scored.verdict) == (None, Trust.DOUBT)
    assert scored.reason


def test_the_crash_of_a_fix_bisection_is_read_the_other_way_round() -> None:
    text = (
        f"bisecting fixing commit since {sha(1)}\n{block(1, BAD)}"
        f"testing current HEAD {sha(2)}\n{block(2, GOOD)}# git bisect start {sha(2)} {sha(1)}\n"
        f"{block(3, OTHER)}# git bisect good {sha(3)}\n{block(4, GOOD)}# git bisect bad {sha(4)}\n"
        f"{sha(4)} is the first bad commit\nfirst good commit: {sha(4)} demo: mend it\n"
    )
    scored = score(parse(text))
    assert scored.doubtful == sha(3)
    assert BUG in scored.reason


def test_fewer_quiet_runs_are_believed_less() -> None:
    rare = (*GOOD[:5], *BAD[:5])
    few, many = (
        score(parse(log([("v5.2", ("OK",) * runs)], HALVING, start=rare))) for runs in (1, 10)
    )
    assert few.probability is not None
    assert many.probability is not None
    assert few.probability < many.probability
    assert (few.verdict, many.verdict) == (Trust.DOUBT, Trust.TRUST)
    assert "v5.2 was taken for good after 1 run without a crash" in few.reason


def test_another_architecture_is_known_by_the_files_of_the_report() -> None:
    text = log(RECENT, HALVING, changed="arch/arm64/kernel/traps.c", subject="arm64: traps")
    assert "nothing that this kernel" not in score(parse(text)).reason
    known = score(parse(f"{text}entry+0x1/0x2 arch/x86/entry/entry_64.S:301\n"))
    assert "nothing that this kernel" in known.reason
    ours = score(parse(f"{text}el0_svc+0x1/0x2 arch/arm64/kernel/entry-common.c:301\n"))
    assert "nothing that this kernel" not in ours.reason


def test_a_list_of_candidates_has_a_probability() -> None:
    whole = log(RECENT, HALVING)
    cut = whole[: whole.index(f"{sha(6)} is the first bad commit")]
    listed = (
        f"bisection is inconclusive, the first bad commit could be any of:\n{sha(6)}\n{sha(5)}\n"
    )
    assert score(parse(cut)).probability is None
    scored = score(parse(cut + listed))
    assert scored.probability is not None
    assert 0 < scored.probability < 1
    # That the log shows nothing of them does not speak against them.
    assert scored.verdict is Trust.TRUST


GOLDEN = Path(__file__).parents[1] / "golden"


def test_a_search_of_ours_is_believed_by_its_own_probability() -> None:
    sure = (GOLDEN / "bayes.txt").read_text()
    unsure = sure.replace(
        "accumulated error probability: 0.01", "accumulated error probability: 0.50"
    )
    one, other = score(parse(sure)).probability, score(parse(unsure)).probability
    assert one is not None
    assert other == pytest.approx(one / 0.99 * 0.5)
    assert score(parse(sure)).verdict is Trust.TRUST


def test_candidates_of_ours_have_the_probabilities_that_their_log_says() -> None:
    scored = score(parse((GOLDEN / "bayes-inconclusive.txt").read_bytes()))
    assert (scored.probability, scored.verdict) == (None, Trust.DOUBT)
    assert scored.reason.startswith("no commit is named")


def test_bytes_that_are_no_text_are_not_in_the_reason() -> None:
    strange = log(RECENT, [("bad", OTHER), ("good", GOOD), ("bad", OTHER)]).encode()
    reason = score(parse(strange.replace(b"far_away", b"far\xff\xfeaway"))).reason
    assert '"KASAN: use-after-free Read in far??away"' in reason


def test_what_the_log_does_not_show_is_said() -> None:
    whole = log(RECENT, HALVING, start=GOOD)
    blind = whole.replace(f"crashed: {BUG}", "boot failed: no output").replace(f"crash: {BUG}", "")
    scored = score(parse(blind))
    assert scored.probability is not None
    assert "taken for bad, but the log shows no crash of it" in scored.reason


@given(st.lists(st.integers(0, 60), max_size=12), st.randoms(use_true_random=False))
def test_a_log_whose_lines_were_changed_is_scored(places: list[int], chance: Random) -> None:
    lines = log([("v5.2", BAD), ("v5.1", GOOD)], HALVING).splitlines(keepends=True)
    for place in places:
        lines[place] = chance.choice(lines)
    assert score(parse("".join(lines))).reason


def test_a_log_made_up_to_be_long_is_scored_in_no_more_than_its_length() -> None:
    titles = tuple(f"crashed: WARNING in place_{number}" for number in range(3000))
    steps = [("bad", titles), ("good", ("OK",) * 3000), *[("bad", BAD)] * 3000]
    assert score(parse(log(RECENT, steps, start=titles))).probability is not None


@given(st.data())
def test_a_log_that_was_cut_anywhere_is_scored(data: st.DataObject) -> None:
    whole = log([("v5.2", BAD), ("v5.1", GOOD)], HALVING)
    end = data.draw(st.integers(0, len(whole)))
    scored = score(parse(whole[:end]))
    assert scored.probability is None or 0 <= scored.probability <= 1
    assert scored == score(parse(whole[:end]))


@given(st.text(alphabet="tesing comit0abcdf#rul:OKashed \n"))
def test_no_text_at_all_is_an_error(text: str) -> None:
    assert score(parse(text)).probability is None
