"""Windows that several tests look at."""

from __future__ import annotations

import pytest

from runner.simulation import Window, generate


@pytest.fixture(scope="session")
def kernel() -> Window:
    return generate("kernel", 600, seed=5)


@pytest.fixture(scope="session")
def topics() -> Window:
    return generate("git", 600, seed=5)
