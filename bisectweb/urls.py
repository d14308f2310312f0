"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path, re_path

from bisectweb.api import api, syzbot, twin, unknown
from bisectweb.failing import failed
from bisectweb.views import (
    accounts,
    bisections,
    bug_list,
    bugs,
    commits,
    compare,
    crashes,
    docs,
    feeds,
    imports,
    kernels,
    levers,
    messages,
    notes,
    patch_tests,
    revisions,
    statistics,
    steps,
    today,
    tokens,
    trees,
    workers,
)

handler500 = failed

urlpatterns = [
    # Bugs.
    path("", syzbot.also_for_syzbot(bug_list.bug_list, syzbot.bug_list), name="bug-list"),
    path("bugs/new/", bugs.bug_new, name="bug-new"),
    path(
        "bugs/<int:pk>/",
        syzbot.also_for_syzbot(bugs.bug_detail, syzbot.bug_detail),
        name="bug-detail",
    ),
    path("bugs/<int:pk>/repro.c", bugs.bug_reproducer, name="bug-reproducer"),
    path("bugs/<int:pk>/config", bugs.bug_config, name="bug-config"),
    path("bugs/<int:pk>/run.sh", bugs.bug_run_script, name="bug-run-script"),
    path("bugs/<int:pk>/compare", compare.bug_compare, name="bug-compare"),
    path("bugs/<int:pk>/triage", bugs.bug_triage, name="bug-triage"),
    path("bugs/<int:pk>/notes", notes.note_new, name="note-new"),
    path("notes/<int:pk>/delete", notes.note_delete, name="note-delete"),
    # Crashes.
    path("crashes/<int:pk>/complete", crashes.crash_complete, name="crash-complete"),
    path("crashes/<int:pk>/bisect", levers.bisection_start, name="bisection-start"),
    # Bisections.
    path("bisections/<int:pk>/", bisections.bisection_detail, name="bisection-detail"),
    path("bisections/<int:pk>/progress", bisections.bisection_progress, name="bisection-progress"),
    path("bisections/<int:pk>/chart", steps.bisection_chart, name="bisection-chart"),
    path("bisections/<int:pk>/today", today.bisection_today, name="bisection-today"),
    path("bisections/<int:pk>/log", bisections.bisection_log_text, name="bisection-log"),
    path("bisections/<int:pk>/config", bisections.bisection_config, name="bisection-config"),
    path("bisections/<int:pk>/priority", levers.bisection_priority, name="bisection-priority"),
    path("bisections/<int:pk>/cancel", levers.bisection_cancel, name="bisection-cancel"),
    path("bisections/<int:pk>/requeue", levers.bisection_requeue, name="bisection-requeue"),
    path("bisections/<int:pk>/judge", levers.bisection_judge, name="bisection-judge"),
    path("bisections/<int:pk>/unjudge", levers.bisection_unjudge, name="bisection-unjudge"),
    path(
        "bisections/<int:pk>/invalidate",
        levers.bisection_invalidate,
        name="bisection-invalidate",
    ),
    path(
        "bisections/<int:pk>/revalidate",
        levers.bisection_revalidate,
        name="bisection-revalidate",
    ),
    path("import/", imports.import_logs, name="import-logs"),
    # Revisions and their runs.
    path("revisions/<int:pk>/build-log", revisions.revision_build_log, name="revision-build-log"),
    path(
        "revisions/<int:pk>/build-log.txt",
        revisions.revision_build_log_raw,
        name="revision-build-log-raw",
    ),
    path("runs/<int:pk>/", revisions.run_detail, name="run-detail"),
    path("runs/<int:pk>/console", revisions.run_console, name="run-console"),
    # Patch tests and their runs.
    path("patch-tests/<int:pk>/", patch_tests.patch_test_detail, name="patch-test-detail"),
    path("patch-tests/<int:pk>/patch", patch_tests.patch_test_patch, name="patch-test-patch"),
    path(
        "patch-tests/<int:pk>/build-log",
        patch_tests.patch_test_build_log,
        name="patch-test-build-log",
    ),
    path(
        "patch-tests/<int:pk>/build-log.txt",
        patch_tests.patch_test_build_log_raw,
        name="patch-test-build-log-raw",
    ),
    path("patch-runs/<int:pk>/", patch_tests.patch_run_detail, name="patch-run-detail"),
    path("patch-runs/<int:pk>/console", patch_tests.patch_run_console, name="patch-run-console"),
    # Commits and kernels.
    path("commits/<str:sha>/", commits.commit_detail, name="commit-detail"),
    path("kernels/", kernels.kernel_list, name="kernel-list"),
    path("kernels/<str:key>/", kernels.kernel_detail, name="kernel-detail"),
    path("kernels/<str:key>/config", kernels.kernel_config, name="kernel-config"),
    # Messages.
    path("messages/", messages.message_list, name="message-list"),
    path("messages/stop", messages.message_stop, name="message-stop"),
    path("messages/resume", messages.message_resume, name="message-resume"),
    path("messages/<int:pk>/", messages.message_detail, name="message-detail"),
    path("messages/<int:pk>/raw", messages.message_raw, name="message-raw"),
    path("messages/<int:pk>/people", messages.message_people, name="message-people"),
    path("messages/<int:pk>/approve", messages.message_approve, name="message-approve"),
    path("messages/<int:pk>/cancel", messages.message_cancel, name="message-cancel"),
    path("messages/<int:pk>/again", messages.message_again, name="message-again"),
    path("messages/<int:pk>/arrived", messages.message_arrived, name="message-arrived"),
    # Trees, whose names may have slashes in them.
    path("trees/", trees.tree_list, name="tree-list"),
    path("trees/<path:name>/failed", trees.tree_failed, name="tree-failed"),
    path("trees/<path:name>/pause", levers.tree_pause, name="tree-pause"),
    path("trees/<path:name>/resume", levers.tree_resume, name="tree-resume"),
    path("trees/<path:name>/requeue", levers.tree_requeue, name="tree-requeue"),
    path(
        "trees/<path:name>/",
        syzbot.also_for_syzbot(trees.tree_detail, syzbot.bug_list),
        name="tree-detail",
    ),
    # Workers.
    path("workers/", workers.worker_list, name="worker-list"),
    path("workers/<int:pk>/drain", levers.worker_drain, name="worker-drain"),
    path("workers/<int:pk>/undrain", levers.worker_undrain, name="worker-undrain"),
    # Statistics, feeds, docs.
    path("statistics/", statistics.statistics, name="statistics"),
    path("feeds/culprits/", feeds.culprit_feed, name="feed"),
    path("feeds/trees/<path:name>/", feeds.tree_feed, name="feed-tree"),
    path("feeds/subsystems/<path:name>/", feeds.subsystem_feed, name="feed-subsystem"),
    path("docs/", docs.doc_list, name="doc-list"),
    path("docs/<str:name>/", docs.doc_detail, name="doc-detail"),
    # Accounts.
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", accounts.PasswordChange.as_view(), name="password-change"),
    path("password/forgotten/", accounts.PasswordForgotten.as_view(), name="password-reset"),
    path("password/<str:uidb64>/<str:token>/", accounts.PasswordSet.as_view(), name="password-set"),
    path("account/tokens/", tokens.token_list, name="token-list"),
    path("account/tokens/<int:pk>/revoke", tokens.token_revoke, name="token-revoke"),
    # Admin and API.
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    re_path("^api/v1/", unknown, name="api-unknown"),
    # Takes any address that ends so: last.
    path("<path:page>.json", twin, name="twin"),
]
