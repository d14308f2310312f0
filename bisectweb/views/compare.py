"""Two bisections of one bug side by side: what was asked, what was seen, and where they parted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bisectweb.models import Bisection, Bug, Revision
from bisectweb.outbound.emails import percent
from bisectweb.templatetags.bisect import duration, sha12, toolchain
from bisectweb.views.access import visible_or_404
from bisectweb.views.bisections import bisections, dots, totals
from runner.search import Verdict

CONTRARY = {Verdict.GOOD, Verdict.BAD}


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is said of both."""

    name: str
    one: str
    other: str

    @property
    def differs(self) -> bool:
        return self.one != self.other


@dataclass(frozen=True, slots=True)
class Both:
    """A commit that both tested."""

    one: Revision
    other: Revision

    @property
    def rows(self) -> tuple[Revision, Revision]:
        return self.one, self.other

    @property
    def is_contrary(self) -> bool:
        return {self.one.verdict, self.other.verdict} == CONTRARY

    @property
    def is_other_kernel(self) -> bool:
        """Whether the same commit became another kernel."""
        kernels = self.one.kernel, self.other.kernel
        signatures = [kernel.signature for kernel in kernels if kernel and kernel.signature]
        return len(set(signatures)) == 2


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of two bisections."""

    one: Bisection
    other: Bisection
    facts: Sequence[Fact]
    both: Sequence[Both]
    """In the order in which the first one asked."""
    lone: Sequence[tuple[Bisection, Sequence[Revision]]]
    """What only the first one tested, and only the other."""

    @property
    def contrary(self) -> Both | None:
        """The first commit that one calls good and the other bad."""
        return next((pair for pair in self.both if pair.is_contrary), None)

    @property
    def fork(self) -> tuple[Revision, Revision] | None:
        """The first step at which they asked for different commits."""
        pairs = zip(_tested(self.one), _tested(self.other), strict=False)
        return next((pair for pair in pairs if pair[0].sha != pair[1].sha), None)


def compare(one: Bisection, other: Bisection) -> Comparison:
    """From their rows, which should be prefetched."""
    tested = _tested(one), _tested(other)
    known = [{revision.sha: revision for revision in some} for some in tested]
    both = [Both(row, known[1][sha]) for sha, row in known[0].items() if sha in known[1]]
    shared = {pair.one.sha for pair in both}
    lone = [
        (whose, [row for row in some if row.sha not in shared])
        for whose, some in zip((one, other), tested, strict=True)
    ]
    facts = zip(_facts(one).items(), _facts(other).values(), strict=True)
    return Comparison(one, other, [Fact(*of, value) for of, value in facts], both, lone)


def _tested(bisection: Bisection) -> Sequence[Revision]:
    return [row for row in bisection.revisions.all() if row.is_evidence and row.built is not None]


def _facts(bisection: Bisection) -> Mapping[str, str]:
    """What was asked for, and what came of it, in words."""
    spent = totals(bisection)
    config = bisection.config or bisection.crash.config
    tested = _tested(bisection)
    compilers = sorted({toolchain(row.kernel.compiler) for row in tested if row.kernel})
    return {
        "Looks for": bisection.kind,
        "Strategy": bisection.strategy + (", imported" if bisection.imported else ""),
        "Good end": sha12(bisection.good) or "walks the releases",
        "Bad end": sha12(bisection.bad) or bisection.asked_bad,
        "Crash": bisection.title or "any",
        "Config": _config(config),
        "Compiler": ", ".join(compilers) or "none",
        "Tested": f"{spent.revisions} revisions, {spent.runs} runs",
        "Building": "not known" if spent.build is None else duration(spent.build),
        "Running": "not known" if spent.test is None else duration(spent.test),
        "State": bisection.stage,
        "Result": _result(bisection),
        "Confidence": _confidence(bisection),
    }


def _config(config: str) -> str:
    """By its hash, as two of the same length may differ."""
    if not config:
        return "not known"
    return f"{len(config.splitlines()):,} lines, SHA-256 {sha256(config.encode()).hexdigest()[:12]}"


def _result(bisection: Bisection) -> str:
    culprit = getattr(bisection, "culprit", None)
    return f"{sha12(culprit.sha)} {culprit.subject}" if culprit else bisection.reason or "none yet"


def _confidence(bisection: Bisection) -> str:
    culprit = getattr(bisection, "culprit", None)
    return percent(culprit.confidence) if culprit and culprit.confidence is not None else "none"


def _chosen(known: Sequence[int], asked: Sequence[str | None]) -> Sequence[int]:
    """Two that differ, as asked for; for what is not there the newest ones."""
    wanted = [number for text in asked for number in known if text == str(number)]
    return list(dict.fromkeys([*wanted, *known]))[:2]


@dataclass(frozen=True, slots=True)
class Compared:
    """The bisections of a bug, those that were chosen, and what they have in common."""

    choices: Sequence[Bisection]
    chosen: Sequence[int]
    comparison: Comparison | None
    """None of less than two."""


def compared(bug: Bug, asked: Sequence[str | None]) -> Compared:
    """By the ids that were asked for."""
    rows = bug.bisections.only("bug", "kind", "strategy", "state", "created")
    choices = list(rows.order_by("-pk"))
    chosen = _chosen([row.pk for row in choices], asked)
    known = bisections(dots()).in_bulk(chosen)
    pair = [known[number] for number in chosen]
    return Compared(choices, chosen, compare(*pair) if len(pair) == 2 else None)


@require_safe
def bug_compare(request: HttpRequest, pk: int) -> HttpResponse:
    """`?one=&other=` name two bisections of the bug; by default they are its two newest."""
    bug = visible_or_404(request, Bug.objects.select_related("tree"), pk=pk)
    found = compared(bug, [request.GET.get(name) for name in ("one", "other")])
    context = {
        "bug": bug,
        "choices": found.choices,
        "comparison": found.comparison,
        "sides": list(zip(("one", "other"), found.chosen, strict=False)),
    }
    return render(request, "bisections/compare.html", context)
