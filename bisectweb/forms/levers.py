"""What people say when they pull a lever: which way, of what, and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict

from bisectweb.models import Culprit, Priority
from runner.values import Header, Recipient

JUDGED = (Culprit.Verdict.CONFIRMED, Culprit.Verdict.WRONG)


class JudgeForm(forms.Form):
    """What a person says of a culprit, and why."""

    verdict = forms.ChoiceField(choices=[(one, one.label) for one in JUDGED])
    reason = forms.CharField(max_length=500)
    real = forms.RegexField(r"\A[0-9a-fA-F]{7,64}\Z", required=False)

    def clean(self) -> None:
        super().clean()
        is_wrong = self.cleaned_data.get("verdict") == Culprit.Verdict.WRONG
        if self.cleaned_data.get("real") and not is_wrong:
            self.add_error("real", "Only of a wrong commit there is another one.")


class PriorityForm(forms.Form):
    """What goes first."""

    priority = forms.TypedChoiceField(choices=Priority.choices, coerce=int)


class RequeueForm(forms.Form):
    """Bisections that were ticked in a list."""

    MOST = 1000

    bisections = forms.TypedMultipleChoiceField(coerce=int)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        ticked = [pk for pk in data.getlist("bisections") if pk.isdecimal() and len(pk) < 19]
        field = self.fields["bisections"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(pk, pk) for pk in ticked[: self.MOST]]


class ReasonForm(forms.Form):
    """Why a person overrides a result; kept in the history."""

    reason = forms.CharField(max_length=500, label="Why")


class RecipientsForm(ReasonForm):
    """Whom a mail goes to: each where they stand now, and one more."""

    HEADERS = [(Header.TO, "To"), (Header.CC, "Cc")]
    NOWHERE = "none"

    address = forms.EmailField(required=False, max_length=254, label="Also to")
    name = forms.CharField(required=False, max_length=200)
    header = forms.ChoiceField(choices=HEADERS, initial=Header.CC)

    def __init__(
        self,
        *arguments: Any,
        people: Sequence[Recipient],
        never: Collection[str] = (),
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self.people, self.never = people, never
        for one in people:
            self.fields[one.address] = forms.ChoiceField(
                choices=[*self.HEADERS, (self.NOWHERE, "not at all")],
                initial=one.header,
                label=one.address,
            )

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        if address.lower() in self.never:
            raise forms.ValidationError("They asked for no mail, or nothing reaches them.")
        return address

    def asked_for(self, by: str) -> list[Recipient]:
        """Everybody it goes to; who is added has for a reason who added them, and why."""
        said = self.cleaned_data
        kept = [
            replace(one, header=Header(said[one.address]))
            for one in self.people
            if said[one.address] != self.NOWHERE
        ]
        if said["address"]:
            name = "".join(c for c in said["name"] if c.isprintable())
            why = f"added by {by}: {said['reason']}"
            kept = [one for one in kept if one.address != said["address"]]
            kept.append(Recipient(said["address"], name, Header(said["header"]), why))
        return kept

    def chosen(self) -> list[forms.BoundField]:
        """The fields of those who are recipients now."""
        return [self[one.address] for one in self.people]
