"""Repositories: bare mirrors, and one work tree per worker.

Uses GitPython's command layer only: it starts `git`, below our guard, and nothing of it is kept.
What people give us (addresses, revisions, branches) is checked, and never reaches git as an option.
What repositories hold is hostile too: it cannot run hooks, filters or helpers.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from io import RawIOBase
from pathlib import Path

# Else the import itself fails where git is not installed, before anybody could say so.
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
from git.cmd import Git  # must come after the line above

from runner.errors import InfraError, InputError
from runner.locks import hold
from runner.process import guarded
from runner.values import Commit, Sha

FETCH_SECONDS = 3600.0
"""The first fetch of Linux brings 3 GB."""
CHECKOUT_SECONDS = 600.0
READ_SECONDS = 120.0
OUTPUT_LIMIT = 64 << 20
"""Bytes of git's answer; a million commits of history are 100 bytes each, so that has its own."""
HISTORY_LIMIT = 512 << 20

HARDENED = (
    "protocol.ext.allow=never",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "submodule.recurse=false",
    # What a power failure leaves must be whole: git by default does not sync its refs.
    "core.fsync=all",
    # Tidy up inside our deadline and not behind our back, and keep the commits of old bisections
    # when their branch is rewritten.
    "gc.autoDetach=false",
    "gc.pruneExpire=never",
    "fetch.writeCommitGraph=true",
)
LOG = (
    *("log", "--no-walk", "--stat=80", "--encoding=UTF-8"),
    *("--no-notes", "--no-mailmap", "--no-decorate", "--no-ext-diff", "--no-textconv"),
)
# With these a person's network settings still work; nothing else is taken from our environment.
PASSED_ON = re.compile(r"(?i)(?:https?|all|no)_proxy|SSL_CERT_(?:FILE|DIR)|SSH_AUTH_SOCK")
ISOLATED = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
}
"""No settings of the account we run under, and no network."""

REMOTE = re.compile(
    r"(?:https?|git|ssh)://(?:\w[\w.%+:~-]*@)?(?:\w[\w.-]*|\[[0-9A-Fa-f:.]+\])(?::\d+)?/[!-~]*",
    re.ASCII,
)
SCP = re.compile(r"\w[\w.-]*@\w[\w.-]*:(?!-)[!-~]+", re.ASCII)
URL_HELP = "use https://, http://, git://, ssh://, user@host:path or the absolute path of a folder"

SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# Names of commits and nothing else: not `a..b`, `:/text`, `@{...}` or `^{...}`.
REVISION = re.compile(r"(?!-)(?!.*(?:\.\.|@\{|\^\{))[^\x00-\x20\x7f:*?\[\\]{1,250}")

# The repository that was asked for is at fault, and not our machine or network.
NOT_OURS = re.compile(
    r"does not appear to be a git repository|not a git repository|repository .*not found"
    r"|could not be found|could not read username|authentication failed|permission denied \("
    r"|access denied|transport '.*' not allowed|requested url returned error: 4(?!08|29)",
    re.IGNORECASE,
)
DISK = re.compile(r"No space left on device|Disk quota exceeded")


def check_url(url: str) -> str:
    """The address itself when git may be given it; else `InputError` that says what is allowed."""
    if REMOTE.fullmatch(url) or SCP.fullmatch(url) or _is_local(url):
        return url
    if url.startswith("/") and url.isprintable():
        raise InputError(f"there is no folder {url}")
    raise InputError(f"cannot use {url!r} as the address of a repository: {URL_HELP}")


def _is_local(url: str) -> bool:
    return url.startswith("/") and url.isprintable() and Path(url).is_dir()


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    stdout: bytes
    stderr: str

    @property
    def reason(self) -> str:
        """Git's own words for what went wrong, on one line."""
        printable = "".join(c if c.isprintable() or c == "\n" else " " for c in self.stderr)
        lines = [line.strip()[:300] for line in printable.splitlines() if line.strip()]
        fatal = [line for line in lines if line.startswith(("fatal:", "error:", "ERROR:"))]
        return (fatal or lines or [f"git ended with status {self.status}"])[0]


class _Memory(RawIOBase):
    """Takes git's output, and drops what is above the limit."""

    def __init__(self, limit: int) -> None:
        self.data = bytearray()
        self.limit = limit
        self.flooded = False

    def write(self, chunk: bytes) -> int:  # type: ignore[override]  # all we are ever given
        left = self.limit - len(self.data)
        self.flooded = self.flooded or len(chunk) > left
        self.data += chunk[:left]
        return len(chunk)


def _git(
    git_dir: Path,
    *arguments: str,
    work_tree: Path | None = None,
    deadline: float = READ_SECONDS,
    cancel: threading.Event | None = None,
    env: Mapping[str, str] | None = None,
    limit: int = OUTPUT_LIMIT,
    own: bool = False,
) -> _Answer:
    """Run one git command, on exactly this repository: git never goes looking for another one.

    With `own` the settings of the person who runs us count, as they do for the git they type.
    """
    where = [f"--git-dir={git_dir.absolute()}"]
    where += [f"--work-tree={work_tree.absolute()}"] if work_tree else []
    settings = [word for setting in HARDENED for word in ("-c", setting)]
    argv = ["git", *where, *settings, *arguments]
    memory = _Memory(limit)
    variables = _environment() | ({} if own else ISOLATED) | dict(env or {})
    with guarded(argv, deadline=deadline, env=variables, cancel=cancel) as command:
        status, _, stderr = Git(str(work_tree or git_dir.parent)).execute(
            command.argv,
            with_extended_output=True,
            with_exceptions=False,
            output_stream=memory,
            pass_fds=command.pass_fds,
            start_new_session=True,
        )
    if command.timed_out:
        raise InfraError(f"git {arguments[0]} took longer than {deadline:.0f} s")
    if memory.flooded:
        raise InputError(f"git {arguments[0]} answered with more than {limit >> 20} MiB")
    answer = _Answer(status, bytes(memory.data), _text(stderr.encode(errors="surrogateescape")))
    if status and DISK.search(answer.stderr):
        raise InfraError(f"git {arguments[0]}: the disk is full: {answer.reason}")
    return answer


def _environment() -> dict[str, str]:
    passed_on = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
    return passed_on | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")


def _full(sha: Sha) -> Sha:
    if not SHA.fullmatch(sha):
        raise InputError(f"not a full commit name: {sha!r}")
    return sha


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
                if _git(git_dir, "rev-parse", "--git-dir", cancel=cancel).status == 0:
                    return cls(git_dir, "", cancel)
        raise InputError(f"{folder} is not in a git repository")

    def common(self) -> Mirror:
        """The repository itself, when this one is what a work tree of it has of its own."""
        raw = self._read("rev-parse", "--path-format=absolute", "--git-common-dir")
        return replace(self, path=Path(os.fsdecode(raw.rstrip(b"\n"))))

    def _git(
        self, *arguments: str, deadline: float = READ_SECONDS, limit: int = OUTPUT_LIMIT
    ) -> _Answer:
        return _git(self.path, *arguments, deadline=deadline, limit=limit, cancel=self.cancel)

    def _read(self, *arguments: str, limit: int = OUTPUT_LIMIT) -> bytes:
        answer = self._git(*arguments, limit=limit)
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
                _remove_leftovers(self.path)
                self._fetch(self.path)
            else:
                self._create()
        self.head(branch)

    def _create(self) -> None:
        # Under another name until it is complete: a killed one is thrown away the next time.
        unfinished = self.path.with_name(f"{self.path.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        created = _git(unfinished, "init", "--quiet", "--bare", "--template=", cancel=self.cancel)
        if created.status:
            raise InfraError(f"cannot create {unfinished}: {created.reason}")
        self._fetch(unfinished)
        unfinished.rename(self.path)

    def _fetch(self, git_dir: Path) -> None:
        protocols = "file" if self.url.startswith("/") else "git:http:https:ssh"
        # A local repository may belong to somebody else, and git asks its own other end, which
        # does not hear our settings. It is safe: serving a hostile repository runs nothing of it.
        served = ["--upload-pack=git -c safe.directory=* upload-pack"]
        answer = _git(
            git_dir,
            *("fetch", "--quiet", "--prune", "--no-tags", "--force", "--no-write-fetch-head"),
            *(served if protocols == "file" else []),
            *("--end-of-options", self.url, "refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*"),
            deadline=FETCH_SECONDS,
            cancel=self.cancel,
            env={"GIT_ALLOW_PROTOCOL": protocols},
        )
        if answer.status:
            fault = InputError if NOT_OURS.search(answer.stderr) else InfraError
            address = re.sub(r"//[^/@]*@", "//", self.url)  # no passwords in logs
            raise fault(f"cannot fetch {address}: {answer.reason}")

    def resolve(self, revision: str) -> Sha:
        """The commit of a sha, short sha, tag or branch; `InputError` when there is none."""
        sha = self._verify(f"{revision}^{{commit}}") if REVISION.fullmatch(revision) else None
        if sha is None:
            raise InputError(f"unknown commit {revision!r}")
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
        answer = self._git("merge-base", "--is-ancestor", _full(ancestor), _full(descendant))
        if answer.status not in (0, 1):
            raise InfraError(f"git merge-base in {self.path.name}: {answer.reason}")
        return answer.status == 0

    def commit(self, sha: Sha) -> Commit:
        form = "%T%x00%P%x00%an%x00%ae%x00%ad%x00%B%x00"
        raw = self._read(*LOG, "--date=raw", f"--format={form}", _full(sha))
        tree, parents, author, email, date, message, diffstat = _text(raw).split("\0", 6)
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

    def show(self, sha: Sha) -> str:
        """The commit as `git show --stat` prints it: header, indented message, diffstat."""
        return _text(self._read(*LOG, "--format=medium", _full(sha)))

    def patch(self, sha: Sha) -> bytes:
        """The commit as a mail with its diff; empty for a merge."""
        # Not by format-patch: for a merge that gives the patch of another commit.
        return self._read(*LOG, "--no-merges", "--format=email", "--patch", _full(sha))

    def read(self, sha: Sha, path: str) -> bytes | None:
        """A file's content at a commit; None when there is no such file."""
        blob = self._verify(f"{_full(sha)}:{path}") if "\0" not in path else None
        answer = self._git("cat-file", "blob", blob) if blob else None
        return answer.stdout if answer and answer.status == 0 else None

    def parents(self, bad: Sha, without: Iterable[Sha]) -> dict[Sha, tuple[Sha, ...]]:
        """The commits in `bad` and in none of `without` with their parents, newest first."""
        excluded = [f"^{_full(sha)}" for sha in without]
        raw = self._read("rev-list", "--parents", _full(bad), *excluded, limit=HISTORY_LIMIT)
        lines = (line.split() for line in raw.decode().splitlines())
        return {sha: tuple(parents) for sha, *parents in lines}

    def tags(self, merged_into: Sha) -> dict[str, Sha]:
        """The commits of the tags in the history of a commit."""
        form = "%(refname:strip=2)%00%(objectname)%00%(*objectname)%00%(*objecttype)"
        merged = f"--merged={_full(merged_into)}"
        answer = _text(self._read("for-each-ref", f"--format={form}", merged, "refs/tags"))
        found = {}
        for line in answer.splitlines():
            name, tagged, peeled, kind = line.split("\0")
            nested = kind == "tag"  # a tag of a tag: git looks only one step further
            found[name] = self.resolve(peeled) if nested else peeled or tagged
        return found


@dataclass(frozen=True, slots=True)
class Worktree:
    """The source tree of one worker slot. The caller holds the slot's lock."""

    mirror: Mirror
    path: Path
    own: bool = False
    """Of the person who runs us: git's settings are theirs (large files need it), and what a
    build left stays from commit to commit, as with the `git checkout` that they would type."""

    def checkout(self, sha: Sha) -> None:
        """Make the folder exactly the tree of `sha`. Files that do not change keep their times,
        which incremental builds need. A work tree that a crash broke is made anew, once.
        """
        if self._is_ours():
            _remove_locks(self._git_dir)
            if self._switch(_full(sha)).status == 0:
                return
        self._create(_full(sha))
        answer = self._switch(sha)
        if answer.status:
            raise InfraError(f"cannot check out {sha}: {answer.reason}")

    @property
    def _git_dir(self) -> Path:
        # Not read from the work tree, where a build could have written something else.
        return self.mirror.path / "worktrees" / self.path.name

    def _is_ours(self) -> bool:
        try:
            return (self._git_dir / "gitdir").read_text().strip() == str(self._link)
        except (OSError, UnicodeDecodeError):
            return False

    @property
    def _link(self) -> Path:
        return self.path.resolve() / ".git"

    def _switch(self, sha: Sha) -> _Answer:
        switched = self._git("checkout", "--quiet", "--force", "--detach", sha)
        return switched if switched.status or self.own else self._git("clean", "-ffdxq")

    def remove(self) -> None:
        """Leave nothing of it, neither the folder nor what the repository knows of it."""
        shutil.rmtree(self.path, ignore_errors=True)
        shutil.rmtree(self._git_dir, ignore_errors=True)

    def _create(self, sha: Sha) -> None:
        self.remove()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        add = ("worktree", "add", "--quiet", "--force", "--detach", "--no-checkout")
        path = str(self.path.absolute())
        answer = _git(self.mirror.path, *add, path, sha, cancel=self.mirror.cancel)
        if answer.status:
            raise InfraError(f"cannot create a work tree: {answer.reason}")

    def _git(self, *arguments: str) -> _Answer:
        return _git(
            self._git_dir,
            *arguments,
            work_tree=self.path,
            deadline=CHECKOUT_SECONDS,
            cancel=self.mirror.cancel,
            own=self.own,
        )


def _remove_leftovers(mirror: Path) -> None:
    """What a killed fetch left in a mirror: locks that nobody holds, packs that nobody finishes.

    The caller has the mirror's lock. The locks of work trees belong to their slots.
    """
    for folder in (mirror, mirror / "objects", mirror / "objects" / "info"):
        _remove_locks(folder)
    for lock in (mirror / "refs").rglob("*.lock"):
        lock.unlink(missing_ok=True)
    for pack in (mirror / "objects" / "pack").glob("tmp_*"):
        pack.unlink(missing_ok=True)


def _remove_locks(folder: Path) -> None:
    for lock in folder.glob("*.lock"):
        lock.unlink(missing_ok=True)


def _date(raw: str) -> datetime:
    """The time of `1631542193 +0300`; the epoch for one that cannot be."""
    try:
        seconds, zone = raw.split()
        east = -1 if zone.startswith("-") else 1
        offset = timedelta(hours=int(zone[-4:-2]), minutes=int(zone[-2:]))
        return datetime.fromtimestamp(int(seconds), timezone(east * offset))
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
