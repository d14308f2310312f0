"""How syz-execprog is told to run a syzkaller program. Pure.

The flags are those of syzkaller's own `ExecprogCmd`. A program says in its first lines with what
options it was seen to crash, as `#{"procs":4,"sandbox":"none"}`, or as `#{Procs:4 Sandbox:none}` in
the years before. As syzkaller does, it is run threaded and again and again whatever they say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from runner.errors import InputError

PROCS_MAX = 32
SANDBOXES = ("none", "setuid", "namespace", "android")
SLOWDOWNS = range(1, 101)
ARCHITECTURES = {("x86_64", 64): "amd64", ("x86_64", 32): "386", ("arm64", 64): "arm64"}
HEADER = re.compile(r"^# *(\{.{0,400}\}) *$", re.MULTILINE)
OLD_OPTION = re.compile(r"([A-Za-z_]+):(\S*)")


def flags(source: str, *, procs: int, arch: str, bits: int) -> tuple[str, ...]:
    """The flags for a program, without those that name files; `procs` where it gives no other.

    `InputError` when an option makes no sense: they become arguments of a command.
    """
    said = options(source)
    sandbox = said.get("sandbox", "") or "none"
    if sandbox not in SANDBOXES:
        raise InputError(f"the syz program wants the sandbox {sandbox!r}, not one of {SANDBOXES}")
    if (arch, bits) not in ARCHITECTURES:
        raise InputError(f"syzkaller has no {bits}-bit {arch}")
    copies = _number(said, "procs", range(1, PROCS_MAX + 1), procs)
    slowdown = _number(said, "slowdown", SLOWDOWNS, 1)
    argument = _number(said, "sandbox_arg", range(-(1 << 31), 1 << 31), 0)
    return (
        f"-arch={ARCHITECTURES[arch, bits]}",
        f"-sandbox={sandbox}",
        *((f"-sandbox_arg={argument}",) if argument else ()),
        f"-procs={copies}",
        "-repeat=0",
        "-threaded=true",
        "-cover=0",
        *((f"-slowdown={slowdown}",) if slowdown > 1 else ()),
    )


def options(source: str) -> Mapping[str, str]:
    """What the header says, by names in small letters; empty where there is none."""
    header = HEADER.search(source)
    if header is None:
        return {}
    try:
        said = json.loads(header[1])
    except ValueError:
        said = dict(OLD_OPTION.findall(header[1].strip("{}")))
    return {name.lower(): str(value) for name, value in said.items()}


def _number(said: Mapping[str, str], name: str, allowed: range, default: int) -> int:
    text = said.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"-?[0-9]{1,10}", text) or int(text) not in allowed:
        raise InputError(f"the syz program's option {name} is {text[:20]!r}: that cannot be")
    return int(text)
