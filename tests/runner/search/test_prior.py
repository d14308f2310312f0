"""Before any run, commits weigh by what they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.search.prior import CHANCE, MASS, Group, Kind, Prior, is_documentation, weigh

STACK = ("net/foo/a.c", "net/foo/b.c", "fs/bar.c")


def changes(**counts: int) -> dict[str, tuple[str, ...]]:
    """So many commits for each path, `__` for a slash and `_` for a dot; `none` changes nothing."""
    paths = {name: name.replace("__", "/").replace("_", ".") for name in counts}
    return {
        f"{paths[name]} {number}": () if name == "none" else (paths[name],)
        for name, count in counts.items()
        for number in range(count)
    }


def shares(prior: Prior) -> Mapping[Kind, float]:
    return {group.kind: group.share for group in prior.groups}


def test_the_mass_of_a_group_is_shared_by_its_commits() -> None:
    prior = weigh(changes(net__foo__a_c=2, net__foo__z_c=20, mm__x_c=978), stack=STACK)
    assert shares(prior) == pytest.approx(MASS)
    assert [group.commits for group in prior.groups] == [2, 20, 978]
    assert prior.weights["net/foo/a.c 0"] == pytest.approx(1000 * 0.70 / 2)
    assert prior.weights["net/foo/z.c 0"] == pytest.approx(1000 * 0.12 / 20)
    assert prior.weights["mm/x.c 0"] == pytest.approx(1000 * 0.18 / 978)


def test_a_file_high_on_the_stack_has_more_mass() -> None:
    prior = weigh(changes(net__foo__a_c=5, net__foo__b_c=5, fs__bar_c=1, mm__x_c=989), stack=STACK)
    top, second, third = (prior.weights[f"{file} 0"] for file in STACK)
    assert top == pytest.approx(2 * second)
    assert 5 * top == pytest.approx(3 * third)


def test_the_mass_of_files_that_nobody_changed_goes_to_the_other_files() -> None:
    prior = weigh(changes(fs__bar_c=1, mm__x_c=99, net__foo__z_c=10), stack=STACK)
    assert shares(prior) == pytest.approx(MASS)


def test_a_commit_that_changes_two_files_of_the_stack_has_a_part_of_both() -> None:
    alone = {**changes(net__foo__a_c=1, net__foo__b_c=1, mm__x_c=97), "both": STACK[:2]}
    weights = weigh(alone, stack=STACK).weights
    either = weights["net/foo/a.c 0"] + weights["net/foo/b.c 0"]
    assert weights["both"] == pytest.approx(either)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"mm__x_c": 10, "fs__bar_c": 1}, {Kind.FILE: 0.70 / 0.88, Kind.OTHER: 0.18 / 0.88}),
        ({"fs__bar_c": 1, "fs__z_c": 9}, {Kind.FILE: 0.70 / 0.82, Kind.DIRECTORY: 0.12 / 0.82}),
        ({"fs__z_c": 1, "mm__x_c": 9}, {Kind.DIRECTORY: 0.4, Kind.OTHER: 0.6}),
        ({"mm__x_c": 7}, {Kind.OTHER: 1.0}),
        ({"fs__bar_c": 1}, {Kind.FILE: 1.0}),
        ({}, {}),
    ],
)
def test_the_mass_of_an_empty_group_goes_to_the_others(
    counts: dict[str, int], expected: dict[Kind, float]
) -> None:
    assert shares(weigh(changes(**counts), stack=STACK)) == pytest.approx(expected)


@pytest.mark.parametrize(
    "counts",
    [
        {"fs__bar_c": 1000, "fs__z_c": 1, "mm__x_c": 1},
        {"fs__bar_c": 10, "fs__z_c": 1000, "mm__x_c": 3},
        {"net__foo__a_c": 1, "net__foo__b_c": 900, "fs__z_c": 2, "mm__x_c": 50},
        {"fs__bar_c": 1, "fs__z_c": 1, "mm__x_c": 1, "none": 5},
    ],
)
def test_a_huge_group_does_not_fall_below_a_weaker_one(counts: dict[str, int]) -> None:
    range_ = changes(**counts)
    prior = weigh(range_, stack=STACK)
    order = [Kind.FILE, Kind.DIRECTORY, Kind.OTHER, Kind.DOCUMENTATION]
    by_kind = {
        kind: [prior.weights[sha] for sha in range_ if prior.kinds[sha] == kind] for kind in order
    }
    present = [weights for weights in by_kind.values() if weights]
    for stronger, weaker in pairwise(present):
        assert min(stronger) >= max(weaker)


def test_a_merge_weighs_no_more_than_any_ordinary_commit() -> None:
    """The last of fifty files has a fiftieth of the first one's mass, here for very many."""
    stack = [f"fs/{place}.c" for place in range(50)]
    range_ = {"first": ("fs/0.c",), "merge": ()}
    range_ |= {f"last {number}": ("fs/49.c",) for number in range(500)}
    prior = weigh(range_, stack=stack, merges=["merge"])
    assert 0 < prior.weights["merge"] <= prior.weights["last 0"]


def test_without_a_stack_all_ordinary_commits_are_alike() -> None:
    range_ = changes(fs__bar_c=3, mm__x_c=3, Documentation__x_rst=1)
    prior = weigh({**range_, "m": (), "i": ("mm/x.c",)}, stack=(), merges=["m"], inert=["i"])
    assert len({prior.weights[sha] for sha in range_ if prior.kinds[sha] == Kind.OTHER}) == 1
    assert "names no file" in prior.of("fs/bar.c 0").reason
    ordinary = prior.weights["fs/bar.c 0"]
    assert prior.weights["m"] == pytest.approx(ordinary * CHANCE[Kind.MERGE])
    assert prior.weights["Documentation/x.rst 0"] < prior.weights["m"]
    assert 0 < prior.weights["i"] < prior.weights["Documentation/x.rst 0"]


@pytest.mark.parametrize("stack", [(), STACK])
def test_a_range_of_merges_only_is_uniform(stack: Sequence[str]) -> None:
    prior = weigh({"m": (), "n": ()}, stack=stack, merges={"m", "n"})
    assert prior.weights == {"m": 1.0, "n": 1.0}


KINDS = {
    "inert": (("net/foo/a.c",), Kind.INERT),
    "merge": (("net/foo/a.c",), Kind.MERGE),
    "inert merge": ((), Kind.INERT),
    "nothing": ((), Kind.DOCUMENTATION),
    "docs": (("Documentation/x.rst", "MAINTAINERS"), Kind.DOCUMENTATION),
    "docs beside": (("net/foo/README",), Kind.DOCUMENTATION),
    "docs and code": (("Documentation/x.rst", "mm/x.c"), Kind.OTHER),
    "file": (("mm/x.c", "fs/bar.c"), Kind.FILE),
    "beside": (("net/foo/Makefile",), Kind.DIRECTORY),
    "below": (("net/foo/below/c.c",), Kind.OTHER),
    "above": (("net/c.c",), Kind.OTHER),
    "root": (("Makefile",), Kind.OTHER),
    "odd": (("\n", "net/foo/a.c "), Kind.DIRECTORY),
}


def test_a_commit_is_of_the_kind_that_says_most_of_it() -> None:
    range_ = {name: paths for name, (paths, _) in KINDS.items()}
    prior = weigh(
        range_, stack=STACK, merges=["merge", "inert merge"], inert=["inert", "inert merge"]
    )
    assert prior.kinds == {name: kind for name, (_, kind) in KINDS.items()}


def test_a_prior_explains_each_commit() -> None:
    range_ = {**changes(mm__x_c=9), "both": ("fs/bar.c", "x", "net/foo/a.c"), "near": ("fs/z.c",)}
    prior = weigh(range_, stack=STACK)
    both = prior.of("both")
    assert (
        both.reason == "changes net/foo/a.c (file 1 of the stack), fs/bar.c (file 3 of the stack)"
    )
    assert both.weight == prior.weights["both"]
    assert both.group == Group(
        Kind.FILE, "changes a file on the crash's stack", 1, both.group.share, both.group.weight
    )
    assert both.group.share == pytest.approx(0.70)
    assert both.group.weight == pytest.approx(both.weight)
    assert prior.of("near").reason == "changes a file beside one on the crash's stack"
    assert prior.of("mm/x.c 0").reason == "changes no file near the crash's stack"
    with pytest.raises(KeyError):
        prior.of("another")


def test_a_reason_names_few_files() -> None:
    stack = [f"fs/{number}.c" for number in range(100)]
    assert weigh({"a": stack, "b": ()}, stack=stack).of("a").reason.count("fs/") == 3


@pytest.mark.parametrize(
    ("path", "documentation"),
    [
        ("Documentation/admin-guide/Makefile", True),
        ("LICENSES/preferred/GPL-2.0", True),
        ("drivers/foo/notes.rst", True),
        ("drivers/foo/README", True),
        ("drivers/foo/TODO.txt", True),
        ("README.md", True),
        ("MAINTAINERS", True),
        (".mailmap", True),
        ("CREDITS", True),
        ("arch/x86/.gitignore", True),
        ("tools/testing/selftests/kvm/x.c", True),
        ("tools/perf/builtin-stat.c", True),
        # these end up in the kernel, or in what makes it
        ("arch/x86/lib/x86-opcode-map.txt", False),
        ("tools/objtool/check.c", False),
        ("tools/lib/subcmd/run.c", False),
        ("scripts/mod/modpost.c", False),
        ("drivers/Documentation/x.c", False),
        ("drivers/foo/Kconfig", False),
        ("fs/rst.c", False),
        ("", False),
    ],
)
def test_what_is_not_built_is_documentation(path: str, documentation: bool) -> None:
    assert is_documentation(path) == documentation


PATHS = st.sampled_from(
    [*STACK, "net/foo/z.c", "fs/z.c", "mm/x.c", "kernel/y.c", "README", "Documentation/a"]
)
RANGES = st.dictionaries(
    st.integers(0, 60).map(str), st.lists(PATHS, max_size=4), min_size=1, max_size=40
)
SOME = st.sets(st.integers(0, 60).map(str))
STACKS = st.lists(st.sampled_from(STACK), unique=True)


@given(RANGES, STACKS, SOME, SOME)
def test_any_range_has_positive_weights_in_the_order_of_the_groups(
    range_: dict[str, list[str]], stack: list[str], merges: set[str], inert: set[str]
) -> None:
    prior = weigh(range_, stack=stack, merges=merges, inert=inert)
    assert prior.weights.keys() == range_.keys()
    assert sum(prior.weights.values()) == pytest.approx(len(range_))
    assert sum(group.share for group in prior.groups) == pytest.approx(1)
    assert sum(group.commits for group in prior.groups) == len(range_)
    assert all(weight > 0 for weight in prior.weights.values())
    order = list(Kind)
    ranked = sorted(range_, key=lambda sha: (order.index(prior.kinds[sha]), -prior.weights[sha]))
    for stronger, weaker in pairwise(ranked):
        if prior.kinds[stronger] != prior.kinds[weaker]:
            assert prior.weights[stronger] >= prior.weights[weaker] * (1 - 1e-9)


@given(RANGES, STACKS)
def test_the_order_of_the_commits_does_not_matter(
    range_: dict[str, list[str]], stack: list[str]
) -> None:
    forwards = weigh(range_, stack=stack)
    backwards = weigh(dict(reversed(range_.items())), stack=stack)
    assert forwards.weights == pytest.approx(backwards.weights)
