"""The real lab, on a tree of three commits that make builds in a second."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from runner.errors import BuildFailed, InputError
from runner.kernel_lab import KernelLab, Site
from runner.sandbox import Confinement, Sandbox
from runner.search.prior import Kind
from runner.values import Machine, Plan, Reproducer
from tests.runner.building.little import MAIN, MAKEFILE, PLAN, SANDBOX

SCRIPT = """\
die 'no patch' unless join('', <STDIN>) =~ /^Subject: .*demo: bad/m;
print "The Maintainer <maintainer\\@demo.invalid> (maintainer:DEMO)\\n";
print "list\\@demo.invalid (open list:DEMO)\\n";
"""


def git(repo: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=A Role", "-c", "user.email=role@demo.invalid")
    argv = ["git", "-C", str(repo), *identity, *arguments]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """good - comment - bad on main, tags on both ends, and a branch beside them."""
    repo = tmp_path / "tree"
    repo.mkdir()
    git(repo, "init", "-q", "-b", "main")
    (repo / "Makefile").write_text(MAKEFILE)
    (repo / "main.h").write_text("#define ANSWER 42\n")
    (repo / "scripts").mkdir()
    (repo / "scripts" / "get_maintainer.pl").write_text(SCRIPT)
    steps = [
        ("good", MAIN),
        ("comment", MAIN.replace("a comment", "the comment")),
        ("bad", MAIN.replace("ANSWER", "ANSWER + 1")),
    ]
    for name, text in steps:
        (repo / "main.c").write_text(text)
        (repo / "second.c").write_text("int second(int x) { return x + 1; }\n")
        git(repo, "add", ".")
        git(repo, "commit", "-q", "-m", f"demo: {name}")
        git(repo, "tag", name)
    git(repo, "tag", "v1.0", "good")
    git(repo, "branch", "beside", "comment")
    git(repo, "checkout", "-q", "beside")
    git(repo, "commit", "-q", "--allow-empty", "-m", "demo: beside")
    return repo


@pytest.fixture
def lab(tree: Path, tmp_path: Path) -> KernelLab:
    plan = replace(
        PLAN, tree_url=str(tree), reproducer=Reproducer("int main(void) { return 0; }\n")
    )
    return KernelLab(plan, Site(tmp_path / "lab", SANDBOX, jobs=2, accelerator="tcg"), Event())


def with_plan(lab: KernelLab, **changes: str) -> KernelLab:
    plan: Plan = replace(lab.plan, **changes)  # type: ignore[arg-type]
    return replace(lab, plan=plan)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"compiler": "gcc-999"}, "gcc-999"),
        ({"reproducer": Reproducer("int main(void) { return x; }")}, "does not compile"),
    ],
)
def test_what_cannot_work_is_said_before_a_kernel_is_built(
    lab: KernelLab, changes: dict[str, str], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        with_plan(lab, **changes).check()


def test_a_machine_that_qemu_refuses_is_said_before_a_kernel_is_built(lab: KernelLab) -> None:
    machine = Machine(qemu_args=("-device", "nosuch"))
    with pytest.raises(InputError, match="'nosuch' is not a valid device"):
        replace(lab, plan=replace(lab.plan, machine=machine)).check()


def test_a_plan_that_can_work_passes_the_check(lab: KernelLab) -> None:
    lab.check()


@pytest.mark.parametrize(
    ("changes", "revision", "sentence"),
    [
        ({"tree_url": "/no/such/tree"}, "bad", "there is no folder"),
        ({"branch": "nonsense"}, "bad", "no branch 'nonsense'"),
        ({}, "nonsense", "unknown commit 'nonsense'"),
        ({}, "--output=x", "unknown commit"),
    ],
)
def test_a_tree_or_commit_that_is_not_there_is_named(
    lab: KernelLab, changes: dict[str, str], revision: str, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        with_plan(lab, **changes).resolve(revision)


def test_a_good_commit_must_be_in_the_history_of_the_bad_one(lab: KernelLab) -> None:
    bad, good, beside = (lab.resolve(name) for name in ("bad", "good", "beside"))
    with pytest.raises(InputError, match=f"{beside} is not an ancestor of {bad}"):
        lab.history(bad, beside, fix=False)
    with pytest.raises(InputError, match="are the same"):
        lab.history(bad, bad, fix=False)
    assert list(lab.history(bad, good, fix=False).parents) == [
        bad,
        lab.resolve("comment"),
        good,
    ]


def test_without_a_good_commit_the_history_reaches_back_to_the_oldest_release(
    lab: KernelLab,
) -> None:
    bad, good = lab.resolve("bad"), lab.resolve("good")
    history = lab.history(bad, None, fix=False)
    assert history.releases == {"v1.0": good}
    assert good in history.parents


@pytest.mark.parametrize("good", ["good", None])
def test_commits_weigh_by_what_they_change_on_the_stack_of_the_report(
    lab: KernelLab, tree: Path, good: str | None
) -> None:
    git(tree, "checkout", "-q", "main")
    git(tree, "merge", "-q", "--no-ff", "--no-edit", "beside")
    for name in ("fs/foo.c", "fs/bar.c", "Documentation/foo.rst"):
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_text("\n")
        git(tree, "add", ".")
        git(tree, "commit", "-q", "-m", name)
    head = lab.resolve("main")
    history = lab.history(head, lab.resolve(good) if good else None, fix=False)
    prior = lab.prior(history, "Call Trace:\n vfs_read fs/read_write.c:9\n foo+0x1/0x2 fs/foo.c:1")
    kinds = {lab.commit(sha).subject: kind for sha, kind in prior.kinds.items()}
    assert kinds == {
        "Documentation/foo.rst": Kind.DOCUMENTATION,
        "fs/bar.c": Kind.DIRECTORY,
        "fs/foo.c": Kind.FILE,
        "Merge branch 'beside'": Kind.MERGE,
        "demo: bad": Kind.OTHER,
        "demo: beside": Kind.DOCUMENTATION,
        "demo: comment": Kind.OTHER,
    }
    assert prior.weights.keys() == history.parents.keys() - {lab.resolve("good")}


def test_a_kernel_is_built_once_and_a_comment_does_not_change_it(
    lab: KernelLab, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    kernels = {name: lab.build(lab.resolve(name), log) for name in ("good", "comment", "bad")}
    assert kernels["good"].signature == kernels["comment"].signature
    assert kernels["good"].signature != kernels["bad"].signature
    again = lab.build(lab.resolve("good"), log)
    assert again == replace(kernels["good"], cached=True, seconds=again.seconds)
    assert "CONFIG_" in again.config
    assert again.image.stat().st_size


def test_a_config_that_does_not_build_is_about_the_commit(lab: KernelLab, tmp_path: Path) -> None:
    broken = with_plan(lab, config="BROKEN\n")
    with pytest.raises(BuildFailed, match="syntax error"):
        broken.build(broken.resolve("bad"), tmp_path / "log")


def test_the_trees_own_script_names_the_people(lab: KernelLab) -> None:
    who = lab.recipients(lab.resolve("bad"))
    assert who.to == ("maintainer@demo.invalid", "role@demo.invalid")
    assert who.cc == ("list@demo.invalid",)
    assert not who.note


@pytest.mark.parametrize(
    ("script", "note"),
    [(None, "the tree has no scripts"), ("die 'out of order'", "failed: out of order")],
)
def test_without_a_working_script_the_author_remains_and_it_is_said(
    lab: KernelLab, tree: Path, script: str | None, note: str
) -> None:
    path = tree / "scripts" / "get_maintainer.pl"
    path.unlink() if script is None else path.write_text(script)
    git(tree, "commit", "-q", "-a", "-m", "demo: no script")
    who = lab.recipients(lab.resolve("beside"))
    assert who.to == ("role@demo.invalid",)
    assert note in who.note


# Kernels by their age


def aged(tree: Path, release: str) -> str:
    """A commit of the tree that passes for one of Linux's, of this age."""
    version, patchlevel = release.split(".")
    top = f"VERSION = {version}\nPATCHLEVEL = {patchlevel}\n"
    git(tree, "checkout", "-q", "main")
    (tree / "Makefile").write_text(top + MAKEFILE)
    git(tree, "commit", "-q", "-a", "-m", f"Linux {release}")
    return git(tree, "rev-parse", "HEAD")


def with_gcc(lab: KernelLab, version: str) -> KernelLab:
    """The lab with one toolchain, which is the machine's own compiler under another version."""
    shelf = lab.site.root / "toolchains"
    program = shelf / f"gcc-{version}" / "bin" / "gcc"
    program.parent.mkdir(parents=True)
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "gcc (GCC) {version}" || exec gcc "$@"\n'
    )
    program.chmod(0o755)
    sandbox = Sandbox(SANDBOX.confinement, (lab.site.root,))
    return replace(lab, site=replace(lab.site, toolchains=shelf, sandbox=sandbox))


def test_a_kernel_that_no_compiler_here_fits_is_a_skip_and_as_the_start_an_error(
    lab: KernelLab, tree: Path, tmp_path: Path
) -> None:
    old = aged(tree, "4.9")
    lab.resolve("main")
    sentence = r"^Linux 4\.9 wants gcc 3\.2 to 5; this machine has gcc .*\. Install one that fits"
    with pytest.raises(InputError, match=sentence):
        lab.history(old, None, fix=False)
    with pytest.raises(BuildFailed, match=sentence):
        lab.build(old, tmp_path / "log")
    git(tree, "checkout", "-q", "main")
    (tree / "Makefile").write_text(MAKEFILE)
    git(tree, "commit", "-q", "-a", "-m", "of no age")
    young = lab.resolve("main")
    lab.history(young, old, fix=False)
    with pytest.raises(InputError, match=sentence):
        lab.history(young, old, fix=True)


def test_a_toolchain_in_a_hidden_folder_builds_what_it_fits(
    lab: KernelLab, tree: Path, tmp_path: Path
) -> None:
    old, lab = aged(tree, "4.9"), with_gcc(lab, "5.5.0")
    lab.check()
    lab.resolve("main")
    kernel = lab.build(old, tmp_path / "log")
    assert kernel.compiler.startswith("gcc (GCC) 5.5.0, GNU ld ")
    head = (tmp_path / "log").read_text().splitlines()[:2]
    assert head == ["# Linux 4.9", "# built by gcc 5.5.0 (gcc-5.5.0), as it wants gcc 3.2 to 5"]


def test_a_toolchain_can_be_asked_for_by_its_name(
    lab: KernelLab, tree: Path, tmp_path: Path
) -> None:
    lab = with_plan(with_gcc(lab, "8.1.0"), compiler="gcc-8.1.0")
    lab.check()
    kernel = lab.build(lab.resolve("good"), tmp_path / "log")
    assert kernel.compiler.startswith("gcc (GCC) 8.1.0, GNU ld ")


def test_equal_recipes_and_sources_are_one_kernel_whoever_asked(
    lab: KernelLab, tree: Path, tmp_path: Path
) -> None:
    sha, lab = aged(tree, "5.2"), with_gcc(lab, "9.1.0")
    lab.resolve("main")
    log = tmp_path / "log"
    first = with_plan(lab, config="CONFIG_KNOWN=y\nCONFIG_KCOV=y\n", title="one").build(sha, log)
    assert "# config for its age: no KCOV" in log.read_text()
    without = "CONFIG_KNOWN=y\n# CONFIG_KCOV is not set\n"
    second = with_plan(lab, config=without, title="another", compiler="gcc-9.1.0").build(sha, log)
    assert (first.cached, second.cached) == (False, True)
    assert second.key == first.key


def test_an_admins_rules_count(lab: KernelLab, tree: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[[compiler]]\nfamily = "gcc"\nfrom = "4.11"\n')
    old = aged(tree, "4.11")
    lab.resolve("main")
    lab = replace(lab, site=replace(lab.site, rules=path))
    assert lab.build(old, tmp_path / "log").signature
    path.write_text("[[compiler]]\n")
    with pytest.raises(InputError, match=r"mine\.toml, \[\[compiler\]\] number 1"):
        lab.check()


def test_a_build_makes_room_and_what_went_is_built_anew(
    lab: KernelLab, tree: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", str(tree), str(other))
    lab = replace(lab, site=replace(lab.site, warm_bytes=1))
    elsewhere = with_plan(lab, tree_url=str(other), branch="beside")
    log = tmp_path / "log"
    good, bad = lab.resolve("good"), lab.resolve("bad")
    signatures = [lab.build(good, log).signature]
    elsewhere.resolve("bad")
    signatures.append(elsewhere.build(bad, log).signature)
    folders = list((lab.site.root / "objects").glob("*/*"))
    assert len(folders) == 1
    shutil.rmtree(lab.site.root / "kernels")
    signatures += [lab.build(good, log).signature, lab.build(bad, log).signature]
    assert signatures[:2] == signatures[2:]
    assert list((lab.site.root / "objects").glob("*/*")) != folders


def test_an_old_kernel_is_built_with_the_backport_that_it_needs(
    lab: KernelLab, tree: Path, tmp_path: Path
) -> None:
    git(tree, "checkout", "-q", "main")
    (tree / "second.c").write_text("int second(int x) { return x + 1 }\n")
    git(tree, "commit", "-q", "-a", "-m", "demo: break second")
    broken = aged(tree, "5.16")
    (tree / "second.c").write_text("int second(int x) { return x + 1; }\n")
    git(tree, "commit", "-q", "-a", "-m", "demo: mend second")
    fix = git(tree, "rev-parse", "HEAD")
    lab.resolve("main")
    log = tmp_path / "log"
    with pytest.raises(BuildFailed, match=r"^second\.c:1:"):
        lab.build(broken, log)
    path = tmp_path / "mine.toml"
    path.write_text(f'[[backport]]\nfix = "{fix}"\ntitle = "demo: mend second"\n')
    lab = replace(lab, site=replace(lab.site, rules=path))
    mended = lab.build(broken, log)
    assert mended.signature == lab.build(lab.resolve("bad"), log).signature
    assert "# backport of 'demo: mend second'\n" in log.read_text()
    assert lab.build(fix, log).key == mended.key
    assert lab.build(broken, log).cached


def test_a_commit_is_found_by_its_title_on_the_branch(lab: KernelLab) -> None:
    comment = lab.resolve("comment")
    assert lab.titled("UPSTREAM: demo: comment") == comment
    with pytest.raises(InputError, match="no commit of the branch"):
        lab.titled("demo: beside")  # that is on another branch


def test_the_histories_of_two_commits_part_somewhere(lab: KernelLab) -> None:
    bad, comment, beside = (lab.resolve(name) for name in ("bad", "comment", "beside"))
    assert lab.fork(bad, beside) == comment
    assert lab.fork(bad, comment) == comment


def test_the_upstream_of_a_tree_is_fetched_beside_it(lab: KernelLab, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no upstream"):
        lab.upstream()
    fork = tmp_path / "fork"
    git(tmp_path, "clone", "-q", "-b", "main", lab.plan.tree_url, str(fork))
    git(fork, "commit", "-q", "--allow-empty", "-m", "demo: downstream")
    downstream = with_plan(
        lab,
        tree_url=str(fork),
        upstream_url=lab.plan.tree_url,
        upstream_branch="beside",
    )
    newest = downstream.upstream()
    assert downstream.commit(newest).subject == "demo: beside"
    start = downstream.fork(downstream.resolve("main"), newest)
    assert downstream.commit(start).subject == "demo: comment"
    assert list(downstream.history(newest, start, fix=True).parents) == [newest, start]


PATCH = """\
--- a/main.h
+++ b/main.h
@@ -1 +1 @@
-#define ANSWER 42
+#define ANSWER 43
"""


def test_a_patch_is_built_apart_and_leaves_nothing_to_other_builds(
    lab: KernelLab, tree: Path, tmp_path: Path
) -> None:
    """Whoever sends a patch decides what its build leaves: objects, a cache, a kernel."""
    git(tree, "checkout", "-q", "-b", "patched", "bad")
    (tree / "main.h").write_text("#define ANSWER 43\n")
    git(tree, "commit", "-q", "-a", "-m", "demo: the same")
    made = lab.patched(lab.resolve("bad"), PATCH)
    kernel = lab.build(made, tmp_path / "log", apart=True)
    assert lab.build(made, tmp_path / "log", apart=True).key == kernel.key
    folders = [path.relative_to(lab.site.root) for path in lab.site.root.glob("*/*")]
    assert not any("slot-0" in str(path) and "apart" not in str(path) for path in folders)
    same = lab.resolve("patched")
    assert lab.commit(same).tree == lab.commit(made).tree
    again = lab.build(same, tmp_path / "log")
    assert (again.cached, again.key == kernel.key) == (False, False)
    assert again.signature == kernel.signature


def test_nothing_makes_a_patched_commit_one_of_the_trees(lab: KernelLab) -> None:
    made = lab.patched(lab.resolve("bad"), PATCH)
    for name in (made, made[:12], f"{made}~0"):
        with pytest.raises(InputError, match="unknown commit"):
            lab.resolve(name)
    assert lab.resolve(f"{made}^") == lab.resolve("bad")


def test_where_builds_are_not_shut_in_no_patch_is_built(lab: KernelLab) -> None:
    open_lab = replace(lab, site=replace(lab.site, sandbox=Sandbox(Confinement.OFF, ())))
    with pytest.raises(InputError, match="cannot shut builds in"):
        open_lab.patched(open_lab.resolve("bad"), PATCH)
