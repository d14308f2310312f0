"""Revisions and their runs: the evidence."""

from __future__ import annotations

from dataclasses import replace

from django.db import models
from django.db.models import Q
from django.urls import reverse

from bisectweb.models.bisection import Bisection
from bisectweb.models.tested import Booted, Tested
from bisectweb.weblinks import WebTree, web_tree
from runner.values import Plan


class Revision(Tested):
    """One commit tested in a bisection: build, runs, what we conclude."""

    AROUND = ("bisection__bug", "bisection__crash__bug__tree__upstream")

    class Role(models.TextChoices):
        """What it is tested for. Only what is tested for the search is its evidence."""

        SEARCH = "search"
        PARENT = "parent", "the culprit's parent, outside the range"
        REVERT = "revert", "the culprit reverted"
        CONFIG = "config", "another kernel config"

    class Verdict(models.TextChoices):
        NONE = "", "not known yet"
        GOOD = "good"
        BAD = "bad"
        SKIP = "skip"

    bisection = models.ForeignKey(Bisection, on_delete=models.CASCADE, related_name="revisions")
    order = models.PositiveIntegerField()
    sha = models.CharField(max_length=64)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.SEARCH)
    # Tells apart what has the same commit and role, such as the configs tried on one commit.
    variant = models.PositiveSmallIntegerField(default=0)
    # The kernel config it is built with, if it is not the bisection's.
    config = models.TextField(blank=True)
    # That config as the tree completed it; kept in the role `config` only.
    completed_config = models.TextField(blank=True)
    # The revision whose runs and kernel it took over: nothing was built for it.
    taken_from = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.CASCADE, related_name="+"
    )
    subject = models.CharField(max_length=500)
    release = models.CharField(max_length=100, blank=True)
    # What the search said when it asked for this revision: log lines, and words for the page.
    preamble = models.TextField(blank=True)
    why = models.CharField(max_length=500, blank=True)
    # What its runs did to the odds: words for the page, and the log's lines after its block.
    odds = models.CharField(max_length=300, blank=True)
    conclusion = models.TextField(blank=True)
    # Runs that those lines tell of; empty while they do not tell of the revision at all.
    told = models.PositiveSmallIntegerField(null=True, blank=True)
    verdict = models.CharField(max_length=5, choices=Verdict.choices, blank=True)

    class Meta:
        ordering = ["order"]
        constraints = [
            # A commit is tested once in each role; more runs are added to the same row.
            models.UniqueConstraint(
                fields=["bisection", "sha", "role", "variant"], name="one_revision_per_role"
            ),
            models.UniqueConstraint(fields=["bisection", "order"], name="one_revision_per_order"),
        ]
        indexes = [
            # The sweep asks for unfinished revisions every few seconds.
            models.Index(fields=["state", "lease_until"], name="revision_sweep"),
            # Who else tested this commit? Asked with the beginning of its name, too.
            models.Index(fields=["sha"], name="revision_sha"),
        ]

    def __str__(self) -> str:
        return f"{self.sha[:12]} {self.subject}"

    @classmethod
    def claimable(cls) -> Q:
        return Q(state__in=cls.UNFINISHED, bisection__state__in=Bisection.ACTIVE)

    @classmethod
    def on_offer(cls) -> Q:
        """What may be begun: unlike what is `claimable`, nothing of a tree that is paused."""
        return cls.claimable() & Q(bisection__bug__tree__paused=None)

    def line_up(self) -> None:
        """Who ends a bisection has its row first, and then those of its revisions."""
        rows = Bisection.objects.select_for_update(no_key=True).filter(pk=self.bisection_id)
        rows.values_list("pk").get()

    @property
    def folder(self) -> str:
        """Where its files are stored; rows of the same commit do not share one."""
        home = f"bisections/{self.bisection_id}/{self.sha}"
        return home if self.is_evidence else f"{home}-{self.role}-{self.variant}"

    @property
    def is_evidence(self) -> bool:
        """Whether the search is told of it."""
        return self.role == self.Role.SEARCH

    @property
    def is_for_verification(self) -> bool:
        """Whether it is tested because a culprit was found."""
        return self.role in (self.Role.PARENT, self.Role.REVERT)

    def plan(self) -> Plan:
        """What a lab needs to test it: the bisection's plan, with its own config if it has one."""
        plan = self.bisection.plan()
        return replace(plan, config=self.config) if self.config else plan

    def web(self) -> WebTree | None:
        """Its files on the web; a revert is a commit of ours, which nobody else has."""
        pattern = self.bisection.web_url
        return None if self.role == self.Role.REVERT else web_tree(pattern, self.sha)

    @property
    def is_dropped(self) -> bool:
        """The search ended before anything was known of it."""
        return self.is_done and self.built is None


class Run(Booted):
    """One VM boot with the reproducer."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="runs")
    # The run of an earlier bisection that this is: it was made once, and counts once.
    taken_from = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        ordering = ["index"]
        constraints = [
            # A worker that outlived its lease cannot add a run twice.
            models.UniqueConstraint(fields=["revision", "index"], name="one_run_per_index"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("run-detail", args=[self.pk])

    @property
    def tested(self) -> Revision:
        return self.revision
