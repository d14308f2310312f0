"""What is built and booted, and what came of it: kernels, and what kinds of tests share."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse

from bisectweb.models.lease import Leased
from runner.search.likeness import LIKELY


class Kernel(models.Model):
    """A built image, shared by every bisection that needs the same."""

    # Hash over source tree, config and compiler: names its folder in the kernel cache too.
    key = models.CharField(max_length=64, unique=True)
    compiler = models.CharField(max_length=300)
    signature = models.CharField(max_length=64)
    # 0 where it was not built here, but read from a log.
    seconds = models.FloatField("time the build took")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            # Kernels that turned out to be the same.
            models.Index(fields=["signature"], name="kernel_signature"),
            # The list of those that were built here, the newest first.
            models.Index(fields=["-id"], condition=Q(seconds__gt=0), name="kernel_built_here"),
        ]

    def __str__(self) -> str:
        return self.key[:12]

    def get_absolute_url(self) -> str:
        return reverse("kernel-detail", args=[self.key])


def build_log_name(row: Tested, filename: str) -> str:
    return f"{row.folder}/{filename}"


class Tested(Leased):
    """One commit that is built and booted."""

    class State(models.TextChoices):
        WAITING = "waiting"
        BUILDING = "building"
        RUNNING = "running"
        DONE = "done"

    UNFINISHED = (State.WAITING, State.BUILDING, State.RUNNING)

    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    runs_wanted = models.PositiveSmallIntegerField()
    kernel = models.ForeignKey(Kernel, null=True, blank=True, on_delete=models.SET_NULL)
    built = models.BooleanField(null=True, blank=True)
    build_cached = models.BooleanField(default=False)
    build_seconds = models.FloatField(default=0)
    build_error = models.TextField(blank=True)
    build_log = models.FileField(upload_to=build_log_name, max_length=300, blank=True)
    test_seconds = models.FloatField(default=0)
    started = models.DateTimeField(null=True, blank=True)
    ended = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def folder(self) -> str:
        """Where its files are stored."""
        raise NotImplementedError

    @property
    def is_done(self) -> bool:
        return self.state == self.State.DONE


def console_name(run: Booted, filename: str) -> str:
    return f"{run.tested.folder}/{filename}"


class Booted(models.Model):
    """One VM boot with the reproducer."""

    class Outcome(models.TextChoices):
        OK = "ok", "OK"
        CRASH = "crash", "crashed"
        OTHER_CRASH = "other-crash", "crashed differently"
        BOOT_FAILED = "boot-failed", "boot failed"
        LOST = "lost", "lost connection"

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
        abstract = True

    def __str__(self) -> str:
        return f"run #{self.index}: {self.words}"

    @property
    def tested(self) -> Tested:
        """What was booted."""
        raise NotImplementedError

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
