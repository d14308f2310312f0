"""Logs that were written elsewhere become rows, and nobody works on them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django_q.models import OrmQ

from bisectweb import workflow
from bisectweb.imports import LARGEST, Imported, import_log, import_tree, rows
from bisectweb.models import (
    Bisection,
    Bug,
    Event,
    ImportedLog,
    Kernel,
    Message,
    Revision,
    Run,
    Tree,
)
from bisectweb.summaries import telling_crash
from runner.errors import InputError
from runner.log.words import Result
from tests.bisectweb.logs import (
    CRASHED,
    CULPRIT,
    GOOD,
    HALF,
    OTHER,
    PARENT,
    REPORT,
    RUNS,
    START,
    TITLE,
    cause_log,
    error_log,
    fix_log,
)
from tests.factories import create_crash, create_tree

pytestmark = pytest.mark.django_db
SEED = Path(__file__).parents[3] / "shared" / "seed"


def imported(text: str, name: str = "log.txt", bug_title: str = "") -> Bisection:
    done = import_log(text.encode(), name, tree=import_tree(), bug_title=bug_title, by=None)
    assert done.bisection, done.refused
    return done.bisection


def refused(content: bytes) -> str:
    done = import_log(content, "log.txt", tree=import_tree(), by=None)
    assert (done.bisection, done.is_new) == (None, False)
    return done.refused


def counts() -> list[int]:
    models = (Bug, Bisection, Revision, Run, Kernel, ImportedLog, Event)
    return [model._default_manager.count() for model in models]


def test_a_cause_log_becomes_all_that_a_bisection_of_ours_has() -> None:
    bisection = imported(cause_log())
    assert (bisection.bug.title, bisection.title, bisection.state) == (TITLE, TITLE, "found")
    assert (bisection.good, bisection.bad, bisection.kind) == (GOOD, START, "cause")
    culprit = bisection.culprit
    assert (culprit.sha, culprit.author) == (CULPRIT, "KVM Developer")
    assert culprit.author_email == "kvm-developer@kernel.invalid"
    assert culprit.date == datetime(2024, 11, 3, 12, 30, tzinfo=UTC)
    assert "1 file changed, 6 insertions(+), 1 deletion(-)" in culprit.details
    assert culprit.to == ["kvm-developer@kernel.invalid", "kvm@lists.invalid"]
    assert culprit.cc == ["linux-kernel@lists.invalid"]
    assert culprit.signature != culprit.parent_signature
    assert culprit.confidence is None
    assert bisection.crash.report == REPORT
    told = bisection.imported_log
    assert (told.total_seconds, told.build_seconds, told.test_seconds) == (3610.5, 1820, 1740.25)


def test_its_revisions_have_verdicts_subjects_releases_and_kernels() -> None:
    revisions = imported(cause_log()).revisions.select_related("kernel")
    seen = [(one.sha, one.verdict, one.release, one.why) for one in revisions]
    assert seen == [
        (START, "bad", "", "does the bug show where it was reported?"),
        (GOOD, "good", "v6.0", "was the bug there in v6.0?"),
        (HALF, "good", "", "halves the range; 7 revisions left after it"),
        (CULPRIT, "bad", "", "halves the range; 3 revisions left after it"),
        (PARENT, "good", "", "halves the range; 1 revision left after it"),
    ]
    kernels = [one.kernel for one in revisions]
    assert len({kernel and kernel.signature for kernel in kernels}) == 5
    assert all(kernel and kernel.compiler.startswith("gcc (Debian 10") for kernel in kernels)
    assert [one.subject for one in revisions][2:4] == [
        "Merge tag 'net-6.1-rc1' of git://git.invalid/net",
        "KVM: nSVM: leave nested mode earlier",
    ]


def test_its_runs_are_judged_by_what_the_start_commit_showed() -> None:
    bisection = imported(cause_log())
    outcomes = {
        revision.sha: Counter(run.outcome for run in revision.runs.all())
        for revision in bisection.revisions.all()
    }
    assert outcomes == {
        START: {"crash": 10},
        GOOD: {"ok": 10},
        HALF: {"ok": 9, "boot-failed": 1},
        CULPRIT: {"crash": 8, "ok": 1, "other-crash": 1},
        PARENT: {"ok": 10},
    }
    last = Run.objects.get(revision__sha=CULPRIT, index=9)
    assert (last.words, last.title) == (f"crashed: {OTHER}", OTHER)
    assert (last.seconds, last.console.name) == (None, "")


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("OK", "ok"),
        (CRASHED, "crash"),
        (f"crashed: {OTHER}", "other-crash"),
        (f"ignore: {TITLE}", "other-crash"),
        ("crashed: lost connection to test machine", "lost"),
        ("boot failed: can't ssh into the instance", "boot-failed"),
        ("basic kernel testing failed: lost connection", "boot-failed"),
        ("infra problem: out of quota", "lost"),
        ("failed: no output from test machine", "lost"),
        ("something of another year", "lost"),
        ("", "lost"),
    ],
)
def test_every_outcome_of_the_logs_is_one_of_ours(words: str, outcome: str) -> None:
    assert rows.outcome(Result.read(words), frozenset({TITLE})) == outcome


def test_a_machine_that_went_away_is_the_bug_only_if_nothing_else_crashed() -> None:
    lost = "crashed: lost connection to test machine"
    mixed = imported(cause_log(RUNS | {START: [lost] * 6 + [CRASHED] * 4}))
    assert mixed.title == TITLE
    assert mixed.revisions.get(sha=START).runs.filter(outcome="lost").count() == 6
    alone = imported(cause_log(RUNS | {START: [lost], CULPRIT: [lost]}))
    assert alone.title == "lost connection to test machine"
    assert alone.revisions.get(sha=CULPRIT).runs.filter(outcome="crash").count() == 10


def test_the_bug_is_what_the_start_commit_shows_and_the_report_names_another_crash() -> None:
    bisection = imported(cause_log(title=OTHER))
    assert bisection.bug.title == TITLE
    assert bisection.crash.report == f"{OTHER}\n{REPORT}"


def test_a_log_without_culprit_says_how_it_ended() -> None:
    fix, error = imported(fix_log()), imported(error_log())
    assert (fix.kind, fix.state, fix.good) == ("fix", "inconclusive", START)
    assert fix.reason == "the crash is still not fixed, or the newest commit could not be tested"
    assert [one.verdict for one in fix.revisions.all()] == ["good", "good"]
    assert error.state == "failed"
    assert error.reason == "the crash wasn't reproduced on the original commit"
    assert error.bug.title == f"unknown crash on {START[:12]}"
    [unbuilt] = error.revisions.all()
    assert (unbuilt.built, unbuilt.verdict, unbuilt.kernel) == (False, "skip", None)
    assert unbuilt.build_error == "drivers/demo.c:4: error: x undeclared"


def test_importing_twice_changes_nothing() -> None:
    bisection = imported(cause_log())
    before = counts()
    again = import_log(
        cause_log().encode(), "another name", tree=create_tree(), bug_title="x", by=None
    )
    assert again == Imported("another name", bisection, is_new=False)
    assert counts() == before


def test_logs_of_one_crash_are_bisections_of_one_bug() -> None:
    one, other = imported(cause_log()), imported(cause_log() + "\n")
    assert one.bug == other.bug
    assert one != other
    named = imported(cause_log() + "\n\n", bug_title="a bug of that name")
    assert named.bug.title == "a bug of that name"
    elsewhere = import_log(b"\n" + cause_log().encode(), "x", tree=create_tree(), by=None).bisection
    assert elsewhere
    assert elsewhere.bug != one.bug


def test_the_log_is_kept_byte_for_byte() -> None:
    content = cause_log().replace("\n", "\r\n").encode() + b"\0 \xff\xfe\n"
    done = import_log(content, "log.txt", tree=import_tree(), by=None)
    assert done.bisection
    assert ImportedLog.objects.get().content == content
    assert done.bisection.crash.report.endswith("\ufffd \ufffd\ufffd\n")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no bisection log"),
        (b"# A document\n", "no bisection log"),
        (b"\x7fELF" + bytes(100), "no bisection log"),
        (b"bisecting cause commit starting from --upload-pack=x\n", "no full name of a commit"),
        (
            f"bisecting cause commit starting from {START}\ntesting commit HEAD gcc\n".encode(),
            "'HEAD' is no full name of a commit",
        ),
        (b"x" * (LARGEST + 1), "at most 8 MiB"),
        (cause_log(RUNS | {HALF: ["OK"] * 1001}).encode(), "a revision 1000 runs"),
        (
            (cause_log() + f"testing commit {START}\n" * 1000).replace("crash: ", "x").encode(),
            "at most 1000 revisions",
        ),
    ],
    ids=["empty", "document", "binary", "option", "no sha", "large", "runs", "revisions"],
)
def test_what_is_no_log_is_refused_and_nothing_is_kept(content: bytes, reason: str) -> None:
    assert reason in refused(content)
    assert counts() == [0] * 7


def test_the_number_of_a_run_asks_for_no_more_rows_than_bisections_have() -> None:
    bisection = imported(cause_log().replace("run #9:", "run #99999999:"))
    assert bisection.runs == 1000
    assert max(revision.runs.count() for revision in bisection.revisions.all()) == 1000


def test_a_log_cut_anywhere_is_imported_or_refused_with_a_reason() -> None:
    content = cause_log().encode()
    for end in range(0, len(content), 97):
        done = import_log(content[:end], "cut", tree=import_tree(), by=None)
        assert bool(done.bisection) != bool(done.refused)
        if done.bisection:
            assert not done.bisection.is_active


def test_nothing_imported_is_mailed_or_worked_on() -> None:
    bisection = imported(cause_log())
    workflow.sweep()
    assert Message.objects.count() == OrmQ.objects.count() == 0
    assert not bisection.claim(Bisection.claimable())
    with pytest.raises(IntegrityError), transaction.atomic():
        Bisection.objects.update(state=Bisection.State.QUEUED)


def test_a_bisection_of_an_imported_crash_needs_what_the_log_lacks() -> None:
    crash = imported(cause_log()).crash
    lacking = "the address of a repository, a kernel config, a reproducer"
    with pytest.raises(InputError, match=f"it lacks {lacking}"):
        workflow.start(crash, kind="cause", by=None)
    tree, config, reproducer = create_tree(), "CONFIG_X=y\n", "int main;"
    assert workflow.complete(crash, tree=tree, by=None, config=config, reproducer=reproducer)
    assert not workflow.complete(crash, by=None, config=config, reproducer="exit(1);")
    crash.refresh_from_db()
    assert Bug.objects.get().tree == tree
    assert workflow.start(type(crash).objects.get(), kind="cause", by=None).is_active


def test_a_tree_is_named_or_made_once() -> None:
    assert import_tree() == import_tree() == Tree.objects.get()
    known = create_tree(name="mainline")
    assert import_tree("mainline") == known
    with pytest.raises(InputError, match="there is no tree named 'next'"):
        import_tree("next")


def test_the_command_imports_the_good_and_names_the_bad(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text(cause_log())
    bad.write_text("nothing")
    files = [str(bad), str(tmp_path / "missing"), str(good)]
    with pytest.raises(CommandError, match="not all were imported"):
        call_command("import_log", *files, "--bug-title", "a bug")
    said = capsys.readouterr()
    assert said.out == "1 imported, 0 there before, 2 refused\n"
    assert f"{bad}: this is no bisection log" in said.err
    assert f"{tmp_path}/missing: No such file" in said.err
    assert Bug.objects.get().title == "a bug"
    call_command("import_log", str(good), "--verbosity", "2")
    assert "1 there before" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no tree named"):
        call_command("import_log", str(good), "--tree", "next")


def test_a_crash_with_its_reproducer_comes_before_an_imported_one() -> None:
    complete = create_crash()
    lacking = create_crash(bug=complete.bug, config="", reproducer="")
    assert telling_crash(complete.bug) == complete
    complete.delete()
    assert telling_crash(lacking.bug) == lacking


@pytest.mark.skipif(not SEED.is_dir(), reason="the shared bisection logs are not here")
def test_the_seed_has_sixteen_revisions_and_160_runs() -> None:
    [path] = SEED.iterdir()
    done = import_log(path.read_bytes(), path.name, tree=import_tree(), by=None)
    assert done.bisection
    assert done.bisection.revisions.count() == 16
    assert Run.objects.count() == 160
    assert ImportedLog.objects.get().revisions_tested == 16
