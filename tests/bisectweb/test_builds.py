"""What a bisection knows of builds it need not make: counts, page, log, and the search itself."""

from __future__ import annotations

import pytest
from django.test import Client

from bisectweb import workflow
from bisectweb.builds import Builds, builds
from bisectweb.logs import bisection_log
from bisectweb.models import Bisection, Revision
from tests.bisectweb.bisecting import begin, finished
from tests.factories import create_bisection, create_kernel, create_revision, create_run
from tests.fakes import TITLE, FakeLab, line, work

pytestmark = pytest.mark.django_db

GROUPS = [
    {"kind": "other", "reason": "changes a file", "commits": 5474, "share": 0.99},
    {"kind": "inert", "reason": "changes nothing", "commits": 7912, "share": 0.01},
]
SENTENCE = "7,912 of 13,386 commits cannot matter: they change no file that this kernel is built"


def every(count: int, but: int) -> frozenset[str]:
    """All of c1, c2, ... but every so-and-so-many-th."""
    return frozenset(f"c{number}" for number in range(1, count + 1) if number % but)


def test_builds_made_and_spared_are_counted() -> None:
    bisection = create_bisection(prior=GROUPS)
    twin = create_kernel()
    also = create_kernel(signature=twin.signature)
    for kernel, cached in ((twin, False), (also, False), (create_kernel(), True)):
        create_revision(bisection=bisection, built=True, kernel=kernel, build_cached=cached)
    create_revision(bisection=bisection, built=True, kernel=twin, build_cached=True, role="parent")
    create_revision(bisection=bisection, built=False)
    create_revision(bisection=bisection)
    assert builds(bisection) == Builds(made=3, cached=2, same=1, inert=7912, commits=13386)


def test_where_no_range_is_known_no_commit_is_counted() -> None:
    counts = builds(create_bisection())
    assert (counts.inert, counts.commits) == (0, 0)


def test_the_page_says_how_many_commits_cannot_matter(client: Client) -> None:
    bisection = create_bisection(prior=GROUPS, strategy=Bisection.Strategy.BAYES)
    page = client.get(bisection.get_absolute_url()).content.decode()
    assert SENTENCE in page
    facts = client.get(f"/bisections/{bisection.pk}.json").json()
    assert facts["builds"] == {"made": 0, "cached": 0, "same": 0, "inert": 7912, "commits": 13386}


def test_the_log_says_it_once_when_the_first_build_has_told() -> None:
    bisection = begin(strategy="bayes", bad="c40")
    work(FakeLab(line(40), "c20", inert=every(40, 4)))
    done = finished(bisection)
    assert done.culprit.sha == "c20"
    said = "# 30 of 40 commits cannot matter: they change no file that this kernel is built from\n"
    log = bisection_log(done)
    assert log.count(said) == 1
    assert log.index("testing commit c40") < log.index(said)
    assert builds(done).inert == 30


def test_what_is_known_from_an_earlier_build_is_said_first() -> None:
    bisection = begin(strategy="bayes", bad="c40")
    work(FakeLab(line(40), "c20", inert=every(40, 4), built=["c40"]))
    log = bisection_log(finished(bisection))
    assert log.count("commits cannot matter") == 1
    assert log.index("commits cannot matter") < log.index("testing commit c40")


def known(bisection: Bisection, sha: str, signature: str, outcome: str = "", runs: int = 0) -> None:
    """A revision that was built, and run so often."""
    revision = create_revision(
        bisection=bisection,
        sha=sha,
        state=Revision.State.DONE,
        built=True,
        kernel=create_kernel(signature=signature),
        runs_wanted=runs,
    )
    for _ in range(runs):
        create_run(revision=revision, outcome=outcome, title=TITLE)


@pytest.mark.parametrize("twins", [True, False])
def test_the_runs_of_a_kernel_count_for_every_revision_that_has_it(
    twins: bool, client: Client
) -> None:
    """c9 was built and not run. If it is the kernel of c6, the culprit is neither c7 nor c8."""
    bisection = begin(strategy="bayes")
    known(bisection, "c16", "start", "crash", 3)
    known(bisection, "c6", "one", "ok", 20)
    known(bisection, "c9", "one" if twins else "other")
    lab = FakeLab(line(16), "c10")
    workflow.advance(bisection.pk, lab.factory)
    chances = {one["sha"]: one["probability"] for one in finished(bisection).suspects}
    between = sum(chances.get(sha, 0) for sha in ("c7", "c8", "c9"))
    assert between < 0.001 if twins else between > 0.2
    page = client.get(bisection.get_absolute_url()).content.decode()
    assert ("1 turned out to be the same as another" in page) is twins
