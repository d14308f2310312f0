"""Histories by seed, and a generated demo in a lab that builds and boots it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from runner.kernel_lab import KernelLab, Site
from runner.sandbox import Confinement, Sandbox
from runner.values import Boot, Kernel, Machine, Plan, Reproducer
from tests.demokernel.generate import REPRODUCER, config, generate, history_of
from tests.demokernel.history import History

SEED = 3
SANDBOX = Sandbox(Confinement.AUTO, ())


@pytest.fixture(params=range(21))
def seed(request: pytest.FixtureRequest) -> int:
    """Each of the seeds that all that is promised of a history is checked for."""
    number: int = request.param
    return number


@cache
def known_history(seed: int) -> History:
    return history_of(seed)


@pytest.fixture
def history(seed: int) -> History:
    return known_history(seed)


class Bench:
    """A generated demo, with kernels to build and boot."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "demo"
        self.manifest: dict[str, Any] = generate(self.out, SEED)
        self.history = known_history(SEED)

    def lab(
        self,
        settings: str,
        reproducer: Reproducer | None = None,
        site: str = "site",
        compiler: str = "gcc",
    ) -> KernelLab:
        """A lab for kernels with these settings, and any reproducer; its own by default."""
        own = (self.out / REPRODUCER).read_text(encoding="utf-8")
        plan = Plan(
            tree_url=self.manifest["tree"],
            branch="main",
            config=settings,
            compiler=compiler,
            reproducer=Reproducer(own) if reproducer is None else reproducer,
            title=self.manifest["title"],
            machine=Machine(**self.manifest["machine"]),
        )
        lab = KernelLab(
            plan, Site(self.folder / site, SANDBOX, jobs=2, vms=2, accelerator="tcg"), Event()
        )
        lab.resolve("fixed")
        return lab

    def build(self, sha: str, lab: KernelLab) -> Kernel:
        return lab.build(sha, self.folder / "build.log")

    def boots(self, sha: str, lab: KernelLab, runs: int = 1) -> Sequence[Boot]:
        kernel = self.build(sha, lab)
        consoles = {index: self.folder / f"console-{index}" for index in range(runs)}
        return list(lab.boots(kernel, consoles))

    def boot(self, sha: str, lab: KernelLab) -> Boot:
        (boot,) = self.boots(sha, lab)
        return boot


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


@pytest.fixture(scope="session")
def always(bench: Bench) -> KernelLab:
    """Kernels that have the planted bug show it in every run."""
    return bench.lab(config(percent=100, late_percent=0))
