"""How many kernels a bisection built, and how many builds it was spared."""

from __future__ import annotations

from dataclasses import dataclass

from bisectweb.models import Bisection
from runner.search.prior import Kind


@dataclass(frozen=True, slots=True)
class Builds:
    """The counts of one bisection, up to now."""

    made: int
    """Kernels that were compiled, or failed to."""
    cached: int
    """Kernels that were there already."""
    same: int
    """Kernels with the signature of an earlier one: the runs of both count for both."""
    inert: int
    """Commits between the ends that cannot matter: no build tells them apart."""
    commits: int
    """All commits between the ends; 0 while, or where, nothing is known of the range."""


def builds(bisection: Bisection) -> Builds:
    """Counted from the rows; `revisions` with their kernels may be prefetched."""
    tried = [
        one for one in bisection.revisions.all() if one.built is not None and not one.taken_from_id
    ]
    kernels = {one.kernel.key: one.kernel.signature for one in tried if one.kernel}
    kinds = {group.get("kind"): group["commits"] for group in bisection.prior}
    return Builds(
        made=sum(not one.build_cached for one in tried),
        cached=sum(one.build_cached for one in tried),
        same=len(kernels) - len(set(kernels.values())),
        inert=kinds.get(Kind.INERT, 0),
        commits=sum(group["commits"] for group in bisection.prior),
    )
