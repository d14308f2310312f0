"""The summary of a bug is what its rows say, whatever was done to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django_q.models import OrmQ
from hypothesis import given, settings
from hypothesis import strategies as st

from bisectweb import workflow
from bisectweb.imports import import_log
from bisectweb.models import Bisection, Bug, Crash, Culprit, Event, Subsystem
from bisectweb.summaries import summarise
from bisectweb.workflow import triage
from runner import values
from runner.errors import InputError
from runner.values import Sha
from tests.bisectweb.bisecting import begin, let_leases_end
from tests.bisectweb.logs import cause_log
from tests.factories import create_bisection, create_bug, create_crash, create_culprit, create_tree
from tests.fakes import FakeLab, line, step

pytestmark = pytest.mark.django_db

REPORT = """\
BUG: KASAN: slab-use-after-free in l2cap_sock_ready_cb+0x12/0x40
Call Trace:
 l2cap_sock_ready_cb+0x12/0x40 net/bluetooth/l2cap_sock.c:1234
 l2cap_chan_ready+0x1f/0x60 net/bluetooth/l2cap_core.c:99
"""


@dataclass
class PlacedLab(FakeLab):
    """A lab whose crashes say where they were."""

    def crash(self, sha: Sha) -> values.Crash | None:
        seen = super().crash(sha)
        return seen and values.Crash(seen.title, REPORT)


@dataclass
class Life:
    """A bug to which things happen."""

    bisection: Bisection
    by: User
    lab: PlacedLab = field(default_factory=lambda: PlacedLab(line(8), "c3"))

    @property
    def bug(self) -> Bug:
        return Bug.objects.get(pk=self.bisection.bug_id)

    def latest(self) -> Bisection:
        found = self.bug.bisections.first()
        assert found is not None
        return found


def work_on(life: Life) -> None:
    for _ in range(4):
        if OrmQ.objects.exists():
            step(life.lab)


def die(life: Life) -> None:
    left = iter(range(2))

    def kill(what: str) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt(what)

    life.lab.trouble = kill
    with suppress(KeyboardInterrupt):
        work_on(life)
    life.lab.trouble = lambda what: None
    let_leases_end()
    workflow.sweep()


def ask_again(life: Life) -> None:
    crash = life.bug.crashes.get(config="CONFIG_X=y\n")
    workflow.start(crash, kind="fix", good="c8", bad="c0", by=life.by)


def judge(life: Life, verdict: Culprit.Verdict) -> None:
    culprit = Culprit.objects.filter(bisection__bug=life.bug).last()
    if culprit:
        workflow.judge(culprit, verdict, who="me", by=life.by, real="c5")


def bring_a_log(life: Life) -> None:
    import_log(cause_log().encode(), "x.log", tree=life.bug.tree, bug_title=life.bug.title, by=None)


STEPS: Mapping[str, Callable[[Life], object]] = {
    "work": work_on,
    "die": die,
    "ask again": ask_again,
    "confirm": lambda life: judge(life, Culprit.Verdict.CONFIRMED),
    "wrong": lambda life: judge(life, Culprit.Verdict.WRONG),
    "import": bring_a_log,
    "cancel": lambda life: workflow.cancel(life.latest(), life.by),
    "invalidate": lambda life: workflow.invalidate(life.latest(), life.by, "no"),
    "fix": lambda life: triage.mark_fixed(life.bug, "mm: free it once"),
    "unfix": lambda life: triage.mark_unfixed(life.bug),
    "invalid": lambda life: triage.mark_invalid(life.bug, life.by),
    "label": lambda life: triage.set_label(life.bug, "subsystems", "mm, net", None),
    "other label": lambda life: triage.set_label(life.bug, "subsystems", "net", None),
    "unlabel": lambda life: triage.unset_label(life.bug, "subsystems", None),
}
"""Work is most of what happens."""
LIVES = st.lists(st.sampled_from([*STEPS, *["work"] * 12]), max_size=25)


@settings(max_examples=12)
@given(steps=LIVES)
def test_no_step_leaves_a_summary_behind(steps: Sequence[str]) -> None:
    OrmQ.objects.all().delete()
    by = User.objects.get_or_create(username="me")[0]
    life = Life(begin(good="c0", bad="c8", title="", strategy="bayes"), by)
    for name in steps:
        with suppress(InputError):
            STEPS[name](life)
        assert not summarise(life.bug.pk), name


def test_a_summary_has_the_latest_bisection_and_the_words_of_all() -> None:
    bug = create_bug(title="WARNING in Kfree", subsystems="mm, net", fix="mm: free it once")
    crash = create_crash(bug=bug, title="KASAN: bad access", report=REPORT)
    create_crash(bug=bug, title="another one", reproducer="")
    old = create_bisection(crash=crash, state="found")
    first = create_culprit(bisection=old, subject="net: Break it", confidence=0.7)
    new = create_bisection(crash=crash, state="found")
    create_culprit(bisection=new, sha="f" * 40, confidence=0.9, verdict="wrong")
    summarise(bug.pk)
    bug = Bug.objects.get(pk=bug.pk)
    assert (bug.latest, bug.bisected) == (new, Bug.Bisected.FOUND)
    assert (bug.confidence, bug.judged) == (0.9, "wrong")
    assert (bug.has_reproducer, bug.crash_count) == (True, 2)
    assert bug.commits == f" {first.sha} {'f' * 40}"
    for words in (
        "warning in kfree",
        "kasan: bad access",
        "kasan: slab-use-after-free in l2cap_sock_ready_cb",
        "another one",
        "net/bluetooth/l2cap_sock.c",
        "net: break it",
        "mm: free it once",
    ):
        assert words in bug.words
    assert list(bug.in_subsystems.values_list("name", flat=True)) == ["mm", "net"]


def test_a_bug_with_nothing_has_a_summary() -> None:
    bug = create_bug(title="a warning")
    bug.refresh_from_db()
    assert (bug.bisected, bug.confidence, bug.crash_count) == (Bug.Bisected.NONE, 0, 0)
    assert (bug.latest, bug.words, bug.has_reproducer) == (None, "a warning", False)


def test_whatever_is_told_of_a_bug_is_its_last_activity() -> None:
    bug = create_bug()
    event = Event.objects.create(bug=bug, text="something")
    bug.refresh_from_db()
    assert bug.active == event.at


def test_a_subsystem_is_one_row_for_all_bugs() -> None:
    for _ in range(2):
        triage.set_label(create_bug(), "subsystems", "net, mm", None)
    assert Subsystem.objects.count() == 2


def test_the_command_fills_in_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    create_crash(bug=create_bug(tree=create_tree()))
    Bug.objects.update(words="", crash_count=7)
    call_command("summarise")
    assert capsys.readouterr().out == "1 bugs, 1 changed\n"
    bug = Bug.objects.get()
    assert (bug.crash_count, Crash.objects.count()) == (1, 1)
    assert bug.words == "warning in svm_leave_nested"
