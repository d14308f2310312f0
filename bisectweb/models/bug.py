"""What was reported: bugs, and the crashes that show them."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse

from bisectweb.models.priority import Priority
from bisectweb.models.summary import Summarised
from bisectweb.models.tree import Tree
from bisectweb.weblinks import is_reachable
from runner import reproducers, values
from runner.building.make_variables import parse
from runner.console import find_crash
from runner.values import Language, Plan, Reproducer

LANGUAGES = [
    (Language.C, "C"),
    (Language.SCRIPT, "script or program"),
    (Language.SYZ, "syzkaller program"),
]


def new_token() -> str:
    return secrets.token_hex(10)


class Bug(Summarised):
    """What was reported; has one or more crashes."""

    class State(models.TextChoices):
        OPEN = "open"
        FIXED = "fixed"
        INVALID = "invalid"
        DUPLICATE = "duplicate"

    TITLE_LENGTH = 300

    tree = models.ForeignKey(Tree, on_delete=models.PROTECT, related_name="bugs")
    title = models.CharField(max_length=TITLE_LENGTH)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    # Names the bug in mail addresses and Reported-by lines: not guessable, never reused.
    token = models.CharField(max_length=20, unique=True, default=new_token, editable=False)
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created = models.DateTimeField(auto_now_add=True)
    # What people say of it: the title of the commit that fixes it, the bug it is the same as...
    fix = models.CharField(max_length=500, blank=True, editable=False)
    duplicate_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="duplicates",
    )
    # ... and labels; the subsystems with a comma and a blank between.
    subsystems = models.CharField(max_length=700, blank=True, editable=False)
    priority = models.CharField(
        max_length=6,
        choices=[(word, word.capitalize()) for word in Priority.labels],
        default=Priority.NORMAL.label,
        editable=False,
    )
    no_reminders = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-created"]
        # The list: each order, and the newest activity of what is mostly filtered by.
        indexes = [
            models.Index(fields=["active", "id"], name="bug_active"),
            models.Index(fields=["created", "id"], name="bug_created"),
            models.Index(fields=["title", "id"], name="bug_title"),
            models.Index(fields=["confidence", "id"], name="bug_confidence"),
            models.Index(fields=["crash_count", "id"], name="bug_crash_count"),
            models.Index(fields=["state", "active", "id"], name="bug_state"),
            models.Index(fields=["bisected", "active", "id"], name="bug_bisected"),
            models.Index(fields=["tree", "active", "id"], name="bug_tree"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("bug-detail", args=[self.pk])

    @property
    def subsystem_names(self) -> list[str]:
        return self.subsystems.split(", ") if self.subsystems else []

    @property
    def address(self) -> str:
        """Where answers about this bug go, and its Reported-by address."""
        return f"bug+{self.token}@{settings.MAIL_DOMAIN}"

    @property
    def reported_by_line(self) -> str:
        """The trailer for the fix: whoever is told of it can find the bug again."""
        return f"Reported-by: bisectweb <{self.address}>"

    @property
    def closes_line(self) -> str:
        """The trailer right below Reported-by: where the report is. Empty where not everybody
        can read it.
        """
        is_public = self.tree.seen_by == Tree.SeenBy.EVERYBODY and is_reachable(settings.SITE_URL)
        return f"Closes: {settings.SITE_URL}{self.get_absolute_url()}" if is_public else ""

    @property
    def tested_by_line(self) -> str:
        """The trailer for a patch after which the bug did not show."""
        return f"Tested-by: bisectweb <{self.address}>"


class Crash(models.Model):
    """One occurrence of a bug: all that is needed to see it again."""

    bug = models.ForeignKey(Bug, on_delete=models.CASCADE, related_name="crashes")
    title = models.CharField(
        max_length=300,
        blank=True,
        help_text="As on the console; empty: whatever the reproducer shows on this commit.",
    )
    commit = models.CharField("commit that crashes", max_length=200)
    commit_title = models.CharField(
        "title of that commit",
        max_length=300,
        blank=True,
        help_text="Finds the commit in a tree that was rebased since.",
    )
    config = models.TextField("kernel config")
    reproducer = models.TextField()
    language = models.CharField(
        max_length=10,
        choices=LANGUAGES,
        default=Language.C,
    )
    repeat = models.BooleanField(
        "run it again and again",
        default=False,
        help_text="Until the time of the reproducer is over, whenever it ends.",
    )
    procs = models.PositiveSmallIntegerField(
        "copies in parallel",
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(reproducers.PROCS_MAX)],
    )
    bits = models.PositiveSmallIntegerField(
        "word size",
        choices=[(64, "64 bits"), (32, "32 bits")],
        default=64,
        help_text="32 bits need a kernel with CONFIG_IA32_EMULATION.",
    )
    report = models.TextField("console report", blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created"]
        verbose_name_plural = "crashes"

    def __str__(self) -> str:
        return f"{self.title or self.bug.title} at {self.commit[:12]}"

    @property
    def missing(self) -> list[str]:
        """What a bisection would lack, in words; a crash that was read from a log has no more
        than its commit and its report.
        """
        needed = (
            (self.bug.tree.url, "the address of a repository"),
            (self.config, "a kernel config"),
            (self.reproducer, "a reproducer"),
        )
        return [words for there, words in needed if not there]

    def looked_for(self, title: str) -> values.Crash:
        """What the bug crashes with, with what its first report says of it; no title while nobody
        knows it.

        The report is the bug's by whoever gave it: the name that we give it is one of the bug's.
        """
        read = find_crash(self.report) if title and self.report else None
        if read is None or read.title == title:
            return read or values.Crash(title, "")
        return values.Crash(title, read.report, alt_titles=(read.title, *read.alt_titles))

    def plan(self) -> Plan:
        tree = self.bug.tree
        return Plan(
            tree_url=tree.url,
            branch=tree.branch,
            config=self.config,
            compiler=tree.compiler,
            reproducer=Reproducer(
                self.reproducer,
                Language(self.language),
                repeat=self.repeat,
                procs=self.procs,
                bits=self.bits,
            ),
            title=self.title,
            machine=tree.machine(),
            syzkaller=tree.syzkaller(),
            make_variables=parse(tree.make_variables),
            upstream_url=tree.upstream.url if tree.upstream else "",
            upstream_branch=tree.upstream.branch if tree.upstream else "",
        )
