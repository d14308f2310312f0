"""Patch tests: does a bug still show on a branch with somebody's patch?"""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from bisectweb.models.bug import Bug, Crash
from bisectweb.models.message import Message
from bisectweb.models.received import Received
from bisectweb.models.tested import Booted, Tested
from bisectweb.models.tree import Tree
from bisectweb.weblinks import WebTree, web_tree
from runner import values
from runner.values import Plan


class PatchTest(Tested):
    """A branch or commit, with a patch on top of it or without, and the bug's reproducer on it."""

    AROUND = ("crash__bug__tree__upstream", "tree", "bug", "received")

    class Result(models.TextChoices):
        NONE = "", "not known yet"
        QUIET = "quiet", "did not crash"
        CRASHED = "crashed", "still crashes"
        OTHER_CRASH = "other-crash", "crashes differently"
        UNBUILT = "unbuilt", "does not build"
        MUTE = "mute", "told nothing of the bug"
        # What was asked for cannot be tested; `reason` says why, and what is to be changed.
        REFUSED = "refused", "cannot be tested"
        # The bug was said to be none, or all work on it was cancelled.
        STOPPED = "stopped", "stopped before its end"
        # Our own machine failed each time.
        FAILED = "failed", "trouble on our side"

    bug = models.ForeignKey(Bug, on_delete=models.CASCADE, related_name="patch_tests")
    crash = models.ForeignKey(Crash, on_delete=models.CASCADE, related_name="patch_tests")
    tree = models.ForeignKey(Tree, on_delete=models.PROTECT, related_name="patch_tests")
    # A branch, tag or commit of the tree, as it was asked for; ...
    asked = models.CharField(max_length=300)
    # ... empty: that commit as it is.
    patch = models.TextField(blank=True)
    # The crash title that is compared with; empty: any crash counts.
    title = models.CharField(max_length=300, blank=True)
    # In how many of how many runs the bug showed without the patch, as far as is known.
    known_crashes = models.PositiveIntegerField(default=0)
    known_runs = models.PositiveIntegerField(default=0)
    base = models.CharField(max_length=64, blank=True)
    subject = models.CharField("title of the base", max_length=500, blank=True)
    # What is built: the base, or what we made of it and the patch.
    sha = models.CharField(max_length=64, blank=True)
    result = models.CharField(max_length=12, choices=Result.choices, blank=True)
    # Why there is no result, or what our own machine suffers from right now.
    reason = models.TextField(blank=True)
    activity = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Whoever asked for it by mail, with which one, and the mail that answers it.
    asked_by = models.CharField(max_length=320)
    # Who else that mail went to, for sure: addresses. They get the answer, too.
    others = models.JSONField(default=list, blank=True, editable=False)
    received = models.ForeignKey(
        Received, null=True, blank=True, on_delete=models.SET_NULL, related_name="patch_tests"
    )
    message = models.OneToOneField(
        Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="patch_test"
    )

    class Meta:
        ordering = ["-created", "-pk"]
        indexes = [
            models.Index(fields=["state", "lease_until"], name="patch_test_sweep"),
            models.Index(fields=["asked_by", "created"], name="patch_tests_of"),
        ]

    def __str__(self) -> str:
        what = "a patch" if self.patch else "no patch"
        return f"{what} on {self.asked} of {self.tree}"

    def get_absolute_url(self) -> str:
        return reverse("patch-test-detail", args=[self.pk])

    @classmethod
    def claimable(cls) -> Q:
        return Q(state__in=cls.UNFINISHED)

    @classmethod
    def on_offer(cls) -> Q:
        """What may be begun: nothing of a tree that is paused."""
        return cls.claimable() & Q(tree__paused=None, bug__tree__paused=None)

    @property
    def folder(self) -> str:
        return f"patch-tests/{self.pk}"

    def plan(self) -> Plan:
        """What a lab needs: the crash's plan, in the tree that was asked for."""
        plan = self.crash.plan()
        return replace(
            plan,
            tree_url=self.tree.url,
            branch=self.tree.branch,
            title=self.title,
            upstream_url="",
            upstream_branch="",
        )

    def looked_for(self) -> values.Crash:
        return self.crash.looked_for(self.title)

    def web(self) -> WebTree | None:
        """Its files on the web; what we made is nowhere."""
        return None if self.patch else web_tree(self.tree.web_url, self.sha)


class PatchRun(Booted):
    """One VM boot of a patch test."""

    patch_test = models.ForeignKey(PatchTest, on_delete=models.CASCADE, related_name="runs")

    class Meta:
        ordering = ["index"]
        constraints = [
            models.UniqueConstraint(fields=["patch_test", "index"], name="one_patch_run_per_index"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("patch-run-detail", args=[self.pk])

    @property
    def tested(self) -> PatchTest:
        return self.patch_test
