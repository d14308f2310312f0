"""Django's admin: trees are edited here, evidence is only read, actions call the workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.contrib.auth.models import User
from django.contrib.messages import ERROR
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from bisectweb import workflow
from bisectweb.forms import ReasonForm
from bisectweb.models import (
    ApiToken,
    Bisection,
    Bounce,
    Bug,
    Crash,
    Culprit,
    Event,
    Kernel,
    Message,
    OptOut,
    Priority,
    Received,
    Revision,
    Run,
    Stop,
    Tree,
    Worker,
)
from runner.errors import InputError

admin.site.site_header = "bisectweb"
admin.site.site_title = "bisectweb"

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Model]
else:
    AnyAdmin = admin.ModelAdmin  # generic in the stubs only


class LeverForm(ActionForm):
    """Beside the choice of an action: why, where the action wants to know."""

    reason = forms.CharField(max_length=500, required=False, label="Why (where it is asked for)")


class Levers(AnyAdmin):
    """Actions that call the workflow, as the levers of the pages do."""

    action_form = LeverForm

    def has_pull_levers_permission(self, request: HttpRequest) -> bool:
        """As on the pages: whoever is staff, with or without rights on single models."""
        return request.user.is_staff

    def person(self, request: HttpRequest) -> User:
        assert isinstance(request.user, User)
        return request.user

    def reason(self, request: HttpRequest) -> str:
        """Why; empty where nobody said, which they are told."""
        form = ReasonForm(request.POST)
        if form.is_valid():
            return str(form.cleaned_data["reason"])
        self.message_user(request, "Nothing was done: say why, beside the action.", ERROR)
        return ""

    def count(self, request: HttpRequest, what: str, done: int, chosen: QuerySet[Any]) -> None:
        self.message_user(request, f"{what}: {done} of {len(chosen)}.")


@admin.register(Tree)
class TreeAdmin(Levers):
    list_display = ["name", "url", "branch", "arch", "compiler", "auto_approve", "paused"]
    search_fields = ["name", "url"]
    actions = ["pause", "resume"]

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        names = ", ".join(form.changed_data)
        text = f"changed {names} of the tree" if change else "added the tree"
        if names:
            Event.objects.create(tree_id=obj.pk, actor=self.person(request), text=text[:1000])

    @admin.action(description="Pause", permissions=["pull_levers"])
    def pause(self, request: HttpRequest, chosen: QuerySet[Tree]) -> None:
        if reason := self.reason(request):
            done = sum(workflow.pause(tree, self.person(request), reason) for tree in chosen)
            self.count(request, "Paused", done, chosen)

    @admin.action(description="Resume", permissions=["pull_levers"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Tree]) -> None:
        done = sum(workflow.resume(tree, self.person(request)) for tree in chosen)
        self.count(request, "Resumed", done, chosen)


class ReadOnly(Levers):
    """Rows that the service writes: the admin shows them and acts on them, but edits none."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


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
    list_display = [
        *("id", "bug", "kind", "strategy", "state", "priority"),
        *("activity", "created", "ended"),
    ]
    list_filter = ["state", "kind", "strategy", "bug__tree"]
    list_select_related = ["bug"]
    search_fields = ["bug__title", "bad", "good"]
    actions = [
        *("cancel", "requeue", "start_again", "go_first", "go_on_in_turn", "go_last"),
        *("invalidate", "revalidate"),
    ]

    @admin.action(description="Cancel", permissions=["pull_levers"])
    def cancel(self, request: HttpRequest, chosen: QuerySet[Bisection]) -> None:
        done = sum(workflow.cancel(bisection, self.person(request)) for bisection in chosen)
        self.count(request, "Cancelled", done, chosen)

    @admin.action(description="Let go on what failed or was cancelled", permissions=["pull_levers"])
    def requeue(self, request: HttpRequest, chosen: QuerySet[Bisection]) -> None:
        done = sum(workflow.requeue(bisection, self.person(request)) for bisection in chosen)
        self.count(request, "They go on", done, chosen)

    @admin.action(description="High priority", permissions=["pull_levers"])
    def go_first(self, request: HttpRequest, chosen: QuerySet[Bisection]) -> None:
        self._set_priority(request, chosen, Priority.HIGH)

    @admin.action(description="Normal priority", permissions=["pull_levers"])
    def go_on_in_turn(self, request: HttpRequest, chosen: QuerySet[Bisection]) -> None:
        self._set_priority(request, chosen, Priority.NORMAL)

    @admin.action(description="Low priority", permissions=["pull_levers"])
    def go_last(self, request: HttpRequest, chosen: QuerySet[Bisection]) -> None:
        self._set_priority(request, chosen, Priority.LOW)

    def _set_priority(
        self, request: HttpRequest, chosen: QuerySet[Bisection], priority: Priority
    ) -> None:
        by = self.person(request)
        done = sum(workflow.set_priority(bisection, priority, by) for bisection in chosen)
        self.count(request, "Changed", done, chosen)

    @admin.action(description="Mark invalid", permissions=["pull_levers"])
    def invalidate(self, request: HttpRequest, chosen: QuerySet[Bisection]) -> None:
        if reason := self.reason(request):
            by = self.person(request)
            done = sum(workflow.invalidate(bisection, by, reason) for bisection in chosen)
            self.count(request, "Marked invalid", done, chosen)

    @admin.action(description="Take back that it is invalid", permissions=["pull_levers"])
    def revalidate(self, request: HttpRequest, chosen: QuerySet[Bisection]) -> None:
        if reason := self.reason(request):
            by = self.person(request)
            done = sum(workflow.revalidate(bisection, by, reason) for bisection in chosen)
            self.count(request, "Taken back", done, chosen)

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
        in_upstream=bisection.in_upstream,
        priority=bisection.priority,
        config="" if bisection.minimise else bisection.config,
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
    """Approved on the page of each: nobody lets a mail leave that they have not read."""

    list_display = ["id", "subject", "bug", "state", "created", "decided_by", "sent"]
    list_filter = ["state"]
    list_select_related = ["bug", "decided_by"]
    search_fields = ["subject", "message_id"]


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
    list_display = ["at", "bug", "tree", "worker", "actor", "text"]
    list_select_related = ["bug", "tree", "worker", "actor"]
    search_fields = ["text", "bug__title"]


@admin.register(Stop)
class StopAdmin(ReadOnly):
    list_display = ["since", "by", "reason", "lifted", "lifted_by"]
    list_select_related = ["by", "lifted_by"]


@admin.register(Kernel)
class KernelAdmin(ReadOnly):
    list_display = ["id", "key", "compiler", "signature", "seconds", "created"]
    search_fields = ["key", "signature"]


@admin.register(Worker)
class WorkerAdmin(ReadOnly):
    list_display = ["name", "at", "since", "slots", "drained", "drained_by", "drain_reason"]
    list_select_related = ["drained_by"]
    actions = ["drain", "undrain"]

    @admin.action(description="Drain", permissions=["pull_levers"])
    def drain(self, request: HttpRequest, chosen: QuerySet[Worker]) -> None:
        if reason := self.reason(request):
            done = sum(workflow.drain(worker, self.person(request), reason) for worker in chosen)
            self.count(request, "Drained", done, chosen)

    @admin.action(description="Let it take work again", permissions=["pull_levers"])
    def undrain(self, request: HttpRequest, chosen: QuerySet[Worker]) -> None:
        done = sum(workflow.undrain(worker, self.person(request)) for worker in chosen)
        self.count(request, "They take work again", done, chosen)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    list_display = ["prefix", "name", "user", "scopes", "created", "used", "expires", "revoked"]
    list_select_related = ["user"]
    search_fields = ["prefix", "name", "user__username"]
    exclude = ["digest"]
    actions = ["revoke"]

    @admin.action(description="Revoke", permissions=["pull_levers"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiToken]) -> None:
        self.count(request, "Revoked", sum(token.revoke() for token in chosen), chosen)
