"""What a person says of a token that they make."""

from __future__ import annotations

from django import forms

from bisectweb.models import ApiToken


class TokenForm(forms.Form):
    """A token for a program."""

    LASTS = [(30, "30 days"), (90, "90 days"), (365, "a year"), (0, "until it is revoked")]

    name = forms.CharField(
        max_length=100, label="Name", help_text="For you, such as the program that uses it."
    )
    scopes = forms.MultipleChoiceField(
        choices=ApiToken.Scope.choices,
        initial=[ApiToken.Scope.READ],
        widget=forms.CheckboxSelectMultiple,
        label="The program may",
    )
    days = forms.TypedChoiceField(choices=LASTS, initial=90, coerce=int, label="Valid for")
