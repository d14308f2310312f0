"""Ages as the Makefiles of Linux and of other things tell them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.building.age import Age

# From oldest to newest.
NAMES = (
    *("2.6.12-rc2", "2.6.39", "3.0-rc1", "3.0", "4.9", "4.10-rc1", "4.10-rc8", "4.10", "4.10.17"),
    *("5.4-rc2", "5.4-rc10", "5.4", "5.4.1-rc1", "5.4.1", "5.4.300", "5.10", "6.12", "10.0"),
)


def makefile(version: object, patchlevel: object, sublevel: object, extra: str) -> bytes:
    return (
        f"# SPDX-License-Identifier: GPL-2.0\nVERSION = {version}\nPATCHLEVEL = {patchlevel}\n"
        f"SUBLEVEL = {sublevel}\nEXTRAVERSION ={extra}\nNAME = Baby Opossum Posse\n\nall:\n"
    ).encode()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (makefile(6, 12, 0, ""), "6.12"),
        (makefile(6, 12, 0, " -rc3"), "6.12-rc3"),
        (makefile(6, 1, 55, ""), "6.1.55"),
        (makefile(5, 10, 201, " -rc1"), "5.10.201-rc1"),
        (makefile(2, 6, 39, " -rc7"), "2.6.39-rc7"),
        (makefile(5, 4, 0, " -rc3-vendor.4"), "5.4-rc3"),
        (makefile(5, 4, 0, " -vendor.4"), "5.4"),
        (b"VERSION=5\nPATCHLEVEL\t=\t4\n", "5.4"),
    ],
)
def test_the_makefile_tells_the_age(content: bytes, name: str) -> None:
    age = Age.read(content)
    assert str(age) == name


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"all:\n\tcc main.c\n",
        makefile(1, 0, 0, ""),
        makefile("$(shell date)", 0, 0, ""),
        makefile("5\xb2", 4, 0, ""),
        makefile("9" * 5000, 4, 0, ""),
        b"# VERSION = 5\n# PATCHLEVEL = 4\n",
        Path("tests/demokernel/kernel/Makefile").read_bytes(),
    ],
)
def test_what_is_not_linux_has_no_age(content: bytes) -> None:
    assert Age.read(content) is None


def test_releases_are_in_order_and_each_contains_those_before() -> None:
    ages = [Age.named(name) for name in NAMES]
    assert sorted(ages) == ages
    for place, age in enumerate(ages):
        assert [age.contains(other) for other in ages] == [n <= place for n in range(len(ages))]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_read_as_it_is_written(name: str) -> None:
    assert str(Age.named(name)) == str(Age.named(f"v{name}")) == name


@pytest.mark.parametrize("name", ["", "5", "next", "5.4-", "5.4-rc", "-5.4", "5.4\n", "5.x"])
def test_another_name_is_none_of_a_release(name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a Linux release"):
        Age.named(name)


@given(st.binary())
def test_any_makefile_can_be_read(content: bytes) -> None:
    Age.read(content)
    Age.read(b"VERSION = " + content)
