"""What a bisection knows of builds it need not make: counts, page, log, and the search itself."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from bisectweb.builds import Builds, builds
from bisectweb.logs import bisection_log
from bisectweb.models import Bisection
from tests.bisectweb.bisecting import begin, finished
from tests.factories import create_bisection, create_kernel, create_revision
from tests.fakes import FakeLab, line, work

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
    facts = client.get(reverse("bisection-json", args=[bisection.pk])).json()
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
