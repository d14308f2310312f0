"""An accelerator is what has run a guest; the file /dev/kvm proves nothing."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from runner import process
from runner.architecture import ARCHITECTURES, HOST, Architecture, architecture
from runner.errors import Cancelled, InfraError, InputError
from runner.machines import accelerator
from runner.machines.accelerator import Accelerator, choose
from runner.machines.probes import PROBES

SOURCES = Path(accelerator.__file__).parent / "guest"
QUICKLY = {Accelerator.KVM: 0.3, Accelerator.TCG: 0.3}
SAY = "echo 'bisectweb: a guest runs here'"


@pytest.fixture
def boot_id(tmp_path: Path) -> Path:
    path = tmp_path / "boot_id"
    path.write_text("first boot\n")
    return path


def fake_qemu(folder: Path, guest: str) -> Architecture:
    """This machine's, with a QEMU that writes a line to the file `probes` for each guest and then
    runs a script.
    """
    path = folder / "qemu"
    path.write_text(
        "#!/bin/sh\n"
        '[ "$1" = --version ] && { echo QEMU 1.0; exit 0; }\n'
        f'case "$*" in *"-accel kvm"*) accel=kvm;; *) accel=tcg;; esac\n'
        f"echo $accel >> {folder}/probes\n{guest}\n"
    )
    path.chmod(0o755)
    return replace(architecture("x86_64"), machine=HOST, qemu=str(path))


def probes(folder: Path) -> list[str]:
    return (folder / "probes").read_text().split()


def test_the_probe_is_what_its_source_says(tmp_path: Path) -> None:
    out = tmp_path / "probe"
    link = "-Wl,-Ttext=0x7c00,--build-id=none,--oformat=binary"
    run("gcc", "-nostdlib", "-static", "-no-pie", link, "-o", out, SOURCES / "probe.S")
    assert out.read_bytes().ljust(1 << 20, b"\0") == PROBES["x86_64"].image


@pytest.mark.linux
def test_the_probe_for_arm64_is_what_its_source_says(tmp_path: Path) -> None:
    tools, elf, out = "aarch64-linux-gnu-", tmp_path / "probe.elf", tmp_path / "probe"
    link = ("-nostdlib", "-static", "-Wl,--build-id=none", "-o", elf)
    run(f"{tools}gcc", *link, SOURCES / "probe-arm64.S")
    run(f"{tools}objcopy", "-O", "binary", elf, out)
    assert out.read_bytes() == PROBES["arm64"].image


def run(*argv: str | Path) -> None:
    ended = process.capture(argv, deadline=60)
    assert ended.succeeded, ended.stderr.decode()


NO_GUESTS = {
    "hangs": "exec sleep 600",
    "says nothing": "exit 85",
    "says it, and does not end": f"{SAY}; exec sleep 600",
    "says it, and ends otherwise": f"{SAY}; exit 0",
    "aborts": "kill -ABRT $$",
    "prints garbage": "head -c 100000 /dev/urandom; exit 85",
    "fails": "echo 'Could not access KVM kernel module' >&2; exit 1",
}


@pytest.mark.parametrize("guest", NO_GUESTS.values(), ids=NO_GUESTS)
def test_what_does_not_run_the_image_is_no_accelerator(
    tmp_path: Path, boot_id: Path, guest: str
) -> None:
    qemu = fake_qemu(tmp_path, f"[ $accel = tcg ] && {{ {SAY}; exit 85; }}\n{guest}")
    cache = tmp_path / "var" / "accelerator.json"
    chosen = choose(qemu, cache, boot_id=boot_id, deadlines={**QUICKLY, Accelerator.TCG: 20})
    assert chosen is Accelerator.TCG
    assert json.loads(cache.read_text())["reason"].startswith("kvm: ")


def test_an_accelerator_that_was_asked_for_and_fails_is_our_failure_with_its_reason(
    tmp_path: Path, boot_id: Path
) -> None:
    qemu = fake_qemu(tmp_path, "echo 'qemu: warning: no pni' >&2; echo 'no such CPU' >&2; exit 1")
    for wanted in ("kvm", "tcg", "auto"):
        with pytest.raises(InfraError, match="status 1: no such CPU"):
            choose(qemu, tmp_path / "cache", wanted=wanted, boot_id=boot_id, deadlines=QUICKLY)
    assert not (tmp_path / "cache").exists()


def test_one_boot_of_the_machine_asks_once(tmp_path: Path, boot_id: Path) -> None:
    qemu = fake_qemu(tmp_path, f"{SAY}; exit 85")
    cache = tmp_path / "cache"
    for _ in range(3):
        assert choose(qemu, cache, boot_id=boot_id) is Accelerator.KVM
    assert probes(tmp_path) == ["kvm"]
    boot_id.write_text("second boot\n")
    assert choose(qemu, cache, boot_id=boot_id) is Accelerator.KVM
    assert choose(qemu, cache, wanted="tcg", boot_id=boot_id) is Accelerator.TCG
    assert probes(tmp_path) == ["kvm", "kvm", "tcg"]


@pytest.mark.parametrize("rest", ["", "{", "[]", '{"boot_id": "first boot"}', '{"accelerator": 1}'])
def test_what_a_power_cut_left_of_the_cache_is_no_answer(
    tmp_path: Path, boot_id: Path, rest: str
) -> None:
    (tmp_path / "cache").write_text(rest)
    qemu = fake_qemu(tmp_path, f"{SAY}; exit 85")
    assert choose(qemu, tmp_path / "cache", boot_id=boot_id) is Accelerator.KVM
    assert probes(tmp_path) == ["kvm"]


def test_a_missing_qemu_is_named_with_its_package(tmp_path: Path) -> None:
    with pytest.raises(InfraError, match="apt-get install qemu-system-x86"):
        choose(replace(architecture("x86_64"), qemu="qemu-of-nowhere"), tmp_path / "cache")


def test_an_unknown_accelerator_is_the_persons_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="choose auto, kvm or tcg"):
        choose(architecture("x86_64"), tmp_path / "cache", wanted="--help")


def test_kvm_is_never_tried_for_another_architecture(tmp_path: Path, boot_id: Path) -> None:
    foreign = replace(fake_qemu(tmp_path, f"{SAY}; exit 85"), machine="vax")
    assert choose(foreign, tmp_path / "cache", boot_id=boot_id) is Accelerator.TCG
    assert probes(tmp_path) == ["tcg"]
    with pytest.raises(InputError, match=f"no x86_64 guests on this {HOST} machine: choose"):
        choose(foreign, tmp_path / "cache", wanted="kvm", boot_id=boot_id)


def test_a_choice_can_be_cancelled(tmp_path: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        choose(fake_qemu(tmp_path, "exec sleep 600"), tmp_path / "cache", cancel=cancel)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("x86_64", marks=pytest.mark.kernel),
        pytest.param("arm64", marks=pytest.mark.linux),
    ],
)
def test_this_machine_runs_the_image_by_emulation_at_least(tmp_path: Path, name: str) -> None:
    cache = tmp_path / "cache"
    chosen = choose(ARCHITECTURES[name], cache)
    reason = json.loads(cache.read_text())["reason"]
    assert reason.endswith(f"{chosen}: a test image ran")
    tried_kvm = ARCHITECTURES[name].is_native
    assert chosen is Accelerator.KVM or ("kvm: " in reason) is tried_kvm
    assert choose(ARCHITECTURES[name], tmp_path / "other", wanted="tcg") is Accelerator.TCG
