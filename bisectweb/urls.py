"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from bisectweb.api import api, twin
from bisectweb.views import (
    accounts,
    bisections,
    bugs,
    commits,
    crashes,
    docs,
    imports,
    kernels,
    levers,
    messages,
    revisions,
    statistics,
    today,
)

urlpatterns = [
    path("", bugs.bug_list, name="bug-list"),
    path("bugs/new/", bugs.bug_new, name="bug-new"),
    path("bugs/<int:pk>/", bugs.bug_detail, name="bug-detail"),
    path("bugs/<int:pk>/config", bugs.bug_config, name="bug-config"),
    path("bugs/<int:pk>/repro.c", bugs.bug_reproducer, name="bug-reproducer"),
    path("import/", imports.import_logs, name="import-logs"),
    path("api/import-log", imports.import_logs_json, name="import-logs-json"),
    path("crashes/<int:pk>/bisect", levers.bisection_start, name="bisection-start"),
    path("crashes/<int:pk>/complete", crashes.crash_complete, name="crash-complete"),
    path("bisections/<int:pk>/", bisections.bisection_detail, name="bisection-detail"),
    path("bisections/<int:pk>/progress", bisections.bisection_progress, name="bisection-progress"),
    path("bisections/<int:pk>/log", bisections.bisection_log_text, name="bisection-log"),
    path("bisections/<int:pk>/config", bisections.bisection_config, name="bisection-config"),
    path("bisections/<int:pk>/today", today.bisection_today, name="bisection-today"),
    path("bisections/<int:pk>/cancel", levers.bisection_cancel, name="bisection-cancel"),
    path(
        "bisections/<int:pk>/invalidate",
        levers.bisection_invalidate,
        name="bisection-invalidate",
    ),
    path("revisions/<int:pk>/build-log", revisions.revision_build_log, name="revision-build-log"),
    path(
        "revisions/<int:pk>/build-log.txt",
        revisions.revision_build_log_raw,
        name="revision-build-log-raw",
    ),
    path("runs/<int:pk>/", revisions.run_detail, name="run-detail"),
    path("runs/<int:pk>/console", revisions.run_console, name="run-console"),
    path("commits/<str:sha>/", commits.commit_detail, name="commit-detail"),
    path("kernels/", kernels.kernel_list, name="kernel-list"),
    path("kernels/<str:key>/", kernels.kernel_detail, name="kernel-detail"),
    path("kernels/<str:key>/config", kernels.kernel_config, name="kernel-config"),
    path("messages/", messages.message_list, name="message-list"),
    path("messages/<int:pk>/", messages.message_detail, name="message-detail"),
    path("messages/<int:pk>/approve", messages.message_approve, name="message-approve"),
    path("messages/stop", messages.message_stop, name="message-stop"),
    path("messages/resume", messages.message_resume, name="message-resume"),
    path("messages/<int:pk>/raw", messages.message_raw, name="message-raw"),
    path("messages/<int:pk>/people", messages.message_people, name="message-people"),
    path("messages/<int:pk>/cancel", messages.message_cancel, name="message-cancel"),
    path("messages/<int:pk>/again", messages.message_again, name="message-again"),
    path("messages/<int:pk>/arrived", messages.message_arrived, name="message-arrived"),
    path("bisections/<int:pk>/judge", levers.bisection_judge, name="bisection-judge"),
    path("statistics/", statistics.statistics, name="statistics"),
    path("docs/", docs.doc_list, name="doc-list"),
    path("docs/<str:name>/", docs.doc_detail, name="doc-detail"),
    path("login/", LoginView.as_view(), name="login"),
    path("password/", accounts.PasswordChange.as_view(), name="password-change"),
    path("password/forgotten/", accounts.PasswordForgotten.as_view(), name="password-reset"),
    path("password/<str:uidb64>/<str:token>/", accounts.PasswordSet.as_view(), name="password-set"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    path("<path:page>.json", twin, name="twin"),
]
