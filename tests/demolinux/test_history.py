"""The generator, on a small source tree that has every anchor: real git, a second in all."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from runner.errors import InputError
from tests.demolinux.change import Author, Change, Edit, applied
from tests.demolinux.choice import BY_HAND
from tests.demolinux.demo import Demo
from tests.demolinux.generate import generate
from tests.demolinux.source import ARCHIVE

SOMEBODY = Author("Role", "role@demo.invalid")


def demo(tree: Path, out: Path, seed: int = 1) -> Demo:
    generate(out, seed, tree)
    return Demo(out)


def change(*edits: Edit) -> Change:
    return Change("key", SOMEBODY, "subject", "body", edits)


def test_edits_of_one_file_are_made_in_order() -> None:
    edits = (Edit("a.c", "one", "two"), Edit("a.c", "two two", "three"))
    assert applied(change(*edits), {"a.c": "one two", "b.c": "one"}) == {"a.c": "three"}


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({}, "no file a.c"),
        ({"a.c": "none"}, "0 places like 'anchor'"),
        ({"a.c": "anchor anchor"}, "2 places like 'anchor'"),
    ],
)
def test_an_anchor_that_is_not_there_once_is_an_error(files: dict[str, str], why: str) -> None:
    with pytest.raises(InputError, match=why):
        applied(change(Edit("a.c", "anchor", "text")), files)


def test_the_same_source_and_seed_give_the_same_commits(small: Path, tmp_path: Path) -> None:
    first = demo(small, tmp_path / "first")
    again = demo(small, tmp_path / "again")
    other = demo(small, tmp_path / "other", seed=2)
    assert first.git("rev-parse", "HEAD") == again.git("rev-parse", "HEAD")
    assert first.manifest["facts"] == again.manifest["facts"]
    assert first.git("rev-parse", "HEAD") != other.git("rev-parse", "HEAD")
    base = first.git("rev-parse", "v6.12^{commit}")
    assert base == other.git("rev-parse", "v6.12^{commit}")


def test_an_archive_and_the_folder_it_was_made_of_give_the_same_commits(
    small: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "source.tar.xz"
    with tarfile.open(archive, "w:xz") as file:
        file.add(small, "linux-source-6.12")
    packed = demo(archive, tmp_path / "packed")
    unpacked = demo(small, tmp_path / "unpacked")
    assert packed.manifest["bad"] == unpacked.manifest["bad"]
    assert packed.git("ls-tree", "HEAD:scripts").split()[0::4] == ["100755", "120000"]


def test_git_finds_nothing_wrong_with_the_repository(small: Path, tmp_path: Path) -> None:
    made = demo(small, tmp_path / "out")
    assert made.git("fsck", "--strict", "--no-dangling") == ""
    assert made.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert made.git("tag").split() == ["v6.12", "v6.13"]


def test_the_manifest_names_what_stands_in_the_repository(small: Path, tmp_path: Path) -> None:
    made = demo(small, tmp_path / "out")
    facts = made.manifest["facts"]
    assert made.manifest["bad"] == made.git("rev-parse", "main")
    assert facts["commits"] == int(made.git("rev-list", "--count", "main"))
    assert facts["merges"] == int(made.git("rev-list", "--count", "--merges", "main"))
    for tag, sha in facts["releases"].items():
        assert made.git("rev-parse", f"{tag}^{{commit}}") == sha
    for name in (made.manifest["config"], made.manifest["reproducer"]):
        assert (made.out / name).is_file()


@pytest.mark.parametrize(
    ("seed", "title", "added", "paths"),
    [
        (
            0,
            "WARNING in svm_leave_nested",
            "+	if (WARN_ON_ONCE(!is_guest_mode(vcpu)))",
            ["arch/x86/kvm/svm/nested.c", "arch/x86/kvm/svm/svm.c"],
        ),
        (
            1,
            "WARNING in nested_svm_vmexit",
            "+			svm->nested.nested_run_pending = 0;",
            ["arch/x86/kvm/svm/svm.c"],
        ),
    ],
)
def test_the_seed_chooses_what_is_planted(
    small: Path, tmp_path: Path, seed: int, title: str, added: str, paths: list[str]
) -> None:
    made = demo(small, tmp_path / "out", seed)
    assert made.manifest["title"] == title
    expected = made.manifest["expected"]
    assert added in made.git("show", "--format=", expected).split("\n")
    assert made.git("show", "--format=", "--name-only", expected).split() == paths


def test_the_reproducer_is_the_one_of_the_culprit(small: Path, tmp_path: Path) -> None:
    sources = [demo(small, tmp_path / str(seed), seed) for seed in (0, 1)]
    first, second = ((made.out / "repro.c").read_text() for made in sources)
    assert "KVM_RUN" in second
    assert "KVM_RUN" not in first


def test_the_last_commit_has_every_change_in_it(small: Path, tmp_path: Path) -> None:
    made = demo(small, tmp_path / "out")
    repaired = {change.fixes for change in BY_HAND}
    for change in BY_HAND:
        kept = change.key not in repaired and change.key != "leave-nested"  # seed 1 has the other
        for edit in change.edits if kept else ():
            assert edit.new in made.git("show", f"HEAD:{edit.path}") + "\n"
    makefile = made.git("show", "HEAD:Makefile")
    assert "PATCHLEVEL = 13\nSUBLEVEL = 0\nEXTRAVERSION" in makefile


def test_a_repair_names_the_commit_it_repairs(small: Path, tmp_path: Path) -> None:
    made = demo(small, tmp_path / "out")
    trailers = made.git("log", "--format=%(trailers:key=Fixes,valueonly)").split("\n")
    named = {trailer.partition(" ")[0] for trailer in trailers if trailer}
    broken = [made.manifest["facts"][name][0] for name in ("broken_build", "broken_boot")]
    assert named == {sha[:12] for sha in broken}


def test_commit_messages_have_the_form_of_the_kernel(small: Path, tmp_path: Path) -> None:
    made = demo(small, tmp_path / "out")
    for entry in made.git("log", "--no-merges", "--format=%s%n%an <%ae>%n%B%x00").split("\0")[:-1]:
        subject, author, *body = entry.strip().split("\n")
        assert len(subject) <= 75
        assert all(len(line) <= 75 for line in body if not line.startswith("Fixes: "))
        assert f"Signed-off-by: {author}" in body


def test_a_folder_that_is_not_empty_is_left_alone(small: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("")
    with pytest.raises(InputError, match="not empty"):
        generate(tmp_path, 1, small)
    assert not (tmp_path / "demo.json").exists()


def test_after_an_interrupted_try_the_next_one_begins_anew(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    makefile = small / "Makefile"
    text = makefile.read_text()
    makefile.write_text("all:\n")
    with pytest.raises(InputError):
        generate(out, 1, small)
    assert not out.exists()
    makefile.write_text(text)
    assert demo(small, out).git("rev-parse", "HEAD")


def test_a_missing_package_is_named_with_the_command_that_installs_it(tmp_path: Path) -> None:
    absent = ARCHIVE.with_name("linux-source-5.99.tar.xz")
    with pytest.raises(InputError, match=r"apt-get install .*linux-source-5\.99$"):
        generate(tmp_path / "out", 1, absent)


def test_a_cut_archive_is_an_error_and_leaves_nothing_to_use(small: Path, tmp_path: Path) -> None:
    archive = tmp_path / "source.tar.xz"
    with tarfile.open(archive, "w:xz") as file:
        file.add(small, "linux-source-6.12")
    archive.write_bytes(archive.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"not a whole \.tar\.xz archive"):
        generate(tmp_path / "out", 1, archive)
    assert not (tmp_path / "out").exists()


def test_a_source_of_another_version_is_named_after_it(small: Path, tmp_path: Path) -> None:
    text = "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 99\nEXTRAVERSION =\n"
    (small / "Makefile").write_text(text)
    made = demo(small, tmp_path / "out")
    assert made.manifest["name"] == "Linux 6.1 with nested KVM"
    assert made.git("tag").split() == ["v6.1", "v6.2"]


def test_a_folder_that_is_no_linux_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "main.c").write_text("")
    with pytest.raises(InputError, match="not that of Linux"):
        generate(tmp_path / "out", 1, tmp_path / "other")
