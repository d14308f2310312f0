"""The values in a log's entries: what a run came to, a time in Go's print, the fixed sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What was searched for."""

    CAUSE = "cause"
    FIX = "fix"


class Said(StrEnum):
    """The lines that say always the same."""

    BLANK = ""
    # Endings without a commit, by their ages.
    ON_OLDEST_2019 = "the crash already happened on the oldest tested release"
    ON_HEAD_2019 = "the crash still happens on HEAD"
    ON_OLDEST = "oldest tested release already had the bug or it had kernel test errors"
    ON_HEAD_2023 = "crash still not fixed on HEAD or HEAD had kernel test errors"
    ON_HEAD = "crash still not fixed or there were kernel test errors"
    # Why there is no range.
    WALKED_OLDEST = "crash still not fixed/happens on the oldest tested release"
    HEAD_BROKEN = "HEAD had kernel build, boot or test errors"
    # Git's.
    ONLY_SKIPPED = "There are only 'skip'ped commits left to test."
    FIRST_BAD_AMONG = "The first bad commit could be any of:"
    CANNOT_GO_ON = "We cannot bisect more!"
    BASE_MUST_BE_TESTED = "Bisecting: a merge base must be tested"
    # What came of the runs.
    SEEMS_FLAKY = "reproducer seems to be flaky"
    FLAGGED_FLAKY = "Reproducer flagged being flaky"
    TOO_MANY_NEITHER = "too many neither good nor bad results, skipping this commit"
    # Where the start commit or the guilty one is.
    FETCH_TAGS = "fetch other tags and check if the commit is present"
    CONTAINS_GUILTY = "determine whether the revision contains the guilty commit"
    NO_RESULT = "no existing result, test the revision"
    PRETEND = "the bug was not introduced yet; pretend that kernel crashed"
    # A smaller config: by config-bisect.pl (2020), by halves (2020), by chunks (2023).
    CONFIG_START = "# start config bisection"
    BASELINE_FAILED = "testing baseline config failed"
    BASELINE_CRASHES = "crash reproduces with baseline config"
    BASE_CRASHES = "base config crashes"
    HALF_CRASHED = "half crashed"
    NO_HALF_CRASHED = "both halves did not crash"
    ONLY_FULL_CRASHES = "only full config crashes"
    INSTRUMENTATION = "check whether we can drop unnecessary instrumentation"
    NOTHING_TO_DISABLE = "there was nothing we could disable; skip"
    WITHOUT_INSTRUMENTATION = "the bug reproduces without the instrumentation"
    CAN_BE_DROPPED = "the chunk can be dropped"
    DEFINITELY_NEEDED = "no need to test this chunk, it's definitely needed"
    CANNOT_SPLIT = "no way to further split the chunk"
    ALREADY_MINIMISED = "# configuration already minimized"
    ORIGINAL_CONFIG = "proceeding with the original config"


class RunKind(StrEnum):
    """How a run ended, by the words before its title."""

    OK = "OK"
    CRASHED = "crashed"
    IGNORED = "ignore"
    """It crashed, but with what says nothing about the bug."""
    BOOT_FAILED = "boot failed"
    TEST_FAILED = "basic kernel testing failed"
    INFRA = "infra problem"
    FAILED = "failed"
    CANNOT_TELL = "cannot tell"
    OTHER = "other"
    """Words that none of the others begins; they are all in the title."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to."""

    kind: RunKind
    title: str = ""

    @classmethod
    def read(cls, words: str) -> Result:
        if words == RunKind.OK:
            return cls(RunKind.OK)
        kind, mark, title = words.partition(": ")
        if mark and kind in _WITH_TITLE:
            return cls(_WITH_TITLE[kind], title)
        return cls(RunKind.OTHER, words)

    @property
    def words(self) -> str:
        if self.kind is RunKind.OK:
            return self.kind.value
        return self.title if self.kind is RunKind.OTHER else f"{self.kind}: {self.title}"


_WITH_TITLE = {kind.value: kind for kind in RunKind if kind not in (RunKind.OK, RunKind.OTHER)}


@dataclass(frozen=True, slots=True)
class Duration:
    """A time as Go prints one: `3h31m28.64s`, `1m0s`, `250ms`, `0s`."""

    printed: str

    PATTERN = r"(?:[0-9]{1,9}h)?(?:[0-9]{1,9}m)?[0-9]{1,9}(?:\.[0-9]{1,9})?(?:s|ms|µs|ns)"

    @classmethod
    def of(cls, seconds: float) -> Duration:
        """To the millisecond."""
        if 0 < seconds < 1:
            return cls(f"{seconds * 1000:.0f}ms")
        minutes, rest = divmod(round(seconds, 3), 60)
        hours, minutes = divmod(int(minutes), 60)
        tail = f"{rest:.3f}".rstrip("0").rstrip(".") + "s"
        if hours:
            return cls(f"{hours}h{minutes}m{tail}")
        return cls(f"{minutes}m{tail}" if minutes else tail)

    @property
    def seconds(self) -> float:
        return sum(
            float(number) * _SECONDS[unit]
            for number, unit in re.findall(r"([0-9.]+)([a-zµ]+)", self.printed)
        )


_SECONDS = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}


class Whose(StrEnum):
    """The words before a signature at the end of a log."""

    CULPRIT = "culprit signature: "
    PARENT = "parent  signature: "
    CULPRIT_2019 = "kernel signature:   "
    PARENT_2019 = "previous signature: "


class Field(StrEnum):
    """Where a list of recipients was put."""

    TO = "recipients (to)"
    CC = "recipients (cc)"
    CC_2019 = "cc"
