"""Who is told: the script's people and the commit's own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from runner.recipients import recipients
from runner.values import Commit


def commit(message: str = "x: y", author: str = "author@demo.invalid") -> Commit:
    return Commit("a" * 40, "b" * 40, (), "The Author", author, datetime.now(UTC), message, "")


SCRIPT = """\
KVM Maintainer <kvm@demo.invalid> (maintainer:KERNEL VIRTUAL MACHINE (KVM),commit_signer:3/4=75%)
"X86 (the other one)" <x86@demo.invalid> (supporter:X86 ARCHITECTURE)
Second Pair <eyes@demo.invalid> (reviewer:KVM X86)
kvm-list@demo.invalid (open list:KERNEL VIRTUAL MACHINE (KVM))
linux-kernel@vger.kernel.org (open list)
"""


def test_maintainers_and_the_author_are_asked_and_lists_and_reviewers_are_told() -> None:
    who = recipients(SCRIPT, commit())
    assert who.to == ("kvm@demo.invalid", "x86@demo.invalid", "author@demo.invalid")
    assert who.cc == ("eyes@demo.invalid", "kvm-list@demo.invalid")


def test_those_who_put_their_name_to_the_commit_are_told_once() -> None:
    message = (
        "x: y\n\nSigned-off-by: The Author <author@demo.invalid>\n"
        "Reviewed-by: Second Pair <EYES@demo.invalid>\nTested-by: bare@demo.invalid\n"
        'Cc: somebody@demo.invalid\nCc: stable@vger.kernel.org\nFixes: 123456789abc ("z")\n'
    )
    who = recipients(SCRIPT, commit(message))
    assert who.cc == ("eyes@demo.invalid", "kvm-list@demo.invalid", "bare@demo.invalid")


def test_the_list_of_everything_is_told_only_when_there_is_no_nearer_one() -> None:
    line = "linux-kernel@vger.kernel.org (open list)\n"
    assert recipients(line, commit()).cc == ("linux-kernel@vger.kernel.org",)


@pytest.mark.parametrize(
    "address",
    [
        "no-reply@demo.invalid",
        "12+name@users.noreply.demo.invalid",
        "stable@vger.kernel.org",
        "a@b.invalid\r\nBcc: c@d.invalid",
        "not an address",
        "",
    ],
)
def test_addresses_that_nobody_reads_or_that_are_none_are_left_out(address: str) -> None:
    script = f"Somebody <{address}> (maintainer:X)\n"
    who = recipients(script, commit(f"x\n\nAcked-by: {address}", author=address))
    assert not who.cc
    assert set(who.to) <= {"a@b.invalid"}
