"""People say whether a culprit is right, and the statistics count it."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from bisectweb.accuracy import Accuracy, statistics, wilson
from bisectweb.models import Bisection, Culprit, Event, Message, Tree, Week
from bisectweb.weeks import count_all, sure
from tests.factories import (
    create_bisection,
    create_bug,
    create_crash,
    create_culprit,
    create_message,
    create_tree,
)

Verdict = Culprit.Verdict
State = Message.State


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    # Published examples: Newcombe (1998), table I.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(hits: int, count: int, low: float, high: float) -> None:
    assert wilson(hits, count) == pytest.approx((low, high), abs=5e-5)


@given(
    st.integers(0, 10_000).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count)))
)
def test_the_interval_holds_the_rate_and_stays_in_bounds(pair: tuple[int, int]) -> None:
    hits, count = pair
    low, high = wilson(hits, count)
    assert 0 <= low < high <= 1
    if count:
        assert low - 1e-9 <= hits / count <= high + 1e-9


@pytest.mark.parametrize(
    ("confidence", "name"),
    [
        (1.0, "99 % or more"),
        (0.99, "99 % or more"),
        (0.9899, "90 to 99 %"),
        (0.66, "66 to 90 %"),
        (0.1, "below 66 %"),
        (None, "not known"),
    ],
)
def test_each_confidence_is_in_one_bucket(confidence: float | None, name: str) -> None:
    assert sure(confidence).label == name


def create_judged(verdict: str, confidence: float, tree: str, imported: bool = False) -> Culprit:
    home = Tree.objects.filter(name=tree).first() or create_tree(name=tree)
    bisection = create_bisection(
        crash=create_crash(bug=create_bug(tree=home)),
        state=Bisection.State.FOUND,
        imported=imported,
        ended=timezone.now(),
    )
    return create_culprit(bisection=bisection, verdict=verdict, confidence=confidence)


@pytest.mark.django_db
def test_culprits_are_counted_by_tree_and_by_confidence_and_imported_ones_are_not() -> None:
    create_judged(Verdict.CONFIRMED, 0.995, "linux")
    create_judged(Verdict.CONFIRMED, 0.7, "next")
    create_judged(Verdict.WRONG, 0.7, "next")
    create_judged(Verdict.NONE, 0.7, "next")
    create_judged(Verdict.WRONG, 0.995, "linux", imported=True)
    list(count_all())
    found = statistics(Week.objects.filter(imported=False))
    assert found.everything == Accuracy("all", confirmed=2, wrong=1, unjudged=1)
    assert found.trees == [Accuracy("linux", 1, 0, 0), Accuracy("next", 1, 1, 1)]
    assert found.confidences == [
        Accuracy("99 % or more", 1, 0, 0),
        Accuracy("66 to 90 %", 1, 1, 1),
    ]
    assert found.trees[1].rate == 0.5


@pytest.mark.django_db
def test_the_page_shows_rates_with_counts_and_says_when_there_are_none(client: Client) -> None:
    address = reverse("statistics")
    assert "No commit has been found yet." in client.get(address).text
    create_judged(Verdict.NONE, 0.9, "linux")
    call_command("count_weeks", stdout=StringIO())
    assert "Nobody has said anything of the 1 commit that was found." in client.get(address).text
    create_judged(Verdict.CONFIRMED, 0.9, "<b>linux")
    call_command("count_weeks", stdout=StringIO())
    page = client.get(address).text
    assert "<strong>1 of 1</strong> judged commits were confirmed" in page
    assert '<td data-label="Right">100 %</td>' in page
    assert "21 % to 100 %" in page
    assert "&lt;b&gt;linux" in page


@pytest.mark.django_db
def test_staff_judge_a_culprit_on_its_page(admin_client: Client, admin_user: User) -> None:
    culprit = create_culprit()
    page = culprit.bisection.get_absolute_url()
    judge = reverse("bisection-judge", args=[culprit.bisection_id])
    assert judge in admin_client.get(page).text
    said = {"verdict": "wrong", "reason": "it only moves code", "real": "0123456789abcdef"}
    assert "Written down" in admin_client.post(judge, said, follow=True).text
    culprit.refresh_from_db()
    assert (culprit.verdict, culprit.verdict_by) == (Verdict.WRONG, admin_user.username)
    assert (culprit.verdict_reason, culprit.real) == (said["reason"], said["real"])
    shown = admin_client.get(page).text
    assert "it only moves code" in shown
    assert Event.objects.get().actor == admin_user
    assert "0123456789ab" in shown


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"reason": ""},
        {"verdict": ""},
        {"verdict": "maybe"},
        {"real": "--help"},
        {"verdict": "confirmed"},
    ],
)
def test_what_is_no_judgement_changes_nothing(admin_client: Client, change: dict[str, str]) -> None:
    culprit = create_culprit()
    judge = reverse("bisection-judge", args=[culprit.bisection_id])
    said = {"verdict": "wrong", "reason": "why", "real": "0123456789abcdef"} | change
    assert "Say whether it is the commit" in admin_client.post(judge, said, follow=True).text
    culprit.refresh_from_db()
    assert culprit.verdict == Verdict.NONE


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("verdict", "state"), [("wrong", State.CANCELLED), ("confirmed", State.AWAITING_APPROVAL)]
)
def test_a_mail_about_a_wrong_commit_does_not_leave(
    admin_client: Client, verdict: str, state: str
) -> None:
    culprit = create_culprit()
    message = create_message(bisection=culprit.bisection)
    judge = reverse("bisection-judge", args=[culprit.bisection_id])
    admin_client.post(judge, {"verdict": verdict, "reason": "why"})
    message.refresh_from_db()
    assert message.state == state


@pytest.mark.django_db
def test_only_maintainers_and_admins_judge(client: Client, member_client: Client) -> None:
    culprit = create_culprit()
    judge = reverse("bisection-judge", args=[culprit.bisection_id])
    said = {"verdict": "confirmed", "reason": "why"}
    assert client.post(judge, said).status_code == 302
    assert member_client.post(judge, said).status_code == 403
    assert judge not in member_client.get(culprit.bisection.get_absolute_url()).text
    culprit.refresh_from_db()
    assert culprit.verdict == Verdict.NONE
