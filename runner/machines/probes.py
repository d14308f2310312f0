"""The test images that show that an accelerator runs guests, for each architecture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SAYS = b"bisectweb: a guest runs here"


@dataclass(frozen=True, slots=True)
class Probe:
    """A guest that says `SAYS` on its serial port and ends."""

    source: str
    """The file of `guest/` that the image is assembled from; a test does it and compares."""
    image: bytes
    arguments: Callable[[Path], tuple[str, ...]]
    """QEMU's, for an image in that file."""
    status: int
    """With which QEMU ends then."""


def _boot_sector(image: Path) -> tuple[str, ...]:
    drive = f"format=raw,file={str(image).replace(',', ',,')}"
    return "-device", "isa-debug-exit,iobase=0xf4,iosize=1", "-drive", drive


def _raw_kernel(image: Path) -> tuple[str, ...]:
    return "-kernel", str(image)


PROBES = {
    "x86_64": Probe(
        "probe.S",
        bytes.fromhex(
            """
            fa31c08e d88ec0fc bf0010b9 0020f3ab c7060010 0320c706 00200330 c7060030
            8300660f 0116007d 66b82000 00000f22 e066b800 1000000f 22d866b9 800000c0
            0f32660d 00010000 0f3066b8 01000080 0f22c066 ea5b7c00 000800bc 007c0000
            b8c97c00 00890425 80400000 66c70425 82400000 080066c7 04258440 0000008e
            0f011c25 067d0000 b0fee621 fbf4fab9 80f0fa02 89c825fc ff070001 88000010
            00ffc975 efbecf7c 0000b91e 00000066 bafd03ec a82074fb 66baf803 aceeffc9
            75edb02a e6f4f4eb fdb020e6 2048cf62 69736563 74776562 3a206120 67756573
            74207275 6e732068 6572650d 0a0f1f00 00000000 00000000 00000000 009a2000
            0f00f07c 0000ff0f 0040
            """
        ).ljust(510, b"\0")
        + b"\x55\xaa".ljust((1 << 20) - 510, b"\0"),  # the BIOS takes no smaller disk
        _boot_sector,
        status=85,
    ),
    "arm64": Probe(
        "probe-arm64.S",
        bytes.fromhex(
            """
            00e03bd5 41e03bd5 2110408b 42e03bd5 5f0001eb c3ffff54 00040018 21ffff10
            21004491 02401e12 236862b8 6300000b 236822b8 00040071 61ffff54 0120a1d2
            c2010010 231840b9 e3ff2f37 43144038 63000034 230000b9 fbffff17 00020018
            414238d5 41001837 020000d4 030000d4 7f2003d5 ffffff17 62697365 63747765
            623a2061 20677565 73742072 756e7320 68657265 0d0a0000 80f0fa02 08000084
            """
        ),
        _raw_kernel,
        status=0,
    ),
}
