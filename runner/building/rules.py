"""How Linux is built by its age, read from files: config options, compilers and backports."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TypeAlias, TypeVar

from runner.building.age import FIRST, Age
from runner.errors import InputError
from runner.values import Sha

OURS = Path(__file__).with_name("rules.toml")

Version: TypeAlias = tuple[int, ...]
"""Of a compiler, such as (12, 2, 0); in a rule (12,) stands for all of 12."""
T = TypeVar("T")

OPTION = re.compile(r"[A-Z0-9_a-z]+", re.ASCII)
SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
VERSION = re.compile(r"\d{1,6}(?:\.\d{1,6}){0,3}", re.ASCII)


class Family(StrEnum):
    """Whose compiler it is."""

    GCC = "gcc"
    CLANG = "clang"


@dataclass(frozen=True, slots=True)
class ConfigRule:
    """Options that kernels before a release, or all of them, are built without."""

    before: Age | None = None
    off: tuple[str, ...] = ()
    instead: tuple[tuple[str, str], ...] = ()
    """Pairs of an option to turn off, where it is on, and one to turn on in its place."""

    def holds(self, age: Age) -> bool:
        return self.before is None or not age.contains(self.before)


@dataclass(frozen=True, slots=True)
class CompilerRule:
    """Which versions of a compiler can build kernels from a release on."""

    family: Family
    since: Age | None = None
    oldest: Version = ()
    newest: Version = ()
    """Empty: any."""

    def holds(self, age: Age) -> bool:
        return self.since is None or age.contains(self.since)

    def fits(self, version: Version) -> bool:
        return version >= self.oldest and version[: len(self.newest)] <= self.newest

    def __str__(self) -> str:
        """Such as `gcc 5.1 to 14`."""
        oldest, newest = (".".join(map(str, end)) for end in (self.oldest, self.newest))
        words = {
            (True, True): oldest if oldest == newest else f"{oldest} to {newest}",
            (True, False): f"{oldest} or newer",
            (False, True): f"{newest} or older",
            (False, False): "of any version",
        }
        return f"{self.family} {words[bool(oldest), bool(newest)]}"


@dataclass(frozen=True, slots=True)
class Backport:
    """A commit that older kernels are built with, on top of them."""

    fix: Sha
    title: str
    guilty: Sha | None = None
    """Only kernels that contain this one need the fix."""
    since: Age | None = None
    before: Age | None = None

    def holds(self, age: Age) -> bool:
        too_old = self.since is not None and not age.contains(self.since)
        return not too_old and (self.before is None or not age.contains(self.before))


@dataclass(frozen=True, slots=True)
class Rules:
    """What all files together say."""

    configs: tuple[ConfigRule, ...] = ()
    compilers: tuple[CompilerRule, ...] = ()
    backports: tuple[Backport, ...] = ()

    def __add__(self, other: Rules) -> Rules:
        return Rules(
            self.configs + other.configs,
            self.compilers + other.compilers,
            self.backports + other.backports,
        )

    def compiler(self, family: Family, age: Age) -> CompilerRule:
        """The rule of the youngest release that the age contains; of two the later one."""
        held = [rule for rule in self.compilers if rule.family == family and rule.holds(age)]
        held.sort(key=lambda rule: (rule.since is not None, rule.since or age))
        return held[-1] if held else CompilerRule(family)

    def oldest(self, family: Family, versions: Collection[Version]) -> Age | None:
        """The oldest release from which on one of these versions fits every commit; None where not
        even today's is fitted.
        """
        since = {rule.since or FIRST for rule in self.compilers if rule.family == family}
        found = None
        for age in sorted({FIRST, *since}, reverse=True):
            rule = self.compiler(family, age)
            if not any(rule.fits(version) for version in versions):
                return found
            found = age
        return found


def load(path: Path | None) -> Rules:
    """Our rules, and those of an admin's file; `InputError` names the entry that is wrong."""
    return _ours() + read(path) if path else _ours()


@cache
def _ours() -> Rules:
    return read(OURS)


def read(path: Path) -> Rules:
    """The rules of one file."""
    try:
        content = tomllib.loads(path.read_text())
    except OSError as error:
        raise InputError(f"cannot read the rules in {path}: {error.strerror}") from None
    except ValueError as error:  # not TOML, or not UTF-8
        raise InputError(f"the rules in {path} are not TOML: {error}") from None
    if unknown := content.keys() - {"config", "compiler", "backport"}:
        raise InputError(f"the rules in {path} have no [[{min(unknown)}]]")
    return Rules(
        configs=_entries(path, content, "config", _config),
        compilers=_entries(path, content, "compiler", _compiler),
        backports=_entries(path, content, "backport", _backport),
    )


def _entries(
    path: Path,
    content: Mapping[str, object],
    kind: str,
    parse: Callable[[dict[str, object]], T],
) -> tuple[T, ...]:
    entries = content.get(kind, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(f"in the rules in {path}, each {kind} must be a [[{kind}]]")
    parsed = []
    for number, entry in enumerate(entries, 1):
        try:
            parsed.append(parse(left := dict(entry)))
            if left:
                raise ValueError(f"unknown key {min(left)!r}")
        except ValueError as error:
            where = f"the rules in {path}, [[{kind}]] number {number}"
            raise InputError(f"{where}: {error}") from None
    return tuple(parsed)


# Each of these takes what it knows out of the entry: what is left is unknown.


def _config(entry: dict[str, object]) -> ConfigRule:
    off, instead = entry.pop("off", []), entry.pop("instead", {})
    if not isinstance(off, list) or not isinstance(instead, dict) or not (off or instead):
        raise ValueError('it needs `off = ["OPTION"]` or `instead = { OPTION = "OTHER" }`')
    return ConfigRule(
        before=_age(entry, "before"),
        off=_options(off),
        instead=tuple(zip(_options(list(instead)), _options(list(instead.values())), strict=True)),
    )


def _options(names: Sequence[object]) -> tuple[str, ...]:
    for name in names:
        if not isinstance(name, str) or not OPTION.fullmatch(name):
            raise ValueError(f"not a config option: {name!r}")
    return tuple(str(name).removeprefix("CONFIG_") for name in names)


def _compiler(entry: dict[str, object]) -> CompilerRule:
    family = entry.pop("family", None)
    if family not in list(Family):
        raise ValueError(f"`family` must be one of {', '.join(Family)}")
    return CompilerRule(
        family=Family(str(family)),
        since=_age(entry, "from"),
        oldest=_version(entry, "oldest"),
        newest=_version(entry, "newest"),
    )


def _backport(entry: dict[str, object]) -> Backport:
    if not {"fix", "title"} <= entry.keys():
        raise ValueError("it needs `fix`, a full commit name, and its `title`")
    title = _text(entry, "title")
    if not title.strip() or not title.isprintable():
        raise ValueError(f"`title` is not the first line of a commit: {title!r}")
    return Backport(
        fix=_sha(entry, "fix"),
        title=title,
        guilty=_sha(entry, "guilty") if "guilty" in entry else None,
        since=_age(entry, "from"),
        before=_age(entry, "before"),
    )


def _sha(entry: dict[str, object], key: str) -> Sha:
    if not SHA.fullmatch(text := _text(entry, key)):
        raise ValueError(f"`{key}` is not a full commit name: {text!r}")
    return text


def _age(entry: dict[str, object], key: str) -> Age | None:
    return Age.named(_text(entry, key)) if key in entry else None


def _version(entry: dict[str, object], key: str) -> Version:
    if key not in entry:
        return ()
    if not VERSION.fullmatch(text := _text(entry, key)):
        raise ValueError(f"`{key}` is not a version: {text!r}")
    return tuple(map(int, text.split(".")))


def _text(entry: dict[str, object], key: str) -> str:
    value = entry.pop(key)
    if not isinstance(value, str):
        raise ValueError(f"`{key}` must be in quotes")
    return value
