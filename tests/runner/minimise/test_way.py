"""The way to a smaller config: on trees of options only, whatever they depend on."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.minimise import MAX_TESTS, Minimised, Part, difference, parse, switched_on
from tests.runner.minimise.options import Options, carry_out, config_of

NAMES = [f"OPTION_{number:02}" for number in range(60)]
DETECTORS = ["KASAN", "KCOV", "PROVE_LOCKING", "DEBUG_KMEMLEAK", "DETECT_HUNG_TASK", "BUG"]


@st.composite
def trees(draw: st.DrawFn) -> tuple[Options, list[str]]:
    """A tree and the options that are on in a full config of it."""
    names = draw(st.lists(st.sampled_from(NAMES + DETECTORS), unique=True, min_size=1))
    needs = draw(st.lists(st.sampled_from(names), unique=True, max_size=4))
    earlier = {
        name: draw(st.sampled_from(names[:index]))
        for index, name in enumerate(names)
        if index and draw(st.integers(0, 3)) == 0
    }
    selects = {
        name: draw(st.sampled_from(names[:index]))
        for index, name in enumerate(names)
        if index and name not in earlier and draw(st.integers(0, 5)) == 0
    }
    broken = draw(st.sampled_from(["", *names]))
    return Options(needs, earlier, selects, broken), names


@given(trees(), st.lists(st.sampled_from(NAMES)), st.sampled_from(["WARNING in x", "", "KASAN: y"]))
def test_what_comes_out_still_crashes_and_took_few_tests(
    drawn: tuple[Options, list[str]], base: Sequence[str], title: str
) -> None:
    tree, names = drawn
    full = tree.complete(config_of(names))
    if not tree.test(full).reproduced:
        return
    end, asked = carry_out(tree, full, config_of(base), title)
    on = set(switched_on(parse(end.config)))
    assert len(asked) <= MAX_TESTS
    assert tree.test(end.config).reproduced
    assert set(tree.needs) <= on
    assert on <= set(names)
    assert set(end.dropped) == set(names) & set(switched_on(parse(full))) - on
    assert end.before - end.after == len(end.dropped)
    if base:
        named = {symbol for part in end.needs for symbol in part.symbols}
        extra = set(tree.needs) & set(difference(parse(full), parse(config_of(base))))
        assert extra <= named | set(DETECTORS) | _kept_by_others(tree, on)


def _kept_by_others(tree: Options, on: set[str]) -> set[str]:
    """What is on as others select it: to leave it out had no effect, so it goes unnamed."""
    return {tree.selects[name] for name in on if name in tree.selects}


@given(st.integers(1, 60), st.data())
def test_a_part_that_is_called_needed_is_needed(length: int, data: st.DataObject) -> None:
    names = NAMES[:length]
    needs = data.draw(st.lists(st.sampled_from(names), unique=True))
    tree = Options(needs)
    end, _ = carry_out(tree, config_of(names), config_of(["UNRELATED"]))
    for part in end.needs:
        assert not part.is_needed or set(part.symbols) & set(needs)


@pytest.mark.parametrize(
    ("options", "needed", "left"),
    [(3, 1, 1), (4, 3, 1), (12, 5, 2), (24, 20, 4), (33, 7, 7), (60, 0, 12)],
)
def test_one_needed_option_is_closed_in_on(options: int, needed: int, left: int) -> None:
    names = NAMES[:options]
    end, asked = carry_out(Options([names[needed]]), config_of(names), "CONFIG_OTHER=y\n")
    assert len(asked) <= 5
    assert [part.is_needed for part in end.needs if names[needed] in part.symbols] == [True]
    assert sum(len(part.symbols) for part in end.needs) == left


def test_the_only_needed_option_of_a_small_config_is_named() -> None:
    end, _ = carry_out(
        Options(["KVM_SMM"]), config_of(["PCI", "KVM_SMM", "USB"]), config_of(["SMP"])
    )
    assert end.needs == (Part(("KVM_SMM",), is_needed=True),)
    assert end.dropped == ("PCI", "USB")
    assert end.told.endswith("minimized to 1 configs; suspects: [KVM_SMM]\n")


def test_what_the_base_has_stays() -> None:
    end, asked = carry_out(Options([]), config_of(["SMP", "PCI"]), config_of(["SMP"]))
    assert switched_on(parse(end.config)) == ("SMP",)
    assert [step.words for step in asked] == ["without CONFIG_PCI"]


def test_without_a_base_only_detectors_are_tried() -> None:
    end, asked = carry_out(Options([]), config_of(["KASAN", "PCI"]), "")
    assert [step.words for step in asked] == ["without KASAN"]
    assert end.dropped == ("KASAN",)
    assert end.needs == ()


def test_detectors_come_back_when_the_crash_goes_with_them() -> None:
    end, asked = carry_out(Options(["KCOV"]), config_of(["KCOV", "KASAN", "PCI"]), "")
    assert [step.words for step in asked] == ["without KASAN and coverage"]
    assert end.dropped == ()


def test_a_config_that_does_not_build_is_no_smaller_config() -> None:
    tree = Options([], broken_without="PCI")
    end, _ = carry_out(tree, config_of(["PCI", "USB"]), config_of(["SMP"]))
    assert end.needs == (Part(("PCI",), is_needed=True),)


def test_an_option_that_came_back_goes_with_the_one_that_wanted_it() -> None:
    tree = Options(["KVM"], selects={"USB": "PCI"})
    end, _ = carry_out(tree, config_of(["PCI", "USB", "KVM"]), config_of(["SMP"]))
    assert end.dropped == ("PCI", "USB")


def test_what_went_along_with_another_needs_no_test() -> None:
    tree = Options(["KVM"], depends={"USB_STORAGE": "USB"})
    _, asked = carry_out(tree, config_of(["USB", "USB_STORAGE", "KVM"]), config_of(["SMP"]))
    assert [step.words for step in asked] == ["without CONFIG_USB", "without CONFIG_KVM"]


def test_the_log_has_the_lines_of_syzkallers() -> None:
    names = [*NAMES[:39], "KASAN"]
    end, asked = carry_out(Options([NAMES[0], NAMES[30]]), config_of(names), config_of(["SMP"]))
    assert "TEST\n".join([*(step.told for step in asked), end.told]) == LOG


LOG = """\
check whether we can drop unnecessary instrumentation
disabling configs for [KASAN], they are not needed
TEST
the bug reproduces without the instrumentation
kconfig minimization: base=1 full=39 leaves diff=39
split chunks (needed=false): <39>
split chunk #0 of len 39 into 5 parts
testing without sub-chunk 1/5
TEST
testing without sub-chunk 2/5
TEST
the chunk can be dropped
testing without sub-chunk 3/5
TEST
the chunk can be dropped
testing without sub-chunk 4/5
TEST
testing without sub-chunk 5/5
TEST
the chunk can be dropped
minimized to 15 configs; suspects: [OPTION_00 OPTION_01 OPTION_02 OPTION_03 OPTION_04 OPTION_05 \
OPTION_06 OPTION_23 OPTION_24 OPTION_25 OPTION_26 OPTION_27 OPTION_28 OPTION_29 OPTION_30]
"""


@pytest.mark.parametrize(
    ("needs", "words"),
    [
        ([], ""),
        ([Part(("A",), True)], "CONFIG_A"),
        ([Part(("A",), True), Part(("B",), True)], "CONFIG_A and CONFIG_B"),
        ([Part(("A",), True), Part(("B", "C"), True)], "CONFIG_A and some of 2 options"),
        ([Part(("A",), True), Part(("B", "C"), False)], "CONFIG_A"),
        ([Part((name,), True) for name in NAMES[:5]], "each of 5 options"),
    ],
)
def test_what_is_needed_is_named_as_far_as_it_is_known(needs: list[Part], words: str) -> None:
    end = Minimised("", tuple(needs), ("X",), before=9, after=8, tests=1, told="")
    assert end.needed == words
    assert end.summary.endswith(words or "options")


def test_a_config_that_did_not_get_smaller_is_called_so() -> None:
    end, _ = carry_out(Options(["A", "B"]), config_of(["A", "B"]), config_of(["SMP"]))
    assert end.summary == (
        "config not minimised: none of its 2 options could be left out; needs CONFIG_A and CONFIG_B"
    )


def test_a_config_without_anything_to_try_is_called_so() -> None:
    end, asked = carry_out(Options([]), config_of(["KASAN"]), "", title="something unheard of")
    assert not asked
    assert end.summary == "config not minimised: nothing in it is known to be needless"
