"""What a person may give make, and what not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.building.make_variables import NAME, VALUE, checked, parse
from runner.errors import InputError


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("", {}),
        ("LLVM_IAS=0", {"LLVM_IAS": "0"}),
        ("  KCFLAGS = -O1 -DX=1 \r\n\nW=1\n", {"KCFLAGS": "-O1 -DX=1", "W": "1"}),
        ("LLVM=", {"LLVM": ""}),
        ("LD=/opt/x/bin/ld.lld-15", {"LD": "/opt/x/bin/ld.lld-15"}),
        ("A=1\nA=2", {"A": "2"}),
    ],
)
def test_each_line_is_a_variable(text: str, variables: dict[str, str]) -> None:
    assert parse(text) == variables


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("KCFLAGS=$(shell touch /tmp/x)", "cannot give make the variable KCFLAGS="),
        ("KCFLAGS=`x`", "cannot give make"),
        ("-f=x", "cannot give make the variable -f=x"),
        ("--eval", "cannot give make"),
        ("=x", "cannot give make"),
        ("lower=x", "cannot give make"),
        ("A:=x", "cannot give make"),
        ("A=x;y", "cannot give make"),
        ("CC=gcc-12", "the tree's other settings give make the variable CC"),
        ("O=/tmp", "the variable O$"),
    ],
)
def test_what_make_would_run_or_hear_twice_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        parse(text)


@given(st.text())
def test_what_passes_is_a_name_and_a_value_that_make_takes_literally(text: str) -> None:
    try:
        variables = parse(text)
    except InputError:
        return
    assert checked(variables) == variables
    for name, value in variables.items():
        assert NAME.fullmatch(name)
        assert VALUE.fullmatch(value)
