"""The only thing tests replace: the lab."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Event
from typing import Protocol

from django_q.models import OrmQ

from bisectweb.workflow import advance, test, try_patch
from runner.console.guilty import stack_files
from runner.errors import BuildFailed, InputError, UnknownCommit
from runner.lab import Lab
from runner.minimise import parse
from runner.search import History
from runner.search.prior import Prior, weigh
from runner.values import (
    Boot,
    Commit,
    Crash,
    Ended,
    Header,
    Kernel,
    Plan,
    Recipient,
    Recipients,
    Sha,
)
from tests.runner.minimise.options import Options

TITLE = "WARNING in demo_leave_nested"
OTHER_TITLE = "BUG: soft lockup in other_wait"


def line(length: int, good: Sha | None = "c0") -> History:
    """A history c0, c1, ... without branches."""
    parents: dict[Sha, tuple[Sha, ...]] = {f"c{n}": (f"c{n - 1}",) for n in range(length, 0, -1)}
    return History({**parents, "c0": ()}, good=good, bad=f"c{length}")


def all_is_well(what: str) -> None:
    """Nothing goes wrong."""


@dataclass
class FakeLab:
    """A lab over a history in memory: from `culprit` on every run crashes, until `fix`."""

    commits: History
    culprit: Sha
    fix: Sha = ""
    broken: frozenset[Sha] = frozenset()
    title: str = TITLE
    chance: float = 1.0
    """That the bug shows in a run; by the number of the run, the same each time."""
    masked: frozenset[Sha] = frozenset()
    """Where something else crashes before the bug can."""
    unbootable: frozenset[Sha] = frozenset()
    note: str = ""
    inert: frozenset[Sha] = frozenset()
    """Commits without a merge that cannot matter; known once the start commit is built."""
    entangled: frozenset[Sha] = frozenset()
    """Later commits build on these: they cannot be reverted."""
    lasting: frozenset[Sha] = frozenset()
    """Reverting these does not help: what they did has become part of others."""
    late: Mapping[Sha, int] = field(default_factory=dict)
    """So many runs of these show nothing at first."""
    grafts: dict[Sha, tuple[Sha, Sha]] = field(default_factory=dict)
    """Of each commit made by a revert, its base and what was reverted."""
    upstream_head: Sha = ""
    built: list[Sha] = field(default_factory=list)
    booted: list[tuple[Sha, int]] = field(default_factory=list)
    trouble: Callable[[str], None] = all_is_well
    """Called before each thing the lab does; raises what a test wants to go wrong."""

    def factory(self, plan: Plan, slot: int, cancel: Event) -> FakeLab:
        return self

    def check(self) -> None:
        self.trouble("check")

    def resolve(self, revision: str) -> Sha:
        self.trouble(f"resolve {revision}")
        if revision not in self.commits.parents:
            raise UnknownCommit(revision)
        return revision

    def upstream(self) -> Sha:
        self.trouble("upstream")
        if not self.upstream_head:
            raise InputError("the tree has no upstream")
        return self.upstream_head

    def titled(self, title: str) -> Sha:
        found = [sha for sha in self.commits.parents if self.commit(sha).subject == title]
        if len(found) != 1:
            raise InputError(f"no commit of the branch has the title {title!r}")
        return found[0]

    def fork(self, one: Sha, other: Sha) -> Sha:
        known = self.commits
        common = [
            sha for sha in known.parents if known.contains(one, sha) and known.contains(other, sha)
        ]
        best = [
            sha for sha in common if not any(known.contains(x, sha) for x in common if x != sha)
        ]
        if len(best) != 1:
            raise InputError(f"{one} and {other} have {len(best)} merge bases")
        return best[0]

    def history(self, bad: Sha, good: Sha | None, *, fix: bool) -> History:
        known = self.commits
        inside = {
            sha: parents
            for sha, parents in known.parents.items()
            if known.contains(bad, sha) and not (good and known.contains(good, sha))
        }
        ends: dict[Sha, tuple[Sha, ...]] = {good: ()} if good else {}
        return History({**inside, **ends}, good=good, bad=bad, releases=known.releases, fix=fix)

    def prior(self, history: History, report: str) -> Prior:
        self.trouble("prior")
        changes = {sha: (f"drivers/{sha}.c",) for sha in history.parents if sha != history.good}
        start = history.good if history.fix else history.bad
        inert = self.inert & changes.keys() if start in self.built else frozenset()
        return weigh(changes, stack=stack_files(report), inert=inert)

    def commit(self, sha: Sha) -> Commit:
        return Commit(
            sha=sha,
            tree=f"tree of {sha}",
            parents=tuple(self.commits.parents[sha]),
            author="Nested Maintainer",
            author_email="nested@demo.invalid",
            date=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            message=f"demo: change {sha}\n\nSigned-off-by: Nested <nested@demo.invalid>",
            diffstat=" demo.c | 1 +",
        )

    def show(self, sha: Sha) -> str:
        return f"commit {sha}\nAuthor: Nested Maintainer <nested@demo.invalid>\n"

    def build(self, sha: Sha, log: Path, *, apart: bool = False) -> Kernel:
        self.trouble(f"build {sha}")
        cached = sha in self.built
        self.built.append(sha)
        if not cached:
            log.write_text(f"make bzImage of {sha}\n")
        if sha in self.broken:
            raise BuildFailed("demo.c:1: error: expected ';'", "demo.c:1:2: error: expected ';'")
        seconds = 0.0 if cached else 1.5
        return Kernel(f"key of {sha}", Path(sha), self.signature(sha), "gcc 12", seconds, cached)

    def signature(self, sha: Sha) -> str:
        while sha in self.inert:
            (sha,) = self.commits.parents[sha]
        return f"signature of {sha}"

    def patched(self, base: Sha, patch: str) -> Sha:
        """A patch says in its text whose change it takes back, or that it does not build."""
        self.trouble(f"patch {base}")
        match patch.split():
            case ["without", reverted]:
                made = f"{base}-patched-without-{reverted}"
                self.grafts[made] = base, reverted
            case ["broken"]:
                made = f"{base}-patched-broken"
                self.broken |= {made}
            case _:
                raise InputError("the patch does not apply: demo.c: No such file or directory")
        return made

    def revert(self, base: Sha, sha: Sha) -> Sha | None:
        self.trouble(f"revert {sha}")
        if sha in self.entangled:
            return None
        made = f"{base}-without-{sha}"
        self.grafts[made] = base, "" if sha in self.lasting else sha
        return made

    def boots(self, kernel: Kernel, consoles: Mapping[int, Path]) -> Generator[Boot, None, None]:
        sha = kernel.image.name
        for index, console in consoles.items():
            self.trouble(f"boot {sha} {index}")
            self.booted.append((sha, index))
            crash = self.crash(sha)
            console.write_text(f"console {index} of {sha}\n")
            ended = Ended.CRASHED if crash else Ended.DONE
            boots = sha not in self.unbootable
            yield Boot(index, console, boots, ended, crash, 0.5, None if crash else 0)

    def crash(self, sha: Sha) -> Crash | None:
        """What the run shows that was just begun."""
        if sha in self.masked:
            return Crash(OTHER_TITLE, f"{OTHER_TITLE}\nCall Trace:")
        number = sum(booted == sha for booted, _ in self.booted)
        shows = Random(f"{sha} {number}").random() < self.chance and number > self.late.get(sha, 0)
        if sha in self.unbootable or not shows or not self.has_bug(sha):
            return None
        return Crash(self.title, f"{self.title}\nCall Trace:")

    def has_bug(self, sha: Sha) -> bool:
        base, reverted = self.grafts.get(sha, (sha, ""))
        present = [
            change
            for change in (self.culprit, self.fix)
            if change not in ("", reverted) and self.commits.contains(base, change)
        ]
        return present == [self.culprit]

    def recipients(self, sha: Sha, file: str = "", never: Collection[str] = ()) -> Recipients:
        self.trouble(f"recipients {sha}")
        people = (
            Recipient("nested@demo.invalid", "Nested", Header.TO, "maintainer of NESTED"),
            Recipient("list@demo.invalid", "", Header.CC, "list of NESTED"),
        )
        return Recipients(tuple(one for one in people if one.address not in never), self.note)


@dataclass
class ConfigLab(FakeLab):
    """A lab in which configs matter: without some options nothing builds, or the bug is hidden."""

    options: Options = field(default_factory=lambda: Options(()))
    config: str = ""
    """Of the plan that this lab was made for."""

    def factory(self, plan: Plan, slot: int, cancel: Event) -> ConfigLab:
        return replace(self, config=plan.config)

    def build(self, sha: Sha, log: Path, *, apart: bool = False) -> Kernel:
        kernel = super().build(sha, log, apart=apart)
        completed = self.options.test(self.config).config
        if not completed:
            raise BuildFailed("demo.c:1: error: an option is missing")
        key = f"{sha} with {'_'.join(parse(completed))}"
        return replace(kernel, key=key, signature=key, config=completed)

    def has_bug(self, sha: Sha) -> bool:
        return super().has_bug(sha) and self.options.test(self.config).reproduced


class Workshop(Protocol):
    """What makes labs."""

    def factory(self, plan: Plan, slot: int, cancel: Event) -> Lab: ...


def work(lab: Workshop, limit: int = 200) -> None:
    """Do what the queue holds until it is empty, as workers would."""
    for _ in range(limit):
        queued = OrmQ.objects.order_by("id").first()
        if queued is None:
            return
        step(lab)
    raise AssertionError("the queue does not become empty")


def step(lab: Workshop) -> None:
    """Do the first task of the queue."""
    queued = OrmQ.objects.order_by("id").first()
    assert queued is not None
    task = queued.task
    queued.delete()
    match task["func"]:
        case "bisectweb.tasks.advance":
            (row,) = task["args"]
            advance(row, lab.factory)
        case "bisectweb.tasks.test":
            test(lab.factory)
        case "bisectweb.tasks.try_patch":
            (row,) = task["args"]
            try_patch(row, lab.factory)
        case _:  # mails leave elsewhere
            pass
