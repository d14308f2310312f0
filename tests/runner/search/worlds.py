"""Small histories and simulated labs for the tests of the search."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from runner.search import CLASSIC, Decision, Evidence, History, Outcome, Policy, Test, decide
from runner.values import Sha

Lab = Callable[[Sha], Sequence[Outcome] | None]
"""Outcomes of all runs of a revision, or None when it does not build."""


def history(text: str, **facts: object) -> History:
    """A history from lines such as `d: b c` (d has the parents b and c), newest first."""
    parents = {}
    for line in text.strip().splitlines():
        sha, _, rest = line.partition(":")
        parents[sha.strip()] = tuple(rest.split())
    return History(parents, bad=next(iter(parents)), **facts)  # type: ignore[arg-type]


def search(
    world: History, lab: Lab, policy: Policy = CLASSIC
) -> tuple[Decision, dict[Sha, Evidence]]:
    """Run a search to its end: the last decision, and the evidence by revision."""
    evidence: dict[Sha, Evidence] = {}
    for _ in range(200):
        decision = decide(world, evidence.values(), policy)
        if not isinstance(decision, Test):
            return decision, evidence
        for probe in decision.probes:
            assert probe.sha not in evidence, "a revision was asked for twice"
            outcomes = lab(probe.sha)
            built = outcomes is not None
            evidence[probe.sha] = Evidence(probe.sha, (outcomes or [])[: probe.runs], built)
    raise AssertionError("the search does not end")


def git_repository(path: Path, rng: random.Random, commits: int) -> Mapping[Sha, Sequence[Sha]]:
    """A repository with a random graph of merges and branches; its parents, as rev-list prints."""
    stream = ["reset refs/heads/main\n"]
    heads = [1]
    for mark in range(1, commits + 1):
        if mark == 1:
            parents: list[int] = []
        elif mark == commits:
            parents = heads[:8]
        else:
            parents = rng.sample(heads, k=min(len(heads), rng.choice((1, 1, 1, 1, 2, 2, 3))))
        message = f"commit {mark}"
        stream.append(f"commit refs/heads/main\nmark :{mark}\n")
        stream.append(f"committer A <a@x.invalid> {1_600_000_000 + mark * 60} +0000\n")
        stream.append(f"data {len(message)}\n{message}\n")
        stream += [f"{'merge' if n else 'from'} :{p}\n" for n, p in enumerate(parents)]
        stream.append(f"M 644 inline f{mark}\ndata 1\nx\n\n")
        heads = [h for h in heads if h not in parents] if rng.random() < 0.7 else heads
        heads = list(dict.fromkeys([*heads, mark]))[-6:]
    git(path.parent, "init", "-q", "-b", "main", str(path))
    subprocess.run(
        ["git", "-C", path, "fast-import", "--quiet"], input="".join(stream).encode(), check=True
    )
    return parents_of(path, "main")


def parents_of(path: Path, *revisions: str) -> Mapping[Sha, Sequence[Sha]]:
    lines = git(path, "rev-list", "--parents", *revisions).splitlines()
    return {sha: tuple(rest) for sha, *rest in (line.split() for line in lines)}


def git(path: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", path, *arguments], capture_output=True, text=True)
    return done.stdout
