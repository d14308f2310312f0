"""What a machine says of itself."""

from __future__ import annotations

import json
from pathlib import Path

from pytest_django import Settings

from bisectweb.machine import facts
from runner.building.rules import Family, load


def test_a_machine_tells_its_compilers_its_disk_and_how_guests_run(
    storage: Path, settings: Settings
) -> None:
    lab = settings.DATA / "lab"
    kernel = lab / "kernels" / ("a" * 64)
    kernel.mkdir(parents=True)
    (kernel / "image").write_bytes(b"x" * 1000)
    place = lab / "worktrees" / "linux"
    (place / "0").mkdir(parents=True)
    (place / "0.size").write_text("4096")
    answer = {"boot_id": "b", "qemu": "QEMU 7.2", "wanted": "auto", "accelerator": "tcg"}
    (lab / "accelerator-x86_64.json").write_text(json.dumps({**answer, "reason": "it ran"}))
    told = facts()
    assert told["accelerators"] == [
        {"arch": "x86_64", "accelerator": "tcg", "reason": "it ran", "qemu": "QEMU 7.2"}
    ]
    assert any(name.startswith("gcc ") for name in told["compilers"])
    assert (told["kernels"], told["kernels_size"], told["warm"]) == (1, 1000, 4096)
    assert 0 < told["disk_free"] <= told["disk_total"]
    assert "gcc" in told["oldest"]


def test_the_oldest_release_is_the_one_from_which_on_a_compiler_always_fits() -> None:
    rules = load(None)
    everything = rules.oldest(Family.GCC, [(4, 7), (8, 1), (12, 2)])
    modern = rules.oldest(Family.GCC, [(12, 2)])
    assert everything is not None
    assert modern is not None
    assert everything < modern
    assert rules.oldest(Family.GCC, [(2, 95)]) is None
    assert rules.oldest(Family.GCC, []) is None
