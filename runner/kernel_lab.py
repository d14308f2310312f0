"""The lab for kernels with Linux's build system, booted by QEMU."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from runner import reproducers, verdicts
from runner.architecture import Architecture, architecture
from runner.building import rules
from runner.building.age import Age
from runner.building.backports import backported
from runner.building.build import Built, build
from runner.building.build_notes import read_notes
from runner.building.compilers import Compiler, installed, toolchain
from runner.building.kernels import KernelCache, kernel_key
from runner.building.recipe import NoCompiler, Recipe, identity, recipe
from runner.building.rules import Family, Rules
from runner.building.sources import inert_commits
from runner.building.workplace import Workplace, make_room
from runner.console.guilty import stack_files
from runner.errors import BuildFailed, InputError, UnknownCommit
from runner.git import Mirror, find_title, graft, is_made, merge_base, patched
from runner.machines import accelerator, qemu, ssh, vm
from runner.machines.accelerator import Accelerator
from runner.machines.guest import Guests
from runner.maintainers import Question, whom_to_tell
from runner.memory import Memory
from runner.sandbox import Sandbox
from runner.search import History
from runner.search.prior import Prior, weigh
from runner.symbols.crashes import Placing, placing
from runner.symbols.keep import keep
from runner.values import Boot, Commit, Kernel, Language, Plan, Recipients, Sha

CHANGES: Memory[dict[Sha, tuple[str, ...]]] = Memory(size=4)
"""What the commits of a range change: git takes 0.7 ms for each, and every decision asks again."""
PRIORS: Memory[Prior] = Memory(size=8)
APART = "-apart"
"""Names what only builds of patches use: objects and a compiler's cache are as good as code."""


@dataclass(frozen=True, slots=True)
class Site:
    """What of this machine a lab may use."""

    root: Path
    """Folder of mirrors, worktrees, objects and kernels. One disk: files are renamed within."""
    sandbox: Sandbox
    slot: int = 0
    jobs: int = 1
    vms: int = 1
    """Virtual machines at once."""
    accelerator: str = "auto"
    toolchains: Path | None = None
    """Folder of compilers that are not on PATH, each with a bin/gcc or bin/clang."""
    rules: Path | None = None
    """An admin's file in the form of `rules.toml`, to add to it."""
    warm_bytes: int = 0
    """What all work trees and object folders may take; 0: half of the disk."""


@dataclass(frozen=True)
class KernelLab:
    """Implements `runner.lab.Lab`."""

    plan: Plan
    site: Site
    cancel: Event

    @property
    def mirror(self) -> Mirror:
        return Mirror(self._home("mirrors", ".git"), self.plan.tree_url, self.cancel)

    @property
    def architecture(self) -> Architecture:
        return architecture(self.plan.machine.arch)

    @property
    def _name(self) -> str:
        """What this tree's folders are called."""
        return hashlib.sha256(self.plan.tree_url.encode()).hexdigest()[:16]

    def _home(self, kind: str, suffix: str = "") -> Path:
        """This tree's folder of a kind."""
        return self.site.root / kind / (self._name + suffix)

    def check(self) -> None:
        identity(recipe(self.plan, None, *self._means()).plan)
        reproducers.check(self.plan.reproducer, self.plan.config)
        self._guest()
        if self.plan.machine.disk:
            ssh.check(self.plan.machine.disk)
        qemu.check(self.plan.machine, self._accelerator(), cancel=self.cancel)

    def resolve(self, revision: str) -> Sha:
        mirror = self.mirror
        mirror.update(self.plan.branch)
        sha = mirror.resolve(revision)
        if is_made(mirror, sha):
            # One with a patch would no longer be built apart.
            raise UnknownCommit(revision)
        return sha

    def upstream(self) -> Sha:
        if not self.plan.upstream_url:
            raise InputError("the tree has no upstream; an admin can set one")
        mirror = self.mirror
        mirror.update(self.plan.branch)
        return mirror.fetch_beside(self.plan.upstream_url, self.plan.upstream_branch)

    def titled(self, title: str) -> Sha:
        mirror = self.mirror
        return find_title(mirror, mirror.head(self.plan.branch), title)

    def fork(self, one: Sha, other: Sha) -> Sha:
        return merge_base(self.mirror, one, other)

    def history(self, bad: Sha, good: Sha | None, *, fix: bool) -> History:
        if good == bad:
            raise InputError(f"the good and the bad commit are the same: {bad}")
        if good is not None and not self.mirror.contains(good, bad):
            raise InputError(
                f"{good} is not an ancestor of {bad}; give a commit that is in its history"
            )
        self._recipe(good if fix and good else bad)  # whose kernel everything begins with
        return History.from_git(self.mirror.path, good, bad, fix=fix)

    def prior(self, history: History, report: str) -> Prior:
        start = history.good if history.fix and history.good else history.bad
        key = self._start_key(start)
        known = self._kernels.sources(key) is not None
        question = (
            *(str(self.mirror.path), *self._ends(history), report),
            *((start, key) if known else ()),
        )
        return PRIORS.recall(question, lambda: self._prior(history, report, start, key))

    def _ends(self, history: History) -> list[Sha]:
        """The newest commit, and those that are just below the range."""
        oldest = [sha for sha, parents in history.parents.items() if not parents]
        return [history.bad, *([history.good] if history.good else oldest)]

    def _prior(self, history: History, report: str, start: Sha, key: str) -> Prior:
        newest, *below = self._ends(history)
        changes = CHANGES.recall(
            (str(self.mirror.path), newest, *below), lambda: self.mirror.changes(newest, below)
        )
        merges = {sha for sha in changes if len(history.parents[sha]) > 1}
        sources = self._kernels.sources(key)
        inert = frozenset[Sha]()
        if sources is not None:
            inert = inert_commits(changes, self.mirror.paths(start), sources) - merges
        return weigh(changes, stack=stack_files(report), merges=merges, inert=inert)

    def commit(self, sha: Sha) -> Commit:
        return self.mirror.commit(sha)

    def show(self, sha: Sha) -> str:
        return self.mirror.show(sha)

    def _means(self) -> tuple[Rules, Sequence[Compiler]]:
        compilers = installed(self.site.toolchains, self.architecture)
        return rules.load(self.site.rules), compilers

    def _recipe(self, sha: Sha) -> Recipe:
        """`NoCompiler` when this machine cannot build what is so old or so new."""
        makefile = self.mirror.read(sha, "Makefile")
        return recipe(self.plan, Age.read(makefile or b""), *self._means())

    @property
    def _kernels(self) -> KernelCache:
        return KernelCache.below(self.site.root)

    def _start_key(self, start: Sha) -> str:
        """Names the kernel that everything begins with, also when it cannot be built."""
        made = self._recipe(start)
        try:
            source, _ = backported(self.mirror, start, made.backports)
        except BuildFailed:
            source = start
        return self._key(source, made)

    def _key(self, sha: Sha, made: Recipe, suffix: str = "") -> str:
        """Names the kernel of a commit."""
        tree = self.mirror.commit(sha).tree + suffix
        return kernel_key(tree, made.plan, identity(made.plan))

    def build(self, sha: Sha, log: Path, *, apart: bool = False) -> Kernel:
        try:
            made = self._recipe(sha)
        except NoCompiler as error:
            raise BuildFailed(str(error)) from error
        source, notes = backported(self.mirror, sha, made.backports)
        suffix = APART if apart else ""
        key = self._key(source, made, suffix)
        if kernel := self._kernels.find(key):
            return kernel
        with self._workplace(f"slot-{self.site.slot}{suffix}") as place:
            place.worktree(self.mirror).checkout(source)
            built = build(
                place.source,
                place.objects,
                made.plan,
                notes=(*made.notes, *notes),
                log=log,
                cancel=self.cancel,
                jobs=self.site.jobs,
                # Not shared between trees: who can write to it decides what later builds contain.
                ccache_dir=self._home("ccache", suffix),
                sandbox=self.site.sandbox,
            )
            return self._kept(key, built, place)

    def _kept(self, key: str, built: Built, place: Workplace) -> Kernel:
        """A fresh kernel as it is in the cache from now on."""
        with self._kernels.scratch() as folder:
            symbols = keep(
                built.vmlinux,
                folder / "symbols",
                (place.source.absolute(), place.objects.absolute()),
                tools=self.architecture.cross,
                sandbox=self.site.sandbox,
                cancel=self.cancel,
            )
            return self._kernels.add(
                key,
                built.image,
                built.signature,
                built.compiler,
                built.seconds,
                built.config,
                read_notes(place.objects, place.source),
                symbols,
            )

    @contextmanager
    def _workplace(self, name: str) -> Iterator[Workplace]:
        """One of this tree's, held, when there is room for it."""
        place = Workplace(self.site.root, self._name, name)
        with place.held(self.cancel):
            make_room(self.site.root, self.site.warm_bytes)
            yield place

    def patched(self, base: Sha, patch: str) -> Sha:
        if not self.site.sandbox.is_closed:
            raise InputError("this machine cannot shut builds in, so it builds no patches")
        return patched(self.mirror, base, patch)

    def revert(self, base: Sha, sha: Sha) -> Sha | None:
        return graft(self.mirror, base, revert=[sha])

    def boots(self, kernel: Kernel, consoles: Mapping[int, Path]) -> Generator[Boot, None, None]:
        boots = vm.boots(
            kernel.image,
            self._guest(),
            self.plan.machine,
            self._accelerator(),
            consoles=consoles,
            parallel=self.site.vms,
            cancel=self.cancel,
        )
        status_counts = self.plan.reproducer.language == Language.SCRIPT
        with closing(boots), self._placing(kernel) as placed:
            for boot in boots:
                if boot.crash:
                    boot = replace(boot, crash=placed(boot.crash))
                yield verdicts.judged(boot) if status_counts else boot

    def _placing(self, kernel: Kernel) -> AbstractContextManager[Placing]:
        return placing(
            self._kernels.symbols(kernel.key),
            tools=self.architecture.cross,
            sandbox=self.site.sandbox,
            cancel=self.cancel,
        )

    def _accelerator(self) -> Accelerator:
        return accelerator.choose(
            self.architecture,
            self.site.root / f"accelerator-{self.architecture.name}.json",
            wanted=self.site.accelerator,
            cancel=self.cancel,
        )

    def _guest(self) -> Path:
        home = self.site.root / "guests"
        command = recipe(self.plan, None, *self._means()).plan.compiler
        # Toolchains for kernels mostly have no C library, which what runs in the VM needs.
        compiler = Family.GCC if toolchain(command) else command
        on_disk = self.plan.machine.disk is not None
        place = home, compiler, self.architecture, self.site.sandbox, on_disk
        guests = Guests(*place, self.plan.syzkaller)
        return guests.archive(self.plan.reproducer, self.cancel)

    def recipients(self, sha: Sha, file: str = "", never: Collection[str] = ()) -> Recipients:
        question = Question(sha, file, self.mirror.head(self.plan.branch))
        return whom_to_tell(self.mirror, question, self.site.sandbox, never=never)
