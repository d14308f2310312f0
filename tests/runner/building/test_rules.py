"""The rules that we ship, and what an admin may write."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from runner.building import rules
from runner.building.age import Age
from runner.building.rules import Backport, CompilerRule, ConfigRule, Family, Rules
from runner.errors import InputError

OURS = rules.load(None)
SHA = "0123456789" * 4


@pytest.mark.parametrize(
    ("age", "gcc", "clang"),
    [
        ("2.6.39", "gcc 3.2 to 5", "clang 9"),
        ("4.9", "gcc 3.2 to 5", "clang 9"),
        ("4.12-rc1", "gcc 3.2 to 7", "clang 9"),
        ("4.12", "gcc 3.2 to 8", "clang 9"),
        ("5.4", "gcc 4.6 to 9", "clang 9"),
        ("5.10", "gcc 4.9 to 11", "clang 10.0.1 to 15"),
        ("5.15.100", "gcc 5.1 to 11", "clang 10.0.1 to 15"),
        ("6.1", "gcc 5.1 to 14", "clang 11 to 15"),
        ("6.12", "gcc 5.1 to 14", "clang 13.0.1 to 18"),
        ("6.15", "gcc 5.1 or newer", "clang 13.0.1 or newer"),
        ("7.0", "gcc 8.1 or newer", "clang 13.0.1 or newer"),
    ],
)
def test_each_age_has_its_compilers(age: str, gcc: str, clang: str) -> None:
    assert str(OURS.compiler(Family.GCC, Age.named(age))) == gcc
    assert str(OURS.compiler(Family.CLANG, Age.named(age))) == clang


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ((4, 8, 5), False),
        ((4, 9), True),
        ((4, 9, 4), True),
        ((10, 2, 1), True),
        ((11, 0, 0), True),
        ((11, 4, 0), True),
        ((12, 0, 0), False),
    ],
)
def test_a_version_fits_between_the_oldest_and_all_of_the_newest(
    version: tuple[int, ...], fits: bool
) -> None:
    assert CompilerRule(Family.GCC, None, (4, 9), (11,)).fits(version) is fits


def test_what_the_incumbent_turns_off_by_age_is_off() -> None:
    off = {option: rule.before and str(rule.before) for rule in OURS.configs for option in rule.off}
    assert off == {
        "DEBUG_INFO_BTF": None,
        "DEBUG_KOBJECT": None,
        "KCOV": "5.4",
        "UBSAN": "5.3",
        "TOMOYO_OMIT_USERSPACE_LOADER": "5.2",
        "USBIP_VUDC": "4.15",
        "CAN": "4.13",
        "HSR": "4.12",
        "SMC": "4.12",
        "BT_HCIVHCI": "4.10",
        "USBIP_VHCI_HCD": "4.10",
        "NET_TEAM": "4.7",
        "BATMAN_ADV": "4.5",
    }


@pytest.mark.parametrize(
    ("age", "holds"), [("4.5", False), ("4.6", True), ("5.11-rc7", True), ("5.11", False)]
)
def test_a_backport_is_for_an_age_from_one_release_to_another(age: str, holds: bool) -> None:
    rule = Backport(SHA, "x", since=Age(4, 6), before=Age(5, 11))
    assert rule.holds(Age.named(age)) is holds
    assert Backport(SHA, "x").holds(Age.named(age))


def test_each_of_our_backports_ends_with_the_release_that_has_it() -> None:
    assert {rule.title.partition(":")[0]: str(rule.before) for rule in OURS.backports} == {
        "objtool": "5.11",
        "scripts/dtc": "5.6",
        "libsubcmd": "5.17",
    }


def test_an_admins_rules_add_to_ours_and_win_at_the_same_release(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[[compiler]]\nfamily = "gcc"\nfrom = "5.16"\noldest = "9"\nnewest = "12"\n'
        f'[[backport]]\nfix = "{SHA}"\ntitle = "x: y"\nguilty = "{SHA}"\nfrom = "4.6"\n'
        '[[config]]\nbefore = "6.0"\noff = ["CONFIG_MINE"]\ninstead = { OLD = "NEW" }\n'
    )
    both = rules.load(path)
    assert str(both.compiler(Family.GCC, Age.named("6.1"))) == "gcc 9 to 12"
    assert str(both.compiler(Family.GCC, Age.named("6.15"))) == "gcc 5.1 or newer"
    assert both.backports[:-1] == OURS.backports
    assert both.backports[-1] == Backport(SHA, "x: y", guilty=SHA, since=Age(4, 6))
    assert both.configs[:-1] == OURS.configs
    assert both.configs[-1] == ConfigRule(Age(6, 0), ("MINE",), (("OLD", "NEW"),))


def test_without_a_rule_any_compiler_fits() -> None:
    rule = Rules().compiler(Family.CLANG, Age.named("5.4"))
    assert rule.fits((1,))
    assert str(rule) == "clang of any version"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[config]", r"mine\.toml are not TOML: .*line 1"),
        ("\udcff", "are not TOML"),
        ("[[kernel]]", r"mine\.toml have no \[\[kernel\]\]"),
        ("config = 1", r"each config must be a \[\[config\]\]"),
        ("config = [1]", r"each config must be a \[\[config\]\]"),
        ("[[config]]", r"\[\[config\]\] number 1: it needs `off"),
        ('[[config]]\noff = "X"', r"\[\[config\]\] number 1: it needs `off"),
        ('[[config]]\noff = ["X"]\n[[config]]\noff = ["X y"]', "number 2: not a config option"),
        ("[[config]]\noff = [1]", "not a config option: 1"),
        ('[[config]]\ninstead = { A = "B\\n" }', "not a config option"),
        ('[[config]]\noff = ["X"]\nbefore = "next"', "not the name of a Linux release: 'next'"),
        ('[[config]]\noff = ["X"]\nbefore = 5.4', "`before` must be in quotes"),
        ('[[config]]\noff = ["X"]\nafter = "5.4"', "unknown key 'after'"),
        ('[[backport]]\ntitle = "x"', "number 1: it needs `fix`"),
        (f'[[backport]]\nfix = "{SHA}"', "it needs `fix`, a full commit name, and its `title`"),
        ('[[backport]]\nfix = "v5.4"\ntitle = "x"', "`fix` is not a full commit name: 'v5.4'"),
        (f'[[backport]]\nfix = "{SHA}"\ntitle = ""', "`title` is not the first line"),
        (f'[[backport]]\nfix = "{SHA}"\ntitle = "x\\ny"', "`title` is not the first line"),
        (f'[[backport]]\nfix = "{SHA}"\ntitle = "x"\nguilty = "-x"', "`guilty` is not a full"),
        ("[[compiler]]", "`family` must be one of gcc, clang"),
        ('[[compiler]]\nfamily = "icc"', "`family` must be one of gcc, clang"),
        ('[[compiler]]\nfamily = "gcc"\nnewest = "new"', "`newest` is not a version: 'new'"),
        ('[[compiler]]\nfamily = "gcc"\noldest = 8', "`oldest` must be in quotes"),
    ],
)
def test_a_wrong_file_is_refused_with_the_entry_named(
    tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match=f"the rules in {re.escape(str(tmp_path))}.*{sentence}"):
        rules.load(path)


def test_the_example_in_the_documents_is_read(tmp_path: Path) -> None:
    text = Path("docs/building.md").read_text()
    example = text[text.index("    [[config]]") : text.index("The head of each build log")]
    path = tmp_path / "mine.toml"
    path.write_text(textwrap.dedent(example))
    read = rules.read(path)
    assert (len(read.configs), len(read.compilers), len(read.backports)) == (1, 1, 1)
    assert read.backports[0] in OURS.backports
    assert read.compilers[0] in OURS.compilers


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read the rules in .*none\.toml: No such file"):
        rules.load(tmp_path / "none.toml")
