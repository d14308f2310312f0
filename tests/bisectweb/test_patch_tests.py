"""Patch tests, from the mail that asks to the mail that answers, with a lab in memory."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import Settings

from bisectweb import workflow
from bisectweb.models import Bisection, Bug, Message, PatchTest, Received, Revision, Tree
from bisectweb.models.lease import LEASE
from bisectweb.outbound import emails
from bisectweb.outbound.unwanted import opt_out
from bisectweb.workflow.attempts import MAX_ATTEMPTS
from bisectweb.workflow.patching import stop_patch_tests
from runner.errors import InfraError
from tests.bisectweb.posting import SENDER, ask, events, letter, post
from tests.bisectweb.signing import signed
from tests.factories import (
    create_bisection,
    create_bug,
    create_crash,
    create_revision,
    create_run,
    create_tree,
)
from tests.fakes import OTHER_TITLE, TITLE, FakeLab, line, work

pytestmark = pytest.mark.django_db
Result = PatchTest.Result

REPOSITORY = "https://git.invalid/pub/linux.git"
DIFF = "--- a/demo.c\n+++ b/demo.c\n@@ -1 +1 @@\n-{0}\n+x\n"


class PatchLab(FakeLab):
    """Reads what a patch means from the line that it takes away."""

    def patched(self, base: str, patch: str) -> str:
        removed = [one for one in patch.splitlines() if one.startswith("-") and one[1:2] != "-"]
        return super().patched(base, removed[0][1:])


@pytest.fixture(autouse=True)
def site(settings: Settings, known_keys: None) -> None:
    settings.SITE_URL = "https://bisect.invalid"


@pytest.fixture
def bug() -> Bug:
    """A bug whose sender of mails maintains its tree."""
    tree = create_tree(url=REPOSITORY, branch="c16", maintainers=SENDER)
    bug = create_bug(tree=tree, title=TITLE)
    create_crash(bug=bug, title=TITLE, commit="c16")
    return bug


@pytest.fixture
def lab() -> PatchLab:
    return PatchLab(line(16), culprit="c9", broken=frozenset({"c3"}))


def answer(test: PatchTest) -> Message:
    test.refresh_from_db()
    assert test.message
    return test.message


def carried(bug: Bug, lab: FakeLab, command: str = "test", patch: str = "") -> PatchTest:
    """A patch test that was asked for by mail, and done."""
    row = ask(bug, f"#bisect {command}\n\n{patch}")
    assert row.state == Received.State.DONE, row.said
    work(lab)
    return PatchTest.objects.get()


def test_a_patch_that_helps_is_answered_with_a_line_for_its_commit(bug: Bug, lab: PatchLab) -> None:
    started = create_bisection(
        crash=bug.crashes.get(), bad="c16", title=TITLE, state=Bisection.State.FOUND
    )
    runs = create_revision(bisection=started, sha="c16")
    for outcome in ("crash", "crash", "ok"):
        create_run(revision=runs, outcome=outcome)
    test = carried(bug, lab, f"test: {REPOSITORY} c16", DIFF.format("without c9"))
    assert (test.result, test.state, test.base) == (Result.QUIET, "done", "c16")
    mail = answer(test)
    assert (mail.to, mail.cc, mail.in_reply_to) == ([SENDER], [], "<1@body.invalid>")
    assert mail.state == Message.State.APPROVED
    count = test.runs.count()
    assert f"the reproducer did not crash in {count} of {count} runs with the patch." in mail.body
    assert f"\nTested-by: bisectweb <{bug.address}>\n" in mail.body
    assert f"\nReported-by: bisectweb <{bug.address}>\n" in mail.body
    said = " ".join(mail.body.split())
    assert "the bug showed in 2 of 3 runs. The chance that as many runs as here miss it" in said
    assert f"https://bisect.invalid/patch-tests/{test.pk}/" in mail.body
    sent = emails.raw(mail)
    assert b"Auto-Submitted: auto-replied" in sent
    assert events(bug)[0] == f"started patch test {test.pk}: a patch on c16 of {bug.tree}"
    assert events(bug)[-1] == f"patch test {test.pk}: did not crash"


def test_a_patch_that_does_not_help_is_answered_with_the_crash(bug: Bug, lab: PatchLab) -> None:
    test = carried(bug, lab, patch=DIFF.format("without c5"))
    assert (test.result, test.runs.count()) == (Result.CRASHED, 1)
    body = answer(test).body
    assert f"the bug still shows with the patch, in 1 of 1 run:\n\n  crashed: {TITLE}" in body
    assert f"\n{TITLE}\nCall Trace:" in body
    assert "Tested-by" not in body


def test_a_patch_that_does_not_apply_is_answered_in_gits_words(bug: Bug, lab: PatchLab) -> None:
    test = carried(bug, lab, patch=DIFF.format("nonsense"))
    assert (test.result, test.built, lab.built) == (Result.REFUSED, None, [])
    body = answer(test).body
    assert "cannot be tested:\n" in body
    assert "    the patch does not apply: demo.c: No such file or directory\n" in body


def test_a_patch_that_does_not_build_is_answered_with_what_the_compiler_said(
    bug: Bug, lab: PatchLab
) -> None:
    test = carried(bug, lab, patch=DIFF.format("broken"))
    assert (test.result, test.built) == (Result.UNBUILT, False)
    body = answer(test).body
    assert "the kernel does not build with the patch." in body
    assert "    demo.c:1:2: error: expected ';'\n" in body
    assert f"/patch-tests/{test.pk}/build-log" in body


def test_another_crash_is_not_the_bug_and_no_success(bug: Bug, lab: PatchLab) -> None:
    lab.masked = frozenset({"c16-patched-without-c9"})
    test = carried(bug, lab, patch=DIFF.format("without c9"))
    assert test.result == Result.OTHER_CRASH
    assert f"crashed: {OTHER_TITLE}" in answer(test).body
    assert "Tested-by" not in answer(test).body


def test_a_kernel_that_does_not_boot_tells_nothing(bug: Bug, lab: PatchLab) -> None:
    lab.unbootable = frozenset({"c16-patched-without-c9"})
    test = carried(bug, lab, patch=DIFF.format("without c9"))
    assert (test.result, test.runs.count()) == (Result.MUTE, 4)
    body = answer(test).body
    assert "tell nothing of the bug:\n\n    run #0: boot failed:" in body


def test_without_a_patch_a_branch_or_commit_is_tested_as_it_is(bug: Bug, lab: PatchLab) -> None:
    test = carried(bug, lab, f"test: {REPOSITORY} c2")
    assert (test.result, test.sha, lab.built) == (Result.QUIET, "c2", ["c2"])
    assert "runs on c2." in answer(test).body
    assert "Patch:         none" in answer(test).body
    assert "is not known, so this may be chance" in " ".join(answer(test).body.split())


def test_a_branch_that_is_not_there_is_answered(bug: Bug, lab: PatchLab) -> None:
    test = carried(bug, lab, f"test: {REPOSITORY} nowhere")
    assert test.result == Result.REFUSED
    assert "unknown commit 'nowhere'" in answer(test).body


@pytest.mark.parametrize(
    "name",
    [
        REPOSITORY,
        "git://git.invalid/pub/linux",
        "http://GIT.invalid/pub/linux.git/",
        "ssh://git@git.invalid/pub/linux.git",
        "git@git.invalid:pub/linux.git",
        "linux-next",
    ],
)
def test_a_repository_is_known_as_people_write_it(bug: Bug, lab: PatchLab, name: str) -> None:
    if name == "linux-next":
        Tree.objects.filter(pk=bug.tree.pk).update(name=name)
    create_tree(url=REPOSITORY)
    assert carried(bug, lab, f"test: {name} c2").tree == bug.tree


def test_another_repository_is_refused_with_those_that_are_known(bug: Bug) -> None:
    create_tree(url="https://git.invalid/other.git")
    create_tree(url="https://git.invalid/secret.git", seen_by=Tree.SeenBy.KEEPERS)
    row = ask(bug, "#bisect test: https://evil.invalid/linux.git main\n")
    assert row.state == Received.State.REFUSED
    assert not PatchTest.objects.exists()
    said = " ".join(Message.objects.get().body.split())
    assert f"https://git.invalid/other.git, {REPOSITORY}" in said
    assert "secret" not in said


def test_patch_tests_and_bisections_share_a_quota(bug: Bug, settings: Settings) -> None:
    settings.MAIL_QUOTA = 2
    for number, command in enumerate(["test", "rebisect", "test", "rebisect"]):
        ask(bug, f"#bisect {command}\n", number=number)
    assert (PatchTest.objects.count(), Bisection.objects.count()) == (1, 1)
    assert "within a day; please try tomorrow" in " ".join(Message.objects.all()[0].body.split())


def test_a_forged_mail_tests_nothing(bug: Bug) -> None:
    ask(bug, "#bisect test\n", From="some@evil.invalid")
    assert not PatchTest.objects.exists()


def test_whoever_wants_no_mail_gets_no_answer(bug: Bug, lab: PatchLab) -> None:
    ask(bug, "#bisect test\n#bisect stop\n")
    work(lab)
    test = PatchTest.objects.get()
    assert (test.result, test.message) == (Result.CRASHED, None)


# Who is answered.


def test_the_answer_goes_to_all_to_whom_the_mail_went(bug: Bug, lab: PatchLab) -> None:
    opt_out("weary@kernel.invalid", bug)
    addresses = f'"a, b@c.invalid" <Dev@kernel.invalid>, <{bug.address}>, {SENDER}'
    cc = "lkml@lists.invalid, weary@kernel.invalid, syzbot+12@bots.invalid, no address"
    ask(bug, "#bisect test\n", To=addresses, Cc=cc)
    work(lab)
    mail = answer(PatchTest.objects.get())
    assert (mail.to, mail.cc) == ([SENDER], ["dev@kernel.invalid", "lkml@lists.invalid"])


def test_whom_nobody_signed_for_is_not_answered(bug: Bug, lab: PatchLab) -> None:
    raw = letter(bug, "#bisect test\n", Cc="victim@lists.invalid")
    post(signed(raw, headers=["from", "to", "subject", "date", "message-id"]))
    work(lab)
    assert answer(PatchTest.objects.get()).cc == []


def test_what_is_private_is_for_who_asked_alone(bug: Bug, lab: PatchLab) -> None:
    Tree.objects.update(seen_by=Tree.SeenBy.KEEPERS)
    ask(bug, "#bisect test\n", Cc="lkml@lists.invalid")
    work(lab)
    assert answer(PatchTest.objects.get()).cc == []


# Stopped.


@pytest.mark.parametrize("command", ["invalid", "cancel"])
def test_a_patch_test_is_stopped_and_who_asked_is_told_once(
    bug: Bug, lab: PatchLab, command: str
) -> None:
    def trouble(what: str) -> None:
        if what.endswith(" 2"):
            ask(bug, f"#bisect {command}\n", number=2)

    lab.trouble = trouble
    ask(bug, f"#bisect test\n\n{DIFF.format('without c9')}")
    work(lab)
    test = PatchTest.objects.get()
    assert (test.result, test.state, test.lease) == (Result.STOPPED, "done", "")
    assert test.runs.count() == test.runs_wanted == 2
    assert "the test was stopped before its end:" in answer(test).body
    assert Message.objects.count() == 1
    assert not stop_patch_tests(bug, None, "again")
    assert events(bug).count(f"patch test {test.pk}: stopped before its end: {test.reason}") == 1


# Our own trouble.


def test_trouble_of_ours_is_tried_again_and_is_no_result(bug: Bug, lab: PatchLab) -> None:
    def trouble(what: str) -> None:
        if what.startswith("build"):
            raise InfraError("the disk is full")

    lab.trouble = trouble
    test = carried(bug, lab)
    assert (test.result, test.state, test.reason) == ("", "building", "the disk is full")
    assert "before another attempt" in test.activity
    lab.trouble = lambda what: None
    test.rows().update(not_before=None, woken=None)
    workflow.sweep()
    work(lab)
    test.refresh_from_db()
    assert (test.result, test.attempts) == (Result.CRASHED, 2)
    assert Message.objects.count() == 1


def test_what_never_works_here_is_said_to_be_our_fault(bug: Bug, lab: PatchLab) -> None:
    ask(bug, "#bisect test\n")
    PatchTest.objects.update(attempts=MAX_ATTEMPTS, reason="the disk is full")
    work(lab)
    test = PatchTest.objects.get()
    assert test.result == Result.FAILED
    assert "That is our fault" in answer(test).body
    assert "the disk is full" in answer(test).body


def test_a_worker_that_died_is_followed_by_another_that_goes_on(bug: Bug, lab: PatchLab) -> None:
    class Killed(BaseException):
        """As a signal that nothing catches."""

    def trouble(what: str) -> None:
        if what.endswith(" 3"):
            raise Killed

    lab.trouble = trouble
    ask(bug, f"#bisect test\n\n{DIFF.format('without c9')}")
    with pytest.raises(Killed):
        work(lab)
    PatchTest.objects.update(lease_until=timezone.now() - LEASE, woken=None)
    lab.trouble = lambda what: None
    workflow.sweep()
    work(lab)
    test = PatchTest.objects.get()
    assert test.result == Result.QUIET
    indexes = [run.index for run in test.runs.all()]
    assert indexes == list(range(test.runs_wanted))
    assert lab.booted.count(("c16-patched-without-c9", 0)) == 1
    assert Message.objects.count() == 1


def test_a_worker_that_lost_its_lease_answers_nothing(bug: Bug, lab: PatchLab) -> None:
    def trouble(what: str) -> None:
        if what.startswith("boot"):
            lab.trouble = lambda what: None
            PatchTest.objects.update(lease="somebody else")

    lab.trouble = trouble
    test = carried(bug, lab)
    assert (test.result, test.runs.count(), Message.objects.count()) == ("", 0, 0)


def test_a_free_slot_is_first_for_who_waits_for_an_answer(bug: Bug, lab: PatchLab) -> None:
    waiting = create_revision(bisection=create_bisection(state="running", bad="c16"))
    test = carried(bug, lab)
    OrmQ.objects.all().delete()
    again = PatchTest.objects.create(
        bug=bug, crash=test.crash, tree=bug.tree, asked="c16", runs_wanted=3, asked_by=SENDER
    )
    PatchTest.objects.filter(pk=test.pk).update(state="waiting")
    workflow.try_patch(test.pk, lab.factory)
    woken = [one.task["args"] for one in OrmQ.objects.all() if "try_patch" in one.task["func"]]
    assert woken == [(again.pk,)]
    assert Revision.objects.get(pk=waiting.pk).woken is None


# Pages.


def test_the_pages_show_what_was_asked_and_what_came_of_it(
    bug: Bug, lab: PatchLab, client: Client
) -> None:
    test = carried(bug, lab, patch=DIFF.format("without c5"))
    page = client.get(test.get_absolute_url()).content.decode()
    assert "still crashes" in page
    assert "The bug still shows with the patch, in 1 of 1 run." in page
    assert "-without c5" in page
    run = test.runs.latest("index")
    assert run.get_absolute_url() in page
    assert TITLE in client.get(run.get_absolute_url()).content.decode()
    patch = client.get(f"/patch-tests/{test.pk}/patch")
    assert patch["Content-Type"].startswith("text/plain")
    assert "make bzImage" in client.get(f"/patch-tests/{test.pk}/build-log").text
    raw = client.get(f"/patch-tests/{test.pk}/build-log.txt")
    assert b"".join(raw).startswith(b"make bzImage")
    assert test.get_absolute_url() in client.get(bug.get_absolute_url()).content.decode()


def test_a_private_tree_hides_its_patch_tests(bug: Bug, lab: PatchLab, client: Client) -> None:
    test = carried(bug, lab, patch=DIFF.format("without c5"))
    Tree.objects.filter(pk=bug.tree.pk).update(seen_by=Tree.SeenBy.KEEPERS)
    run = test.runs.latest("index")
    for address in (test.get_absolute_url(), run.get_absolute_url()):
        for end in ("", "patch", "build-log", "build-log.txt", "console"):
            assert client.get(address + end).status_code == 404
