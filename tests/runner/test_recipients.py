"""Who is told: the script's people and the commit's own, each with the reasons."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from runner.contacts import Contact
from runner.recipients import Said, candidates, choose
from runner.values import Commit, Header, Recipient, Recipients


def commit(message: str = "x: y", author: str = "author@demo.invalid") -> Commit:
    return Commit("a" * 40, "b" * 40, (), "The Author", author, datetime.now(UTC), message, "")


def told(said: Said, message: str = "x: y", author: str = "author@demo.invalid") -> Recipients:
    return choose(candidates(said, commit(message, author)), note=said.note)


def reasons(who: Recipients) -> dict[str, str]:
    return {one.address: one.reason for one in who.people}


SCRIPT = """\
KVM Maintainer <kvm@demo.invalid> (maintainer:KERNEL VIRTUAL MACHINE (KVM),commit_signer:3/4=75%)
"X86 (the other one)" <x86@demo.invalid> (supporter:X86, AND MORE)
Second Pair <eyes@demo.invalid> (reviewer:KVM X86)
Now And Then <odd@demo.invalid> (odd fixer:KVM TESTS)
Signs A Lot <signs@demo.invalid> (commit_signer:2/4=50%,authored:1/4=25%,added_lines:9/10=90%)
Fixed <fixed@demo.invalid> (blamed_fixes:1/1=100%)
Word <word@demo.invalid> (maintainer:WORDS:Keyword:\\bword\\b)
kvm-list@demo.invalid (open list:KERNEL VIRTUAL MACHINE (KVM))
kept@demo.invalid (moderated list:X86)
linux-kernel@vger.kernel.org (open list)
"""


def test_everybody_is_told_why() -> None:
    assert told(Said(SCRIPT)).people == (
        Recipient(
            "kvm@demo.invalid",
            "KVM Maintainer",
            Header.TO,
            "maintainer of KERNEL VIRTUAL MACHINE (KVM); "
            "signed 3 of 4 recent commits to what the culprit changes",
        ),
        Recipient(
            "x86@demo.invalid", "X86 (the other one)", Header.TO, "supporter of X86, AND MORE"
        ),
        Recipient("word@demo.invalid", "Word", Header.TO, "maintainer of WORDS"),
        Recipient("author@demo.invalid", "The Author", Header.TO, "author of the culprit"),
        Recipient("eyes@demo.invalid", "Second Pair", Header.CC, "reviewer of KVM X86"),
        Recipient("odd@demo.invalid", "Now And Then", Header.CC, "odd fixer of KVM TESTS"),
        Recipient(
            "signs@demo.invalid",
            "Signs A Lot",
            Header.CC,
            "signed 2 of 4 recent commits to what the culprit changes; "
            "wrote 1 of 4 recent commits to what the culprit changes",
        ),
        Recipient(
            "fixed@demo.invalid",
            "Fixed",
            Header.CC,
            "signed a commit that the culprit says it fixes",
        ),
        Recipient("kvm-list@demo.invalid", "", Header.CC, "list of KERNEL VIRTUAL MACHINE (KVM)"),
        Recipient("kept@demo.invalid", "", Header.CC, "moderated list of X86"),
    )


def test_those_who_put_their_name_to_the_commit_are_told_once() -> None:
    message = (
        "x: y\n\nSigned-off-by: The Author <author@demo.invalid>\n"
        "Reviewed-by: Second Pair <EYES@demo.invalid>\nTested-by: bare@demo.invalid\n"
        "Reported-and-Tested-By: R T <rt@demo.invalid>\n"
        'Cc: somebody@demo.invalid\nCc: stable@vger.kernel.org\nFixes: 123456789abc ("z")\n'
    )
    who = told(Said("Second Pair <eyes@demo.invalid> (reviewer:KVM)\n"), message)
    assert reasons(who) == {
        "author@demo.invalid": "author of the culprit; signed off the culprit",
        "eyes@demo.invalid": "reviewer of KVM; reviewed the culprit",
        "bare@demo.invalid": "tested the culprit",
        "rt@demo.invalid": "reported what the culprit is about; tested the culprit",
    }
    assert who.to == ("author@demo.invalid",)


def test_the_people_of_the_file_where_it_crashed_are_told_and_it_is_said() -> None:
    patch = "A <a@demo.invalid> (maintainer:NET)\nnet@demo.invalid (open list:NET)\n"
    crash = (
        "A <a@demo.invalid> (maintainer:NET)\nM <m@demo.invalid> (maintainer:MM)\n"
        "S <s@demo.invalid> (commit_signer:2/4=50%)\n"
    )
    assert reasons(told(Said(patch, crash), author="")) == {
        "a@demo.invalid": "maintainer of NET",
        "m@demo.invalid": "maintainer of MM, where it crashed",
        "net@demo.invalid": "list of NET",
        "s@demo.invalid": "signed 2 of 4 recent commits, where it crashed",
    }


LKML = "linux-kernel@vger.kernel.org"


@pytest.mark.parametrize(
    ("script", "lists"),
    [
        (f"{LKML} (open list)\n", (LKML,)),
        (f"M <m@demo.invalid> (maintainer:X)\n{LKML} (open list)\n", (LKML,)),
        (f"{LKML} (open list:SCHEDULER)\n", (LKML,)),
        (f"x@demo.invalid (open list:X)\n{LKML} (open list:SCHEDULER)\n", ("x@demo.invalid",)),
        (f"{LKML} (open list)\nx@demo.invalid (moderated list:X)\n", ("x@demo.invalid",)),
        ("x@demo.invalid (open list:X)\nall@demo.invalid (open list)\n", ("x@demo.invalid",)),
    ],
)
def test_the_list_of_everything_is_told_only_when_there_is_no_nearer_one(
    script: str, lists: tuple[str, ...]
) -> None:
    assert told(Said(script)).cc == lists


def test_a_list_of_the_file_where_it_crashed_is_nearer_too() -> None:
    said = Said(f"{LKML} (open list)\n", f"mm@demo.invalid (open list:MM)\n{LKML} (open list)\n")
    assert told(said).cc == ("mm@demo.invalid",)


@pytest.mark.parametrize(
    "address",
    [
        "no-reply@demo.invalid",
        "12+name@users.noreply.demo.invalid",
        "stable@vger.kernel.org",
        "not an address",
        "",
    ],
)
def test_addresses_that_nobody_reads_or_that_are_none_are_left_out(address: str) -> None:
    script = f"Somebody <{address}> (maintainer:X)\n"
    assert not told(Said(script), f"x\n\nAcked-by: {address}", author=address).people


def test_a_line_end_in_an_address_adds_nobody() -> None:
    address = "a@b.invalid\r\nBcc: c@d.invalid"
    script = f"Somebody <{address}> (maintainer:X)\n"
    who = told(Said(script), f"x\n\nAcked-by: {address}", author=address)
    assert [one.address for one in who.people] == ["a@b.invalid"]


def test_who_does_not_want_mail_gets_none_under_an_old_or_a_new_address() -> None:
    found = candidates(Said("Old <old@demo.invalid> (maintainer:X)\n"), commit())
    mailmap = {Contact("Old", "old@demo.invalid"): Contact("New", "new@demo.invalid")}
    for never in ("OLD@demo.invalid", "new@demo.invalid"):
        assert choose(found, mailmap=mailmap, never=[never]).to == ("author@demo.invalid",)


def test_two_addresses_of_one_person_are_one_recipient() -> None:
    found = candidates(Said("Old Name <old@demo.invalid> (reviewer:X)\n"), commit())
    author = Contact("The Author", "author@demo.invalid")
    who = choose(found, mailmap={Contact("Old Name", "old@demo.invalid"): author})
    assert who.people == (
        Recipient(
            "author@demo.invalid", "The Author", Header.TO, "reviewer of X; author of the culprit"
        ),
    )


def test_an_address_that_became_one_which_nobody_reads_is_left_out() -> None:
    found = candidates(Said("Old <old@demo.invalid> (maintainer:X)\n"), commit(author=""))
    assert not choose(found, mailmap={Contact("Old", "old@demo.invalid"): None}).people


NEAREST_FIRST = [
    "author@demo.invalid",
    "list@demo.invalid",
    "maintainer@demo.invalid",
    "tested@demo.invalid",
    "reviewer@demo.invalid",
    "crash@demo.invalid",
    "keyword@demo.invalid",
    "signer@demo.invalid",
    "rest@demo.invalid",
]
CROWD = Said(
    "R <rest@demo.invalid> (maintainer:THE REST)\n"
    "S <signer@demo.invalid> (commit_signer:1/9=11%)\n"
    "K <keyword@demo.invalid> (maintainer:A:Keyword:a)\n"
    "V <reviewer@demo.invalid> (reviewer:X)\n"
    "list@demo.invalid (open list:X)\n"
    "M <maintainer@demo.invalid> (maintainer:X)\n",
    "C <crash@demo.invalid> (maintainer:Y)\n",
)


@pytest.mark.parametrize("most", range(len(NEAREST_FIRST)))
def test_of_too_many_the_nearest_stay_and_it_is_said(most: int) -> None:
    found = candidates(CROWD, commit("x\n\nTested-by: tested@demo.invalid"))
    who = choose(found, most=most, note="before")
    assert {one.address for one in who.people} == set(NEAREST_FIRST[:most])
    left_out = len(NEAREST_FIRST) - most
    assert who.note == f"before; {left_out} of 9 are left out: a mail goes to {most} at most"


def test_a_section_name_that_cannot_stand_in_a_header_is_made_plain() -> None:
    line = "A <a@demo.invalid> (maintainer:X\x1b[2J\u202e<script>)\n"
    assert reasons(told(Said(line), author="")) == {"a@demo.invalid": "maintainer of X [2J script"}


def test_a_message_of_endless_trailers_is_bounded() -> None:
    lines = "".join(f"Acked-by: a{n}@demo.invalid\n" for n in range(50_000))
    assert len(candidates(Said(), commit(f"x\n\n{lines}"))) == 1000
