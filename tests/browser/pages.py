"""Every page: an example of its address, and who may see it.

Whoever adds a GET route to `bisectweb/urls.py` names it here; `test_pages.py` asks for it. The
browser's tests look at those that are HTML: light and dark, wide and narrow, with axe and vnu.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from django.contrib.auth.models import User
from django.urls import reverse

from tests.browser.scene import Scene


class Role(IntEnum):
    """Who sees a page; whoever has a greater role sees it as well."""

    READER = 0
    """Nobody who signed in."""
    USER = 1
    MAINTAINER = 2
    ADMIN = 3


READER, USER, MAINTAINER, ADMIN = Role


def nothing(scene: Scene) -> object:
    return None


@dataclass(frozen=True, slots=True)
class Page:
    """`of` is the argument of its route in a scene, or several; None for a route without."""

    name: str
    """Of its screenshots."""
    route: str
    of: Callable[[Scene], object] = nothing
    role: Role = READER
    query: str = ""
    is_html: bool = True
    """False: plain text, JSON and other files."""
    status: int = 200

    def address(self, scene: Scene) -> str:
        of = self.of(scene)
        arguments = of if isinstance(of, tuple) else (of,)
        return reverse(self.route, args=[] if of is None else arguments) + self.query


def person(scene: Scene, role: Role) -> User | None:
    """Somebody of that role; nobody for readers."""
    return {
        READER: None,
        USER: scene.user,
        MAINTAINER: scene.maintainer,
        ADMIN: scene.admin,
    }[role]


def kernel_key(scene: Scene) -> str:
    kernel = scene.crashed.revision.kernel
    assert kernel is not None
    return kernel.key


BUGS = (
    Page("bugs", "bug-list"),
    Page("bugs-searched", "bug-list", query="?q=KASAN"),
    Page("bugs-none-found", "bug-list", query="?q=nothing+is+called+this"),
    Page("bug-found", "bug-detail", lambda scene: scene.found.bug.pk),
    Page("bug-found-admin", "bug-detail", lambda scene: scene.found.bug.pk, ADMIN),
    Page("bug-running", "bug-detail", lambda scene: scene.running.bug.pk),
    Page("bug-secret", "bug-detail", lambda scene: scene.secret.bug.pk, MAINTAINER),
    Page("bug-imported", "bug-detail", lambda scene: scene.imported.bug.pk),
    Page("bug-compare", "bug-compare", lambda scene: scene.found.bug.pk),
    Page("bug-json", "twin", lambda scene: f"bugs/{scene.found.bug.pk}", is_html=False),
    Page("bug-config", "bug-config", lambda scene: scene.found.bug.pk, is_html=False),
    Page("bug-run-script", "bug-run-script", lambda scene: scene.found.bug.pk, is_html=False),
    Page("bug-reproducer", "bug-reproducer", lambda scene: scene.found.bug.pk, is_html=False),
    Page("bug-new", "bug-new", role=USER),
    Page("crash-complete", "crash-complete", lambda scene: scene.imported.crash.pk, USER),
    Page("import", "import-logs", role=USER),
)
BISECTIONS = (
    Page("bisection-found", "bisection-detail", lambda scene: scene.found.pk),
    Page("bisection-found-admin", "bisection-detail", lambda scene: scene.found.pk, ADMIN),
    Page("bisection-classic", "bisection-detail", lambda scene: scene.walked.pk),
    Page("bisection-running", "bisection-detail", lambda scene: scene.running.pk),
    Page("bisection-running-admin", "bisection-detail", lambda scene: scene.running.pk, ADMIN),
    Page("bisection-inconclusive", "bisection-detail", lambda scene: scene.inconclusive.pk),
    Page("bisection-secret", "bisection-detail", lambda scene: scene.secret.pk, MAINTAINER),
    Page("bisection-failed", "bisection-detail", lambda scene: scene.failed.pk),
    Page("bisection-imported", "bisection-detail", lambda scene: scene.imported.pk),
    Page("bisection-step", "bisection-detail", lambda scene: scene.found.pk, query="?step=3"),
    Page("bisection-chart", "bisection-chart", lambda scene: scene.found.pk, is_html=False),
    Page("bisection-progress", "bisection-progress", lambda scene: scene.running.pk, is_html=False),
    Page("bisection-json", "twin", lambda scene: f"bisections/{scene.found.pk}", is_html=False),
    Page("bisection-log", "bisection-log", lambda scene: scene.found.pk, is_html=False),
    Page("bisection-config", "bisection-config", lambda scene: scene.found.pk, is_html=False),
    Page("today", "bisection-today", lambda scene: scene.imported.pk),
)
REVISIONS = (
    Page("run-crashed", "run-detail", lambda scene: scene.crashed.pk),
    Page("run-console", "run-console", lambda scene: scene.crashed.pk, is_html=False),
    Page("run-line", "run-detail", lambda scene: scene.crashed.pk, query="?from=2"),
    Page("build-log", "revision-build-log", lambda scene: scene.crashed.revision.pk),
    Page(
        "build-log-raw",
        "revision-build-log-raw",
        lambda scene: scene.crashed.revision.pk,
        is_html=False,
    ),
    Page("commit", "commit-detail", lambda scene: scene.crashed.revision.sha),
    Page(
        "commit-json", "twin", lambda scene: f"commits/{scene.crashed.revision.sha}", is_html=False
    ),
    Page("kernels", "kernel-list"),
    Page("kernels-json", "twin", lambda scene: "kernels", is_html=False),
    Page("kernel", "kernel-detail", kernel_key),
    Page("kernel-json", "twin", lambda scene: f"kernels/{kernel_key(scene)}", is_html=False),
    Page("kernel-config", "kernel-config", kernel_key, is_html=False, status=404),
)
PATCH_TESTS = (
    Page("patch-test", "patch-test-detail", lambda scene: scene.quiet.pk),
    Page("patch-test-crashed", "patch-test-detail", lambda scene: scene.unhelpful.pk),
    Page("patch-test-patch", "patch-test-patch", lambda scene: scene.quiet.pk, is_html=False),
    Page("patch-test-log", "patch-test-build-log", lambda scene: scene.quiet.pk),
    Page(
        "patch-test-log-raw",
        "patch-test-build-log-raw",
        lambda scene: scene.quiet.pk,
        is_html=False,
    ),
    Page("patch-run", "patch-run-detail", lambda scene: scene.unhelpful.runs.latest("index").pk),
    Page(
        "patch-run-console",
        "patch-run-console",
        lambda scene: scene.unhelpful.runs.latest("index").pk,
        is_html=False,
    ),
)
MESSAGES = (
    Page("messages", "message-list", role=MAINTAINER),
    Page("messages-awaiting", "message-list", role=MAINTAINER, query="?state=awaiting"),
    Page("message", "message-detail", lambda scene: scene.mail.pk, MAINTAINER),
    Page("message-raw", "message-raw", lambda scene: scene.mail.pk, MAINTAINER, is_html=False),
)
SITE = (
    Page("statistics", "statistics"),
    Page("feed", "feed", is_html=False),
    Page("feed-tree", "feed-tree", lambda scene: scene.found.bug.tree.name, is_html=False),
    Page("feed-subsystem", "feed-subsystem", lambda scene: "net", is_html=False),
    Page("statistics-tree", "statistics", query="?tree=linux"),
    Page("statistics-imported", "statistics", query="?imported=1"),
    Page("api", "api:openapi-view"),
    Page("api-no-call", "api-unknown", is_html=False, status=404),
    Page("tokens", "token-list", role=USER),
    Page("documents", "doc-list"),
    Page("document", "doc-detail", lambda scene: "architecture"),
    Page("sign-in", "login"),
    Page("password-forgotten", "password-reset"),
    Page("password-set", "password-set", lambda scene: ("MQ", "used-before")),
    Page("password-change", "password-change", role=USER),
    Page("no-such-page", "bug-detail", lambda scene: 0, status=404),
    Page("refused", "message-list", role=USER, status=403),
    Page("too-much", "bug-list", query="?" + "q&" * 1001, status=400),
)
TREES = (
    Page("trees", "tree-list"),
    Page("tree", "tree-detail", lambda scene: scene.running.bug.tree.name),
    Page("tree-maintainer", "tree-detail", lambda scene: scene.running.bug.tree.name, MAINTAINER),
    Page("failed", "tree-failed", lambda scene: scene.failed.bug.tree.name),
    Page("failed-maintainer", "tree-failed", lambda scene: scene.failed.bug.tree.name, MAINTAINER),
    Page("workers", "worker-list"),
    Page("workers-admin", "worker-list", role=ADMIN),
)
PAGES = (*TREES, *BUGS, *BISECTIONS, *REVISIONS, *PATCH_TESTS, *MESSAGES, *SITE)
