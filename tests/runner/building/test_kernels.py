"""The kernel cache: equal inputs share a kernel, half-written ones are never seen."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from runner.building import kernels
from runner.building.kernels import KernelCache, kernel_key
from runner.symbols.keep import Symbols
from runner.values import Machine, Plan, Reproducer

CONFIG = "CONFIG_X=y\n# CONFIG_Y is not set\n"
PLAN = Plan("/tree", "main", "CONFIG_X=y\n", "gcc", Reproducer("int main;"), "WARNING in x")


@pytest.mark.parametrize(
    ("tree", "plan", "compiler", "same"),
    [
        ("tree", PLAN, "gcc 12", True),
        (
            "tree",
            replace(PLAN, reproducer=Reproducer("int other;"), title="", branch="next"),
            "gcc 12",
            True,
        ),
        ("tree", replace(PLAN, machine=Machine(memory_mb=4096)), "gcc 12", True),
        ("other", PLAN, "gcc 12", False),
        ("tree", replace(PLAN, config="CONFIG_X=n\n"), "gcc 12", False),
        ("tree", PLAN, "gcc 13", False),
        ("tree", replace(PLAN, machine=Machine(arch="arm64")), "gcc 12", False),
        ("tree", replace(PLAN, make_variables={"LLVM": "1"}), "gcc 12", False),
    ],
)
def test_a_kernel_is_named_by_what_went_into_it(
    tree: str, plan: Plan, compiler: str, same: bool
) -> None:
    assert (kernel_key(tree, plan, compiler) == kernel_key("tree", PLAN, "gcc 12")) is same


def test_a_kernel_is_found_again_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    image = tmp_path / "bzImage"
    image.write_bytes(b"kernel")
    cache = KernelCache(tmp_path / "kernels")
    assert cache.find("k") is None
    fresh = cache.add("k", image, "signature", "gcc 12", 12.5, CONFIG)
    image.unlink()
    found = cache.find("k")
    assert found == replace(fresh, cached=True)
    assert not fresh.cached
    assert found.image.read_bytes() == b"kernel"
    assert found.config == CONFIG


def test_a_kernel_from_before_configs_were_kept_has_none(tmp_path: Path) -> None:
    image = tmp_path / "bzImage"
    image.write_bytes(b"kernel")
    cache = KernelCache(tmp_path / "kernels")
    cache.add("k", image, "signature", "gcc 12", 12.5, CONFIG)
    facts = cache.folder / "k" / "kernel.json"
    told = json.loads(facts.read_text())
    del told["config"]
    facts.write_text(json.dumps(told))
    kernel = cache.find("k")
    assert kernel is not None
    assert kernel.config == ""


def with_symbols(cache: KernelCache, key: str, size: int) -> None:
    image, file = cache.folder.parent / "bzImage", cache.folder.parent / "new.symbols"
    image.write_bytes(b"kernel")
    file.write_bytes(b"x" * size)
    symbols = Symbols(file, (Path("/source"), Path("/objects")))
    cache.add(key, image, "signature", "gcc 12", 12.5, CONFIG, None, symbols)
    assert not file.exists()


def test_a_kernel_keeps_its_symbols_or_says_why_it_has_none(tmp_path: Path) -> None:
    cache = KernelCache(tmp_path / "kernels")
    with_symbols(cache, "k", 10)
    kept = cache.symbols("k")
    assert kept == Symbols(cache.folder / "k" / "symbols", (Path("/source"), Path("/objects")))
    cache.add(
        "plain",
        tmp_path / "bzImage",
        "s",
        "gcc 12",
        1.5,
        CONFIG,
        None,
        Symbols(None, (), "no room"),
    )
    assert cache.symbols("plain") == Symbols(None, (), "no room")
    for key in ("unknown", "old"):
        assert cache.symbols(key).file is None
        assert "not in the cache" in cache.symbols(key).reason


def test_symbols_that_were_unused_for_longest_make_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "SYMBOLS_BYTES", 25)
    cache = KernelCache(tmp_path / "kernels")
    for age, key in enumerate(("new", "middle", "old")):
        with_symbols(cache, key, 10)
        os.utime(cache.folder / key, (1e9 - age, 1e9 - age))
    with_symbols(cache, "newest", 10)
    kept = {key for key in ("newest", "new", "middle", "old") if cache.symbols(key).file}
    assert kept == {"newest", "new"}
    assert cache.find("old")


def test_what_killed_workers_left_goes_after_a_day(tmp_path: Path) -> None:
    cache = KernelCache(tmp_path / "kernels")
    with cache.scratch() as folder:
        for name, age in ((".new-old", 90_000), (".new-young", 3_600)):
            left = folder.parent / name
            left.mkdir()
            os.utime(left, (time.time() - age, time.time() - age))
        with_symbols(cache, "k", 10)
        assert folder.is_dir()
        assert {path.name for path in cache.folder.iterdir()} == {folder.name, ".new-young", "k"}


def test_adding_a_kernel_that_another_worker_added_meanwhile_keeps_one(tmp_path: Path) -> None:
    image = tmp_path / "bzImage"
    image.write_bytes(b"kernel")
    cache = KernelCache(tmp_path / "kernels")
    for _ in range(2):
        cache.add("k", image, "signature", "gcc 12", 12.5, CONFIG)
    assert [path.name for path in cache.folder.iterdir()] == ["k"]


def test_what_a_killed_worker_left_unfinished_is_no_kernel(tmp_path: Path) -> None:
    cache = KernelCache(tmp_path)
    (tmp_path / ".new-x" / "kernel").mkdir(parents=True)
    (tmp_path / "k").mkdir()
    assert cache.find("k") is None
    assert cache.find(".new-x") is None


def test_kernels_unused_for_longest_go_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "KEPT", 2)
    image = tmp_path / "bzImage"
    image.write_bytes(b"kernel")
    cache = KernelCache(tmp_path / "kernels")
    for key in "ab":
        cache.add(key, image, "signature", "gcc 12", 1, CONFIG)
    assert cache.find("a")
    cache.add("c", image, "signature", "gcc 12", 1, CONFIG)
    assert cache.find("a")
    assert cache.find("b") is None
