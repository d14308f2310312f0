"""What people type: checked here, so that nothing hostile reaches git, a path or a mail."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxValueValidator, MinValueValidator

from bisectweb.models import Bisection, Tree
from bisectweb.models.bug import LANGUAGES
from runner.errors import InputError
from runner.reproducers import ELF, PROCS_MAX, WORD_SIZES, check
from runner.values import Language, Reproducer

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


class GitNameField(forms.CharField):
    """Something git resolves to a commit."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=200, validators=[validate_git_name], **options)
        self.widget.attrs |= {"class": "mono", "spellcheck": "false", "autocapitalize": "off"}


class SearchForm(forms.Form):
    """How to search."""

    kind = forms.ChoiceField(choices=Bisection.Kind.choices, label="Look for the")
    strategy = forms.ChoiceField(
        choices=Bisection.Strategy.choices, initial=Bisection.Strategy.BAYES
    )
    runs = forms.IntegerField(
        label="Runs a revision",
        initial=10,
        validators=[MinValueValidator(2), MaxValueValidator(100)],
        widget=forms.NumberInput(attrs={"min": 2, "max": 100}),
        help_text="Of the classic strategy only: how often each kernel boots with the "
        "reproducer. The bayes strategy decides that by itself.",
    )
    good = GitNameField(
        required=False,
        label="Commit without the bug",
        help_text="If you know one. Empty: for a cause, releases are tried until one is "
        "free of it; for a fix, the newest commit of the branch.",
    )
    minimise = forms.BooleanField(
        required=False,
        initial=True,
        label="Minimise the kernel config first",
        help_text="Leave out what the bug does not need: sanitizers that have nothing to do with "
        "the crash, then what the tree's small config does without. At most six builds more, and "
        "each build and run of the search is quicker and breaks less.",
    )


class StartForm(SearchForm):
    """A new search for a bug that is known."""

    bad = GitNameField(
        required=False,
        label="Commit with the bug",
        help_text="Empty: the commit of the crash.",
    )
    in_upstream = forms.BooleanField(
        required=False,
        label="Look for the fix in the upstream",
        help_text="For a fix to backport: from the commit where the histories part, which must "
        "crash, to the newest one of the upstream, which must not.",
    )

    def __init__(self, *arguments: Any, tree: Tree, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if tree.upstream is None:
            del self.fields["in_upstream"]

    def clean(self) -> None:
        super().clean()
        is_fix = self.cleaned_data.get("kind") == Bisection.Kind.FIX
        if self.cleaned_data.get("in_upstream") and not is_fix:
            self.add_error("in_upstream", "Only a fix is looked for there, no cause.")

    @classmethod
    def like(cls, bisection: Bisection) -> StartForm:
        """Filled in as it was for an earlier bisection."""
        return cls(
            tree=bisection.bug.tree,
            initial={
                "kind": bisection.kind,
                "strategy": bisection.strategy,
                "runs": bisection.runs,
                "good": bisection.asked_good,
                "bad": bisection.asked_bad,
                "minimise": bisection.minimise,
                "in_upstream": bisection.in_upstream,
            },
        )


class ReproducerForm(forms.Form):
    """How the reproducer is run; as it was left empty, as a C program, once."""

    language = forms.TypedChoiceField(
        required=False,
        choices=LANGUAGES,
        coerce=Language,
        help_text="A script or program says with its exit status what git's bisect run takes: "
        "0 without the bug, 125 if it cannot tell, up to 127 with it.",
    )
    repeat = forms.BooleanField(
        required=False,
        label="Run it again and again",
        help_text="Whenever it ends, until the tree's time limit: for bugs that show rarely. "
        "syzkaller's own C programs repeat by themselves.",
    )
    procs = forms.IntegerField(
        required=False,
        initial=1,
        label="Copies in parallel",
        validators=[MinValueValidator(1), MaxValueValidator(PROCS_MAX)],
        widget=forms.NumberInput(attrs={"min": 1, "max": PROCS_MAX}),
    )
    bits = forms.TypedChoiceField(
        required=False,
        label="Word size",
        choices=[(bits, f"{bits} bits") for bits in WORD_SIZES],
        coerce=int,
        help_text="32 bits: compiled with -m32, for a kernel with CONFIG_IA32_EMULATION.",
    )

    def clean_language(self) -> Language:
        return self.cleaned_data["language"] or Language.C

    def clean_procs(self) -> int:
        return self.cleaned_data["procs"] or 1

    def clean_bits(self) -> int:
        return self.cleaned_data["bits"] or WORD_SIZES[0]


class BugForm(SearchForm, ReproducerForm):
    """A bug, its crash, and the search for its cause, in one go."""

    tree = forms.ModelChoiceField(
        Tree.objects.order_by("name"),
        empty_label=None,
        help_text="The repository and branch to bisect in.",
    )
    title = forms.CharField(
        max_length=300, help_text="Names the bug in lists and mails, such as WARNING in kfree."
    )
    crash_title = forms.CharField(
        max_length=300,
        required=False,
        label="Title of the crash",
        help_text="As on the console, if only that crash counts. "
        "Empty: whatever the reproducer shows on the commit.",
    )
    commit = GitNameField(
        label="Commit that crashes",
        help_text="A sha, tag or branch of the tree on which the reproducer was seen to crash.",
    )
    commit_title = forms.CharField(
        max_length=300,
        required=False,
        label="Title of that commit",
        help_text="If the tree is rebased now and then: the first line of the commit's message, "
        "by which it is found again when its sha is gone.",
    )
    config = SourceField(
        size=CONFIG_MAX, label="Kernel config", help_text="The whole .config of that kernel."
    )
    reproducer = ReproducerField(
        size=REPRODUCER_MAX,
        label="Reproducer",
        help_text="C source, which is built as a static program and run in each virtual machine. "
        "Or a script, a program or one of syzkaller's: choose its language below.",
    )
    report = TextField(
        size=REPORT_MAX,
        required=False,
        label="Console report",
        help_text="The crash as your console showed it, for people to read.",
    )

    # The page shows them apart from those of the bug.
    search_fields = tuple(SearchForm.base_fields)
    reproducer_fields = tuple(ReproducerForm.base_fields)
    field_order = (
        "tree",
        "title",
        "commit",
        "commit_title",
        "config",
        "reproducer",
        "report",
        "crash_title",
        *reproducer_fields,
        "kind",
        "good",
        "strategy",
        "runs",
        "minimise",
    )

    def clean(self) -> None:
        super().clean()
        said = self.cleaned_data
        if {"config", "reproducer", *self.reproducer_fields} <= said.keys():
            self._check_reproducer(said)

    def _check_reproducer(self, said: Mapping[str, Any]) -> None:
        how = {name: said[name] for name in self.reproducer_fields}
        try:
            check(Reproducer(said["reproducer"], **how), said["config"])
        except InputError as error:
            field = "reproducer" if how["bits"] == WORD_SIZES[0] else "bits"
            self.add_error(field, str(error))


class ReasonForm(forms.Form):
    """Why a person overrides a result; kept in the history."""

    reason = forms.CharField(max_length=500)
