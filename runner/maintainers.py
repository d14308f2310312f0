"""Asks a tree's own `scripts/get_maintainer.pl` who is to hear of a commit."""

from __future__ import annotations

from pathlib import Path

from runner.errors import InfraError
from runner.git import Mirror
from runner.process import capture
from runner.sandbox import Sandbox

SCRIPT = Path("scripts/get_maintainer.pl")
SCRIPT_SECONDS = 60


def ask_script(source: Path, mirror: Mirror, sha: str, sandbox: Sandbox) -> tuple[str, str]:
    """The script's output for a commit's patch, and a note on why it may say too little.

    `source` is a checkout of that commit. A tree without the script, or with one that fails, is
    no error: the commit's own trailers remain.
    """
    if not (source / SCRIPT).is_file():
        return "", f"the tree has no {SCRIPT}"
    patch = mirror.patch(sha)
    if not patch:
        return "", "the commit is a merge, which has no patch to look up maintainers for"
    try:
        done = capture(
            sandbox.command(["perl", SCRIPT], readable=[source, mirror.path], writable=[]),
            deadline=SCRIPT_SECONDS,
            cwd=source,
            stdin=patch,
            cancel=mirror.cancel,
        )
    except InfraError as error:
        return "", str(error)
    if not done.succeeded:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        return "", f"{SCRIPT} failed: {said[-1] if said else f'status {done.returncode}'}"
    return done.stdout.decode(errors="replace"), ""
