"""What people say of a bug on its page: the same as by mail, and checked as there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db import transaction

from bisectweb.models import Bug, Event, Priority
from bisectweb.workflow import triage

SUBSYSTEM = re.compile(r"[\w.-]{1,60}", re.ASCII)

DEEDS: Mapping[str, Callable[[Bug, str, User], str]] = {
    "fix": lambda bug, value, by: triage.mark_fixed(bug, value),
    "unfix": lambda bug, value, by: triage.mark_unfixed(bug),
    "dup": lambda bug, value, by: triage.mark_duplicate(bug, value),
    "undup": lambda bug, value, by: triage.mark_unique(bug),
    "invalid": lambda bug, value, by: triage.mark_invalid(bug, by),
    "valid": lambda bug, value, by: triage.mark_valid(bug),
    "title": lambda bug, value, by: triage.rename(bug, value),
    "prio": lambda bug, value, by: triage.set_label(bug, "prio", value, by),
    "subsystems": lambda bug, value, by: (
        triage.set_label(bug, "subsystems", value, by)
        if value
        else triage.unset_label(bug, "subsystems", by)
    ),
}


class TriageForm(forms.Form):
    """One thing that is said of a bug."""

    CHOICES = (
        ("fix", "It was fixed by the commit titled"),
        ("unfix", "It was not fixed"),
        ("dup", "It is the same as the bug titled"),
        ("undup", "It is the same as no other"),
        ("invalid", "It is no bug: stop its bisections and patch tests"),
        ("valid", "It is a bug after all: what was stopped stays so"),
        ("title", "Its own title is"),
        ("subsystems", "Its subsystems are"),
        ("prio", "Its priority is (low, normal or high)"),
    )

    deed = forms.ChoiceField(choices=CHOICES, label="What it is")
    value = forms.CharField(
        required=False,
        max_length=500,
        label="Title, subsystems or priority",
        help_text="Subsystems with commas between; none takes all away.",
    )

    def __init__(self, *arguments: Any, bug: Bug, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.bug = bug

    def clean(self) -> None:
        super().clean()
        if self.errors:
            return
        deed = self.cleaned_data["deed"]
        value = " ".join(self.cleaned_data.get("value", "").split())
        names = [name for part in value.split(",") if (name := part.strip())]
        if deed in ("fix", "dup", "title") and not value:
            self.add_error("value", "Say which title.")
        if deed == "title" and len(value) > (longest := self.bug.TITLE_LENGTH):
            self.add_error("value", f"A title has at most {longest} letters.")
        if deed == "prio" and value not in Priority.labels:
            self.add_error("value", "A priority is low, normal or high.")
        if deed == "subsystems":
            value = ", ".join(dict.fromkeys(names))
            if not all(SUBSYSTEM.fullmatch(name) for name in names):
                self.add_error("value", "A subsystem is letters, digits, dots and dashes.")
        self.cleaned_data["value"] = value

    def carry_out(self, by: User) -> str:
        """Do it and write it down: what was done, in words; `InputError` when it cannot be."""
        with transaction.atomic():
            said = DEEDS[self.cleaned_data["deed"]](self.bug, self.cleaned_data["value"], by)
            Event.objects.create(bug=self.bug, actor=by, text=said[:1000])
        return said
