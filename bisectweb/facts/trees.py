"""The facts of trees."""

from __future__ import annotations

from dataclasses import dataclass

from bisectweb.models import Tree


@dataclass(frozen=True, slots=True)
class TreeName:
    """Which tree: as much as the rows of others say of it."""

    id: int
    name: str
    url: str
    branch: str


@dataclass(frozen=True, slots=True)
class TreeFacts:
    """A repository and branch, and the machine that its kernels boot in."""

    id: int
    name: str
    url: str
    branch: str
    web_url: str
    compiler: str
    make_variables: str
    arch: str
    memory_mb: int
    cpus: int
    cmdline: str
    boot_seconds: int
    repro_seconds: int
    auto_approve: bool
    auto_confidence: float
    mails_per_hour: int


def tree_name(tree: Tree) -> TreeName:
    return TreeName(tree.pk, tree.name, tree.url, tree.branch)


def tree_facts(tree: Tree) -> TreeFacts:
    """What everybody who sees the tree may know: no file of the host, nobody's address."""
    return TreeFacts(
        id=tree.pk,
        name=tree.name,
        url=tree.url,
        branch=tree.branch,
        web_url=tree.web_url,
        compiler=tree.compiler,
        make_variables=tree.make_variables,
        arch=tree.arch,
        memory_mb=tree.memory_mb,
        cpus=tree.cpus,
        cmdline=tree.cmdline,
        boot_seconds=tree.boot_seconds,
        repro_seconds=tree.repro_seconds,
        auto_approve=tree.auto_approve,
        auto_confidence=tree.auto_confidence,
        mails_per_hour=tree.mails_per_hour,
    )
