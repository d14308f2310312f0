"""Django's admin: trees are edited here, evidence is only read, actions call the workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from bisectweb import outbox, workflow
from bisectweb.models import (
    Bisection,
    Bounce,
    Bug,
    Crash,
    Culprit,
    Event,
    Kernel,
    Message,
    OptOut,
    Received,
    Revision,
    Run,
    Stop,
    Tree,
)
from runner.errors import InputError

admin.site.site_header = "bisectweb"
admin.site.site_title = "bisectweb"

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Model]
else:
    AnyAdmin = admin.ModelAdmin  # generic in the stubs only


@admin.register(Tree)
class TreeAdmin(AnyAdmin):
    list_display = ["name", "url", "branch", "arch", "compiler", "auto_approve"]
    search_fields = ["name", "url"]


class ReadOnly(AnyAdmin):
    """Rows that the service writes: the admin shows them and acts on them, but edits none."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_pull_levers_permission(self, request: HttpRequest) -> bool:
        """As on the pages: whoever is staff, with or without rights on single models."""
        return request.user.is_staff

    def person(self, request: HttpRequest) -> User:
        assert isinstance(request.user, User)
        return request.user


@admin.register(Bug)
class BugAdmin(ReadOnly):
    list_display = ["id", "title", "tree", "state", "reporter", "created"]
    list_filter = ["state", "tree"]
    list_select_related = ["tree", "reporter"]
    search_fields = ["title"]


@admin.register(Crash)
class CrashAdmin(ReadOnly):
    list_display = ["id", "title", "commit", "bug", "created"]
    list_select_related = ["bug"]
    search_fields = ["title", "commit"]


@admin.register(Bisection)
class BisectionAdmin(ReadOnly):
    list_display = ["id", "bug", "kind", "strategy", "state", "activity", "created", "ended"]
    list_filter = ["state", "kind", "strategy", "bug__tree"]
    list_select_related = ["bug"]
    search_fields = ["bug__title", "bad", "good"]
    actions = ["cancel", "start_again"]

    @admin.action(description="Cancel", permissions=["pull_levers"])
    def cancel(self, request: HttpRequest, chosen: QuerySet[Bisection]) -> None:
        done = sum(workflow.cancel(bisection, self.person(request)) for bisection in chosen)
        self.message_user(request, f"Cancelled: {done} of {len(chosen)}.")

    @admin.action(description="Start again with the same bounds", permissions=["pull_levers"])
    def start_again(self, request: HttpRequest, chosen: QuerySet[Bisection]) -> None:
        for bisection in chosen.select_related("crash__bug__tree"):
            try:
                said = f"Started {again(bisection, self.person(request))}."
            except InputError as error:
                said = f"{bisection} was not started: {error}."
            self.message_user(request, said)


def again(bisection: Bisection, by: User) -> Bisection:
    return workflow.start(
        bisection.crash,
        kind=bisection.kind,
        strategy=bisection.strategy,
        runs=bisection.runs,
        good=bisection.asked_good,
        bad=bisection.asked_bad,
        minimise=bisection.minimise,
        by=by,
    )


@admin.register(Revision)
class RevisionAdmin(ReadOnly):
    list_display = [
        *("id", "bisection_id", "order", "role", "sha", "subject"),
        *("state", "built", "verdict"),
    ]
    list_filter = ["role", "state", "verdict", "built"]
    search_fields = ["sha", "subject"]
    exclude = ["build_log"]


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = ["id", "revision", "index", "outcome", "words", "seconds", "ended"]
    list_filter = ["outcome"]
    list_select_related = ["revision"]
    search_fields = ["title", "revision__sha"]
    exclude = ["console"]


@admin.register(Culprit)
class CulpritAdmin(ReadOnly):
    list_display = ["id", "bisection_id", "sha", "subject", "confidence", "verdict"]
    list_filter = ["verdict", "is_merge", "is_release", "is_noop"]
    search_fields = ["sha", "subject", "author"]


@admin.register(Message)
class MessageAdmin(ReadOnly):
    list_display = ["id", "subject", "bug", "state", "created", "decided_by", "sent"]
    list_filter = ["state"]
    list_select_related = ["bug", "decided_by"]
    search_fields = ["subject", "message_id"]
    actions = ["approve"]

    @admin.action(description="Approve", permissions=["pull_levers"])
    def approve(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        done = sum(outbox.approve(message, self.person(request)) for message in chosen)
        self.message_user(request, f"Approved: {done} of {len(chosen)}.")


@admin.register(Received)
class ReceivedAdmin(ReadOnly):
    list_display = ["at", "sender", "subject", "bug", "state", "said"]
    list_filter = ["state"]
    list_select_related = ["bug"]
    search_fields = ["sender", "subject", "message_id"]


class Deletable(ReadOnly):
    """Rows without which an address is written to again."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_staff


@admin.register(Bounce)
class BounceAdmin(Deletable):
    list_display = ["at", "address", "status", "message"]
    list_select_related = ["message"]
    search_fields = ["address"]


@admin.register(OptOut)
class OptOutAdmin(Deletable):
    list_display = ["at", "address", "bug"]
    list_select_related = ["bug"]
    search_fields = ["address"]


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ["at", "bug", "actor", "text"]
    list_select_related = ["bug", "actor"]
    search_fields = ["text", "bug__title"]


@admin.register(Stop)
class StopAdmin(ReadOnly):
    list_display = ["since", "by", "reason", "lifted", "lifted_by"]
    list_select_related = ["by", "lifted_by"]


@admin.register(Kernel)
class KernelAdmin(ReadOnly):
    list_display = ["id", "key", "compiler", "signature", "seconds", "created"]
    search_fields = ["key", "signature"]
