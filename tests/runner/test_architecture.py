"""What differs between architectures, as another machine would see it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.architecture import ARCHITECTURES, HOST, architecture
from runner.errors import InputError


@pytest.mark.parametrize(
    ("name", "command", "words", "packages"),
    [
        (
            "arm64",
            "gcc",
            ("aarch64-linux-gnu-gcc",),
            "gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
        ),
        (
            "x86_64",
            "gcc-12",
            ("x86_64-linux-gnu-gcc-12",),
            "gcc-12-x86-64-linux-gnu libc6-dev-amd64-cross",
        ),
        ("arm64", "clang-15", ("clang-15", "--target=aarch64-linux-gnu"), ""),
    ],
)
def test_a_foreign_architecture_has_compilers_of_its_own(
    name: str, command: str, words: tuple[str, ...], packages: str
) -> None:
    foreign = replace(architecture(name), machine="vax")
    assert foreign.compiler(command) == words
    assert foreign.missing(command) == (packages and f": apt-get install {packages}")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_this_machines_own_has_none(name: str) -> None:
    own = replace(architecture(name), machine=HOST)
    assert own.compiler("gcc-12") == ("gcc-12",)
    assert (own.cross, own.missing("gcc-12")) == ("", "")


def test_an_unknown_architecture_is_the_persons_mistake() -> None:
    with pytest.raises(InputError, match="unknown architecture 'vax': choose one of x86_64, arm64"):
        architecture("vax")
