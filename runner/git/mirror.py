"""A bare copy of a repository: what it is asked about commits."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from runner.errors import InfraError, InputError, UnknownCommit
from runner.git.address import check_url, public
from runner.git.command import OUTPUT_LIMIT, READ_SECONDS, Answer, as_text, full_name, run_git
from runner.git.leftovers import remove_leftovers
from runner.locks import hold
from runner.values import Commit, Sha

FETCH_SECONDS = 3600.0
"""The first fetch of Linux brings 3 GB."""
CHANGES_SECONDS = 600.0
"""Git compares two trees for each commit: seconds for a release of Linux, minutes for all of it."""
ALL = "refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*"
SHOWN = 64 << 10
"""Characters of a commit that stand in a log, on a page and in a mail."""
HISTORY_LIMIT = 512 << 20
"""Bytes of git's answer: a million commits take 100 bytes each, with their paths 250."""
LOG = (
    *("log", "--no-walk", "--stat=80", "--encoding=UTF-8"),
    *("--no-notes", "--no-mailmap", "--no-decorate", "--no-ext-diff", "--no-textconv"),
)
PATHS = (
    *("log", "-z", "--name-only", "--no-renames", "--diff-merges=off", "--format=%x00%H"),
    *("--no-notes", "--no-mailmap", "--no-decorate", "--no-ext-diff", "--no-textconv"),
)
# Names of commits and nothing else: not `a..b`, `:/text`, `@{...}` or `^{...}`.
REVISION = re.compile(r"(?!-)(?!.*(?:\.\.|@\{|\^\{))[^\x00-\x20\x7f:*?\[\\]{1,250}")

# The repository that was asked for is at fault, and not our machine or network.
NOT_OURS = re.compile(
    r"does not appear to be a git repository|not a git repository|repository .*not found"
    r"|couldn't find remote ref"
    r"|could not be found|could not read username|authentication failed|permission denied \("
    r"|access denied|transport '.*' not allowed|requested url returned error: 4(?!08|29)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mirror:
    """A bare copy of a repository's branches and tags. `update` it before anything else.

    Or a repository of the person who runs us, as `around` finds it, to read from: it has no `url`.
    """

    path: Path
    url: str
    cancel: threading.Event | None = None

    @classmethod
    def around(cls, folder: Path, cancel: threading.Event | None = None) -> Mirror:
        """The repository that a folder is or lies in; `InputError` when there is none."""
        if not folder.is_dir():
            raise InputError(f"there is no folder {folder}")
        for place in (folder.resolve(), *folder.resolve().parents):
            for git_dir in (place / ".git", place):
                if run_git(git_dir, "rev-parse", "--git-dir", cancel=cancel).status == 0:
                    return cls(git_dir, "", cancel)
        raise InputError(f"{folder} is not in a git repository")

    def common(self) -> Mirror:
        """The repository itself, when this one is what a work tree of it has of its own."""
        raw = self._read("rev-parse", "--path-format=absolute", "--git-common-dir")
        return replace(self, path=Path(os.fsdecode(raw.rstrip(b"\n"))))

    def _git(
        self, *arguments: str, deadline: float = READ_SECONDS, limit: int = OUTPUT_LIMIT
    ) -> Answer:
        return run_git(self.path, *arguments, deadline=deadline, limit=limit, cancel=self.cancel)

    def _read(
        self, *arguments: str, deadline: float = READ_SECONDS, limit: int = OUTPUT_LIMIT
    ) -> bytes:
        answer = self._git(*arguments, deadline=deadline, limit=limit)
        if answer.status:
            raise InfraError(f"git {arguments[0]} in {self.path.name}: {answer.reason}")
        return answer.stdout

    def update(self, branch: str) -> None:
        """Fetch, the first time everything. `InputError` when the repository is not there or has
        no such branch, `InfraError` when the network or our disk failed.
        """
        check_url(self.url)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with hold(self.path.with_name(f"{self.path.name}.lock"), self.cancel):
            if self.path.exists():
                remove_leftovers(self.path)
                self._fetch(self.path, self.url, *ALL)
            else:
                self._create()
        self.head(branch)

    def fetch_beside(self, url: str, branch: str) -> Sha:
        """Fetch a branch of another repository into this one, and return its newest commit. The
        refs are apart from this one's own, which `update` prunes. Raises as `update` does.
        """
        check_url(url)
        if not REVISION.fullmatch(branch):
            raise InputError(f"the repository has no branch {branch!r}")
        name = f"refs/upstream/{hashlib.sha256(url.encode()).hexdigest()[:16]}/{branch}"
        with hold(self.path.with_name(f"{self.path.name}.lock"), self.cancel):
            remove_leftovers(self.path)
            self._fetch(self.path, url, f"refs/heads/{branch}:{name}")
        return self.resolve(name)

    def _create(self) -> None:
        # Under another name until it is complete: a killed one is thrown away the next time.
        unfinished = self.path.with_name(f"{self.path.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        created = run_git(
            unfinished, "init", "--quiet", "--bare", "--template=", cancel=self.cancel
        )
        if created.status:
            raise InfraError(f"cannot create {unfinished}: {created.reason}")
        self._fetch(unfinished, self.url, *ALL)
        unfinished.rename(self.path)

    def _fetch(self, git_dir: Path, url: str, *wanted: str) -> None:
        protocols = "file" if url.startswith("/") else "git:http:https:ssh"
        # A local repository may belong to somebody else, and git asks its own other end, which
        # does not hear our settings. It is safe: serving a hostile repository runs nothing of it.
        served = ["--upload-pack=git -c safe.directory=* upload-pack"]
        answer = run_git(
            git_dir,
            *("fetch", "--quiet", "--prune", "--no-tags", "--force", "--no-write-fetch-head"),
            *(served if protocols == "file" else []),
            *("--end-of-options", url, *wanted),
            deadline=FETCH_SECONDS,
            cancel=self.cancel,
            env={"GIT_ALLOW_PROTOCOL": protocols},
        )
        if answer.status:
            fault = InputError if NOT_OURS.search(answer.stderr) else InfraError
            address = public(url)
            raise fault(f"cannot fetch {address}: {answer.reason.replace(url, address)}")

    def resolve(self, revision: str) -> Sha:
        """The commit of a sha, short sha, tag or branch; `InputError` when there is none."""
        sha = self._verify(f"{revision}^{{commit}}") if REVISION.fullmatch(revision) else None
        if sha is None:
            raise UnknownCommit(revision)
        return sha

    def _verify(self, name: str) -> str | None:
        answer = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        return answer.stdout.decode().strip() if answer.status == 0 else None

    def head(self, branch: str) -> Sha:
        """The newest commit of a branch; `InputError` when there is no such branch."""
        name = f"refs/heads/{branch}^{{commit}}"
        sha = self._verify(name) if REVISION.fullmatch(branch) else None
        if sha is None:
            raise InputError(f"the repository has no branch {branch!r}")
        return sha

    def contains(self, ancestor: Sha, descendant: Sha) -> bool:
        """Whether `ancestor` is in the history of `descendant`, or the same."""
        answer = self._git(
            "merge-base", "--is-ancestor", full_name(ancestor), full_name(descendant)
        )
        if answer.status not in (0, 1):
            raise InfraError(f"git merge-base in {self.path.name}: {answer.reason}")
        return answer.status == 0

    def merge_bases(self, one: Sha, other: Sha) -> list[Sha]:
        """The best common ancestors of two commits."""
        answer = self._git("merge-base", "--all", full_name(one), full_name(other))
        if answer.status not in (0, 1):
            raise InfraError(f"git merge-base in {self.path.name}: {answer.reason}")
        return as_text(answer.stdout).split()

    def subjects(self, head: Sha, text: str, since: datetime) -> list[tuple[Sha, str]]:
        """The commits of a history whose message has this text, with their subjects."""
        command = (
            *("log", "--format=%H%x00%s", "--encoding=UTF-8", "--no-mailmap"),
            *("--fixed-strings", f"--grep={text}", f"--since={since.isoformat()}", full_name(head)),
        )
        lines = as_text(self._read(*command, deadline=CHANGES_SECONDS)).splitlines()
        return [(sha, subject) for sha, _, subject in (line.partition("\0") for line in lines)]

    def line_changes(self, head: Sha, path: str, pattern: str) -> list[tuple[Sha, str]]:
        """The commits on the first-parent line of `head` that change a line of a file which the
        pattern (POSIX, extended) matches, newest first, with their diffs of that file.
        """
        command = (
            *("log", "--first-parent", "--diff-merges=first-parent", "--patch", "--unified=0"),
            *("--no-ext-diff", "--no-textconv", "--no-renames", "--format=%x00%H", f"-G{pattern}"),
        )
        raw = self._read(*command, full_name(head), "--", path, deadline=CHANGES_SECONDS)
        entries = (entry.partition("\n") for entry in as_text(raw).split("\0")[1:])
        return [(sha, diff) for sha, _, diff in entries]

    def commit(self, sha: Sha) -> Commit:
        form = "%T%x00%P%x00%an%x00%ae%x00%ad%x00%B%x00"
        raw = self._read(*LOG, "--date=raw", f"--format={form}", full_name(sha))
        tree, parents, author, email, date, message, diffstat = as_text(raw).split("\0", 6)
        return Commit(
            sha=sha,
            tree=tree,
            parents=tuple(parents.split()),
            author=author,
            author_email=email,
            date=_date(date),
            message=message.strip("\n"),
            diffstat=diffstat.strip("\n"),
        )

    def mailmapped(self, people: Sequence[tuple[str, str]], sha: Sha) -> list[tuple[str, str]]:
        """The names and addresses that the `.mailmap` of a commit gives these people."""
        found = []
        for first in range(0, len(people), 500):
            contacts = [f"{name} <{address}>".lstrip() for name, address in people[first:][:500]]
            raw = self._read(
                # From in there: else git would read the file that is checked out, too.
                *("-C", str(self.path.absolute()), "-c", f"mailmap.blob={full_name(sha)}:.mailmap"),
                *("check-mailmap", "--end-of-options", *contacts),
            )
            for line in as_text(raw).splitlines():
                name, _, address = line.rpartition("<")
                found.append((name.strip(), address.removesuffix(">")))
        return found

    def show(self, sha: Sha) -> str:
        """The commit as `git show --stat` prints it: header, indented message, diffstat."""
        text = as_text(self._read(*LOG, "--format=medium", full_name(sha)))
        if len(text) <= SHOWN:
            return text
        part = text[: text.rfind("\n", 0, SHOWN) + 1]
        return f"{part}    [{len(text) - len(part)} more characters]\n"

    def patch(self, sha: Sha) -> bytes:
        """The commit as a mail with its diff; empty for a merge."""
        # Not by format-patch: for a merge that gives the patch of another commit.
        return self._read(*LOG, "--no-merges", "--format=email", "--patch", full_name(sha))

    def read(self, sha: Sha, path: str) -> bytes | None:
        """A file's content at a commit; None when there is no such file."""
        blob = self._verify(f"{full_name(sha)}:{path}") if "\0" not in path else None
        answer = self._git("cat-file", "blob", blob) if blob else None
        return answer.stdout if answer and answer.status == 0 else None

    def parents(self, bad: Sha, without: Iterable[Sha]) -> dict[Sha, tuple[Sha, ...]]:
        """The commits in `bad` and in none of `without` with their parents, newest first."""
        excluded = [f"^{full_name(sha)}" for sha in without]
        raw = self._read("rev-list", "--parents", full_name(bad), *excluded, limit=HISTORY_LIMIT)
        lines = (line.split() for line in raw.decode().splitlines())
        return {sha: tuple(parents) for sha, *parents in lines}

    def changes(self, bad: Sha, without: Iterable[Sha]) -> dict[Sha, tuple[str, ...]]:
        """The same commits with the paths they change; a renamed file counts under both names.

        A merge has none. What is not UTF-8 in a path is replaced.
        """
        excluded = [f"^{full_name(sha)}" for sha in without]
        command = (*PATHS, full_name(bad), *excluded)
        raw = self._read(*command, deadline=CHANGES_SECONDS, limit=HISTORY_LIMIT)
        # NUL, sha, NUL, and if there are any paths: newline, path, NUL, path, NUL ...
        records = as_text(raw)[1:-1].split("\0\0") if raw else []
        found = {}
        for record in records:
            sha, _, paths = record.partition("\0")
            found[sha] = tuple(paths.removeprefix("\n").split("\0")) if paths else ()
        return found

    def paths(self, sha: Sha) -> frozenset[str]:
        """All files of a commit, named as `changes` names them."""
        raw = self._read("ls-tree", "-r", "-z", "--name-only", full_name(sha))
        return frozenset(as_text(raw).split("\0")) - {""}

    def has(self, sha: Sha) -> bool:
        """Whether the repository has a commit of this name."""
        return self._verify(f"{full_name(sha)}^{{commit}}") is not None

    def tags(self, merged_into: Sha) -> dict[str, Sha]:
        """The commits of the tags in the history of a commit."""
        form = "%(refname:strip=2)%00%(objectname)%00%(*objectname)%00%(*objecttype)"
        merged = f"--merged={full_name(merged_into)}"
        answer = as_text(self._read("for-each-ref", f"--format={form}", merged, "refs/tags"))
        found = {}
        for line in answer.splitlines():
            name, tagged, peeled, kind = line.split("\0")
            nested = kind == "tag"  # a tag of a tag: git looks only one step further
            found[name] = self.resolve(peeled) if nested else peeled or tagged
        return found


def _date(raw: str) -> datetime:
    """The time of `1631542193 +0300`; the epoch for one that cannot be."""
    try:
        seconds, zone = raw.split()
        east = -1 if zone.startswith("-") else 1
        offset = timedelta(hours=int(zone[-4:-2]), minutes=int(zone[-2:]))
        return datetime.fromtimestamp(int(seconds), timezone(east * offset))
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
