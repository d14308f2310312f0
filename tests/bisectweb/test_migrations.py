"""Rows from before a migration mean the same after it, and it can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps.registry import Apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from pytest_django.plugin import DjangoDbBlocker

from bisectweb.models import Bug
from bisectweb.summaries import summarise

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


def migrate(name: str) -> Apps:
    """The models as they were after this migration."""
    executor = MigrationExecutor(connection)
    executor.migrate([("bisectweb", name)])
    return MigrationExecutor(connection).loader.project_state([("bisectweb", name)]).apps


@pytest.fixture(scope="module", autouse=True)
def newest_afterwards(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Once, and the tests are in the order of their migrations: the way there and back is long."""
    yield
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)


def test_an_old_bisection_stays_classic_there_and_back() -> None:
    old = migrate("0001_initial")
    tree = old.get_model("bisectweb", "Tree").objects.create(name="linux", url="https://x.invalid/")
    bug = old.get_model("bisectweb", "Bug").objects.create(tree=tree, title="a warning")
    crash = old.get_model("bisectweb", "Crash").objects.create(bug=bug, commit="v6.12")
    bisections = old.get_model("bisectweb", "Bisection").objects
    row = bisections.create(bug=bug, crash=crash, suspects=[{"sha": "a", "subject": "b"}])
    assert row.strategy == "classic"

    new = migrate("0002_bayes")
    after = new.get_model("bisectweb", "Bisection").objects.get()
    assert (after.strategy, after.prior, after.strain) == ("classic", [], 0)
    assert after.suspects == [{"sha": "a", "subject": "b"}]
    crashes = new.get_model("bisectweb", "Crash").objects
    fresh = new.get_model("bisectweb", "Bisection").objects.create(
        bug_id=bug.pk, crash=crashes.get(), asked_bad="v6.12"
    )
    assert fresh.strategy == "bayes"

    back = migrate("0001_initial")
    strategies = back.get_model("bisectweb", "Bisection").objects.order_by("pk")
    assert list(strategies.values_list("strategy", flat=True)) == ["classic", "bayes"]


def test_a_parent_built_for_its_signature_is_known_by_its_role_there_and_back() -> None:
    old = migrate("0002_bayes")
    tree = old.get_model("bisectweb", "Tree").objects.create(name="linux", url="https://x.invalid/")
    bug = old.get_model("bisectweb", "Bug").objects.create(tree=tree, title="a warning")
    crash = old.get_model("bisectweb", "Crash").objects.create(bug=bug, commit="v6.12")
    bisections = old.get_model("bisectweb", "Bisection").objects
    row = bisections.create(bug=bug, crash=crash, asked_bad="v6.12")
    why = "the culprit's parent: does it build the same kernel?"
    for order, (sha, reason) in enumerate([("a", "first"), ("b", why)]):
        old.get_model("bisectweb", "Revision").objects.create(
            bisection=row, sha=sha, order=order, why=reason, runs_wanted=0
        )

    revisions = migrate("0003_roles").get_model("bisectweb", "Revision").objects
    roles = revisions.order_by("order").values_list("sha", "role", "variant", "config")
    assert list(roles) == [("a", "search", 0, ""), ("b", "parent", 0, "")]
    for order, role in enumerate(("parent", "config", "revert"), start=2):
        revisions.create(bisection_id=row.pk, sha="a", order=order, role=role, runs_wanted=0)

    back = migrate("0002_bayes").get_model("bisectweb", "Revision").objects.order_by("order")
    assert list(back.values_list("sha", "why")) == [("a", "first"), ("b", why)]


def test_what_an_imported_log_does_not_tell_is_zero_when_that_is_taken_back() -> None:
    new = migrate("0014_import")
    tree = new.get_model("bisectweb", "Tree").objects.create(name="imported", url="")
    bug = new.get_model("bisectweb", "Bug").objects.create(tree=tree, title="a warning")
    crash = new.get_model("bisectweb", "Crash").objects.create(bug=bug, commit="a")
    bisection = new.get_model("bisectweb", "Bisection").objects.create(
        bug=bug, crash=crash, asked_bad="a", state="found", imported=True
    )
    revision = new.get_model("bisectweb", "Revision").objects.create(
        bisection=bisection, sha="a", order=0, runs_wanted=1
    )
    new.get_model("bisectweb", "Run").objects.create(revision=revision, index=0, outcome="ok")
    new.get_model("bisectweb", "Culprit").objects.create(bisection=bisection, sha="a")

    old = migrate("0013_syzkaller")
    assert old.get_model("bisectweb", "Run").objects.get().seconds == 0
    culprit = old.get_model("bisectweb", "Culprit").objects.get()
    assert (culprit.confidence, culprit.date) == (0, datetime(1970, 1, 1, tzinfo=UTC))


def test_addresses_become_people_without_a_reason_there_and_back() -> None:
    old = migrate("0016_score")
    tree = old.get_model("bisectweb", "Tree").objects.create(name="linux", url="https://x.invalid/")
    bug = old.get_model("bisectweb", "Bug").objects.create(tree=tree, title="a warning")
    to, cc = ["a@x.invalid", "b@x.invalid"], ["c@x.invalid"]
    lists: dict[str, Any] = {"to": to, "cc": cc}
    old.get_model("bisectweb", "Message").objects.create(bug=bug, message_id="1", **lists)

    new = migrate("0017_recipients").get_model("bisectweb", "Message").objects.get()
    assert new.people == [
        {"address": address, "name": "", "header": header, "reason": ""}
        for address, header in [("a@x.invalid", "to"), ("b@x.invalid", "to"), ("c@x.invalid", "cc")]
    ]
    back = migrate("0016_score").get_model("bisectweb", "Message").objects.get()
    assert (back.to, back.cc) == (to, cc)


def test_mails_keep_their_state_there_and_back() -> None:
    old = migrate("0018_similarity")
    tree = old.get_model("bisectweb", "Tree").objects.create(name="linux", url="https://x.invalid/")
    bug = old.get_model("bisectweb", "Bug").objects.create(tree=tree, title="a warning")
    claimed = datetime(2026, 1, 2, tzinfo=UTC)
    for state in ("awaiting", "rejected", "sending", "sent"):
        old.get_model("bisectweb", "Message").objects.create(
            bug=bug, message_id=state, state=state, claimed=claimed
        )

    messages = migrate("0019_outbox").get_model("bisectweb", "Message").objects
    kept = messages.order_by("message_id").values_list("message_id", "state", "begun")
    assert list(kept) == [
        ("awaiting", "awaiting", None),
        ("rejected", "cancelled", None),
        ("sending", "sending", claimed),
        ("sent", "sent", None),
    ]
    messages.create(bug_id=bug.pk, message_id="drafted", state="drafted")
    messages.create(bug_id=bug.pk, message_id="unknown", state="unknown")
    back = migrate("0018_similarity").get_model("bisectweb", "Message").objects
    assert dict(back.values_list("message_id", "state")) == {
        "awaiting": "awaiting",
        "drafted": "awaiting",
        "rejected": "rejected",
        "sending": "sending",
        "sent": "sent",
        "unknown": "sending",
    }


def test_a_bug_that_was_there_gets_the_summary_that_it_would_have() -> None:
    old = migrate("0027_api_tokens")
    tree = old.get_model("bisectweb", "Tree").objects.create(name="linux", url="https://x.invalid/")
    bug = old.get_model("bisectweb", "Bug").objects.create(
        tree=tree, title="A warning", fix="mm: free it once", subsystems="mm, net"
    )
    report = "BUG: KASAN: slab-out-of-bounds in f+0x1/0x2\nCall Trace:\n f+0x1/0x2 mm/slub.c:7\n"
    crashes = old.get_model("bisectweb", "Crash").objects
    crash = crashes.create(bug=bug, commit="a", title="Bad", report=report, reproducer="int main;")
    crashes.create(bug=bug, commit="b", title="Worse")
    bisection = old.get_model("bisectweb", "Bisection").objects.create(
        bug=bug, crash=crash, asked_bad="a", state="found"
    )
    old.get_model("bisectweb", "Culprit").objects.create(
        bisection=bisection, sha="c", subject="mm: free it", confidence=0.5, verdict="wrong"
    )
    old.get_model("bisectweb", "Event").objects.create(bug=bug, text="filed the bug")

    call_command("migrate", verbosity=0)
    assert Bug.objects.get().crash_count == 2
    assert not summarise(bug.pk)
