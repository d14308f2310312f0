"""A database as a site has it after a while: what every page is looked at with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone
from django_q.models import OrmQ

from bisectweb import workflow
from bisectweb.holding import QUEUE
from bisectweb.imports import import_log, import_tree
from bisectweb.logs import bisection_log
from bisectweb.models import (
    Bisection,
    Bug,
    Culprit,
    Heartbeat,
    Message,
    PatchTest,
    Received,
    Run,
    Stop,
    Tree,
    Worker,
)
from bisectweb.workflow.noting import add_note
from bisectweb.workflow.patching import ask_for_patch_test
from runner.search import History
from runner.values import Sha
from tests.browser.lab import SceneLab, crash, history
from tests.crashlogs.examples import examples
from tests.factories import create_bug, create_crash, create_message, create_tree
from tests.fakes import step, work

MAINTAINER = "maintainer@kernel.invalid"
# The same commits: one reaches further.
SHORT = history(24, every=8)
LONG = history(200, every=16)
CULPRIT = 9
SUBSYSTEMS = ("net", "kvm", "mm", "fs", "usb, bluetooth", "")


@dataclass(frozen=True, slots=True)
class Scene:
    """Some rows of the database, by what they are an example of."""

    found: Bisection
    """Verified; its mail awaits approval."""
    walked: Bisection
    """Of the same bug, with the classic strategy, back over many releases."""
    running: Bisection
    inconclusive: Bisection
    failed: Bisection
    imported: Bisection
    """Read from the log of `walked`."""
    crashed: Run
    """Of `found`, at its start commit."""
    quiet: PatchTest
    """Of the bug of `found`: with its patch nothing crashes."""
    unhelpful: PatchTest
    """One more, without a patch."""
    secret: Bisection
    """Of a tree that only its maintainers and admins may see."""
    mail: Message
    user: User
    maintainer: User
    admin: User


def fill() -> Scene:
    """Fill an empty database."""
    user = User.objects.create_user("member", "member@kernel.invalid")
    maintainer = User.objects.create_user("maintainer", MAINTAINER)
    admin = User.objects.create_superuser("admin", "admin@kernel.invalid")
    tree = create_tree(
        name="linux",
        web_url="https://git.invalid/linux.git/tree/{path}?id={sha}#n{line}",
        maintainers=MAINTAINER,
    )
    other_bugs(create_tree(name="linux-next", maintainers=MAINTAINER), user)
    other_mails()
    bug = filed(tree, user)
    walked = aged(carried(bug, LONG, strategy="classic", by=admin), weeks=5, minutes=410)
    workflow.judge(
        walked.culprit,
        verdict=Culprit.Verdict.CONFIRMED,
        reason="the revert fixes it for us, too",
        who=maintainer.email,
        by=maintainer,
    )
    found = carried(bug, SHORT, by=user)
    inconclusive = carried(filed(tree, user), SHORT, broken=range(6, 13), by=user)
    inconclusive = aged(inconclusive, weeks=2, minutes=95)
    failed = aged(carried(filed(tree, admin), SHORT, good="v5.19", by=admin), weeks=2, minutes=3)
    discussed(bug, maintainer)
    vendor = create_tree(name="vendor", maintainers=MAINTAINER, seen_by=Tree.SeenBy.KEEPERS)
    return Scene(
        found=found,
        walked=walked,
        inconclusive=inconclusive,
        failed=failed,
        imported=as_log(walked),
        secret=carried(filed(vendor, admin), SHORT, by=admin),
        running=under_way(filed(tree, admin), admin),
        crashed=Run.objects.filter(revision__bisection=found, outcome="crash").earliest("pk"),
        quiet=patch_test(found, f"without {names_of(SHORT)[CULPRIT]}"),
        unhelpful=patch_test(found, ""),
        mail=Message.objects.get(bisection=found),
        user=user,
        maintainer=maintainer,
        admin=admin,
    )


def names_of(commits: History) -> list[Sha]:
    """Oldest first."""
    return list(commits.parents)[::-1]


def lab(commits: History = SHORT, broken: range = range(0)) -> SceneLab:
    """Of any history here: all have the same culprit."""
    names = names_of(commits)
    return SceneLab(commits, names[CULPRIT], broken=frozenset(names[n] for n in broken))


def filed(tree: Tree, by: User | None) -> Bug:
    return workflow.file_bug(
        tree=tree,
        title=crash().title,
        commit=SHORT.bad,
        commit_title="Merge tag 'char-misc-6.12-rc3' of git://git.invalid/char-misc",
        config="".join(f"CONFIG_OPTION_{number}=y\n" for number in range(400)),
        reproducer=PROGRAM,
        report=crash().report,
        crash_title=crash().title,
        by=by,
    )


def asked(
    bug: Bug, commits: History, good: str | None, strategy: str, by: User | None
) -> Bisection:
    """A bisection that waits for a worker. The classic one walks back over the releases."""
    if good is None:
        good = names_of(commits)[0] if strategy == "bayes" else ""
    return workflow.start(
        bug.crashes.get(), kind="cause", strategy=strategy, good=good, bad=commits.bad, by=by
    )


def carried(
    bug: Bug,
    commits: History,
    *,
    good: str | None = None,
    broken: range = range(0),
    strategy: str = "bayes",
    by: User,
) -> Bisection:
    """A bisection that has ended."""
    bisection = asked(bug, commits, good, strategy, by)
    work(lab(commits, broken))
    bisection.refresh_from_db()
    return bisection


def patch_test(bisection: Bisection, patch: str) -> PatchTest:
    """One that has ended, on the commit that the bug was reported for."""
    test = ask_for_patch_test(
        bisection.crash,
        tree=bisection.bug.tree,
        asked=bisection.bad,
        patch=patch,
        asked_by="developer@kernel.invalid",
    )
    work(lab())
    test.refresh_from_db()
    return test


def aged(bisection: Bisection, weeks: int, minutes: int) -> Bisection:
    """The same, as long ago as that, and as long as it takes to build kernels."""
    ended = timezone.now() - timedelta(weeks=weeks)
    times = {"ended": ended, "started": ended - timedelta(minutes=minutes)}
    Bisection.objects.filter(pk=bisection.pk).update(created=times["started"], **times)
    bisection.refresh_from_db()
    return bisection


def under_way(bug: Bug, by: User | None) -> Bisection:
    """Some revisions are done, and a worker holds the next one."""
    bisection = asked(bug, LONG, None, "bayes", by)
    at_work, waiting = lab(LONG), bisection.revisions.exclude(state="done")
    while bisection.revisions.filter(state="done").count() < 4 or not waiting.exists():
        step(at_work)
    OrmQ.objects.all().delete()
    now = timezone.now()
    held = waiting.earliest("order")
    bisection.refresh_from_db()
    held.state, held.started = "building", now - timedelta(minutes=2)
    held.lease, held.lease_until = "worker", now + timedelta(days=1)
    held.worker, held.slot = Worker.here(), 0
    held.save()
    bisection.activity, bisection.activity_since = f"building {held.sha[:12]}", held.started
    bisection.save()
    Heartbeat.beat(QUEUE)
    return bisection


def discussed(bug: Bug, by: User) -> None:
    """It has all that the page of a bug can show."""
    # It cannot be run: the one that stands for the bug is the first.
    create_crash(bug=bug, title=crash().title, commit=names_of(SHORT)[CULPRIT + 2], reproducer="")
    title = f"{crash().title} (2)"
    create_bug(tree=bug.tree, title=title, state=Bug.State.DUPLICATE, duplicate_of=bug)
    add_note(bug, "The reproducer needs *two* processors.", by)
    Received.objects.create(
        message_id="<1@kernel.invalid>",
        sender="developer@kernel.invalid",
        subject=f"Re: [bisectweb] {bug.title}",
        bug=bug,
        state=Received.State.DONE,
        said="set: prio: high: prio: high",
    )


def as_log(bisection: Bisection) -> Bisection:
    """The same, read from its log as from anybody else's."""
    done = import_log(bisection_log(bisection).encode(), "bisect.txt", tree=import_tree(), by=None)
    assert done.bisection, done.refused
    return done.bisection


def other_bugs(tree: Tree, by: User) -> None:
    """One for each kind of crash that a kernel reports, in all states."""
    states = list(Bug.State)
    for number, title in enumerate(sorted({one.title for one in examples() if one.title})):
        state = states[0] if number % 3 else states[number % len(states)]
        bug = Bug.objects.create(
            tree=tree,
            title=title,
            state=Bug.State.OPEN if state == Bug.State.DUPLICATE else state,
            reporter=by,
            subsystems=SUBSYSTEMS[number % len(SUBSYSTEMS)],
            fix="mm/slub: check the length before it is used" if state == Bug.State.FIXED else "",
        )
        create_crash(bug=bug, title=title)
        Bug.objects.filter(pk=bug.pk).update(
            created=timezone.now() - timedelta(hours=7 * number + 3)
        )


def other_mails() -> None:
    """One in each state, about different bugs; and a stop that was lifted."""
    bugs = Bug.objects.all()
    said = {"failed": "550 no such user", "unknown": "the connection was lost"}
    for bug, state in zip(bugs, Message.State, strict=False):
        create_message(
            bug=bug, state=state, subject=f"[bisected] {bug.title}", error=said.get(state, "")
        )
    now = timezone.now()
    Stop.objects.create(reason="the server loops", lifted=now)


PROGRAM = """\
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char *const trigger = "READ_AFTER_FREE";

int main(void)
{
\tint fd = open("/sys/kernel/debug/provoke-crash/DIRECT", O_WRONLY);

\tif (fd < 0)
\t\treturn 1;
\treturn write(fd, trigger, strlen(trigger)) < 0;
}
"""
