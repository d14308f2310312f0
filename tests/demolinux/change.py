"""What one commit changes: edits to source text, found by anchors, and its message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from runner.errors import InputError


class Effect(StrEnum):
    """What the change does to the kernel of the demo's config."""

    PLAIN = "plain"
    """The kernel behaves as before."""
    CULPRIT = "culprit"
    BREAKS_BUILD = "breaks-build"
    BREAKS_BOOT = "breaks-boot"
    COMMENT = "comment"
    """Only a comment of built code; lines stay where they are, so the binary does too."""
    INERT = "inert"
    """Only files that the config does not build."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces a text that must occur exactly once in the file."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Author:
    """A role; nobody in person."""

    name: str
    email: str

    @property
    def ident(self) -> str:
        return f"{self.name} <{self.email}>"


INTEGRATOR = Author("Demo Integrator", "integrator@demo.invalid")


@dataclass(frozen=True, slots=True)
class Change:
    """A commit to be: what it does to the tree, and what it says."""

    key: str
    """Names the change inside the generator; no commit shows it."""
    author: Author
    subject: str
    body: str
    edits: tuple[Edit, ...]
    effect: Effect = Effect.PLAIN
    fixes: str = ""
    """Key of the change that this one repairs."""
    reviewer: Author | None = None
    tag: str = ""
    """The release that the commit is."""


def applied(change: Change, files: Mapping[str, str]) -> dict[str, str]:
    """The files that the change touches, with their new text."""
    touched: dict[str, str] = {}
    for edit in change.edits:
        text = touched.get(edit.path, files.get(edit.path))
        if text is None:
            raise InputError(f"{change.key}: the source has no file {edit.path}")
        if text.count(edit.old) != 1:
            anchor = edit.old.strip().partition("\n")[0]
            count = text.count(edit.old)
            raise InputError(
                f"{change.key}: {edit.path} has {count} places like {anchor!r}, not one"
            )
        touched[edit.path] = text.replace(edit.old, edit.new)
    return touched


def message(change: Change, fixed: str | None = None) -> str:
    """The whole commit message; `fixed` is what the `Fixes:` trailer says."""
    trailers = [f"Fixes: {fixed}"] if fixed else []
    trailers.append(f"Signed-off-by: {change.author.ident}")
    if change.reviewer:
        trailers.append(f"Reviewed-by: {change.reviewer.ident}")
    if change.author != INTEGRATOR:
        trailers.append(f"Signed-off-by: {INTEGRATOR.ident}")
    return "\n\n".join((change.subject, change.body.strip(), "\n".join(trailers))) + "\n"
