"""A crash to see for oneself: one shell script that fetches, builds and boots as the lab does.

It needs nothing of ours: config, reproducer and the guest's init are in it, as base64, which no
content can break out of.
"""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import indent

from runner import age_script, reproducers, syz
from runner.architecture import Architecture, architecture
from runner.building.build import REPRODUCER_FLAGS, REPRODUCIBLE, REPRODUCIBLE_CONFIG, WIDTH_32
from runner.building.rules import Rules
from runner.errors import InputError
from runner.git.address import public
from runner.machines import initramfs, qemu
from runner.machines.accelerator import BARE_MACHINE, SANDBOX, Accelerator
from runner.machines.guest.payload import EXECPROG, EXECUTOR, REPRO, SHELL
from runner.machines.initramfs import INIT_FLAGS, INIT_SOURCE
from runner.machines.vm import SLOWNESS
from runner.values import Language, Plan, Reproducer

KERNEL, GUEST = Path("kernel"), Path("guest.cpio")
TEMPLATE = Path(__file__).with_suffix(".sh")
"""The script with `@words@` for what differs."""
WORD = re.compile(r"@(\w+)@")


@dataclass(frozen=True, slots=True)
class Payload:
    """What the guest has beside its init."""

    make: str
    """Lines of shell that write the files."""
    files: Mapping[str, str]
    """By their absolute paths in the guest."""
    argv: Sequence[str]


def run_script(plan: Plan, commit: str, *, name: str, about: Sequence[str], rules: Rules) -> str:
    """The script for bash; `about` are lines that say what it shows, `name` its folder.

    A machine that boots from a disk image, which only the lab has, boots without one here, and
    the script says so. `InputError` when that cannot do.
    """
    differences = "\n".join(f"# - {line}" for line in _differences(plan))
    plan = replace(plan, machine=replace(plan.machine, disk=None))
    target, payload = architecture(plan.machine.arch), _payload(plan)
    values = {
        "about": "\n".join(f"# {_printable(line)}" for line in about),
        "name": shlex.quote(name),
        "url": shlex.quote(public(plan.tree_url)),
        "branch": shlex.quote(plan.branch),
        "commit": shlex.quote(commit),
        "differences": differences,
        "first": str(age_script.first()),
        "backports": age_script.backports(rules),
        "compilers": indent(age_script.compilers(rules, plan.compiler), "  "),
        "rules": age_script.configs(rules),
        "machine": target.machine,
        "tools": target.tools,
        "compiler": shlex.quote(plan.compiler),
        "arch": target.name,
        "settings": _settings(plan),
        "goal": target.goal,
        "image": target.image,
        "config": _base64(f"{plan.config}\n{REPRODUCIBLE_CONFIG}"),
        "init": _base64(INIT_SOURCE.read_text()),
        "init_flags": shlex.join([*INIT_FLAGS, *_orders(plan.reproducer, payload)]),
        "payload": payload.make,
        "members": _members(payload.files),
        **_machine(plan, target),
    }
    # In one pass: what is put in may look like a word itself.
    return WORD.sub(lambda word: values[word[1]], TEMPLATE.read_text())


def _differences(plan: Plan) -> Iterator[str]:
    yield "It shuts nothing in: makefiles run as you, and only the reproducer is in a machine."
    yield "Compilers are those on your PATH, and clang uses the system's linker and tools."
    yield "A later commit that does not apply on top ends the script; the lab skips the commit."
    if plan.machine.disk:
        yield "The lab's machine boots from a disk image, in which the reproducer is started by"
        yield "  ssh. Here it has neither disk nor network, and the reproducer is started by init:"
        yield "  it finds no file, program or service of that image."


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)


def _words(argv: Sequence[str]) -> str:
    """As `shlex.join`, with quotes where a reader could take a comma for the shell's."""
    quoted = [shlex.quote(word) for word in argv]
    return " ".join(f"'{word}'" if "," in word and word[0] != "'" else word for word in quoted)


def _base64(text: str) -> str:
    encoded = base64.encodebytes(text.encode(errors="replace")).decode()
    return encoded.rstrip("\n")


def _settings(plan: Plan) -> str:
    chosen = {**plan.make_variables, **REPRODUCIBLE}
    return "\n".join(f"  {shlex.quote(f'{name}={value}')}" for name, value in chosen.items())


def _orders(reproducer: Reproducer, payload: Payload) -> tuple[str, ...]:
    """As `runner.machines.guest` compiles init."""
    alone = reproducer.language == Language.SYZ
    procs, repeat = (1, False) if alone else (reproducer.procs, reproducer.repeat)
    command = "-DCOMMAND=" + ", ".join(f'"{word}"' for word in payload.argv)
    return "-DON_DISK=0", f"-DPROCS={procs}", f"-DREPEAT={repeat:d}", command


def _payload(plan: Plan) -> Payload:
    reproducer = plan.reproducer
    match reproducer.language:
        case Language.C:
            return _compiled(reproducer)
        case Language.SCRIPT:
            return _script(reproducer)
        case Language.SYZ:
            return _syzkaller(plan)


def _compiled(reproducer: Reproducer) -> Payload:
    width = WIDTH_32 if reproducer.bits == 32 else ()
    flags = shlex.join([*REPRODUCER_FLAGS, *width])
    make = f'"${{compile[@]}}" {flags} -x c -o repro - <repro.c'
    return Payload(f"{_written('repro.c', reproducer.source)}\n{make}", {REPRO: "repro"}, (REPRO,))


def _script(reproducer: Reproducer) -> Payload:
    content = reproducers.content(reproducer)
    encoded = base64.encodebytes(content).decode().rstrip("\n")
    make, interpreter = _decoded("repro", encoded), reproducers.interpreter(content)
    if not interpreter:
        return Payload(make, {REPRO: "repro"}, (REPRO,))
    if interpreter != SHELL:
        raise InputError(f"without a disk, no guest has {interpreter}")
    shell = 'cp "$(command -v busybox)" sh  # a static one: apt-get install busybox-static'
    return Payload(f"{make}\n{shell}", {REPRO: "repro", SHELL: "sh"}, (SHELL, REPRO))


def _syzkaller(plan: Plan) -> Payload:
    reproducer = plan.reproducer
    flags = syz.flags(
        reproducer.source, procs=reproducer.procs, arch=plan.machine.arch, bits=reproducer.bits
    )
    tools = (
        'cp "${SYZ_EXECPROG:?is to name a static syz-execprog}" execprog\n'
        'cp "${SYZ_EXECUTOR:?is to name a static syz-executor}" executor'
    )
    files = {REPRO: "repro", EXECPROG: "execprog", EXECUTOR: "executor"}
    argv = (EXECPROG, f"-executor={EXECUTOR}", *flags, REPRO)
    return Payload(f"{_written('repro', reproducer.source)}\n{tools}", files, argv)


def _written(file: str, text: str) -> str:
    return _decoded(file, _base64(text))


def _decoded(file: str, encoded: str) -> str:
    return f"base64 -d >{file} <<'END_OF_FILE'\n{encoded}\nEND_OF_FILE"


def _members(files: Mapping[str, str]) -> str:
    """Calls of the script's `member`, in the order of `initramfs.entries`."""
    names = {"init": "init", **{name.lstrip("/"): file for name, file in files.items()}}
    lines = []
    for entry in initramfs.entries(dict.fromkeys(names, b"")):
        device = " ".join(map(str, entry.device))
        file = names.get(entry.name, "/dev/null")
        lines.append(f"  member {shlex.quote(entry.name)} 0{entry.mode:o} {file} {device}")
    return "\n".join(lines)


def _machine(plan: Plan, target: Architecture) -> Mapping[str, str]:
    kvm = Accelerator.KVM.arguments(target)
    whole = qemu.command(KERNEL, GUEST, plan.machine, Accelerator.KVM)
    before = 1 + len(BARE_MACHINE) + len(SANDBOX)
    boot, repro = plan.machine.boot_seconds, plan.machine.repro_seconds
    return {
        "qemu": _words(whole[:before]),
        "rest": _words(whole[before + len(kvm) :]),
        "kvm": _words(kvm),
        "tcg": _words(Accelerator.TCG.arguments(target)),
        "kvm_seconds": f"{boot * SLOWNESS[Accelerator.KVM] + repro:.0f}",
        "tcg_seconds": f"{boot * SLOWNESS[Accelerator.TCG] + repro:.0f}",
    }
