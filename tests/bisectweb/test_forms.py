"""What people type is refused or kept, and never lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils.datastructures import MultiValueDict
from hypothesis import given
from hypothesis import strategies as st

from bisectweb.forms import BugForm, StartForm
from bisectweb.forms.fields import CONFIG_MAX, REPORT_MAX, validate_git_name
from bisectweb.models import Bisection, Tree
from runner.reproducers import content
from runner.values import Language, Reproducer
from tests.factories import create_bisection, create_tree


def filled_in(tree: Tree) -> dict[str, Any]:
    return {
        "tree": tree.pk,
        "title": "WARNING in svm_leave_nested",
        "commit": "v6.12",
        "config": "CONFIG_KVM=y\n",
        "reproducer": "int main(void) { return 0; }\n",
        "kind": "cause",
        "strategy": "classic",
        "runs": "10",
    }


def chosen(name: str, upload: UploadedFile[bytes]) -> MultiValueDict[str, UploadedFile[bytes]]:
    return MultiValueDict({name: [upload]})


@pytest.mark.parametrize(
    "name",
    [
        "v6.12",
        "v5.15-rc4",
        "c8607e4a086fae05efe5bffb47c5199c65e7216e",
        "c8607e4a086f",
        "for-next/fixes",
        "HEAD~3",
        "v6.12^2",
        "net+dev_1",
    ],
)
def test_a_name_that_git_knows_is_accepted(name: str) -> None:
    validate_git_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "-upload-pack=evil",
        "--help",
        "a b",
        "a..b",
        "../../etc/passwd",
        ".hidden",
        "/absolute",
        "a\nb",
        "a\n",
        "a\0b",
        "a\x1b[31m",
        "main@{1}",
        "v6.12^{/fix}",
        ":/subject",
        "a:b",
        "a*",
        "a\\b",
        "naïve",
        "$(id)",
        "`id`",
    ],
)
def test_a_name_that_could_be_more_than_a_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="as git names it"):
        validate_git_name(name)


@given(st.text())
def test_an_accepted_name_is_never_an_option_nor_a_range_nor_more_than_one_word(name: str) -> None:
    try:
        validate_git_name(name)
    except ValidationError:
        return
    assert re.fullmatch(r"[!-~]+", name)
    assert not name.startswith("-")
    assert ".." not in name


@pytest.mark.django_db
def test_a_filled_in_form_is_accepted() -> None:
    form = BugForm(filled_in(create_tree()), user=AnonymousUser())
    assert form.is_valid(), form.errors
    assert form.cleaned_data["config"] == "CONFIG_KVM=y\n"
    assert form.cleaned_data["good"] == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"commit": "--help"}, "commit", "as git names it"),
        ({"good": "a b"}, "good", "as git names it"),
        ({"commit": "a" * 201}, "commit", "at most 200"),
        ({"title": ""}, "title", "required"),
        ({"title": "a\0b"}, "title", "Null characters"),
        ({"title": "a" * 301}, "title", "at most 300"),
        ({"tree": "999"}, "tree", "Select a valid choice"),
        ({"config": " \n"}, "config", "required"),
        ({"config": "x" * (CONFIG_MAX + 1)}, "config", "at most 1024 KiB"),
        ({"reproducer": ""}, "reproducer", "required"),
        ({"reproducer": "\N{REPLACEMENT CHARACTER}ELF"}, "reproducer", "not UTF-8"),
        ({"report": "é" * (REPORT_MAX // 2 + 1)}, "report", "at most 512 KiB"),
        ({"runs": "1"}, "runs", "greater than or equal to 2"),
        ({"runs": "101"}, "runs", "less than or equal to 100"),
        ({"kind": "both"}, "kind", "Select a valid choice"),
        ({"strategy": "luck"}, "strategy", "Select a valid choice"),
        ({"procs": "0"}, "procs", "greater than or equal to 1"),
        ({"procs": "33"}, "procs", "less than or equal to 32"),
        ({"bits": "16"}, "bits", "Select a valid choice"),
        ({"bits": "32"}, "bits", "CONFIG_IA32_EMULATION"),
        ({"language": "cobol"}, "language", "Select a valid choice"),
        ({"language": "script"}, "reproducer", "begins with #!"),
        ({"language": "syz", "reproducer": '#{"sandbox":"-x"}\n'}, "reproducer", "sandbox"),
    ],
)
def test_each_mistake_is_told_beside_its_field(
    changes: dict[str, str], field: str, words: str
) -> None:
    form = BugForm(filled_in(create_tree()) | changes, user=AnonymousUser())
    assert list(form.errors) == [field]
    assert words in str(form.errors[field])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({}, ("c", False, 1, 64)),
        ({"language": "", "repeat": "", "procs": "", "bits": ""}, ("c", False, 1, 64)),
        ({"repeat": "on", "procs": "4", "bits": "32"}, ("c", True, 4, 32)),
        ({"language": "script", "reproducer": "#!/bin/sh\n"}, ("script", False, 1, 64)),
    ],
)
def test_a_reproducer_runs_once_unless_a_person_says_more(
    said: dict[str, str], meant: tuple[str, bool, int, int]
) -> None:
    config = {"config": "CONFIG_X86_64=y\nCONFIG_IA32_EMULATION=y\n"}
    form = BugForm(filled_in(create_tree()) | config | said, user=AnonymousUser())
    assert form.is_valid(), form.errors
    assert tuple(form.cleaned_data[name] for name in BugForm.reproducer_fields) == meant


@pytest.mark.django_db
def test_a_program_from_a_file_is_kept_as_text() -> None:
    upload = SimpleUploadedFile("repro", b"\x7fELF\x02\x01\xff")
    said = filled_in(create_tree()) | {"language": "script"}
    form = BugForm(said, chosen("reproducer_file", upload), user=AnonymousUser())
    assert form.is_valid(), form.errors
    kept = Reproducer(form.cleaned_data["reproducer"], Language.SCRIPT)
    assert content(kept) == b"\x7fELF\x02\x01\xff"


@pytest.mark.parametrize("runs", [1, 2, 100, 101])
def test_the_form_and_the_model_allow_the_same_numbers_of_runs(runs: int) -> None:
    def allowed(check: Callable[[int], object]) -> bool:
        try:
            check(runs)
        except ValidationError:
            return False
        return True

    model = Bisection._meta.get_field("runs").run_validators
    assert allowed(BugForm.base_fields["runs"].clean) == allowed(model)


@pytest.mark.django_db
def test_a_chosen_file_counts_and_is_shown_again_as_text_after_a_mistake() -> None:
    config = SimpleUploadedFile("config", b"CONFIG_FROM_FILE=y\n")
    form = BugForm(
        filled_in(create_tree()) | {"title": "", "config": ""},
        chosen("config_file", config),
        user=AnonymousUser(),
    )
    assert list(form.errors) == ["title"]
    assert form.cleaned_data["config"] == "CONFIG_FROM_FILE=y\n"
    assert "CONFIG_FROM_FILE=y" in str(form["config"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x7fELF\x02\x01\x01\0\0", "not C source"),
        (b"int \xff\xfe", "not UTF-8"),
        (b"x" * (2 * CONFIG_MAX), "at most 512 KiB"),
    ],
)
def test_a_file_that_is_no_source_is_refused(content: bytes, words: str) -> None:
    upload = SimpleUploadedFile("repro", content)
    form = BugForm(
        filled_in(create_tree()), chosen("reproducer_file", upload), user=AnonymousUser()
    )
    assert words in str(form.errors["reproducer"])


@pytest.mark.django_db
def test_a_console_report_may_hold_bytes_that_are_no_text() -> None:
    upload = SimpleUploadedFile("console", b"WARNING: \xff\r\nCall Trace:\r\n")
    form = BugForm(filled_in(create_tree()), chosen("report_file", upload), user=AnonymousUser())
    assert form.is_valid(), form.errors
    assert form.cleaned_data["report"] == "WARNING: \N{REPLACEMENT CHARACTER}\nCall Trace:\n"


@pytest.mark.django_db
def test_starting_again_is_offered_with_what_was_asked_for_before() -> None:
    bisection = create_bisection(asked_good="v6.1", asked_bad="v6.12", runs=20, kind="fix")
    html = str(StartForm.like(bisection))
    for value in ('value="v6.1"', 'value="v6.12"', 'value="20"', '"fix" selected'):
        assert value in html


@pytest.mark.django_db
def test_every_run_counts_as_evidence_unless_the_classic_strategy_is_chosen() -> None:
    for form in (BugForm(user=AnonymousUser()), StartForm(tree=Tree())):
        html = str(form["strategy"])
        assert html.index("bayes: every run is evidence") < html.index("classic: releases")
        assert 'selected value="classic"' not in html
        assert re.search(r'value="bayes" selected', html)
        assert "classic strategy only" in form["runs"].help_text
