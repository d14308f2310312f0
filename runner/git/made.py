"""Commits that we make in a mirror: written as nobody's, and kept where no fetch prunes them."""

from __future__ import annotations

from collections.abc import Mapping

from runner.errors import InfraError
from runner.git.command import Answer, full_name, run_git
from runner.git.mirror import Mirror
from runner.locks import hold
from runner.values import Sha

SECONDS = 300.0
REFS = "refs/bisectweb"
EMAIL = "bisectweb@localhost"
# Equal input makes equal commits, whoever makes them and when.
NOBODY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "bisectweb"), ("EMAIL", EMAIL), ("DATE", "@0 +0000"))
}


def is_made(mirror: Mirror, sha: Sha) -> bool:
    """Whether we made a commit, or somebody wants us to think so: no history has it."""
    return mirror.commit(full_name(sha)).author_email == EMAIL


def find(mirror: Mirror, name: str) -> Sha | None:
    """The commit that was kept under a name."""
    answer = ask(mirror, "rev-parse", "--verify", "--quiet", f"{REFS}/{name}")
    return word(answer) if answer.status == 0 else None


def keep(mirror: Mirror, name: str, sha: Sha) -> Sha:
    # Who updates the mirror takes away locks of refs that look left over.
    with hold(mirror.path.with_name(f"{mirror.path.name}.lock"), mirror.cancel):
        read(mirror, "update-ref", f"{REFS}/{name}", sha)
    return sha


def write_commit(mirror: Mirror, tree: Sha, *parents: Sha) -> Sha:
    options = [option for parent in parents for option in ("-p", parent)]
    return read(mirror, "commit-tree", *options, "-m", "made by bisectweb", tree)


def tree_of(mirror: Mirror, sha: Sha) -> Sha:
    return mirror.commit(full_name(sha)).tree


def read(mirror: Mirror, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """The answer of a git command that has to work, without blanks around it."""
    answer = ask(mirror, *arguments, env=env)
    if answer.status:
        raise InfraError(f"git {arguments[0]} in {mirror.path.name}: {answer.reason}")
    return word(answer)


def word(answer: Answer) -> str:
    return answer.stdout.decode(errors="replace").strip()


def ask(mirror: Mirror, *arguments: str, env: Mapping[str, str] | None = None) -> Answer:
    variables = {**NOBODY, **(env or {})}
    return run_git(mirror.path, *arguments, deadline=SECONDS, cancel=mirror.cancel, env=variables)
