"""The commands that people write into mails, at the start of a line: `#bisect` or `#syz`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

MOST = 10
"""Commands in one mail."""
MOST_READ = 100
"""Lines that are looked at: each wrong one of somebody who means well gets an answer."""
BELOW = 20
"""Lines in which a command goes on."""
LONGEST_TITLE = 500
WRAPPED_FROM = 72
"""Letters in a line: mail programs break lines that would get longer."""

LINE = re.compile(r"#(?:syz|bisect)(?:[ \t:-]+(.*))?$", re.IGNORECASE)
NAME = re.compile(r"([A-Za-z]+(?:-[A-Za-z]+)*)[ \t]*(:?)[ \t]*(.*)$")
SHA = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)
REVISION = re.compile(r"(?!-)(?!.*\.\.)[A-Za-z0-9._/^~-]{1,250}")
REPOSITORY = re.compile(r"(?!-)(?:[a-z+]+://\S+|[\w.@-]+:\S+|/\S+|[\w./-]+)")
DIFF = re.compile(r"diff |--- |Index: |From ")
PAIR = re.compile(r"[ \t]*(?:good|bad|runs|config)[ \t]*:", re.IGNORECASE)
PRIORITIES = ("low", "normal", "high")
# What the incumbent's own mails show as examples at the start of a line.
EXAMPLES = frozenset(
    {
        "exact-commit-title",
        "exact-subject-of-another-report",
        "git://repo/address.git branch-or-commit-hash",
        "subsystems: new-subsystem",
    }
)


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that is asked for."""

    name: str
    args: str = ""
    """In the form that `RULES` says for the name, on one line; empty when there are none."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that looks like a command and is none."""

    line: str
    why: str

    @property
    def sentence(self) -> str:
        return f'"{self.line[:200]}": {self.why}'


@dataclass(frozen=True, slots=True)
class _Rule:
    usage: str
    check: Callable[[str], str]
    """The arguments as they are meant; `ValueError` when they are wrong."""


def _nothing(args: str) -> str:
    """People add a word of why; it is not ours to read."""
    return ""


def _title(args: str) -> str:
    title = args.strip()
    if len(title) > 1 and title[0] == title[-1] and title[0] in "\"'`":
        title = title[1:-1].strip()
    if not 3 <= len(title) <= LONGEST_TITLE:
        raise ValueError
    return title


def _test(args: str) -> str:
    words = args.split()
    if words and not (
        len(words) == 2 and REPOSITORY.fullmatch(words[0]) and REVISION.fullmatch(words[1])
    ):
        raise ValueError
    return " ".join(words)


def _label(args: str, *, needs_values: bool) -> str:
    name, _, rest = args.partition(":")
    name = name.strip().lower()
    values = [value for value in re.split(r"[,\s]+", rest.strip()) if value]
    allowed = {
        "subsystems": all(re.fullmatch(r"[\w.-]{1,60}", value) for value in values),
        "prio": len(values) <= 1 and all(value in PRIORITIES for value in values),
        "no-reminders": not values,
    }
    wanted = needs_values and name != "no-reminders"
    if not allowed.get(name, False) or (wanted and not values):
        raise ValueError
    return f"{name}: {', '.join(values)}" if values else name


def _wrong_commit(args: str) -> str:
    real = pairs(args, ("real",)).get("real", "")
    if real and not SHA.fullmatch(real):
        raise ValueError
    return f"real: {real.lower()}" if real else ""


def _rebisect(args: str) -> str:
    found = pairs(args, ("good", "bad", "runs", "config"))
    revisions = [found[key] for key in ("good", "bad") if key in found]
    runs = found.get("runs", "2")
    if not (
        all(REVISION.fullmatch(revision) for revision in revisions)
        and re.fullmatch(r"[0-9]{1,3}", runs)
        and 2 <= int(runs) <= 100
        and found.get("config", "minimise") in ("minimise", "minimize")
    ):
        raise ValueError
    return " ".join(f"{key}: {value}" for key, value in found.items())


def pairs(args: str, keys: Sequence[str]) -> dict[str, str]:
    """The values of `key: value key: value`, each key once; `ValueError` for anything else."""
    text = " ".join(args.replace(",", " ").split())
    words = text.replace(" :", ":").replace(":", ": ").split()
    found: dict[str, str] = {}
    for key, value in zip(words[::2], words[1::2], strict=True):
        name = key.removesuffix(":").lower()
        if not key.endswith(":") or name not in keys or name in found:
            raise ValueError
        found[name] = value
    return found


RULES: Mapping[str, _Rule] = {
    "fix": _Rule("#bisect fix: title of the commit", _title),
    "unfix": _Rule("#bisect unfix", _nothing),
    "dup": _Rule("#bisect dup: title of the other bug", _title),
    "undup": _Rule("#bisect undup", _nothing),
    "invalid": _Rule("#bisect invalid", _nothing),
    "valid": _Rule("#bisect valid", _nothing),
    "test": _Rule("#bisect test: repository branch-or-commit, or #bisect test alone", _test),
    "set": _Rule(
        "#bisect set subsystems: name, name or #bisect set prio: low (or normal, or high) or "
        "#bisect set no-reminders",
        lambda args: _label(args, needs_values=True),
    ),
    "unset": _Rule(
        "#bisect unset subsystems or #bisect unset prio or #bisect unset no-reminders",
        lambda args: _label(args, needs_values=False),
    ),
    "upstream": _Rule("#bisect upstream", _nothing),
    "confirm": _Rule("#bisect confirm", _nothing),
    "wrong-commit": _Rule("#bisect wrong-commit or #bisect wrong-commit real: SHA", _wrong_commit),
    "rebisect": _Rule(
        "#bisect rebisect with any of good: COMMIT, bad: COMMIT, runs: 2 to 100, config: minimise",
        _rebisect,
    ),
    "cancel": _Rule("#bisect cancel", _nothing),
    "uncc": _Rule("#bisect uncc", _nothing),
    "stop": _Rule("#bisect stop", _nothing),
}
"""What each command takes; `test` without a repository means the bug's own tree."""
TITLED = ("fix", "dup")
# Some mail programs put these where people typed a blank, or nothing.
BLANKS = {0xA0: " ", 0x200B: None, 0xFEFF: None}


def find_commands(lines: Sequence[str | None]) -> tuple[list[Command], list[Refused]]:
    """The commands in the lines that somebody wrote (None: somebody else's line), and the lines
    that only look so. The incumbent's examples are neither.
    """
    commands: list[Command] = []
    refused: list[Refused] = []
    lines = [line and line.translate(BLANKS) for line in lines]
    marked = [number for number, line in enumerate(lines) if line and LINE.match(line)]
    for number in marked[:MOST_READ]:
        found = _read(lines[number] or "", lines[number + 1 : number + 1 + BELOW])
        if isinstance(found, Refused):
            refused.append(found)
        elif found and found not in commands:
            commands.append(found)
    refused += [Refused(f"#bisect {one.name}", TOO_MANY) for one in commands[MOST:]]
    return commands[:MOST], refused[:MOST]


TOO_MANY = f"a mail may have {MOST} commands; please send it in another one"


def _read(line: str, below: Sequence[str | None]) -> Command | Refused | None:
    marked = LINE.match(line)
    match = NAME.match((marked[1] or "").strip()) if marked else None
    name = match[1].lower() if match else ""
    rule = RULES.get(name)
    if match is None or rule is None:
        known = ", ".join(RULES)
        return Refused(line.strip(), f"there is no such command; there are {known}")
    args = _continued(name, bool(match[2]), match[3], len(line), below)
    if args.strip() in EXAMPLES:
        return None
    try:
        return Command(name, rule.check(" ".join(args.split())))
    except ValueError:
        return Refused(line.strip(), f"please write {rule.usage}")


def _continued(
    name: str, has_colon: bool, args: str, length: int, below: Sequence[str | None]
) -> str:
    """The arguments with what mail programs put on the next lines."""
    if name in TITLED:
        rest = _rest_of_title(length, below) if args.strip() else _next_line(below)
        return f"{args} {rest}"
    if name == "test" and has_colon and len(args.split()) < 2:
        line = _next_line(below)
        return args if DIFF.match(line) else f"{args} {line}"
    if name == "rebisect":
        more = takewhile(lambda line: line is not None and PAIR.match(line), below)
        return " ".join([args, *filter(None, more)])
    return args


def _next_line(below: Sequence[str | None]) -> str:
    """The next line that is not empty, when its writer is the same and it is no command."""
    line = next((line for line in below if line is None or line.strip()), None)
    return "" if line is None or LINE.match(line) else line.strip()


def _rest_of_title(length: int, below: Sequence[str | None]) -> str:
    """The end of a title that was too long for its line: a line of its own right below."""
    if not below or not below[0] or not below[0].strip() or LINE.match(below[0]):
        return ""
    end = below[1] if len(below) > 1 else ""
    alone = not end or not end.strip() or LINE.match(end)
    first = below[0].split()[0]
    return below[0].strip() if alone and length + 1 + len(first) > WRAPPED_FROM else ""
