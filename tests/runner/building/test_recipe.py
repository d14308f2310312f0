"""What a revision is built with, by its age and by what the machine has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.building import rules
from runner.building.age import Age
from runner.building.compilers import Compiler
from runner.building.recipe import NoCompiler, adapt, choose, identity, recipe
from runner.building.rules import Family, Rules
from runner.errors import InputError
from tests.runner.building.little import PLAN

OURS = rules.load(None)
HERE = [
    Compiler("gcc", Family.GCC, (12, 2, 0)),
    Compiler("gcc-9", Family.GCC, (9, 5, 0)),
    Compiler("gcc-12", Family.GCC, (12, 2, 0)),
    Compiler("clang-15", Family.CLANG, (15, 0, 6)),
    Compiler("/opt/toolchains/gcc-5.5.0/bin/gcc", Family.GCC, (5, 5, 0)),
]


@pytest.mark.parametrize(
    ("wanted", "age", "command"),
    [
        ("gcc", "6.12", "gcc"),
        ("gcc", "5.16", "gcc"),
        ("gcc", "5.10", "gcc-9"),
        ("gcc", "5.4", "gcc-9"),
        ("gcc", "4.9", "/opt/toolchains/gcc-5.5.0/bin/gcc"),
        ("clang", "6.12", "clang-15"),
        ("gcc-5.5.0", "6.12", "/opt/toolchains/gcc-5.5.0/bin/gcc"),
        ("gcc", None, "gcc"),
        ("clang", None, "clang-15"),
        ("tcc", "6.12", None),
        ("/opt/toolchains/gcc-5.5.0/bin/gcc", "6.12", None),
    ],
)
def test_the_newest_compiler_that_fits_is_chosen_and_a_named_one_is_obeyed(
    wanted: str, age: str | None, command: str | None
) -> None:
    chosen = choose(wanted, Age.named(age) if age else None, OURS, HERE)
    assert (chosen and chosen.command) == command


def test_when_none_fits_it_is_said_what_would_and_what_is_there() -> None:
    with pytest.raises(NoCompiler) as caught:
        choose("clang", Age.named("4.9"), OURS, HERE)
    assert str(caught.value).startswith(
        "Linux 4.9 wants clang 9; this machine has clang 15.0.6 (clang-15). Install one"
    )
    with pytest.raises(NoCompiler, match="wants clang 9; this machine has no clang"):
        choose("clang", Age.named("4.9"), OURS, HERE[:2])


@pytest.mark.parametrize(
    "wanted", ["", "gcc-0.1", "-v", "gcc -v", "/bin/sh", "../x", "gcc;x", "gcc\n", "$(x)"]
)
@pytest.mark.parametrize("age", [None, Age.named("6.12")])
def test_a_compiler_that_is_not_there_is_the_persons_to_correct(
    wanted: str, age: Age | None
) -> None:
    with pytest.raises(InputError, match="is not installed"):
        identity(recipe(replace(PLAN, compiler=wanted), age, OURS, HERE).plan)


CONFIG = "CONFIG_KCOV=y\n# CONFIG_UBSAN is not set\nCONFIG_UNWINDER_ORC=y\nCONFIG_KCOV_X=y\n"


def test_only_options_that_are_on_are_turned_off_for_an_age() -> None:
    config, changes = adapt(CONFIG, Age.named("5.2"), OURS)
    assert config == (
        "# CONFIG_KCOV is not set\n# CONFIG_UBSAN is not set\n# CONFIG_UNWINDER_ORC is not set\n"
        "CONFIG_UNWINDER_FRAME_POINTER=y\nCONFIG_KCOV_X=y\n"
    )
    assert changes == ["no KCOV", "UNWINDER_FRAME_POINTER for UNWINDER_ORC"]
    assert adapt(CONFIG, Age.named("5.4"), OURS) == (CONFIG, [])


def test_what_every_age_is_built_without_is_off() -> None:
    config, changes = adapt("CONFIG_DEBUG_INFO_BTF=y\n", Age.named("6.12"), OURS)
    assert (config, changes) == ("# CONFIG_DEBUG_INFO_BTF is not set\n", ["no DEBUG_INFO_BTF"])


def test_modules_and_texts_are_options_that_are_on_too() -> None:
    lines = 'CONFIG_CAN=m\nCONFIG_HSR="x"\nCONFIG_SMC=n\n'
    config, changes = adapt(lines, Age.named("4.5"), OURS)
    assert config == "# CONFIG_CAN is not set\n# CONFIG_HSR is not set\nCONFIG_SMC=n\n"
    assert changes == ["no CAN", "no HSR"]


def test_the_recipe_says_what_it_changed_and_why() -> None:
    plan = replace(PLAN, config="CONFIG_KCOV=y\n")
    made = recipe(plan, Age.named("5.3-rc2"), OURS, HERE)
    assert made.notes == (
        "Linux 5.3-rc2",
        "built by gcc 9.5.0 (gcc-9), as it wants gcc 4.6 to 9",
        "config for its age: no KCOV",
    )
    assert made.plan == replace(PLAN, config="# CONFIG_KCOV is not set\n", compiler="gcc-9")


def test_what_is_not_linux_is_built_as_it_was_asked_for() -> None:
    plan = replace(PLAN, config="CONFIG_KCOV=y\nCONFIG_DEBUG_INFO_BTF=y\n")
    made = recipe(plan, None, OURS, HERE)
    assert (made.plan, made.notes) == (plan, ())


def test_without_rules_nothing_changes() -> None:
    plan = replace(PLAN, config=CONFIG)
    assert recipe(plan, Age.named("4.4"), Rules(), HERE).plan == plan


@pytest.mark.parametrize(
    ("age", "llvm", "variables"),
    [
        ("5.18", "-15", {"LLVM": "-15"}),
        ("5.17", "-15", {}),
        ("5.17", "1", {"LLVM": "1"}),
        ("5.7", "1", {"LLVM": "1"}),
        ("5.6", "1", {}),
        ("6.12", "/opt/llvm/bin/", {"LLVM": "/opt/llvm/bin/"}),
        ("6.12", "", {}),
        (None, "1", {}),
    ],
)
def test_clang_brings_its_linker_and_tools_where_makefiles_know_how(
    age: str | None, llvm: str, variables: dict[str, str]
) -> None:
    here = [Compiler("clang-x", Family.CLANG, (15, 0, 6), llvm)]
    made = recipe(replace(PLAN, compiler="clang-x"), Age.named(age) if age else None, OURS, here)
    assert made.plan.make_variables == variables


def test_what_an_admin_gives_make_is_stronger_than_the_rules() -> None:
    here = [Compiler("clang", Family.CLANG, (15, 0, 6), "1")]
    plan = replace(PLAN, compiler="clang", make_variables={"LLVM": "", "LLVM_IAS": "0"})
    made = recipe(plan, Age.named("6.12"), OURS, here)
    assert made.plan.make_variables == plan.make_variables
