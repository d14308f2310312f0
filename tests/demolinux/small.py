"""Small edits of the kind that newcomers send: rules that find their places in any C file or text.

Each rule keeps what the code does; those of comments keep even the lines, and so the binary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.demolinux.change import Edit

PLACES = 3
"""So many places of a file are edited at most."""
APART = 400
"""Characters between two of them, so that neither is in the other's context."""
CONTEXT_LINES = 6

TOKEN = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
"""Comments, strings and characters of C."""


@dataclass(frozen=True, slots=True)
class Place:
    """Part of a text, and what stands there afterwards."""

    start: int
    end: int
    new: str


Finder = Callable[[str], Iterator[Place]]
"""Finds the places of a whole file, in order."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of edit, and how a commit message tells of it."""

    name: str
    subject: str
    body: str
    find: Finder
    is_comment: bool = False
    """Whether no compiler sees it: the binary stays as it was."""


def masked(text: str) -> str:
    """Only the code: comments and strings are blanks, and everything stays where it was."""
    return TOKEN.sub(lambda token: re.sub(r"[^\n]", " ", token[0]), text)


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Start and text of each block comment."""
    for token in TOKEN.finditer(text):
        if token[0].startswith("/*"):
            yield token.start(), token[0]


def edits(path: str, text: str, rule: Rule) -> tuple[Edit, ...]:
    """The rule's edits of a file; none where it finds nothing, or nothing that is unique."""
    found: list[Edit] = []
    last = -APART
    for place in rule.find(text):
        if len(found) < PLACES and place.start >= last + APART:
            last = place.end
            found.extend(_with_context(path, text, place))
    return tuple(found) if _fit(found, text) else ()


def _fit(found: Iterable[Edit], text: str) -> bool:
    """Whether each edit still finds its one place after those before it."""
    for edit in found:
        if text.count(edit.old) != 1:
            return False
        text = text.replace(edit.old, edit.new)
    return True


def _with_context(path: str, text: str, place: Place) -> Iterator[Edit]:
    """The place in whole lines, and as many of those before it as make it unique."""
    start = text.rfind("\n", 0, place.start) + 1
    end = text.find("\n", place.end) + 1 or len(text)
    for _ in range(CONTEXT_LINES):
        old = text[start:end]
        if text.count(old) == 1:
            yield Edit(path, old, text[start : place.start] + place.new + text[place.end : end])
            return
        start = text.rfind("\n", 0, max(0, start - 1)) + 1


def _code(pattern: str, new: str) -> Finder:
    """Replaces in code what the pattern matches; `new` is a template as in `re.sub`."""
    compiled = re.compile(pattern, re.MULTILINE)

    def find(text: str) -> Iterator[Place]:
        for match in compiled.finditer(masked(text)):
            yield Place(match.start(), match.end(), match.expand(new))

    return find


def _allocations(text: str) -> Iterator[Place]:
    """`p = kzalloc(sizeof(struct s), ...)` where the same function declares `struct s *p`."""
    code = masked(text)
    for match in re.finditer(r"\b(\w+) = k[mz]alloc\((sizeof\(struct (\w+)\)),", code):
        pointer, kind = match[1], match[3]
        function = code[code.rfind("\n{", 0, match.start()) : match.start()]
        if re.search(rf"\bstruct {kind} (?:\*\w+, )*\*{pointer}\b", function):
            yield Place(match.start(2), match.end(2), f"sizeof(*{pointer})")


REPEATED = re.compile(r"(?<=\s)(the|to|is|of|a|an|and|for|be|with|by) \1(?=[\s,.;])")
TIGHT = re.compile(r"/\*([A-Za-z0-9][^*\n]*[\w.)])\*/")
TRAILING = re.compile(r"(?<=[^\s\\])[ \t]+$", re.MULTILINE)
WORD = re.compile(r"(?<=[\s(])[a-z]{4,}(?=[\s,.;)])")


def _repeated(text: str) -> Iterator[Place]:
    for start, comment in comments(text):
        for match in REPEATED.finditer(comment):
            yield Place(start + match.start(), start + match.end(), match[1])


def _tight(text: str) -> Iterator[Place]:
    for start, comment in comments(text):
        if match := TIGHT.fullmatch(comment):
            yield Place(start, start + len(comment), f"/* {match[1]} */")


def _trailing(text: str) -> Iterator[Place]:
    for match in TRAILING.finditer(text):
        yield Place(match.start(), match.end(), "")


def _misspelt(spelling: Mapping[str, str], start: int, text: str) -> Iterator[Place]:
    for match in WORD.finditer(text):
        if right := spelling.get(match[0]):
            yield Place(start + match.start(), start + match.end(), right)


def dictionary(text: str) -> dict[str, str]:
    """What `scripts/spelling.txt` of a kernel says: right words by wrong ones."""
    pairs = (line.split("||") for line in text.splitlines() if not line.startswith("#"))
    return {
        pair[0]: pair[1] for pair in pairs if len(pair) == 2 and re.fullmatch("[a-z]+", pair[1])
    }


NULL_BODY = "The coding style asks for `!pointer`, and so does checkpatch."
CODE_RULES = (
    Rule(
        "null",
        "Check for NULL as checkpatch asks",
        NULL_BODY,
        _code(r"\bif \(([A-Za-z_][\w.>-]*) == NULL\)", r"if (!\1)"),
    ),
    Rule(
        "not-null",
        "Do not compare with NULL",
        "A pointer that is not NULL is true; the coding style prefers it short.",
        _code(r"\bif \(([A-Za-z_][\w.>-]*) != NULL\)", r"if (\1)"),
    ),
    Rule(
        "unsigned",
        "Prefer 'unsigned int' to bare 'unsigned'",
        "Both are the same type.  checkpatch prefers the one that names it.",
        _code(
            r"^(\t+)unsigned (?!int\b|long\b|char\b|short\b|_)(\w+)(?=;| =|,)",
            r"\1unsigned int \2",
        ),
    ),
    Rule(
        "return",
        "Drop the parentheses of return",
        "return is not a function, parentheses are not required.",
        _code(r"^(\t+)return \(([^(){};]*)\);$", r"\1return \2;"),
    ),
    Rule(
        "sizeof",
        "Allocate by the type of the pointer",
        "The size stays right when the type of the variable changes.",
        _allocations,
    ),
    Rule(
        "unlikely",
        "Failed allocations are unlikely",
        "Tell the compiler, so that the common case is the straight one.",
        _code(r"^(\t+)if \(!(\w+)\)(?=\n\t+return -ENOMEM;)", r"\1if (unlikely(!\2))"),
    ),
)
TRAILING_RULE = Rule(
    "trailing",
    "Remove trailing white space",
    "Editors mark it, and patches nearby stumble over it.",
    _trailing,
    is_comment=True,
)


def c_rules(spelling: Mapping[str, str]) -> tuple[Rule, ...]:
    """The rules for C files."""

    def misspelt(text: str) -> Iterator[Place]:
        for start, comment in comments(text):
            yield from _misspelt(spelling, start, comment)

    return (
        *CODE_RULES,
        TRAILING_RULE,
        Rule("repeated", "Fix repeated words in comments", "Once is enough.", _repeated, True),
        Rule(
            "tight",
            "Put spaces inside comment marks",
            "As everywhere else in the kernel.",
            _tight,
            is_comment=True,
        ),
        Rule(
            "spelling",
            "Fix typos in comments",
            "Found with the words of scripts/spelling.txt.",
            misspelt,
            is_comment=True,
        ),
    )


def text_rules(spelling: Mapping[str, str]) -> tuple[Rule, ...]:
    """The rules for documents."""

    def repeated(text: str) -> Iterator[Place]:
        for match in REPEATED.finditer(text):
            yield Place(match.start(), match.end(), match[1])

    def misspelt(text: str) -> Iterator[Place]:
        return _misspelt(spelling, 0, text)

    return (
        TRAILING_RULE,
        Rule("repeated", "Fix repeated words", "Once is enough.", repeated, True),
        Rule(
            "spelling",
            "Fix typos",
            "Found with the words of scripts/spelling.txt.",
            misspelt,
            is_comment=True,
        ),
    )
