"""Two bisections of one bug side by side."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from bisectweb.models import Bisection, Bug
from tests.factories import (
    create_bisection,
    create_crash,
    create_culprit,
    create_kernel,
    create_revision,
    create_run,
    create_tree,
    sha_of,
)

pytestmark = pytest.mark.django_db


def create_tested(bisection: Bisection, name: str, verdict: str, signature: str = "") -> None:
    kernel = create_kernel(signature=signature or sha_of(name))
    fields = {"sha": sha_of(name), "verdict": verdict, "kernel": kernel, "subject": f"x: {name}"}
    revision = create_revision(bisection=bisection, built=True, state="done", **fields)
    create_run(revision=revision, outcome="crash" if verdict == "bad" else "ok")


def pair() -> tuple[Bisection, Bisection]:
    """They agree at first, and then one calls bad what the other calls good."""
    crash = create_crash()
    one, other = (create_bisection(crash=crash, state="found", runs=n) for n in (10, 20))
    for bisection in (one, other):
        create_tested(bisection, "start", "bad")
    create_tested(one, "half", "bad")
    create_tested(other, "half", "good")
    create_tested(one, "older", "bad")
    create_tested(other, "newer", "bad")
    create_culprit(bisection=one, sha=sha_of("older"), subject="x: older")
    return one, other


def compared(client: Client, bug: Bug, **query: str | int) -> str:
    answer = client.get(reverse("bug-compare", args=[bug.pk]), query)
    assert answer.status_code == 200
    return answer.text


def test_it_says_where_two_searches_parted(client: Client) -> None:
    one, other = pair()
    html = compared(client, one.bug, one=one.pk, other=other.pk)
    assert f"bad in {one.pk}, good in {other.pk}." in html
    assert f"{one.pk} asked for <a" in html
    assert sha_of("older")[:12] in html
    assert html.count("contrary</span>") == 1
    assert "different kernels" not in html
    assert f"{sha_of('older')[:12]} x: older</bdi>" in html
    assert "<bdi>98 %</bdi>" in html


def test_the_same_commit_as_another_kernel_is_told(client: Client) -> None:
    one, other = pair()
    create_tested(one, "late", "good", "a" * 64)
    create_tested(other, "late", "good", "b" * 64)
    assert compared(client, one.bug).count("another kernel</span>") == 1


def test_what_is_the_same_is_not_called_different(client: Client) -> None:
    crash = create_crash()
    one, other = (create_bisection(crash=crash, state="failed") for _ in range(2))
    html = compared(client, one.bug, one=other.pk, other=one.pk)
    assert "differs</span>" not in html
    assert "They tested no commit in common" in html


@pytest.mark.parametrize("asked", ["", "x", "0", "99999", "9" * 30, "-1"])
def test_the_two_newest_are_taken_for_what_is_not_there(client: Client, asked: str) -> None:
    crash = create_crash()
    first, one, other = (create_bisection(crash=crash, state="failed") for _ in range(3))
    html = compared(client, first.bug, one=asked, other=asked)
    assert f'value="{other.pk}" selected' in html
    assert f'value="{one.pk}" selected' in html
    assert f'value="{first.pk}" selected' not in html


def test_one_bisection_cannot_be_compared(client: Client) -> None:
    bisection = create_bisection()
    query = {"one": bisection.pk, "other": bisection.pk}
    assert "nothing to compare" in compared(client, bisection.bug, **query)


def test_a_bisection_of_another_bug_is_not_shown(client: Client) -> None:
    one, _ = pair()
    stranger = create_bisection()
    html = compared(client, one.bug, one=stranger.pk)
    assert f"Bisection {stranger.pk}" not in html


def test_a_private_bug_is_not_there_for_strangers(client: Client) -> None:
    one, _ = pair()
    one.bug.tree = create_tree(seen_by="keepers")
    one.bug.save()
    assert client.get(reverse("bug-compare", args=[one.bug.pk])).status_code == 404


def test_it_costs_few_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    one, _ = pair()
    with django_assert_max_num_queries(9):
        compared(client, one.bug)
