"""The page of a commit: all that was ever found out about it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from bisectweb.models import Revision
from tests.factories import (
    create_bisection,
    create_bug,
    create_culprit,
    create_kernel,
    create_revision,
    create_run,
    sha_of,
)

pytestmark = pytest.mark.django_db
SHA = sha_of("one")


def page(client: Client, sha: str = SHA) -> str:
    response = client.get(reverse("commit-detail", args=[sha]))
    assert response.status_code == 200
    return response.text


def test_every_bisection_that_tested_the_commit_is_shown(client: Client) -> None:
    for number in range(3):
        bug = create_bug(title=f"WARNING in number_{number}")
        revision = create_revision(
            sha=SHA, bisection=create_bisection(bug=bug), kernel=create_kernel()
        )
        create_run(revision=revision)
    html = page(client)
    assert "Tested in 3 bisections" in html
    for number in range(3):
        assert f"WARNING in number_{number}" in html
    facts = client.get(f"/commits/{SHA}.json").json()
    assert [row["runs"][0]["outcome"] for row in facts["revisions"]] == ["ok"] * 3


def test_results_that_name_the_commit_are_shown(client: Client) -> None:
    culprit = create_culprit(sha=SHA)
    create_revision(sha=SHA, bisection=culprit.bisection)
    html = page(client)
    assert "Found as the culprit" in html
    assert culprit.bisection.get_absolute_url() in html


def test_the_beginning_of_a_name_leads_to_the_commit(client: Client) -> None:
    create_revision(sha=SHA)
    response = client.get(reverse("commit-detail", args=[SHA[:8]]))
    assert response.headers["Location"] == reverse("commit-detail", args=[SHA])


def test_of_several_commits_one_can_be_chosen(client: Client) -> None:
    names = ["1234567" + digit * 33 for digit in "0af"]
    for name in [*names, "1234566" + "f" * 33, "1234568" + "0" * 33]:
        create_revision(sha=name)
    html = page(client, "1234567")
    assert [name for name in names if reverse("commit-detail", args=[name]) in html] == names
    assert "1234566" not in html
    assert "1234568" not in html


@pytest.mark.parametrize(
    "sha", ["123456", "master", "1234567%", "-" * 8, "A" * 40, "a" * 65, "0" * 40]
)
def test_what_names_no_tested_commit_is_404(client: Client, sha: str) -> None:
    create_revision(sha=SHA)
    assert client.get(reverse("commit-detail", args=[sha])).status_code == 404
    if sha != "0" * 40:
        assert client.get(f"/commits/{sha}.json").status_code in (404, 422)


def test_a_commit_of_ours_that_reverts_another_is_said_to_be_that(client: Client) -> None:
    create_revision(sha=SHA, role=Revision.Role.REVERT)
    assert "the culprit reverted" in page(client)


def test_many_bisections_cost_few_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(4):
        revision = create_revision(sha=SHA, kernel=create_kernel())
        create_run(revision=revision)
    with django_assert_max_num_queries(7):
        page(client)
