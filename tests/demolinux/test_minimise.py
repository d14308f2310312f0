"""A smaller config with Linux's own Kconfig; only the crash is made up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from runner.minimise import MAX_TESTS, parse, switched_on, without
from runner.minimise.detectors import DETECTORS
from runner.process import capture
from tests.demolinux.demo import Demo
from tests.runner.minimise.options import Options, carry_out, config_of

pytestmark = pytest.mark.linux

NEEDS = ("KVM_AMD", "KVM_SMM")
SANITIZERS = ("DEBUG_KERNEL", "KASAN", "PROVE_LOCKING", "UBSAN", "DEBUG_OBJECTS")
MORE = ("NET", "INET", "BLOCK", "EXT4_FS", "INPUT", "PROC_FS", "MODULES", "PERF_EVENTS")


@dataclass(frozen=True)
class Kconfig(Options):
    """Options of a real tree, completed by its `olddefconfig`."""

    source: Path = Path()
    objects: Path = Path()

    def complete(self, config: str) -> str:
        (self.objects / ".config").write_text(config)
        command = ["make", "-s", "-C", str(self.source), f"O={self.objects}", "olddefconfig"]
        ended = capture(command, deadline=120)
        assert ended.succeeded, ended.stderr.decode()
        return (self.objects / ".config").read_text()


def test_every_detector_is_an_option_of_this_kernel(real: Demo) -> None:
    symbols = [symbol for detector in DETECTORS for symbol in detector.symbols]
    defined = real.git("grep", "-hE", r"^(menu)?config \w+$", "HEAD", "--", "*Kconfig*")
    assert set(symbols) <= {line.split()[1] for line in defined.split("\n")}


def test_a_config_is_minimised_with_the_tree_s_own_dependencies(
    real: Demo, checkout: Path, tmp_path: Path
) -> None:
    tree = Kconfig(NEEDS, source=checkout, objects=tmp_path)
    small = (real.out / real.manifest["config"]).read_text()
    full = tree.complete(without(small, ["SLUB_TINY"]) + config_of([*NEEDS, *SANITIZERS, *MORE]))
    before = set(switched_on(parse(full)))
    assert {*NEEDS, *SANITIZERS, "KASAN_GENERIC", "LOCKDEP", "EXT4_FS"} <= before
    base = tree.complete(without(small, ["KVM"]))
    end, asked = carry_out(tree, full, base)
    after = set(switched_on(parse(end.config)))
    assert len(asked) <= MAX_TESTS
    assert asked[0].words == "without KASAN, UBSAN, lock checking and object life"
    assert set(NEEDS) <= after
    assert not after & {"KASAN", "KASAN_GENERIC", "LOCKDEP", "UBSAN", "EXT4_FS"}
    small_ones = set(switched_on(parse(base)))
    assert len(after - small_ones) < 0.4 * len(before - small_ones)
    needed = {symbol for part in end.needs if part.is_needed for symbol in part.symbols}
    assert set(NEEDS) <= needed
