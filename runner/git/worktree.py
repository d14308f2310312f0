"""A source tree that moves from commit to commit."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from runner.errors import InfraError
from runner.git.command import Answer, full_name, run_git
from runner.git.leftovers import remove_locks
from runner.git.mirror import Mirror
from runner.values import Sha

CHECKOUT_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Worktree:
    """The source tree of one worker slot. The caller holds the slot's lock."""

    mirror: Mirror
    path: Path
    own: bool = False
    """Of the person who runs us: git's settings are theirs (large files need it), and what a
    build left stays from commit to commit, as with the `git checkout` that they would type."""

    def checkout(self, sha: Sha) -> None:
        """Make the folder exactly the tree of `sha`. Files that do not change keep their times,
        which incremental builds need. A work tree that a crash broke is made anew, once.
        """
        if self._is_ours():
            remove_locks(self._git_dir)
            if self._switch(full_name(sha)).status == 0:
                return
        self._create(full_name(sha))
        answer = self._switch(sha)
        if answer.status:
            raise InfraError(f"cannot check out {sha}: {answer.reason}")

    @property
    def _git_dir(self) -> Path:
        # Not read from the work tree, where a build could have written something else.
        return self.mirror.path / "worktrees" / self.path.name

    def _is_ours(self) -> bool:
        try:
            return (self._git_dir / "gitdir").read_text().strip() == str(self._link)
        except (OSError, UnicodeDecodeError):
            return False

    @property
    def _link(self) -> Path:
        return self.path.resolve() / ".git"

    def _switch(self, sha: Sha) -> Answer:
        switched = self._git("checkout", "--quiet", "--force", "--detach", sha)
        return switched if switched.status or self.own else self._git("clean", "-ffdxq")

    def remove(self) -> None:
        """Leave nothing of it, neither the folder nor what the repository knows of it."""
        shutil.rmtree(self.path, ignore_errors=True)
        shutil.rmtree(self._git_dir, ignore_errors=True)

    def _create(self, sha: Sha) -> None:
        self.remove()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        add = ("worktree", "add", "--quiet", "--force", "--detach", "--no-checkout")
        path = str(self.path.absolute())
        answer = run_git(self.mirror.path, *add, path, sha, cancel=self.mirror.cancel)
        if answer.status:
            raise InfraError(f"cannot create a work tree: {answer.reason}")

    def _git(self, *arguments: str) -> Answer:
        return run_git(
            self._git_dir,
            *arguments,
            work_tree=self.path,
            deadline=CHECKOUT_SECONDS,
            cancel=self.mirror.cancel,
            own=self.own,
        )
