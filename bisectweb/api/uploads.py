"""The form of a crash that a program uploads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from bisectweb.forms import ReproducerForm
from bisectweb.forms.fields import (
    CONFIG_MAX,
    REPRODUCER_MAX,
    GitNameField,
    ReproducerField,
    SourceField,
    TextField,
)
from runner.console import find_crash

CONSOLE_MAX = 2 << 20


class UploadForm(ReproducerForm):
    """What was seen: a console log, or what it takes to see it again, or both.

    The title and the report are those of the first crash of the console log, unless a title is
    given.
    """

    commit = GitNameField()
    commit_title = forms.CharField(max_length=300, required=False)
    title = forms.CharField(max_length=300, required=False)
    console = TextField(size=CONSOLE_MAX, required=False)
    config = SourceField(size=CONFIG_MAX, required=False)
    reproducer = ReproducerField(size=REPRODUCER_MAX, required=False)

    def clean(self) -> None:
        super().clean()
        if self.errors:
            return
        said = self.cleaned_data
        if said["console"]:
            self._read(said)
        elif not said["reproducer"]:
            raise ValidationError("Give a console log, a reproducer, or both.")
        if said["reproducer"]:
            self.check_reproducer(said["reproducer"], said["config"])

    def _read(self, said: Mapping[str, Any]) -> None:
        crash = find_crash(said["console"])
        if crash is None:
            self.add_error("console", "There is no crash of a kernel in this log.")
        else:
            self.cleaned_data["report"] = crash.report
            self.cleaned_data["title"] = said["title"] or crash.title[:300]

    def crash(self) -> dict[str, Any]:
        """The fields of the crash."""
        fields = {name: value for name, value in self.cleaned_data.items() if name != "console"}
        return {"report": "", **fields}
