"""Mails that came in, each once; who bounced, and who wants no more of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bisectweb.models.bug import Bug
from bisectweb.models.message import Message


class Received(models.Model):
    """One mail that came in, however many copies of it came."""

    class State(models.TextChoices):
        DONE = "done", "done what it asked for"
        REFUSED = "refused", "not all of it could be done"
        UNPROVEN = "unproven", "sender not verified"
        IGNORED = "ignored", "nothing was asked for"
        NO_BUG = "no-bug", "about no bug of ours"

    # Its Message-ID, or a hash of a mail that has none. A forger may take somebody else's.
    message_id = models.CharField(max_length=1000)
    sender = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    bug = models.ForeignKey(
        Bug, null=True, blank=True, on_delete=models.SET_NULL, related_name="received"
    )
    state = models.CharField(max_length=10, choices=State.choices)
    # What was done and what was not, and why; a sentence on each line.
    said = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = "received mail"
        constraints = [
            models.UniqueConstraint(fields=["message_id", "sender"], name="received_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sender}: {self.subject}"

    @property
    def answerable_id(self) -> str:
        """What an answer names it by; empty where it has no Message-ID that a header can hold."""
        is_one = self.message_id.startswith("<") and self.message_id.isascii()
        return self.message_id if is_one and len(self.message_id) <= 200 else ""


class Answer(models.Model):
    """What somebody is told whose mail asked for what could not be done: once a mail."""

    received = models.OneToOneField(Received, on_delete=models.CASCADE, related_name="answer")
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="answer")
    address = models.CharField(max_length=320)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["address", "at"], name="answers_to")]

    def __str__(self) -> str:
        return f"answer to {self.address}"


class Bounce(models.Model):
    """A mail of ours that did not reach an address, for good."""

    # Addresses that so many different mails did not reach are written to no more.
    MOST = 3

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="bounces")
    address = models.CharField(max_length=320, db_index=True)
    status = models.CharField(max_length=20)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["message", "address"], name="one_bounce_per_mail"),
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.status}"


class OptOut(models.Model):
    """An address that wants no mail about a bug, or about any."""

    # In lower case, as in a bounce.
    address = models.CharField(max_length=320)
    bug = models.ForeignKey(
        Bug, null=True, blank=True, on_delete=models.CASCADE, related_name="opted_out"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["address", "bug"], name="one_opt_out_of_a_bug"),
            models.UniqueConstraint(
                fields=["address"], condition=Q(bug=None), name="one_opt_out_of_everything"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.bug or 'everything'}"
