"""The rules of small changes: what they find, and what they leave alone."""

from __future__ import annotations

import pytest

from tests.demolinux.change import Change, applied
from tests.demolinux.inert import DOCS
from tests.demolinux.places import prefix
from tests.demolinux.small import c_rules, dictionary, edits, masked, text_rules

SPELLING = dictionary("# a comment\nrecieve||receive\nteh||the\nfoo||bar, baz\n")
C_RULES = {rule.name: rule for rule in c_rules(SPELLING)}
TEXT_RULES = {rule.name: rule for rule in text_rules(SPELLING)}


def after(name: str, text: str, path: str = "a.c") -> str:
    """The text as the rule leaves it."""
    rule = (TEXT_RULES if path.endswith(".rst") else C_RULES)[name]
    change = Change("key", DOCS, "", "", edits(path, text, rule))
    return applied(change, {path: text}).get(path, text)


@pytest.mark.parametrize(
    ("rule", "before", "then"),
    [
        ("null", "\tif (p->next == NULL)\n", "\tif (!p->next)\n"),
        ("not-null", "\tif (p != NULL) {\n", "\tif (p) {\n"),
        ("unsigned", "\tunsigned count = 0;\n", "\tunsigned int count = 0;\n"),
        ("return", "\treturn (a + b);\n", "\treturn a + b;\n"),
        (
            "unlikely",
            "\tif (!p)\n\t\treturn -ENOMEM;\n",
            "\tif (unlikely(!p))\n\t\treturn -ENOMEM;\n",
        ),
        ("trailing", "int a; \t\nint b;\n", "int a;\nint b;\n"),
        ("repeated", "/* Take the the lock. */\n", "/* Take the lock. */\n"),
        ("tight", "int a; /*how many*/\n", "int a; /* how many */\n"),
        ("spelling", "/* To recieve it. */\n", "/* To receive it. */\n"),
        (
            "sizeof",
            "int f(void)\n{\n\tstruct a *p;\n\n\tp = kzalloc(sizeof(struct a), GFP);\n",
            "int f(void)\n{\n\tstruct a *p;\n\n\tp = kzalloc(sizeof(*p), GFP);\n",
        ),
    ],
)
def test_a_rule_edits_what_it_is_for(rule: str, before: str, then: str) -> None:
    assert after(rule, before) == then


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("null", "\tif (f(p) == NULL)\n"),
        ("null", "/*\n\tif (p == NULL)\n*/\n"),
        ("null", '\tputs("if (p == NULL)");\n'),
        ("unsigned", "\tunsigned long count;\n"),
        ("unsigned", "\tunsigned __user *p;\n"),
        ("return", "\treturn (a) + (b);\n"),
        ("return", "\treturn ({ a; });\n"),
        ("unlikely", "\tif (!p)\n\t\treturn -EINVAL;\n"),
        ("trailing", "#define A \\ \n\t1\n"),
        ("repeated", "the the words\n"),
        ("tight", "int a; /* how many */\n"),
        ("spelling", "int recieve;\n/* recieve_all() @recieve */\n"),
        ("spelling", "/* a foo */\n"),
        # A pointer of another function, and one to another type.
        (
            "sizeof",
            "{\n\tstruct a *p;\n}\n\nint f(void)\n{\n\tp = kzalloc(sizeof(struct a), GFP);\n",
        ),
        ("sizeof", "int f(void)\n{\n\tstruct b *p;\n\tp = kzalloc(sizeof(struct a), GFP);\n"),
    ],
)
def test_a_rule_leaves_alone_what_is_not_safe(rule: str, text: str) -> None:
    assert after(rule, text) == text


def test_documents_have_no_comments_so_all_of_their_text_counts() -> None:
    assert after("repeated", "Read the the source.\n", "a.rst") == "Read the source.\n"
    assert after("spelling", "To recieve it.\n", "a.rst") == "To receive it.\n"


def test_a_place_that_is_there_twice_is_told_apart_by_the_lines_before_it() -> None:
    text = "one:\n\tif (p == NULL)\n\t\tgo();\ntwo:\n\tif (p == NULL)\n"
    assert after("null", text) == "one:\n\tif (!p)\n\t\tgo();\ntwo:\n\tif (p == NULL)\n"


def test_a_file_gets_few_edits_far_from_each_other() -> None:
    gap = "\n" * 500
    text = gap.join(f"void f{number}()\n\tif (p == NULL)\n" for number in range(5))
    assert after("null", text).count("if (!p)") == 3


def test_code_alone_stays_where_it_was() -> None:
    text = 'a = "b // c"; /* d\n e */ f\n'
    assert masked(text) == "a =         ;     \n      f\n"


@pytest.mark.parametrize(
    ("path", "begins"),
    [
        ("Documentation/virt/kvm/api.rst", "Documentation: virt"),
        ("arch/arm64/kvm/pmu.c", "arm64: pmu"),
        ("drivers/net/ethernet/intel/e100.c", "net: e100"),
        ("sound/core/pcm.c", "ALSA: pcm"),
        ("mm/mempool.c", "mm: mempool"),
    ],
)
def test_subjects_begin_as_those_of_the_subsystem(path: str, begins: str) -> None:
    assert prefix(path) == begins
