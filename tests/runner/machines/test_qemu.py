"""QEMU's command line, and who is at fault when the real QEMU refuses it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from runner.errors import InfraError, InputError
from runner.machines import qemu
from runner.machines.accelerator import Accelerator
from runner.machines.qemu import command, parse_arguments
from runner.machines.vm import boot
from runner.values import Boot, Disk, Ended, Machine

MACHINE = Machine(memory_mb=64, boot_seconds=20)


def test_qemu_gets_what_a_person_wrote_as_one_argument() -> None:
    machine = Machine(memory_mb=64, cpus=2, cmdline="quiet -monitor stdio,x")
    argv = command(Path("k"), Path("i"), machine, Accelerator.TCG)
    assert argv[-2] == "-append"
    assert argv[-1].endswith("panic=-1 quiet -monitor stdio,x")
    assert {"-no-reboot", "-nodefaults", "-sandbox"} < set(argv)
    assert (argv[argv.index("-m") + 1], argv[argv.index("-smp") + 1]) == ("64", "2")


def test_a_machine_that_cannot_be_booted_is_the_persons_mistake() -> None:
    with pytest.raises(InputError, match="unknown architecture 'vax'"):
        command(Path("k"), Path("i"), Machine(arch="vax"), Accelerator.TCG)


def with_disk(folder: Path, content: bytes = b"", cmdline: str = "root=/dev/vda") -> Machine:
    image = folder / "a,b.img"
    image.write_bytes(content or bytes(1 << 20))
    return replace(MACHINE, cmdline=cmdline, disk=Disk(image, folder / "key"))


def test_a_disk_is_never_written_and_its_network_leads_nowhere(tmp_path: Path) -> None:
    argv = command(Path("k"), Path("x"), with_disk(tmp_path), Accelerator.TCG, port=1022)
    drive = argv[argv.index("-drive") + 1]
    assert drive == f"file={tmp_path}/a,,b.img,format=raw,if=none,id=disk,snapshot=on"
    network = argv[argv.index("-netdev") + 1]
    assert network == "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:1022-:22"
    assert "-initrd" not in argv
    assert "virtio-blk-pci,drive=disk" in argv


def test_a_disk_is_where_the_kernel_looks_for_its_root(tmp_path: Path) -> None:
    machine = with_disk(tmp_path, cmdline="root=/dev/sda1")
    assert "ide-hd,drive=disk" in command(Path("k"), Path("x"), machine, Accelerator.TCG)


@pytest.mark.parametrize("cmdline", ["root=/dev/vda", "root=/dev/sda"])
def test_qemu_takes_a_machine_with_a_disk(tmp_path: Path, cmdline: str) -> None:
    qemu.check(with_disk(tmp_path, cmdline=cmdline), Accelerator.TCG)


def test_a_disk_image_that_cannot_be_used_is_the_persons_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="QEMU refuses"):
        qemu.check(with_disk(tmp_path, b"QFI\xfb is no qcow2"), Accelerator.TCG)
    machine = with_disk(tmp_path)
    (tmp_path / "a,b.img").unlink()
    with pytest.raises(InputError, match="cannot read the disk image"):
        qemu.check(machine, Accelerator.TCG)


@pytest.mark.parametrize(
    ("arch", "words"),
    [
        ("x86_64", {"qemu-system-x86_64", "q35", "EPYC,+svm"}),
        ("arm64", {"qemu-system-aarch64", "virt", "virtualization=on"}),
    ],
)
def test_each_architecture_has_its_machine_and_console(arch: str, words: set[str]) -> None:
    argv = command(Path("k"), Path("i"), Machine(arch=arch), Accelerator.TCG)
    assert words < set(argv)
    console = {"x86_64": "console=ttyS0 ", "arm64": "console=ttyAMA0 "}
    assert argv[-1].startswith(console[arch])
    assert argv[argv.index("-accel") + 1] == "tcg"


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("", ()),
        ("  ", ()),
        ("-device virtio-rng-pci", ("-device", "virtio-rng-pci")),
        ("-name 'two words' -cpu max,+x", ("-name", "two words", "-cpu", "max,+x")),
        ("-fw_cfg name=opt/$HOME,string=*", ("-fw_cfg", "name=opt/$HOME,string=*")),
    ],
)
def test_a_trees_arguments_are_split_and_nothing_is_expanded(
    text: str, arguments: tuple[str, ...]
) -> None:
    assert parse_arguments(text) == arguments
    argv = command(Path("k"), Path("i"), Machine(qemu_args=arguments), Accelerator.TCG)
    start = argv.index("-smp") + 2
    assert tuple(argv[start : argv.index("-serial")]) == arguments


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("-name 'two words", "no closing quotation"),
        ("disk.img", "begin with an option, not with 'disk.img'"),
        ("-device x -serial null", "-serial is not for a tree to set"),
        ("--daemonize", "--daemonize is not for a tree"),
        ("-S", "-S is not"),
        ("-m 4G", "Memory, processors and the kernel's command line have fields"),
    ],
)
def test_what_every_run_depends_on_cannot_be_set(text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        parse_arguments(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("-nonsense", "-smp 1 -nonsense: .*invalid option"),
        ("-device nosuch", "'nosuch' is not a valid device"),
        ("-cpu nosuch", "unable to find CPU model"),
        ("-drive file=/nonexistent,format=raw", "Could not open '/nonexistent'"),
        ("-monitor stdio", "stdio"),
    ],
)
def test_arguments_that_qemu_refuses_are_the_persons_mistake(
    tmp_path: Path, text: str, sentence: str
) -> None:
    machine = Machine(memory_mb=64, qemu_args=parse_arguments(text))
    with pytest.raises(InputError, match=f"QEMU refuses the tree's arguments .*{sentence}"):
        qemu.check(machine, Accelerator.TCG)
    with pytest.raises(InputError, match=sentence):
        started(tmp_path, b"no kernel", machine)


def test_more_processors_than_there_can_be_are_refused() -> None:
    with pytest.raises(InputError, match=r"-smp 9999: .*Invalid SMP CPUs 9999"):
        qemu.check(Machine(cpus=9999), Accelerator.TCG)


def test_what_qemu_takes_passes_the_check() -> None:
    arguments = parse_arguments("-device virtio-rng-pci -cpu qemu64")
    qemu.check(Machine(cpus=2, qemu_args=arguments), Accelerator.TCG)


def started(folder: Path, image: bytes, machine: Machine = MACHINE) -> Boot:
    kernel, initramfs, console = folder / "kernel", folder / "initramfs", folder / "console"
    kernel.write_bytes(image)
    initramfs.write_bytes(b"")
    return boot(kernel, initramfs, machine, Accelerator.TCG, index=0, console=console)


@pytest.mark.parametrize(
    "image",
    [b"no kernel\n" * 1000, Path("/bin/true").read_bytes(), b"short", b""],
    ids=["text", "program", "short", "empty"],
)
def test_an_image_that_qemu_cannot_load_says_something_about_its_commit(
    tmp_path: Path, image: bytes
) -> None:
    run = started(tmp_path, image)
    assert (run.booted, run.ended, run.crash) == (False, Ended.REFUSED, None)
    assert run.console.read_text().startswith("QEMU ended with status 1: ")


def test_an_image_that_is_gone_is_our_failure(tmp_path: Path) -> None:
    (tmp_path / "initramfs").write_bytes(b"")
    paths = tmp_path / "gone", tmp_path / "initramfs"
    with pytest.raises(InfraError, match=r"cannot read .*gone: No such file"):
        boot(*paths, MACHINE, Accelerator.TCG, index=0, console=tmp_path / "console")


ONCE = """
[ -e {folder}/failed ] || {{ touch {folder}/failed; echo memory is short >&2; exit 1; }}
"""


def test_a_qemu_that_fails_once_is_our_failure(tmp_path: Path) -> None:
    program = tmp_path / "qemu"
    program.write_text(f"#!/bin/sh\n{ONCE.format(folder=tmp_path)}\nexit 0\n")
    program.chmod(0o755)
    for name in ("kernel", "initramfs"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(InfraError, match="QEMU ended with status 1: memory is short"):
        boot(
            tmp_path / "kernel",
            tmp_path / "initramfs",
            MACHINE,
            Accelerator.TCG,
            index=0,
            console=tmp_path / "console",
            program=str(program),
        )
