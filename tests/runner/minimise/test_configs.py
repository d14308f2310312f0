"""Texts of `.config` files: what they set, and what they do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.minimise import difference, parse, switched_on, without

CONFIG = """\
#
# Automatically generated file; DO NOT EDIT.
#
CONFIG_KVM=y
CONFIG_KVM_AMD=m
# CONFIG_KVM_SMM is not set
CONFIG_HZ=100
CONFIG_CC_VERSION_TEXT="gcc (Debian) 12 # CONFIG_X is not set"
"""


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (CONFIG, {"KVM": "y", "KVM_AMD": "m", "HZ": "100",
                  "CC_VERSION_TEXT": '"gcc (Debian) 12 # CONFIG_X is not set"'}),
        ("", {}),
        ("CONFIG_A=n", {}),
        ("CONFIG_A=y\nCONFIG_A=n", {}),
        ("CONFIG_A=y\n# CONFIG_A is not set", {}),
        ("# CONFIG_A is not set\nCONFIG_A=y", {"A": "y"}),
        ("CONFIG_A=y\r\n  CONFIG_B=m  \r\n", {"A": "y", "B": "m"}),
        ("CONFIG_A=", {"A": ""}),
        ("#CONFIG_A=y\nCONFIG A=y\nCONFIG_=y\nXCONFIG_A=y\nCONFIG_\u00c4=y", {}),
    ],
)  # fmt: skip
def test_a_config_says_what_is_set(text: str, values: dict[str, str]) -> None:
    assert parse(text) == values


def test_numbers_and_texts_are_not_switched_on() -> None:
    assert switched_on(parse(CONFIG)) == ("KVM", "KVM_AMD")


def test_the_difference_is_what_only_the_full_config_has_on() -> None:
    full = parse("CONFIG_D=y\nCONFIG_A=y\nCONFIG_B=m\nCONFIG_C=7\nCONFIG_E=y\n")
    base = parse("CONFIG_B=y\nCONFIG_C=8\nCONFIG_X=y\nCONFIG_E=3\n")
    assert difference(full, base) == ("D", "A", "E")


def test_what_is_left_out_is_off_outright() -> None:
    text = without(CONFIG, ["KVM_AMD", "NEW"])
    assert "CONFIG_KVM_AMD=m" not in text
    assert "# CONFIG_KVM_AMD is not set\n# CONFIG_NEW is not set\n" in text
    assert parse(text) == {
        name: value for name, value in parse(CONFIG).items() if name != "KVM_AMD"
    }


symbols = st.from_regex(r"[A-Z][A-Z0-9_]{0,5}", fullmatch=True)


@given(st.dictionaries(symbols, st.sampled_from(["y", "m", "1", '"x"'])), st.sets(symbols))
def test_all_else_stays(values: dict[str, str], gone: set[str]) -> None:
    text = "".join(f"CONFIG_{name}={value}\n" for name, value in values.items())
    left = {name: value for name, value in values.items() if name not in gone}
    assert parse(without(text, sorted(gone))) == left
    assert without(without(text, sorted(gone)), sorted(gone)) == without(text, sorted(gone))
