"""What is promised of every generated history, seen in its commits and trees."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

from tests.demokernel.conftest import known_history
from tests.demokernel.generate import broken_boot, history_of
from tests.demokernel.history import Commit, History
from tests.demokernel.patches import Role

SEEDS = range(21)


def ancestors(history: History, sha: str) -> set[str]:
    """The commit and all that it contains."""
    parents = {commit.sha: commit.parents for commit in history.commits}
    found: set[str] = set()
    left = [sha]
    while left:
        sha = left.pop()
        if sha not in found:
            found.add(sha)
            left += parents[sha]
    return found


def tagged(history: History, tag: str) -> Commit:
    (commit,) = (commit for commit in history.commits if commit.tag == tag)
    return commit


def having(history: History, is_so: Callable[[Commit], bool]) -> set[str]:
    return {commit.sha for commit in history.commits if is_so(commit)}


def does_not_build(commit: Commit) -> bool:
    """Somebody calls the function that has another name now."""
    called = "!kstrtol(" in commit.tree["kernel/params.c"].text
    return called and "kstrtol(" not in commit.tree["include/kernel/string.h"].text


def does_not_boot(commit: Commit) -> bool:
    return "strlen(CPIO_MAGIC)) ||\n" in commit.tree["init/initramfs.c"].text


def has_the_bug(commit: Commit) -> bool:
    return "&& !demo_exit_pending(vcpu)" in commit.tree["drivers/demo/nested.c"].text


def has_the_second_bug(commit: Commit) -> bool:
    return "dropped++" in commit.tree["drivers/demo/dirty_log.c"].text


def on_main_line(history: History) -> list[Commit]:
    """From the head back by first parents."""
    by_sha = {commit.sha: commit for commit in history.commits}
    line = [by_sha[history.head]]
    while line[-1].parents:
        line.append(by_sha[line[-1].parents[0]])
    return line


def test_it_is_large_enough_and_has_merges(history: History) -> None:
    assert 60 <= len(history.main) <= 90
    assert sum(len(commit.parents) == 2 for commit in history.main) >= 6
    assert len(history.commits) - len(history.main) == 10


def test_the_head_reaches_every_commit_of_main(history: History) -> None:
    assert ancestors(history, history.head) == {commit.sha for commit in history.main}
    assert ancestors(history, history.fixed) == {commit.sha for commit in history.commits}


def test_dates_increase_by_minutes_at_least(history: History) -> None:
    dates = [commit.committer.date for commit in history.commits]
    assert all(later - earlier >= timedelta(minutes=20) for earlier, later in pairwise(dates))


def test_releases_stand_on_the_main_line_in_order(history: History) -> None:
    tags = [commit.tag for commit in reversed(on_main_line(history)) if commit.tag]
    assert tags == ["v1.0", "v1.1-rc1", "v1.1", "v1.2-rc1", "v1.2", "v1.3-rc1", "v1.3", "v1.4-rc1"]


def test_a_release_is_in_its_own_makefile(history: History) -> None:
    makefile = tagged(history, "v1.4-rc1").tree["Makefile"].text
    assert "\nVERSION = 1\nPATCHLEVEL = 4\nSUBLEVEL = 0\nEXTRAVERSION = -rc1\n" in makefile


def test_exactly_one_commit_does_not_build_and_the_next_one_mends_it(history: History) -> None:
    broken = history.the(Role.BREAKS_BUILD)
    assert having(history, does_not_build) == {broken.sha}
    assert history.the(Role.FIXES_BUILD).parents == (broken.sha,)


def test_exactly_one_range_does_not_boot(history: History) -> None:
    broken = broken_boot(history)
    assert having(history, does_not_boot) == {commit.sha for commit in broken}
    assert 3 <= len(broken) <= 5
    assert all(after.parents == (before.sha,) for before, after in pairwise(broken))


def test_the_bug_is_in_what_contains_the_culprit_until_it_is_fixed(history: History) -> None:
    culprit, fix = history.the(Role.CULPRIT).sha, history.the(Role.FIX).sha
    bad = {
        commit.sha
        for commit in history.commits
        if culprit in (older := ancestors(history, commit.sha)) and fix not in older
    }
    assert having(history, has_the_bug) == bad
    assert history.head in bad
    assert history.fixed not in bad


def test_the_culprit_is_newer_than_the_second_last_release(history: History) -> None:
    culprit = history.the(Role.CULPRIT).sha
    assert culprit not in ancestors(history, tagged(history, "v1.2").sha)
    assert culprit in ancestors(history, history.head)


def test_the_culprit_and_its_neighbours_can_be_tested(history: History) -> None:
    culprit = history.the(Role.CULPRIT)
    untestable = having(history, does_not_build) | having(history, does_not_boot)
    children = {commit.sha for commit in history.commits if culprit.sha in commit.parents}
    assert children
    assert not untestable & {culprit.sha, *culprit.parents, *children}


def test_the_head_can_be_tested(history: History) -> None:
    (head,) = (commit for commit in history.commits if commit.sha == history.head)
    assert not does_not_build(head)
    assert not does_not_boot(head)


def test_whoever_has_the_second_bug_has_the_culprit_too(history: History) -> None:
    culprit = history.the(Role.CULPRIT).sha
    second = having(history, has_the_second_bug)
    assert history.the(Role.SECOND_BUG).sha in second
    assert history.head in second
    assert all(culprit in ancestors(history, sha) for sha in second)


def test_one_branch_is_much_older_than_its_merge(history: History) -> None:
    """It knows nothing of the first release, and is merged after the third."""
    late = ancestors(history, history.head) - ancestors(history, tagged(history, "v1.2").sha)
    merges = [commit for commit in history.main if len(commit.parents) == 2 and commit.sha in late]
    first = tagged(history, "v1.1").sha
    assert sum(first not in ancestors(history, merge.parents[1]) for merge in merges) == 1


def test_the_comment_only_commit_changes_one_file(history: History) -> None:
    commit = history.the(Role.COMMENT_ONLY)
    (parent,) = (other for other in history.commits if other.sha == commit.parents[0])
    changed = {path for path, file in commit.tree.items() if parent.tree[path] != file}
    assert changed == {"mm/memory.c"}


def test_people_are_roles_without_an_address(history: History) -> None:
    people = {
        signature.person
        for commit in history.commits
        for signature in (commit.author, commit.committer)
    }
    assert len(people) >= 12
    assert all(re.fullmatch(r"[A-Za-z0-9 ]+ <[a-z0-9-]+@demo\.invalid>", who) for who in people)


def test_every_change_is_signed_off_by_author_and_committer(history: History) -> None:
    for commit in history.commits:
        if len(commit.parents) < 2:
            signed = re.findall(r"^Signed-off-by: (.+)$", commit.message, re.MULTILINE)
            assert signed[0] == commit.author.person
            assert signed[-1] == commit.committer.person


def test_fixes_name_a_commit_that_the_fix_contains(history: History) -> None:
    subjects = {commit.sha[:12]: commit.subject for commit in history.commits}
    fixes = 0
    for commit in history.commits:
        for name, subject in re.findall(r'^Fixes: (\S+) \("(.+)"\)$', commit.message, re.MULTILINE):
            assert subjects[name] == subject
            assert any(sha.startswith(name) for sha in ancestors(history, commit.sha))
            fixes += 1
        assert "Fixes: (" not in commit.message
    assert fixes == 4


def test_subjects_and_texts_are_as_wide_as_a_mail(history: History) -> None:
    for commit in history.commits:
        subject, blank, *_ = commit.message.splitlines()
        assert len(subject) <= 75
        assert not blank
        assert all(len(line) <= 76 or "(" in line for line in commit.message.splitlines())


def test_every_tree_can_say_who_maintains_it(history: History) -> None:
    for commit in history.commits:
        assert "MAINTAINERS" in commit.tree
        assert commit.tree["scripts/get_maintainer.pl"].executable


def test_the_seed_moves_the_culprit_and_the_broken_range() -> None:
    histories = [known_history(seed) for seed in SEEDS]
    places = [
        (history.commits.index(history.the(Role.CULPRIT)), len(broken_boot(history)))
        for history in histories
    ]
    assert len({place for place, _ in places}) >= 8
    assert {length for _, length in places} == {3, 4, 5}


def test_some_culprits_are_on_a_branch_and_some_on_the_main_line() -> None:
    straight = [
        history.the(Role.CULPRIT) in on_main_line(history) for history in map(known_history, SEEDS)
    ]
    assert set(straight) == {True, False}


def test_some_broken_ranges_come_before_the_culprit_and_some_after() -> None:
    before = [
        history.commits.index(history.the(role)) < history.commits.index(history.the(Role.CULPRIT))
        for history in map(known_history, SEEDS)
        for role in (Role.BREAKS_BOOT, Role.BREAKS_BUILD)
    ]
    assert set(before) == {True, False}


def test_the_same_seed_gives_the_same_history() -> None:
    assert history_of(7) == known_history(7)


def test_another_seed_gives_another_history() -> None:
    assert len({known_history(seed).head for seed in SEEDS}) == len(SEEDS)
