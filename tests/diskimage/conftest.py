"""A Linux that can use a disk and a network, and a disk image made as the documents say."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.building.build import build
from runner.process import capture
from runner.sandbox import Confinement, Sandbox
from runner.values import Disk, Plan, Reproducer

CONFIG = Path(__file__).with_name("config")
MAKE_IMAGE = Path(__file__).parents[2] / "deploy" / "make-image"
SANDBOX = Sandbox(Confinement.AUTO, ())


@pytest.fixture(scope="session")
def kernel(
    checkout: Path, no_ccache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """About four minutes on two cores."""
    home = tmp_path_factory.mktemp("linux")
    plan = Plan("/none", "none", CONFIG.read_text(), "gcc", Reproducer(""), "")
    built = build(
        checkout,
        home / "objects",
        plan,
        log=home / "log",
        cancel=None,
        jobs=2,
        ccache_dir=no_ccache,
        sandbox=SANDBOX,
    )
    yield built.image
    shutil.rmtree(home)  # pytest would keep it for three runs


@pytest.fixture(scope="session")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    """Two minutes, 300 MB."""
    home = tmp_path_factory.mktemp("disk")
    image, key = home / "debian.img", home / "debian.key"
    made = capture([MAKE_IMAGE, image, key], deadline=900)
    assert made.succeeded, made.stderr.decode()
    yield Disk(image, key)
    shutil.rmtree(home)
