"""Repositories: bare mirrors, and one work tree per worker.

Uses GitPython's command layer only: it starts `git`, below our guard, and nothing of it is kept.
What people give us (addresses, revisions, branches) is checked, and never reaches git as an option.
What repositories hold is hostile too: it cannot run hooks, filters or helpers.
"""

from __future__ import annotations

from runner.git.address import check_url, public
from runner.git.bounds import bare_title, find_title, merge_base
from runner.git.graft import graft
from runner.git.made import is_made
from runner.git.mirror import Mirror
from runner.git.outline import outline
from runner.git.patched import patched
from runner.git.versions import released
from runner.git.worktree import Worktree

__all__ = [
    "Mirror",
    "Worktree",
    "bare_title",
    "check_url",
    "find_title",
    "graft",
    "is_made",
    "merge_base",
    "outline",
    "patched",
    "public",
    "released",
]
