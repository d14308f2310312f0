"""Names of Rust's functions are made readable; any other name stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.console.rust import demangled


@pytest.mark.parametrize(
    ("mangled", "name"),
    [
        ("_RNvC6kernel5print", "kernel::print"),
        ("_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar"),
        ("_RNvMNtCs5_4core6optionNtB2_6Option3get", "<core::option::Option>::get"),
        ("_RNvXCs1_3fooNtB2_3BarNtB2_5Trait4call", "<foo::Bar as foo::Trait>::call"),
        ("_RNCNvC3foo3bar0", "foo::bar::{closure#0}"),
        ("_RNCNvC3foo3bars_0", "foo::bar::{closure#1}"),
        ("_RINvC3foo3barlRShE", "foo::bar::<i32, &[u8]>"),
        ("_RINvC3foo3barTmbEQL_jE", "foo::bar::<(u32, bool), &mut usize>"),
        ("_RNvC3foo9bar", "foo::bar"),
        ("do_syscall_64", "do_syscall_64"),
        ("_R", "_R"),
        ("_RC0", "_RC0"),
        ("_RNvB_3foo", "_RNvB_3foo"),
        ("", ""),
    ],
)
def test_a_name_is_readable(mangled: str, name: str) -> None:
    assert demangled(mangled) == name


@given(st.text("_RNvCMXYIBTSQLEs0123abc", max_size=200))
def test_any_name_has_an_answer(text: str) -> None:
    assert demangled(f"_R{text}")
