"""The lab: git, compiler and virtual machines, as the search's caller needs them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from pathlib import Path
from threading import Event
from typing import Protocol, TypeAlias

from runner.search import History
from runner.search.prior import Prior
from runner.values import Boot, Commit, Kernel, Plan, Recipients, Sha


class Lab(Protocol):
    """Everything outside. Raises `InfraError` when our own machine fails, `Cancelled` if asked."""

    def check(self) -> None:
        """What can be known to be wrong before hours of builds: `InputError` says it."""

    def resolve(self, revision: str) -> Sha:
        """The commit of this name; `InputError` when the tree has none."""

    def upstream(self) -> Sha:
        """The newest commit of the tree's upstream, fetched now; `InputError` if it has none."""

    def titled(self, title: str) -> Sha:
        """The commit of this title on the tree's branch, which is not fetched again; `InputError`
        when there is none, or are several.
        """

    def fork(self, one: Sha, other: Sha) -> Sha:
        """Where the histories of two commits part: one of them if it is the other's ancestor.
        `InputError` when that is nowhere, or at several commits.
        """

    def history(self, bad: Sha, good: Sha | None, *, fix: bool) -> History:
        """The commits between; `InputError` when `good` is not an ancestor of `bad`."""

    def prior(self, history: History, report: str) -> Prior:
        """How likely each commit of a history is before any run, by what it changes: the files
        that a symbolised crash report names, others, or nothing that is built.
        """

    def commit(self, sha: Sha) -> Commit: ...

    def show(self, sha: Sha) -> str:
        """The commit as the log's tail shows it."""

    def build(self, sha: Sha, log: Path, *, apart: bool = False) -> Kernel:
        """A kernel, from the cache where it is there; `BuildFailed` is about the commit. `apart`:
        nothing that this build leaves is used for a commit that is not built so, too.
        """

    def patched(self, base: Sha, patch: str) -> Sha:
        """A commit that is `base` with somebody's patch, to be built `apart`: it may hold anything.
        `InputError` when it does not apply, or such things cannot be built safely here.
        """

    def revert(self, base: Sha, sha: Sha) -> Sha | None:
        """A commit that is `base` without the change of `sha`, to be built as any other; `base`
        itself when nothing of the change is left in it, None when the revert conflicts.
        """

    def boots(self, kernel: Kernel, consoles: Mapping[int, Path]) -> Generator[Boot, None, None]:
        """A run for each number and console file, in order. Closing it kills what still runs."""

    def recipients(self, sha: Sha, file: str = "", never: Collection[str] = ()) -> Recipients:
        """Who is to hear of a commit that was found; `file` is where the kernel crashed, and no
        address of `never` is among them.
        """


LabFactory: TypeAlias = Callable[[Plan, int, Event], Lab]
"""Makes a lab for a plan, in the slot of that number, that stops when the event is set."""
