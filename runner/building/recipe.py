"""How one revision is built: what the plan asks for, as the rules for its age change it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from runner.architecture import architecture
from runner.building.age import Age
from runner.building.compilers import Compiler, compiler_id
from runner.building.rules import Backport, Family, Rules
from runner.errors import InputError
from runner.values import Plan

SET = re.compile(r"^CONFIG_(\w+)=.*$", re.MULTILINE | re.ASCII)

# Since when make takes LLVM=1, and a suffix or folder of LLVM's tools.
LLVM_ONE, LLVM_ANY = Age(5, 7), Age(5, 18)


class NoCompiler(InputError):
    """No compiler of this machine can build kernels of an age: other revisions may be younger."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a revision's kernel is made by. Equal plans and equal sources give equal kernels."""

    plan: Plan
    """With the config and the compiler that are really used."""
    notes: tuple[str, ...] = ()
    """What was changed, and why, in lines for a person."""
    backports: tuple[Backport, ...] = ()
    """Those that kernels of this age may need."""


def recipe(plan: Plan, age: Age | None, rules: Rules, compilers: Sequence[Compiler]) -> Recipe:
    """The recipe for a tree of an age, with these compilers at hand; what has no age is built as it
    was asked for. `NoCompiler` when none fits.
    """
    compiler = choose(plan.compiler, age, rules, compilers)
    made = replace(plan, compiler=compiler.command) if compiler else plan
    if age is None:
        return Recipe(made)
    notes = [f"Linux {age}"]
    if compiler:
        made = replace(made, make_variables=_tools(compiler, age) | dict(plan.make_variables))
        notes.append(f"built by {compiler}")
    if plan.compiler in list(Family):
        notes[-1] += f", as it wants {rules.compiler(Family(plan.compiler), age)}"
    config, changes = adapt(plan.config, age, rules)
    notes += [f"config for its age: {', '.join(changes)}"] if changes else []
    backports = tuple(rule for rule in rules.backports if rule.holds(age))
    return Recipe(replace(made, config=config), tuple(notes), backports)


def identity(plan: Plan) -> str:
    """Compiler and linker as they name themselves; `InputError` when they are not there."""
    target = architecture(plan.machine.arch)
    return compiler_id(plan.compiler, target, plan.make_variables.get("LLVM", ""))


def choose(
    wanted: str, age: Age | None, rules: Rules, compilers: Sequence[Compiler]
) -> Compiler | None:
    """A bare family is the newest that fits the age, any other name the one that is called so.

    None for a command that is not known to be a compiler, but may be one.
    """
    if wanted in list(Family) and age is not None:
        return _by_age(Family(wanted), age, rules, compilers)
    named = [one for one in compilers if one.name == wanted]
    related = [one for one in compilers if one.family == wanted]
    return next(iter(named + related), None)


def _by_age(family: Family, age: Age, rules: Rules, compilers: Sequence[Compiler]) -> Compiler:
    rule = rules.compiler(family, age)
    related = [one for one in compilers if one.family == family]
    fitting = [one for one in related if rule.fits(one.version)]
    if fitting:
        return max(fitting, key=lambda one: one.version)  # of equal ones the first
    there = ", ".join(map(str, related)) or f"no {family}"
    raise NoCompiler(
        f"Linux {age} wants {rule}; this machine has {there}. Install one that fits, put it into "
        "the folder of toolchains, or name one exactly as the compiler"
    )


def _tools(compiler: Compiler, age: Age) -> dict[str, str]:
    """Clang with its own linker and tools, where they and the kernel's makefiles allow it."""
    since = LLVM_ONE if compiler.llvm == "1" else LLVM_ANY
    return {"LLVM": compiler.llvm} if compiler.llvm and age.contains(since) else {}


def adapt(config: str, age: Age, rules: Rules) -> tuple[str, list[str]]:
    """The config for an age, and what was changed in it. Only what it turns on is touched."""
    changes: dict[str, str] = {}
    on = {match[1] for match in SET.finditer(config) if not match[0].endswith("=n")}
    for rule in rules.configs:
        if rule.holds(age):
            changes |= {option: "" for option in rule.off if option in on}
            changes |= {option: other for option, other in rule.instead if option in on}

    def line(match: re.Match[str]) -> str:
        other = changes.get(match[1])
        if other is None:
            return match[0]
        return f"# CONFIG_{match[1]} is not set" + (f"\nCONFIG_{other}=y" if other else "")

    words = [
        f"{other} for {option}" if other else f"no {option}" for option, other in changes.items()
    ]
    return SET.sub(line, config), words
