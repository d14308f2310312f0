"""What people write into mails, and what is read of it."""

from __future__ import annotations

import pytest

from runner.mail.commands import RULES
from tests.runner.mail.mails import asked, mail, read

SHA = "0123456789abcdef0123456789abcdef01234567"
LONG = "net: sched: a title that is so long that the mail program of its writer broke"


@pytest.mark.parametrize(
    ("line", "name", "args"),
    [
        ("#syz fix: net: fix it", "fix", "net: fix it"),
        ("#bisect fix: net: fix it", "fix", "net: fix it"),
        ("#syz fix: 'net: fix it'", "fix", "net: fix it"),
        ("#syz: fix: net: fix it", "fix", "net: fix it"),
        ("#syz-fix: net: fix it", "fix", "net: fix it"),
        ("#Syz Fix: net: fix it  ", "fix", "net: fix it"),
        ("#syz\tfix:\tnet:  fix   it", "fix", "net: fix it"),
        ("#syz\N{NO-BREAK SPACE}fix:\N{NO-BREAK SPACE}net: fix it", "fix", "net: fix it"),
        ("#syz fix:\nnet: fix it\n", "fix", "net: fix it"),
        ("#syz fix:\n\n  net: fix it\n", "fix", "net: fix it"),
        (f"#syz fix: {LONG}\nthe line\n", "fix", f"{LONG} the line"),
        (f"#syz fix: {LONG}\nthe line\n#syz invalid", "fix", f"{LONG} the line"),
        (f"#syz fix: {LONG}\n\nThanks", "fix", LONG),
        (f"#syz fix: {LONG}\nand this is\nprose", "fix", LONG),
        ("#syz fix: net: fix it\nThanks!\n", "fix", "net: fix it"),
        ("#syz unfix", "unfix", ""),
        ("#syz dup: WARNING in x (2)", "dup", "WARNING in x (2)"),
        (f"#syz dup:\n{SHA}", "dup", SHA),
        ("#syz undup", "undup", ""),
        ("#syz invalid", "invalid", ""),
        ("#bisect valid", "valid", ""),
        ("#syz invalid because it was the hardware", "invalid", ""),
        ("#syz test", "test", ""),
        ("#syz test:", "test", ""),
        (
            "#syz test: git://git.invalid/linux.git master",
            "test",
            "git://git.invalid/linux.git master",
        ),
        (
            "#syz test:\nhttps://git.invalid/linux.git\tv6.12-rc1\n",
            "test",
            "https://git.invalid/linux.git v6.12-rc1",
        ),
        (
            "#syz test: git@git.invalid:linux.git\nfor-next\n",
            "test",
            "git@git.invalid:linux.git for-next",
        ),
        (f"#syz test: upstream {SHA}", "test", f"upstream {SHA}"),
        ("#syz test:\n\ndiff --git a/x b/x\n", "test", ""),
        ("#syz set subsystems: net, mm", "set", "subsystems: net, mm"),
        ("#syz set subsystems:net mm", "set", "subsystems: net, mm"),
        ("#syz set prio: low", "set", "prio: low"),
        ("#syz set no-reminders", "set", "no-reminders"),
        ("#syz unset prio", "unset", "prio"),
        ("#syz unset subsystems: net", "unset", "subsystems: net"),
        ("#syz upstream", "upstream", ""),
        ("#bisect confirm", "confirm", ""),
        ("#bisect wrong-commit", "wrong-commit", ""),
        (f"#bisect wrong-commit real: {SHA}", "wrong-commit", f"real: {SHA}"),
        ("#bisect wrong-commit: real: 0123456789AB", "wrong-commit", "real: 0123456789ab"),
        ("#bisect rebisect", "rebisect", ""),
        (
            "#bisect rebisect good: v6.1 bad: v6.2 runs: 20 config: minimise",
            "rebisect",
            "good: v6.1 bad: v6.2 runs: 20 config: minimise",
        ),
        ("#bisect rebisect good:v6.1, runs:20", "rebisect", "good: v6.1 runs: 20"),
        ("#bisect rebisect\ngood: v6.1\nbad: v6.2\nThanks", "rebisect", "good: v6.1 bad: v6.2"),
        ("#bisect cancel", "cancel", ""),
        ("#syz uncc", "uncc", ""),
        ("#bisect stop", "stop", ""),
    ],
)
def test_a_command_is_read_in_each_of_its_forms(line: str, name: str, args: str) -> None:
    incoming = read(mail(f"Hello,\n\n{line}"))
    assert [(one.name, one.args) for one in incoming.commands][:1] == [(name, args)]
    assert not incoming.refused


def test_every_command_is_tried_above() -> None:
    marks = test_a_command_is_read_in_each_of_its_forms.pytestmark  # type: ignore[attr-defined]
    assert {name for _, name, _ in marks[0].args[1]} == set(RULES)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("#syz fxi: net: fix it", "there is no such command; there are fix, unfix"),
        ("#syz", "there is no such command"),
        ("#syz 12", "there is no such command"),
        ("#syz fix:", "title of the commit"),
        ("#syz fix: ab", "title of the commit"),
        ("#syz fix: " + "x" * 501, "title of the commit"),
        ("#syz fix:\n#syz invalid", "title of the commit"),
        ("#syz fix:\n> net: fix it", "title of the commit"),
        ("#syz dup", "title of the other bug"),
        ("#syz test: one", "repository branch-or-commit"),
        ("#syz test: one two three", "repository branch-or-commit"),
        ("#syz test: --upload-pack=x master", "repository branch-or-commit"),
        ("#syz test: git://x.invalid --output=x", "repository branch-or-commit"),
        ("#syz set", "#bisect set subsystems: name, name"),
        ("#syz set prio", "#bisect set subsystems"),
        ("#syz set prio: urgent", "prio: low (or normal, or high)"),
        ("#syz set subsystems:", "#bisect set subsystems"),
        ("#syz set subsystems: <script>", "#bisect set subsystems"),
        ("#syz unset everything", "#bisect unset prio"),
        ("#bisect wrong-commit real: net: fix it", "wrong-commit real: SHA"),
        ("#bisect wrong-commit really", "wrong-commit real: SHA"),
        ("#bisect rebisect good: a..b", "any of good: COMMIT"),
        ("#bisect rebisect good: --all", "any of good: COMMIT"),
        ("#bisect rebisect runs: 1", "runs: 2 to 100"),
        ("#bisect rebisect runs: many", "runs: 2 to 100"),
        ("#bisect rebisect good: a good: b", "any of good: COMMIT"),
        ("#bisect rebisect soon", "any of good: COMMIT"),
        ("#bisect rebisect config: big", "config: minimise"),
    ],
)
def test_a_bad_command_is_quoted_with_what_to_write(line: str, says: str) -> None:
    incoming = read(mail(line))
    [refused] = incoming.refused
    assert refused.sentence.startswith(f'"{line.splitlines()[0][:200]}": ')
    assert says in refused.sentence


def test_several_commands_are_read_in_their_order_and_each_once() -> None:
    body = "#syz fix: net: fix it\n#bisect confirm\n\n#syz invalid\n#bisect confirm\n"
    assert asked(mail(body)) == [("fix", "net: fix it"), ("confirm", ""), ("invalid", "")]


def test_more_commands_than_a_mail_may_have_are_refused() -> None:
    incoming = read(mail("".join(f"#syz dup: bug {n}\n" for n in range(12))))
    assert len(incoming.commands) == 10
    assert [one.sentence for one in incoming.refused] == [
        '"#bisect dup": a mail may have 10 commands; please send it in another one'
    ] * 2


def test_a_command_in_the_subject_counts_once() -> None:
    assert asked(mail("#syz invalid\n", "Subject: #syz invalid")) == [("invalid", "")]
    assert asked(mail("hello\n", "Subject: #syz fix: net: fix it")) == [("fix", "net: fix it")]
    assert asked(mail("net: fix it\n", "Subject: #syz fix:")) == []
    assert asked(mail("hello\n", "Subject: Re: #syz invalid")) == []


@pytest.mark.parametrize(
    "body",
    [
        "see #syz invalid\n",
        " #syz invalid\n",
        "#syzbot invalid\n",
        "#syzinvalid\n",
        "-#syz invalid\n",
        "#syz fix: exact-commit-title\n",
        "#syz dup: exact-subject-of-another-report\n",
        "#syz test: git://repo/address.git branch-or-commit-hash\n",
    ],
)
def test_what_only_mentions_a_command_asks_for_nothing(body: str) -> None:
    incoming = read(mail(body))
    assert not incoming.commands
    assert not incoming.refused


def test_a_hundred_lines_that_are_made_to_be_slow_are_refused() -> None:
    """A minute each, where each blank is a place to look for a colon from."""
    line = "#bisect rebisect " + "," * 60_000 + "x"
    assert len(read(mail("\n".join([line] * 100))).refused) == 10
