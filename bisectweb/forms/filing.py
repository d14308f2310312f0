"""What is filed, brought and started: bugs, what a crash lacks, logs, searches."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet

from bisectweb.access import Person, visible
from bisectweb.forms.fields import (
    CONFIG_MAX,
    REPORT_MAX,
    REPRODUCER_MAX,
    FilesField,
    GitNameField,
    ReproducerField,
    SourceField,
    TextField,
)
from bisectweb.models import Bisection, Bug, Crash, Priority, Tree
from bisectweb.models.bug import LANGUAGES
from runner.errors import InputError
from runner.reproducers import PROCS_MAX, WORD_SIZES, check
from runner.values import Language, Reproducer


def choose_from(field: forms.Field, trees: QuerySet[Tree]) -> None:
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = trees.order_by("name")


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
    once = forms.CharField(
        required=False,
        max_length=64,
        initial=lambda: secrets.token_urlsafe(16),
        widget=forms.HiddenInput,
    )
    """A key of each form that is shown; empty for programs, which know what they send twice."""

    def clean(self) -> None:
        """`once` becomes a hash of the whole form: changed and sent again, it is another one."""
        super().clean()
        if self.cleaned_data.get("once"):
            said = sorted((name, str(value)) for name, value in self.cleaned_data.items())
            self.cleaned_data["once"] = hashlib.sha256(repr(said).encode()).hexdigest()


class StartForm(SearchForm):
    """A new search for a bug that is known."""

    priority = forms.TypedChoiceField(
        required=False,
        choices=[("", "as the bug"), *Priority.choices],
        coerce=int,
        empty_value=None,
        help_text="A free slot takes the highest first.",
    )

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

    config = SourceField(
        size=CONFIG_MAX,
        required=False,
        label="Another kernel config",
        help_text="A whole .config to search with instead of the crash's.",
    )
    evidence_from = forms.ModelChoiceField(
        Bisection.objects.none(),
        required=False,
        empty_label="from nothing",
        label="Begin with the evidence so far",
        help_text="The runs of an earlier bisection of this bug count as this one's own, which is "
        "searched with the same config then: nothing is minimised anew.",
    )

    def __init__(self, *arguments: Any, tree: Tree, bug: Bug | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if tree.upstream is None:
            del self.fields["in_upstream"]
        if bug is None:
            del self.fields["evidence_from"]
        else:
            field = self.fields["evidence_from"]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = bug.bisections.filter(imported=False)
            # A page has them at hand: they are not asked for again.
            earlier = [one for one in bug.bisections.all() if not one.imported]
            field.choices = [("", field.empty_label), *((one.pk, str(one)) for one in earlier)]

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
            bug=bisection.bug,
            initial={
                "priority": bisection.priority,
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

    def check_reproducer(self, source: str, config: str) -> None:
        """Add an error where it cannot be run as was said, on a kernel with that config."""
        how = {name: self.cleaned_data[name] for name in ReproducerForm.base_fields}
        try:
            check(Reproducer(source, **how), config)
        except InputError as error:
            field = "reproducer" if how["bits"] == WORD_SIZES[0] else "bits"
            self.add_error(field, str(error))


class CrashForm(ReproducerForm):
    """What it takes to see a crash again."""

    config = SourceField(
        size=CONFIG_MAX, label="Kernel config", help_text="The whole .config of that kernel."
    )
    reproducer = ReproducerField(
        size=REPRODUCER_MAX,
        label="Reproducer",
        help_text="C source, which is built as a static program and run in each virtual machine. "
        "Or a script, a program or one of syzkaller's: choose its language below.",
    )

    # The page shows them apart.
    reproducer_fields = tuple(ReproducerForm.base_fields)

    def clean(self) -> None:
        super().clean()
        said = self.cleaned_data
        if {"config", "reproducer", *self.reproducer_fields} <= said.keys():
            self.check_reproducer(said["reproducer"], said["config"])


class BugForm(SearchForm, CrashForm):
    """A bug, its crash, and the search for its cause, in one go."""

    tree = forms.ModelChoiceField(
        Tree.objects.none(),
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
    report = TextField(
        size=REPORT_MAX,
        required=False,
        label="Console report",
        help_text="The crash as your console showed it, for people to read.",
    )

    # The page shows them apart from those of the bug.
    search_fields = tuple(SearchForm.base_fields)
    field_order = (
        "tree",
        "title",
        "commit",
        "commit_title",
        "config",
        "reproducer",
        "report",
        "crash_title",
        *CrashForm.reproducer_fields,
        "kind",
        "good",
        "strategy",
        "runs",
        "minimise",
    )

    def __init__(self, *arguments: Any, user: Person, **options: Any) -> None:
        super().__init__(*arguments, **options)
        choose_from(self.fields["tree"], visible(Tree.objects.exclude(url=""), user))


class CompleteForm(CrashForm):
    """What a crash lacks that was read from a log."""

    tree = forms.ModelChoiceField(
        Tree.objects.none(),
        empty_label=None,
        help_text="The repository and branch that the commit is from. The bug moves there.",
    )
    field_order = ("tree", "config", "reproducer", *CrashForm.reproducer_fields)

    def __init__(self, *arguments: Any, crash: Crash, user: Person, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if crash.bug.tree.url:
            del self.fields["tree"]
            return
        # Nobody but an admin shows a bug to more people than see it now.
        narrower = Tree.objects.exclude(url="").filter(seen_by__in=crash.bug.tree.as_private())
        choose_from(self.fields["tree"], visible(narrower, user))


class ImportForm(forms.Form):
    """Logs of bisections that were done elsewhere."""

    logs = FilesField(
        label="Bisection logs",
        help_text="In the grammar of syzbot's logs: as many as you like, up to 100 at once.",
    )
    bug_title = forms.CharField(
        max_length=300,
        required=False,
        label="Title of the bug",
        help_text="If all the logs are about one bug. Empty: the crash that each of them shows.",
    )
    tree = forms.ModelChoiceField(
        Tree.objects.none(),
        required=False,
        empty_label="not known",
        help_text="The repository that the commits are from.",
    )

    def __init__(self, *arguments: Any, user: Person, **options: Any) -> None:
        super().__init__(*arguments, **options)
        choose_from(self.fields["tree"], visible(Tree.objects.all(), user))
