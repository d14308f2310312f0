"""What makes a commit hardly anybody's culprit. Pure."""

from __future__ import annotations

import re

from runner.log.values import Culprit
from runner.score.affinity import changed_files
from runner.search.prior import is_documentation

ARCHITECTURE = re.compile(
    r"(?:^|[\s(])(?:arch|drivers)/(?P<name>s390|(?<=arch/)\w+)/", re.MULTILINE
)
ASIDE = re.compile(r"(?:samples|scripts|tools(?!/(?:build|include|lib|objtool)/))/")
"""Folders whose files are in no kernel."""
CONFIGURED = re.compile(r"(?:.*/)?Kconfig[\w.]*|.*_defconfig")
"""Files that say what may be built: they bring to light what others broke."""


def oddity(culprit: Culprit, report: str) -> str:
    """Why the commit can hardly be a culprit, to be said after "the culprit"; empty if it can.

    `report` tells for which architecture the kernel is, where it names a file of that.
    """
    if culprit.is_noop:
        return "builds the same kernel as its parent"
    if culprit.is_merge or culprit.subject.startswith("Merge "):
        return "is a merge"
    if culprit.subject.startswith("Linux "):
        return "is a release"
    changed = changed_files(culprit)
    if changed and all(CONFIGURED.match(path) for path in changed):
        return "changes only what can be configured"
    ours = _architectures(report)
    if changed and all(_is_aside(path, ours) for path in changed):
        return "changes nothing that this kernel is built from"
    return ""


def _is_aside(path: str, ours: frozenset[str]) -> bool:
    theirs = _architectures(path)
    elsewhere = bool(ours and theirs) and not theirs & ours
    return elsewhere or bool(ASIDE.match(path)) or is_documentation(path)


def _architectures(text: str) -> frozenset[str]:
    return frozenset(found["name"] for found in ARCHITECTURE.finditer(text))
