"""The fields of forms: what reaches git, a compiler or a path is checked in them."""

from __future__ import annotations

import base64
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from runner.reproducers import ELF

KIB = 1024
# Whole Linux configs are about 300 KiB. Together the three stay below what Django reads of a
# request (DATA_UPLOAD_MAX_MEMORY_SIZE, 2.5 MiB).
CONFIG_MAX = 1024 * KIB
REPRODUCER_MAX = 512 * KIB
REPORT_MAX = 512 * KIB

# A commit, tag or branch with at most ancestry marks (v6.12~3): no option, range or path trick.
GIT_NAME = re.compile(r"[0-9A-Za-z_](?:[0-9A-Za-z_+/~^-]|\.(?!\.))*")


def validate_git_name(name: str) -> None:
    if not GIT_NAME.fullmatch(name):
        raise ValidationError(
            "Give a commit, tag or branch as git names it, such as v6.12 or 1a2b3c4d5e6f: "
            "letters, digits and . _ / + - ~ ^ only, no spaces, no '..', no leading '-'."
        )


class TextOrFile(forms.Textarea):
    """A text area with a file input beside it; a chosen file counts, and becomes the text.

    After an error the page shows the text again, which a file input alone could not.
    """

    needs_multipart_form = True
    has_file_beside = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        upload = files.get(f"{name}_file")
        if upload is None or not upload.size:
            return super().value_from_datadict(data, files, name)
        return self.read(upload)

    @staticmethod
    def read(upload: UploadedFile[bytes]) -> str:
        """The text of a file; bytes that are no text become U+FFFD."""
        upload.seek(0)  # a form asks twice: when it checks, and when it is shown again
        content: bytes = upload.read(CONFIG_MAX + 1)
        return content.decode("utf-8", "replace")

    def use_required_attribute(self, initial: Any) -> bool:
        return False  # the browser cannot know that a chosen file is enough

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}_file" not in files


class TextOrProgram(TextOrFile):
    """As its base, but a program becomes base64."""

    @staticmethod
    def read(upload: UploadedFile[bytes]) -> str:
        upload.seek(0)
        content: bytes = upload.read(REPRODUCER_MAX + 1)
        if content.startswith(ELF):
            return base64.encodebytes(content).decode()
        return TextOrFile.read(upload)


class TextField(forms.CharField):
    """A file's worth of text, of at most `size` bytes."""

    widget = TextOrFile

    def __init__(self, *, size: int, **options: Any) -> None:
        super().__init__(strip=False, **options)
        self.size = size

    def clean(self, value: Any) -> str:
        text: str = super().clean(value).replace("\r\n", "\n")
        if self.required and not text.strip():
            raise ValidationError(self.error_messages["required"], code="required")
        if len(text.encode()) > self.size:
            limit = f"{self.size // KIB} KiB"
            raise ValidationError(f"This is too long: at most {limit} can be used.")
        return text


class SourceField(TextField):
    """Text that a compiler or Kconfig reads: every byte counts."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if "\N{REPLACEMENT CHARACTER}" in text:
            raise ValidationError("This is not UTF-8 text. Give the source, not a binary file.")
        return text


class ReproducerField(SourceField):
    """What is compiled, or run as it is."""

    widget = TextOrProgram


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several; what it gives is a list of uploads."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        clean = super().clean
        return [clean(upload, initial) for upload in data or [None]]


class GitNameField(forms.CharField):
    """Something git resolves to a commit."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=200, validators=[validate_git_name], **options)
        self.widget.attrs |= {"class": "mono", "spellcheck": "false", "autocapitalize": "off"}
