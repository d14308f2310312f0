"""Turns a plan into commits: trees, messages, dates, names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from random import Random

from tests.demokernel.objects import Signature, commit_name, tree_name
from tests.demokernel.patches import File, Patch, Role, apply
from tests.demokernel.plan import Change, Merge, Plan, Release

RELEASE_MANAGER = "Release Manager <release@demo.invalid>"
FIRST_DATE = datetime(2024, 3, 4, 9, tzinfo=UTC)
MINUTES_BETWEEN = (20, 1800)
FIXES = re.compile(r'^Fixes: \("(.+)"\)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, complete."""

    sha: str
    parents: tuple[str, ...]
    tree: Mapping[str, File]
    author: Signature
    committer: Signature
    message: str
    role: Role | None = None
    tag: str | None = None

    @property
    def subject(self) -> str:
        return self.message.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class History:
    """Commits, oldest first; those behind `head` are on the branch `fixed` only."""

    commits: tuple[Commit, ...]
    head: str

    @property
    def fixed(self) -> str:
        return self.commits[-1].sha

    @property
    def main(self) -> tuple[Commit, ...]:
        """What `head` reaches: everything up to it."""
        shas = [commit.sha for commit in self.commits]
        return self.commits[: shas.index(self.head) + 1]

    def the(self, role: Role) -> Commit:
        """The only commit with this role."""
        (commit,) = (commit for commit in self.commits if commit.role is role)
        return commit


def make_history(plan: Plan, base: Mapping[str, File], seed: int) -> History:
    """The commits of a plan on top of the source tree `base`."""
    rng = Random(seed)
    date = FIRST_DATE
    commits: list[Commit] = []
    for node in plan.nodes:
        parents = [commits[position] for position in node.parents]
        commits.append(_commit(node.change, parents, commits, base, date))
        date += timedelta(minutes=rng.randint(*MINUTES_BETWEEN), seconds=rng.randrange(60))
    return History(tuple(commits), commits[plan.head].sha)


def _commit(
    change: Change,
    parents: Sequence[Commit],
    earlier: Sequence[Commit],
    base: Mapping[str, File],
    date: datetime,
) -> Commit:
    tree = _changed(parents[0].tree if parents else base, change)
    author, committer = _people(change)
    commit = Commit(
        sha="",
        parents=tuple(parent.sha for parent in parents),
        tree=tree,
        author=Signature(author, date),
        committer=Signature(committer, date),
        message=_message(change, earlier),
        role=change.role if isinstance(change, Patch) else None,
        tag=f"v{change.name}" if isinstance(change, Release) else None,
    )
    return replace(
        commit,
        sha=commit_name(
            tree_name(tree), commit.parents, commit.author, commit.committer, commit.message
        ),
    )


def _changed(tree: Mapping[str, File], change: Change) -> Mapping[str, File]:
    match change:
        case Patch():
            return apply(tree, change)
        case Merge(line):
            return reduce(apply, line.patches, tree)
        case Release(minor, extra):
            makefile = tree["Makefile"]
            text = re.sub(r"(?m)^PATCHLEVEL =.*", f"PATCHLEVEL = {minor}", makefile.text)
            text = re.sub(r"(?m)^EXTRAVERSION =.*", f"EXTRAVERSION = {extra}".rstrip(), text)
            return {**tree, "Makefile": replace(makefile, text=text)}


def _people(change: Change) -> tuple[str, str]:
    if isinstance(change, Patch):
        return change.author, change.committer
    return RELEASE_MANAGER, RELEASE_MANAGER


def _message(change: Change, earlier: Sequence[Commit]) -> str:
    match change:
        case Patch():
            return _with_names(change.message, earlier)
        case Merge(line):
            subjects = "".join(f"  {patch.subject}\n" for patch in reversed(line.patches))
            return f"Merge branch '{line.name}'\n\n* {line.name}:\n{subjects}"
        case Release():
            return f"Demokernel {change.name}\n\nSigned-off-by: {RELEASE_MANAGER}\n"


def _with_names(message: str, earlier: Sequence[Commit]) -> str:
    """A patch cannot know the name of the commit it fixes: it depends on the history."""
    names = {commit.subject: commit.sha[:12] for commit in earlier}
    return FIXES.sub(lambda found: f'Fixes: {names[found[1]]} ("{found[1]}")', message)
