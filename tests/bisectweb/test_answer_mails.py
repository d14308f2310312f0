"""The mails that answer and list, whole, as people read them; and the thread that they are in."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from bisectweb.inbound.answers import answer, answer_unknown
from bisectweb.models import Bug, Message, PatchRun, PatchTest, Received
from bisectweb.outbound import emails
from bisectweb.outbound.digests import post_due
from bisectweb.outbound.patch_mails import patch_tested
from runner.mail.commands import Refused
from tests.factories import create_bug, create_crash, create_message, create_tree

pytestmark = pytest.mark.django_db

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.SITE_URL = "https://bisect.invalid"
    settings.MAIL_DOMAIN = "bisect.invalid"


@pytest.fixture
def bug() -> Bug:
    """The numbers in addresses are fixed, as golden files are."""
    tree = create_tree(
        name="linux", url="https://git.invalid/linux.git", maintainers="m@kernel.invalid"
    )
    return create_bug(pk=5, tree=tree, token="0123456789abcdef0123", title="WARNING in x")


def golden(body: str, name: str) -> None:
    assert body == (GOLDEN / f"{name}.txt").read_text()
    prose = [line for line in body.splitlines() if "https://" not in line]
    assert max(map(len, prose)) <= emails.WIDTH, "addresses alone may be longer"


RESULTS = {
    "quiet": {"outcome": "ok", "words": "OK"},
    "crashed": {
        "outcome": "crash",
        "words": "crashed: WARNING in x",
        "report": "WARNING: CPU: 0 PID: 1 at x.c:1\nCall Trace:\n x+0x1/0x2",
    },
    "other-crash": {"outcome": "other-crash", "words": "crashed: BUG in y", "report": "BUG: y"},
    "mute": {"outcome": "boot-failed", "words": "boot failed: kernel panic in z"},
    "unbuilt": {},
    "refused": {},
    "stopped": {},
    "failed": {},
}


@pytest.mark.parametrize("result", RESULTS)
def test_the_answer_to_a_patch_test_reads_as_its_golden_file(bug: Bug, result: str) -> None:
    no_base = result in ("refused", "failed", "stopped")
    test = PatchTest.objects.create(
        pk=3,
        bug=bug,
        crash=create_crash(bug=bug),
        tree=bug.tree,
        asked="master",
        patch="" if result == "mute" else "--- a/x.c\n+++ b/x.c\n",
        known_crashes=8,
        known_runs=10,
        base="" if no_base else "a" * 40,
        subject="" if no_base else "Merge tag 'x' of y",
        result=result,
        reason={
            "refused": "the patch does not apply: patch failed: x.c:1; x.c: patch does not apply",
            "stopped": "the bug was said to be none",
            "failed": "given up after 5 attempts: the disk is full",
        }.get(result, ""),
        build_error="x.c:1:2: error: expected ';'\n  int x" if result == "unbuilt" else "",
        asked_by="a@kernel.invalid",
        runs_wanted=3,
    )
    for number in range(3 if RESULTS[result] else 0):
        PatchRun.objects.create(pk=number + 1, patch_test=test, index=number, **RESULTS[result])
    golden(patch_tested(test).body, f"patch-test-{result}")


def received(bug: Bug) -> Received:
    return Received.objects.create(
        message_id="<1@kernel.invalid>", sender="a@kernel.invalid", bug=bug, state="refused"
    )


def test_the_answer_to_a_command_reads_as_its_golden_file(bug: Bug) -> None:
    refused = [Refused("#bisect fix:", "please write #bisect fix: title of the commit")]
    told = answer(received(bug), refused, ["set: prio: low: prio: low"])
    assert told
    golden(told.body, "answer")


def test_what_strangers_are_told_reads_as_its_golden_file(bug: Bug) -> None:
    told = answer_unknown(received(bug))
    assert told
    golden(told.body, "unknown")
    assert (told.bug, told.message_id) == (None, f"<answer-{received_pk()}@bisect.invalid>")
    sent = message_from_bytes(emails.raw(told))
    assert bug.token not in sent.as_string()
    assert sent["Reply-To"] is None


def received_pk() -> int:
    return Received.objects.get().pk


def test_a_tree_has_an_answer_of_its_own(bug: Bug, settings: Settings) -> None:
    folder = settings.DATA / "templates" / "linux" / "emails"
    folder.mkdir(parents=True)
    (folder / "answer.txt").write_text("No.\n#bisect {{ bug.title }}\n")
    told = answer(received(bug), [Refused("#bisect x", "no")], [])
    assert told
    assert told.body == "No.\n #bisect WARNING in x\n"


def test_a_digest_reads_as_its_golden_file(bug: Bug) -> None:
    create_message(pk=11, bug=bug, subject="[bisectweb] WARNING in x")
    create_message(pk=12, bug=bug, subject="[bisectweb] another")
    Message.objects.filter(pk=11).update(created=timezone.now() - timedelta(days=3, hours=1))
    post_due(timezone.now())
    golden(Message.objects.get(digest_of=bug.tree).body, "digest")


def test_a_mail_names_the_earlier_ones_of_its_thread(bug: Bug) -> None:
    now = timezone.now()
    ids = [f"<{number}@bisect.invalid>" for number in range(60)]
    for number, message_id in enumerate(ids):
        sent = now - timedelta(days=99 - number)
        create_message(bug=bug, message_id=message_id, state=Message.State.SENT, sent=sent)
    create_message(message_id="<other@bisect.invalid>", sent=now - timedelta(days=1))
    late = create_message(bug=bug, in_reply_to=ids[0])
    read = message_from_bytes(emails.raw(late))
    assert read["In-Reply-To"] == ids[0]
    assert read["References"].split() == [*ids[-emails.MOST_REFERENCES :], ids[0]]
    alone = message_from_bytes(emails.raw(create_message(bug=bug)))
    assert (alone["References"], alone["In-Reply-To"]) == (None, None)
