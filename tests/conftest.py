"""What holds for all tests, and the Linux that several of them build.

Hypothesis does not judge by the clock, which a busy machine bends. `make test` tries the same
examples every time; `HYPOTHESIS_PROFILE=explore` tries new ones.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.demolinux.demo import Demo

ROOT = Path(__file__).parent.parent

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", UNHURRIED, derandomize=True)
settings.register_profile("explore", UNHURRIED, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest test, mypy without a cache, comes first: no core waits for it in the end."""
    items.sort(key=lambda item: item.path.name != "test_quality.py")


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo as `make demo-linux` has it, of the installed package: 40 seconds, 300 MB."""
    out = tmp_path_factory.mktemp("demolinux") / "out"
    argv = [sys.executable, "-m", "tests.demolinux", str(out), "--seed", "1"]
    subprocess.run(argv, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    yield Demo(out)
    shutil.rmtree(out)  # pytest would keep it for three runs


@pytest.fixture(scope="session")
def checkout(real: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The source at the culprit: 15 seconds, 1.5 GB. Whoever edits it puts it back."""
    tree = tmp_path_factory.mktemp("demolinux") / "tree"
    real.git("worktree", "add", "--quiet", "--detach", str(tree), real.manifest["expected"])
    yield tree
    shutil.rmtree(tree)


@pytest.fixture(scope="session")
def no_ccache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for a ccache that is turned off: for what is built once it is half as much work
    again, as each file also goes through the preprocessor alone.
    """
    folder = tmp_path_factory.mktemp("ccache")
    (folder / "ccache.conf").write_text("disable = true\n")
    return folder
