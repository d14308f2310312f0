"""Whose fault it is: the commit's, ours, or the person's who asked."""

from __future__ import annotations


class BuildFailed(Exception):
    """The kernel of this commit does not build: evidence about the commit.

    `reason` is one line for the bisection log, `excerpt` the lines of the build log that matter.
    """

    def __init__(self, reason: str, excerpt: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.excerpt = excerpt


class InfraError(Exception):
    """Our machine failed. Never evidence about a commit; the work is done again later."""


class InputError(Exception):
    """What was asked cannot be done; the message tells the person what to change."""


class UnknownCommit(InputError):
    """A repository has nothing that is called so."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"unknown commit {name!r}: the repository has no commit, tag or branch of that name; "
            "check it, or name one that is there now"
        )


class Cancelled(Exception):
    """Somebody asked to stop; whatever ran has been killed."""
