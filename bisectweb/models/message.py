"""The outbox: mails from draft to sent, each at most once."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from bisectweb.models.bisection import Bisection
from bisectweb.models.bug import Bug
from bisectweb.models.people import HasPeople
from bisectweb.models.tree import Tree


class Message(HasPeople):
    """One mail."""

    class State(models.TextChoices):
        # Nobody is named whom it could go to.
        DRAFTED = "drafted"
        AWAITING_APPROVAL = "awaiting", "awaiting approval"
        # Waits for its turn: a limit, the pause before another attempt, a worker.
        APPROVED = "approved"
        SENDING = "sending"
        # Was on its way when the server or we died. Only a person may say what is to be done.
        UNKNOWN = "unknown", "delivery unknown"
        SENT = "sent"
        FAILED = "failed"
        CANCELLED = "cancelled"

    UNDECIDED = (State.DRAFTED, State.AWAITING_APPROVAL)
    # Nothing of it has left.
    HELD = (*UNDECIDED, State.APPROVED)

    # What it is about: a bug, or the mails of a tree that await approval. Neither: it answers
    # somebody whose mail was about nothing that we may speak of with them.
    bug = models.ForeignKey(
        Bug, null=True, blank=True, on_delete=models.CASCADE, related_name="mails"
    )
    digest_of = models.ForeignKey(
        Tree, null=True, blank=True, on_delete=models.CASCADE, related_name="digests"
    )
    lists = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="listed_by", editable=False
    )
    bisection = models.ForeignKey(
        Bisection, null=True, blank=True, on_delete=models.CASCADE, related_name="mails"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.AWAITING_APPROVAL)
    subject = models.CharField(max_length=500)
    body = models.TextField()
    message_id = models.CharField(max_length=200, unique=True)
    in_reply_to = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    decided = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    reason = models.CharField(max_length=500, blank=True)
    # Who sends it: whoever finds another claim here has lost the mail to somebody else...
    claim = models.CharField(max_length=32, blank=True, editable=False)
    claimed = models.DateTimeField(null=True, blank=True)
    # ... and when the first byte of it was about to leave: before that nothing can have arrived.
    begun = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    not_before = models.DateTimeField(null=True, blank=True, editable=False)
    woken = models.DateTimeField(null=True, blank=True, editable=False)
    sent = models.DateTimeField(null=True, blank=True)
    # What the server said, or what the mail waits for.
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-created"]
        indexes = [
            models.Index(fields=["-created"], name="message_created"),
            models.Index(
                fields=["-created"], condition=Q(state="awaiting"), name="message_awaiting"
            ),
        ]
        constraints = [
            # One culprit mail for a bisection, whatever is done twice.
            models.UniqueConstraint(fields=["bisection"], name="one_mail_per_bisection"),
            models.CheckConstraint(
                condition=Q(bug=None) | Q(digest_of=None),
                name="mail_is_about_one_thing_at_most",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        return reverse("message-detail", args=[self.pk])

    @classmethod
    def ready(cls, now: datetime) -> Q:
        """Those whose turn it is."""
        paused = Q(not_before=None) | Q(not_before__lte=now)
        return paused & Q(state=cls.State.APPROVED)

    @property
    def tree(self) -> Tree | None:
        """The one that it is about, if it is about any."""
        if self.digest_of:
            return self.digest_of
        return self.bug.tree if self.bug else None

    @property
    def is_undecided(self) -> bool:
        return self.state in self.UNDECIDED

    @property
    def is_held(self) -> bool:
        return self.state in self.HELD
