"""The outbox: mails from draft to sent, each at most once."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse

from bisectweb.models.bisection import Bisection
from bisectweb.models.bug import Bug
from bisectweb.models.people import HasPeople


class Message(HasPeople):
    """One mail. SENDING that lasts means: nobody knows whether it left."""

    class State(models.TextChoices):
        AWAITING_APPROVAL = "awaiting", "awaiting approval"
        APPROVED = "approved"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        REJECTED = "rejected"

    bug = models.ForeignKey(Bug, on_delete=models.CASCADE, related_name="mails")
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
    claimed = models.DateTimeField(null=True, blank=True)
    woken = models.DateTimeField(null=True, blank=True, editable=False)
    sent = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-created"]
        constraints = [
            # One culprit mail for a bisection, whatever is done twice.
            models.UniqueConstraint(fields=["bisection"], name="one_mail_per_bisection"),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        return reverse("message-detail", args=[self.pk])
