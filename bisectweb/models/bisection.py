"""One search for the cause or the fix of a bug, and the culprit it found."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from bisectweb.models.bug import Bug, Crash
from bisectweb.models.lease import Leased
from bisectweb.models.people import HasPeople
from bisectweb.models.priority import Priority
from runner import values
from runner.values import Plan
from runner.verification import Part, Result


class Bisection(Leased):
    """One search. Its evidence, the runs of its revisions, is all the state the search has."""

    AROUND = ("bug", "crash__bug__tree__upstream")

    class Kind(models.TextChoices):
        CAUSE = "cause", "cause: which commit introduced it"
        FIX = "fix", "fix: which commit made it go away"

    class Strategy(models.TextChoices):
        BAYES = "bayes", "bayes: every run is evidence"
        CLASSIC = "classic", "classic: releases, then git's halving"

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        FOUND = "found"
        INCONCLUSIVE = "inconclusive"
        FAILED = "failed"
        CANCELLED = "cancelled"

    ACTIVE = (State.QUEUED, State.RUNNING)
    # Odds of 150 : 1 against a single change; one odd revision can do that.
    STRAINED = 5.0

    bug = models.ForeignKey(Bug, on_delete=models.CASCADE, related_name="bisections")
    crash = models.ForeignKey(Crash, on_delete=models.RESTRICT, related_name="bisections")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.CAUSE)
    strategy = models.CharField(max_length=10, choices=Strategy.choices, default=Strategy.BAYES)
    # Of the classic strategy; the other decides by itself how often it runs what.
    runs = models.PositiveSmallIntegerField(
        "runs a revision",
        default=10,
        validators=[MinValueValidator(2), MaxValueValidator(100)],
    )
    # Which form asked for it, by a hash of all that was in it: sent twice, it starts nothing twice.
    once = models.CharField(max_length=64, blank=True, editable=False)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    # Whether a smaller config that shows the bug is looked for before the search...
    minimise = models.BooleanField("minimise the kernel config first", default=False)
    # ... and the tree's base config at that time, to which the way leads.
    base_config = models.TextField(blank=True, editable=False)
    # What came of it: counts of options before and after, what was dropped, what is needed.
    minimised = models.JSONField(default=dict, blank=True, editable=False)
    # The tree's settings when it was asked for: `Tree.setup`. Empty where nobody knows them.
    setup = models.JSONField(default=dict, blank=True, editable=False)
    # The earlier bisection whose runs it began with.
    taken_from = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="given_to",
    )
    # As asked for: any name git understands; empty where the search shall choose.
    asked_good = models.CharField("good commit", max_length=200, blank=True)
    asked_bad = models.CharField("bad commit", max_length=200)
    in_upstream = models.BooleanField("look for the fix in the upstream", default=False)
    # As resolved when the search began.
    good = models.CharField(max_length=64, blank=True, editable=False)
    bad = models.CharField(max_length=64, blank=True, editable=False)
    # The kernel config that is searched with, if it is not the crash's.
    config = models.TextField(blank=True, editable=False)
    # What was taken for the ends instead of what was asked for; a sentence on each line.
    bounds = models.TextField(blank=True, editable=False)
    # The crash title the search compares with; taken from the start commit if nobody gave one.
    title = models.CharField(max_length=300, blank=True, editable=False)

    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    activity = models.CharField(max_length=300, blank=True, editable=False)
    activity_since = models.DateTimeField(null=True, blank=True, editable=False)
    progress = models.CharField(max_length=300, blank=True, editable=False)
    # Why it ended without a culprit, or what our own machine suffers from right now.
    reason = models.TextField(blank=True, editable=False)
    # Each with sha and subject, and with its probability where the strategy knows one.
    suspects = models.JSONField(default=list, blank=True, editable=False)
    # How likely the commits were before any run: groups with their reason, commits and share.
    prior = models.JSONField(default=list, blank=True, editable=False)
    # Nats by which a single change falls short of explaining what was seen.
    strain = models.FloatField(default=0, editable=False)
    # The commit that the search found, while it is being verified.
    verifying = models.CharField(max_length=64, blank=True, editable=False)
    # Steps of the search that the log already tells of.
    told = models.PositiveIntegerField(default=0, editable=False)
    log_head = models.TextField(blank=True, editable=False)
    # What the log says of the commit that was found, before what was tested to verify it.
    log_found = models.TextField(blank=True, editable=False)
    log_tail = models.TextField(blank=True, editable=False)

    created = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Whoever asked for it by mail.
    asked_by = models.CharField(max_length=320, blank=True, editable=False)
    started = models.DateTimeField(null=True, blank=True, editable=False)
    ended = models.DateTimeField(null=True, blank=True, editable=False)

    # Read from a log that was written elsewhere (`ImportedLog`): never worked on, never mailed.
    imported = models.BooleanField(default=False, editable=False)

    invalid_reason = models.TextField(blank=True, editable=False)
    invalidated = models.DateTimeField(null=True, blank=True, editable=False)
    invalidated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-created"]
        indexes = [
            # The sweep asks for active bisections every few seconds.
            models.Index(fields=["state", "lease_until"], name="bisection_sweep"),
            # What failed last: a page to let it go on from.
            models.Index(fields=["-id"], condition=Q(state="failed"), name="bisection_failed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(imported=False) | ~Q(state__in=["queued", "running"]),
                name="imported_is_over",
            ),
            models.UniqueConstraint(
                fields=["created_by", "once"], condition=~Q(once=""), name="one_bisection_per_form"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display().partition(':')[0]} bisection {self.pk} of {self.bug}"

    def get_absolute_url(self) -> str:
        return reverse("bisection-detail", args=[self.pk])

    @classmethod
    def claimable(cls) -> Q:
        return Q(state__in=cls.ACTIVE)

    @classmethod
    def on_offer(cls) -> Q:
        """What may be begun: unlike what is `claimable`, nothing of a tree that is paused."""
        return cls.claimable() & Q(bug__tree__paused=None)

    def plan(self) -> Plan:
        """What a lab needs to search: the crash's plan, with its own config if it has one."""
        plan = self.crash.plan()
        return replace(plan, config=self.config) if self.config else plan

    def looked_for(self) -> values.Crash:
        return self.crash.looked_for(self.title)

    def used_config(self) -> str:
        """The kernel config that is searched with; as the start commit's tree completed it, where
        that was kept.
        """
        tested = self.revisions.filter(role="search", sha=self.bad).exclude(completed_config="")
        completed = tested.values_list("completed_config", flat=True).first()
        return completed or self.config or self.crash.config

    @property
    def web_url(self) -> str:
        """Where the files of its commits are on the web: `Tree.web_url`."""
        tree = self.bug.tree
        return tree.upstream.web_url if self.in_upstream and tree.upstream else tree.web_url

    @property
    def is_active(self) -> bool:
        return self.state in self.ACTIVE

    @property
    def stage(self) -> str:
        """The state as people read it: what was found is not told before it is verified."""
        return "verifying" if self.verifying else self.get_state_display()

    @property
    def is_fix(self) -> bool:
        return self.kind == self.Kind.FIX

    @property
    def is_bayes(self) -> bool:
        return self.strategy == self.Strategy.BAYES

    @property
    def is_strained(self) -> bool:
        """Whether people should be told that the runs hardly fit together."""
        return self.strain >= self.STRAINED


class Culprit(HasPeople):
    """The commit a bisection found."""

    class Verdict(models.TextChoices):
        NONE = "", "nobody has said yet"
        CONFIRMED = "confirmed"
        WRONG = "wrong"

    bisection = models.OneToOneField(Bisection, on_delete=models.CASCADE, related_name="culprit")
    sha = models.CharField(max_length=64)
    subject = models.CharField(max_length=500)
    author = models.CharField(max_length=300)
    author_email = models.CharField(max_length=300)
    # Empty where the log does not show the commit.
    date = models.DateTimeField(null=True)
    details = models.TextField("commit as git shows it")
    # Empty where the log of an imported one does not say.
    confidence = models.FloatField(null=True)
    signature = models.CharField(max_length=64, blank=True)
    parent_signature = models.CharField(max_length=64, blank=True)
    # What makes an answer doubtful (reference: syzbot's own list).
    is_merge = models.BooleanField(default=False)
    is_release = models.BooleanField(default=False)
    is_noop = models.BooleanField("builds the same kernel as its parent", default=False)
    recipients_note = models.CharField(max_length=500, blank=True)
    # What a person says of it: who, when and why, and which commit it is instead.
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    verdict_by = models.CharField(max_length=320, blank=True)
    verdict_at = models.DateTimeField(null=True)
    verdict_reason = models.CharField(max_length=500, blank=True)
    real = models.CharField("the commit it is instead", max_length=64, blank=True)
    # What was checked before anybody was told: each with name, result and words. See
    # `runner.verification`.
    checks = models.JSONField(default=list, blank=True)

    # Below this, syzbot does not mail either.
    MIN_CONFIDENCE = 0.66

    class Meta:
        indexes = [models.Index(fields=["sha"], name="culprit_sha")]

    def __str__(self) -> str:
        return f"{self.sha[:12]} {self.subject}"

    @property
    def meaning(self) -> str:
        """What the confidence is the probability of."""
        if not self.bisection.is_bayes:
            return "that no crash was missed on the way"
        kind = "fix" if self.bisection.is_fix else "culprit"
        return f"that this commit is the {kind}, given all runs"

    @property
    def fixes_line(self) -> str:
        """The kernel's `Fixes:` trailer, 12 digits and the subject (submitting-patches.rst)."""
        return f'Fixes: {self.sha[:12]} ("{self.subject}")'

    @property
    def is_unsure(self) -> bool:
        return self.confidence is not None and self.confidence < self.MIN_CONFIDENCE

    @property
    def is_verified(self) -> bool:
        """Whether everything could be checked, and nothing spoke against it."""
        return bool(self.checks) and all(check["result"] == Result.PASSED for check in self.checks)

    @property
    def flags(self) -> list[str]:
        """Why this answer should be doubted, in words; empty when nothing speaks against it."""
        facts = [
            words
            for flagged, words in (
                (self.is_merge, "it is a merge"),
                (self.is_release, "it is a release commit"),
                (self.is_noop, "it builds the same kernel as its parent"),
                (self.is_unsure, "the confidence is low"),
            )
            if flagged
        ]
        failed = [check for check in self.checks if check["result"] == Result.FAILED]
        return facts + [check["words"] for check in failed if check["name"] in set(Part)]
