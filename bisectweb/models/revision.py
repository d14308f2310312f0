"""Revisions, their kernels and their runs: the evidence."""

from __future__ import annotations

from dataclasses import replace

from django.db import models
from django.db.models import Q
from django.urls import reverse

from bisectweb.models.bisection import Bisection
from bisectweb.models.lease import Leased
from bisectweb.weblinks import WebTree, web_tree
from runner.search.likeness import LIKELY
from runner.values import Plan


class Kernel(models.Model):
    """A built image, shared by every bisection that needs the same."""

    # Hash over source tree, config and compiler: names its folder in the kernel cache too.
    key = models.CharField(max_length=64, unique=True)
    compiler = models.CharField(max_length=300)
    signature = models.CharField(max_length=64)
    seconds = models.FloatField("time the build took")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            # Kernels that turned out to be the same.
            models.Index(fields=["signature"], name="kernel_signature"),
        ]

    def __str__(self) -> str:
        return self.key[:12]

    def get_absolute_url(self) -> str:
        return reverse("kernel-detail", args=[self.key])


def build_log_name(revision: Revision, filename: str) -> str:
    return f"{revision.folder}/{filename}"


class Revision(Leased):
    """One commit tested in a bisection: build, runs, what we conclude."""

    class Role(models.TextChoices):
        """What it is tested for. Only what is tested for the search is its evidence."""

        SEARCH = "search"
        PARENT = "parent", "the culprit's parent, outside the range"
        REVERT = "revert", "the culprit reverted"
        CONFIG = "config", "another kernel config"

    class State(models.TextChoices):
        WAITING = "waiting"
        BUILDING = "building"
        RUNNING = "running"
        DONE = "done"

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
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    runs_wanted = models.PositiveSmallIntegerField()
    kernel = models.ForeignKey(Kernel, null=True, blank=True, on_delete=models.SET_NULL)
    built = models.BooleanField(null=True, blank=True)
    build_cached = models.BooleanField(default=False)
    build_seconds = models.FloatField(default=0)
    build_error = models.TextField(blank=True)
    build_log = models.FileField(upload_to=build_log_name, max_length=300, blank=True)
    test_seconds = models.FloatField(default=0)
    verdict = models.CharField(max_length=5, choices=Verdict.choices, blank=True)
    started = models.DateTimeField(null=True, blank=True)
    ended = models.DateTimeField(null=True, blank=True)

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
        return ~Q(state=cls.State.DONE) & Q(bisection__state__in=Bisection.ACTIVE)

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
    def is_done(self) -> bool:
        return self.state == self.State.DONE

    @property
    def is_dropped(self) -> bool:
        """The search ended before anything was known of it."""
        return self.is_done and self.built is None


def console_name(run: Run, filename: str) -> str:
    return f"{run.revision.folder}/{filename}"


class Run(models.Model):
    """One VM boot with the reproducer."""

    class Outcome(models.TextChoices):
        OK = "ok", "OK"
        CRASH = "crash", "crashed"
        OTHER_CRASH = "other-crash", "crashed differently"
        BOOT_FAILED = "boot-failed", "boot failed"
        LOST = "lost", "lost connection"

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="runs")
    index = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    # The log's words after "run #N: ".
    words = models.CharField(max_length=400)
    title = models.CharField(max_length=300, blank=True)
    alt_titles = models.JSONField(default=list, blank=True)
    # Syzkaller's word for the kind of crash.
    type = models.CharField(max_length=60, blank=True)
    # How likely the crash is the bug, from 0 to 1.
    similarity = models.FloatField(default=0)
    report = models.TextField(blank=True)
    # Where the report begins and ends in the console, in bytes; both 0 where nobody knows.
    crash_start = models.PositiveBigIntegerField(default=0)
    crash_end = models.PositiveBigIntegerField(default=0)
    # Why the report's frames have no lines of the source.
    note = models.CharField(max_length=300, blank=True)
    # Empty where no console was kept, as for the runs of an imported log.
    console = models.FileField(upload_to=console_name, max_length=300, blank=True)
    # Empty where nobody measured it.
    seconds = models.FloatField(null=True)
    ended = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["index"]
        constraints = [
            # A worker that outlived its lease cannot add a run twice.
            models.UniqueConstraint(fields=["revision", "index"], name="one_run_per_index"),
        ]

    def __str__(self) -> str:
        return f"run #{self.index}: {self.words}"

    def get_absolute_url(self) -> str:
        return reverse("run-detail", args=[self.pk])

    @property
    def is_alike(self) -> bool:
        """Whether it crashed with what is likely the bug under another title."""
        return self.outcome == self.Outcome.OTHER_CRASH and self.similarity >= LIKELY

    @property
    def said(self) -> str:
        """Its words, and how alike its crash is where that counts."""
        if not self.is_alike:
            return self.words
        return f"crashed alike ({self.similarity:.2g}): {self.title}"
