"""The sentence that says where a bug stands: all states, and what the rows make of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bisectweb.models import Bug, Culprit, Event, Message, Note, PatchTest, Received, Tree
from bisectweb.situation import Found, Search, Situation, sentence
from tests.factories import (
    create_bisection,
    create_bug,
    create_crash,
    create_culprit,
    create_message,
    create_revision,
    create_standing,
    create_tree,
    sha_of,
)

CULPRIT = Found("cause", "0123456789abcdef", "net: forget less", 0.992, is_verified=True)
NAMED = '0123456789ab ("net: forget less")'
FOUND = Situation(latest=Search("cause", "found", found=CULPRIT), known=[CULPRIT])
RUNNING = Search("cause", "running", tested=4, left="35 to 60 minutes")


def ended(state: str, reason: str = "", **facts: object) -> Situation:
    return Situation(latest=replace(Search("cause", state, reason=reason), **facts))  # type: ignore[arg-type]


def found(**facts: object) -> Situation:
    """With other facts of the culprit."""
    one = replace(CULPRIT, **facts)  # type: ignore[arg-type]
    return Situation(latest=Search("cause", "found", found=one))


TABLE: dict[str, tuple[Situation, str]] = {
    "no crash": (
        Situation(has_crash=False, has_reproducer=False),
        "Nobody has asked for a bisection: there is no crash yet.",
    ),
    "no reproducer": (
        Situation(has_reproducer=False),
        "Nobody has asked for a bisection: there is no reproducer.",
    ),
    "not asked": (Situation(), "Nobody has asked for a bisection yet."),
    "queued": (
        Situation(latest=Search("fix", "queued"), is_paused=True),
        "Waits to be bisected for its fix; the tree is paused.",
    ),
    "running": (
        Situation(latest=RUNNING),
        "Being bisected: 4 revisions tested, 35 to 60 minutes left.",
    ),
    "just begun": (
        Situation(latest=Search("fix", "running", tested=1)),
        "Its fix is being looked for: 1 revision tested, nobody knows yet how long it takes.",
    ),
    "trouble": (
        Situation(latest=replace(RUNNING, reason="the disk is full")),
        "Being bisected: 4 revisions tested, 35 to 60 minutes left; "
        "there is trouble on our side: the disk is full.",
    ),
    "again": (
        Situation(latest=RUNNING, known=[CULPRIT]),
        f"Being bisected: 4 revisions tested, 35 to 60 minutes left; the cause found is {NAMED}.",
    ),
    "verifying": (
        Situation(latest=replace(RUNNING, is_verifying=True)),
        "A cause was found and is being verified before anybody is told.",
    ),
    "found": (FOUND, f"Cause found with 99.2 %: {NAMED}, verified."),
    "awaiting": (
        Situation(latest=Search("cause", "found", found=CULPRIT, mail="awaiting")),
        f"Cause found with 99.2 %: {NAMED}, verified; the mail awaits approval.",
    ),
    "unverified": (found(is_verified=False), f"Cause found with 99.2 %: {NAMED}, not verified."),
    "flagged": (
        found(flags=["it is a merge", "the confidence is low"]),
        f"Cause found with 99.2 %: {NAMED}, with care: it is a merge, the confidence is low.",
    ),
    "confirmed": (
        found(verdict="confirmed", verdict_by="ada"),
        f"Cause found with 99.2 %: {NAMED}, confirmed by ada.",
    ),
    "wrong": (
        found(verdict="wrong", verdict_by="ada", real="ffffffffffffffffff", confidence=None),
        f"Cause found: {NAMED}, but ada says that it is wrong: it is ffffffffffff.",
    ),
    "imported": (
        Situation(latest=Search("cause", "found", imported=True, found=CULPRIT)),
        f"Cause found with 99.2 %: {NAMED}, verified; it was done elsewhere, so nobody is mailed.",
    ),
    "invalid result": (
        ended("found", is_invalid=True, invalid_reason="broken machine.", found=CULPRIT),
        "The latest result was marked invalid: broken machine.",
    ),
    "inconclusive": (
        ended("inconclusive", "no further run can tell them apart", suspects=2),
        "Inconclusive: the commit is one of 2, no further run can tell them apart.",
    ),
    "inconclusive without suspects": (
        ended("inconclusive", "the crash is still not fixed", mail="sent"),
        "Inconclusive: the crash is still not fixed; the mail was sent.",
    ),
    "failed": (
        ended("failed", "given up"),
        "The bisection failed: given up; "
        "nothing happens until somebody lets it go on or asks for another.",
    ),
    "failed elsewhere": (
        ended("failed", "no range", imported=True),
        "The bisection, done elsewhere, failed: no range; "
        "it was done elsewhere, so nobody is mailed.",
    ),
    "cancelled": (
        ended("cancelled", "cancelled by ada"),
        "The bisection was cancelled: nothing happens until somebody asks for another.",
    ),
    "fix and cause": (
        Situation(latest=Search("fix", "failed", reason="given up"), known=[CULPRIT]),
        "The search for its fix failed: given up; nothing happens until somebody lets it go on or "
        f"asks for another; the cause found is {NAMED}.",
    ),
    "fixed": (
        replace(FOUND, state=Bug.State.FIXED, fix="net: remember"),
        f'Fixed by "net: remember"; the cause found is {NAMED}.',
    ),
    "duplicate": (
        Situation(state=Bug.State.DUPLICATE, duplicate_of="BUG in x"),
        'Duplicate of "BUG in x": look there.',
    ),
    "duplicate of what they do not see": (
        Situation(state=Bug.State.DUPLICATE),
        "Duplicate of another bug: look there.",
    ),
    "invalid": (Situation(state=Bug.State.INVALID), "Said to be no bug: nobody works on it."),
}


@pytest.mark.parametrize("case", TABLE)
def test_each_situation_has_its_sentence(case: str) -> None:
    now, words = TABLE[case]
    assert sentence(now) == words


def test_what_somebody_wrote_is_cut_where_it_is_too_long() -> None:
    said = sentence(Situation(state=Bug.State.FIXED, fix="x " * 1000))
    assert len(said) < 250
    assert said.endswith('\N{HORIZONTAL ELLIPSIS}".')


@pytest.mark.django_db
def test_page_and_twin_say_the_same_of_a_search_under_way(client: Client) -> None:
    bisection = create_bisection(state="running", bad="f" * 40)
    create_revision(bisection=bisection, built=True, state="done")
    create_revision(bisection=bisection)
    create_standing(bisection, minutes_left=100)
    words = "Being bisected: 1 revision tested, 28 to 136 minutes left."
    words = words.replace("28 to 136 minutes", "0.5 to 2.3 hours")
    assert words in client.get(bisection.bug.get_absolute_url()).text
    assert client.get(f"/bugs/{bisection.bug.pk}.json").json()["stands"] == words


@pytest.mark.django_db
def test_commits_are_links_where_they_have_a_page(client: Client) -> None:
    culprit = create_culprit()
    html = client.get(culprit.bisection.bug.get_absolute_url()).text
    link = (
        f'<a href="/commits/{culprit.sha}/"><code title="{culprit.sha}">{culprit.sha[:12]}</code>'
    )
    stands = html.partition('<p class="stands">')[2].partition("</p>")[0]
    assert culprit.sha[:12] in stands
    assert "<a" not in stands
    create_revision(bisection=culprit.bisection, sha=culprit.sha)
    html = client.get(culprit.bisection.bug.get_absolute_url()).text
    assert link in html.partition('<p class="stands">')[2].partition("</p>")[0]
    assert link in html.partition("Bisections</h2>")[2]


@pytest.mark.django_db
def test_crashes_link_to_the_files_of_their_commits(client: Client) -> None:
    pattern = "https://git.invalid/x/blob/{sha}/{path}#L{line}"
    bug = create_bug(tree=create_tree(web_url=pattern))
    for commit in ("a" * 40, "v6.12"):
        create_crash(bug=bug, commit=commit)
    html = client.get(bug.get_absolute_url()).text
    table = html.partition("All crashes</h3>")[2]
    assert f'href="https://git.invalid/x/tree/{"a" * 40}/"' in table
    assert table.count(">source</a>") == 1


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["reader", "keeper", "admin"])
def test_a_bug_with_everything_costs_few_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries, who: str
) -> None:
    user = User.objects.create_user(who, f"{who}@kernel.invalid", is_staff=who == "admin")
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    tree = create_tree(maintainers="keeper@kernel.invalid", upstream=create_tree())
    same = create_bug(tree=create_tree())
    bug = create_bug(tree=tree, state="duplicate", duplicate_of=same, reporter=user)
    create_tree(seen_by=Tree.SeenBy.KEEPERS)
    crash = create_crash(bug=bug, report="WARNING: at x.c:1")
    create_crash(bug=bug, commit=sha_of("other"))
    for kind in ("cause", "fix"):
        bisection = create_bisection(crash=crash, kind=kind, state="found")
        culprit = create_culprit(bisection=bisection)
        create_revision(bisection=bisection, sha=culprit.sha)
        create_message(bisection=bisection)
    create_bug(tree=tree, title="another", duplicate_of=bug)
    Note.objects.create(bug=bug, author=user, text="a *note*")
    Event.objects.create(bug=bug, actor=user, text="did something")
    Received.objects.create(message_id="<1@x>", bug=bug, sender="a@x", state="done", said="yes")
    PatchTest.objects.create(
        bug=bug, crash=crash, tree=tree, asked="master", runs_wanted=3, asked_by="a@x"
    )
    with django_assert_max_num_queries(12):
        html = client.get(bug.get_absolute_url()).text
    for shown in ("a <em>note</em>", "did something", "Patch tests", "All crashes", "Duplicates"):
        assert shown in html
    assert "a@x, " in html


@pytest.mark.django_db
def test_the_sentence_follows_the_rows_to_their_end(client: Client) -> None:
    culprit = create_culprit(confidence=0.98)
    bisection, bug = culprit.bisection, culprit.bisection.bug

    def stands() -> str:
        return str(client.get(f"/bugs/{bug.pk}.json").json()["stands"])

    assert stands().startswith("Cause found with 98 %: ")
    mail = create_message(bisection=bisection)
    assert stands().endswith("; the mail awaits approval.")
    Message.objects.filter(pk=mail.pk).update(state=Message.State.SENT)
    assert stands().endswith("; the mail was sent.")
    Culprit.objects.update(verdict="wrong", verdict_by="ada")
    assert "but ada says that it is wrong" in stands()
    bisection.invalidated, bisection.invalid_reason = timezone.now(), "broken machine"
    bisection.save()
    assert stands() == "The latest result was marked invalid: broken machine."
