"""The pages of bugs in the JSON shape of syzbot's dashboard, for programs that read that.

Its keys and words are theirs (`?json=1`, version 1). In theirs a `cause-commit` is plain fact, and
so it is here: a culprit that anything speaks against, or that was not verified, is told under a key
that their programs do not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import conditional_page, require_safe

from bisectweb.api import rows
from bisectweb.models import Bisection, Bug, Crash, Culprit, Message, Score
from runner.values import Language

VERSION = 1
MOST = 1000
"""Bugs in a list; the next part is a link away."""
ARCHITECTURES = {"x86_64": "amd64"}
"""What syzkaller calls them, where that is another word."""
REPRODUCERS = {Language.C: "c-reproducer", Language.SYZ: "syz-reproducer"}
Json = Mapping[str, Any]
View = Callable[..., HttpResponseBase]


def also_for_syzbot(page: View, twin: View) -> View:
    """The page, and with `?json=1` its twin."""

    @wraps(page)
    def view(request: HttpRequest, **which: Any) -> HttpResponseBase:
        return (twin if request.GET.get("json") == "1" else page)(request, **which)

    return view


@require_safe
@conditional_page
def bug_list(request: HttpRequest, name: str | None = None) -> HttpResponse:
    """Bugs by `?state=`: open (unless another is asked for), fixed or invalid; of a tree or all."""
    asked = request.GET.get("state", "")
    state = asked if asked in Bug.State.values else Bug.State.OPEN.value
    found = rows.bugs(request).prefetch_related(None).order_by("-pk").filter(state=state)
    if name is not None:
        found = found.filter(tree=get_object_or_404(rows.trees(request), name=name))
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    bugs = list(found[: MOST + 1])
    answer: dict[str, Any] = {"version": VERSION, "Bugs": [in_list(bug) for bug in bugs[:MOST]]}
    if len(bugs) > MOST:
        address = request.build_absolute_uri(request.path)
        answer["next"] = f"{address}?json=1&state={state}&before={bugs[MOST - 1].pk}"
    return JsonResponse(answer)


@require_safe
@conditional_page
def bug_detail(request: HttpRequest, pk: int) -> HttpResponse:
    bug = get_object_or_404(rows.bugs(request), pk=pk)
    crashes = list(rows.crashes(request).filter(bug=bug).order_by("-created")[:100])
    cause = next((one for one in bug.bisections.all() if is_cause(one)), None)
    answer = {
        "version": VERSION,
        **in_list(bug),
        "id": str(bug.pk),
        "status": bug.state,
        **_times(crashes),
        "discussions": _discussions(bug),
        "crashes": [of_crash(crash) for crash in crashes],
    }
    if cause is not None:
        answer |= of_cause(cause.culprit)
    return JsonResponse(answer)


def in_list(bug: Bug) -> Json:
    link = settings.SITE_URL + bug.get_absolute_url()
    fix = {"title": bug.fix, "repo": bug.tree.public_url, "branch": bug.tree.branch}
    return {"title": bug.title, "link": link, **({"fix-commits": [fix]} if bug.fix else {})}


def is_cause(bisection: Bisection) -> bool:
    """Whether it names a commit as the cause, and nobody took that back."""
    culprit = getattr(bisection, "culprit", None)
    is_said = culprit is not None and culprit.verdict != Culprit.Verdict.WRONG
    return is_said and not bisection.is_fix and bisection.invalidated is None


def of_cause(culprit: Culprit) -> Json:
    tree = culprit.bisection.bug.tree
    commit = {
        "title": culprit.subject,
        "link": settings.SITE_URL + culprit.bisection.get_absolute_url(),
        "hash": culprit.sha,
        "repo": tree.public_url,
        "branch": tree.branch,
        **({"date": culprit.date} if culprit.date else {}),
    }
    if against := doubts(culprit):
        return {"doubted-cause-commit": {**commit, "doubts": against}}
    return {"cause-commit": commit}


def doubts(culprit: Culprit) -> Sequence[str]:
    """Why it is no plain fact; nothing where a person confirmed it."""
    if culprit.verdict == Culprit.Verdict.CONFIRMED:
        return []
    score = getattr(culprit.bisection, "score", None)
    found = list(culprit.flags)
    if not culprit.is_verified and not culprit.bisection.imported:
        found.append("not everything about it could be verified")
    if score is None or score.verdict != Score.Verdict.TRUST:
        found.append("the score of its log does not say trust")
    return found


def of_crash(crash: Crash) -> Json:
    tree, address = crash.bug.tree, f"{settings.SITE_URL}/api/v1/crashes/{crash.pk}"
    kind = REPRODUCERS.get(Language(crash.language))
    links = (
        (kind if crash.reproducer else None, "reproducer"),
        ("kernel-config" if crash.config else None, "config"),
        ("crash-report-link" if crash.report else None, "report"),
    )
    return {
        "title": crash.title or crash.bug.title,
        "kernel-source-git": tree.public_url,
        "kernel-source-commit": crash.commit,
        "architecture": ARCHITECTURES.get(tree.arch, tree.arch),
        **{key: f"{address}/{part}" for key, part in links if key},
    }


def _discussions(bug: Bug) -> list[str]:
    """Where its mails are as one thread; syzbot names the threads in the archives of lists."""
    has_mails = bug.mails.filter(state=Message.State.SENT).exists() or bug.received.exists()
    return [f"{settings.SITE_URL}{bug.get_absolute_url()}#mails"] if has_mails else []


def _times(crashes: Sequence[Crash]) -> Json:
    times = [crash.created for crash in crashes]
    return {"first-crash": min(times), "last-crash": max(times)} if times else {}
