"""One bisection of a project: ask the search, test what it asks for, write down what was seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from runner.commands.prices import learnt
from runner.commands.reasons import why
from runner.commands.screen import MOST_SUSPECTS, Screen, counted, percent, total
from runner.commands.status import Status
from runner.errors import BuildFailed, InputError
from runner.evidence_file import EvidenceFile, Question, Record
from runner.project import Project
from runner.search import (
    BayesPolicy,
    Decision,
    Found,
    History,
    Impossible,
    Inconclusive,
    Policy,
    Probe,
    Test,
    decide,
    suspects,
)
from runner.values import Outcome, Sha

NOT_RUN = (126, 127)
"""The exit statuses by which a shell says that it could not run, or not find, a command."""
PATIENCE = 3
"""So many runs of the bad commit may be ended by the deadline, if no other tells anything."""


@dataclass
class Session:
    question: Question
    project: Project
    file: EvidenceFile
    history: History
    policy: Policy
    budget: float
    """Minutes that all builds and runs may take, earlier sessions' included."""
    screen: Screen
    clock: Callable[[], float]
    """Seconds that only grow."""
    _first: bool = field(default=False, init=False)
    """Nothing has run yet since the work tree was made ready."""

    def bisect(self) -> Status:
        self.open()
        while True:
            policy = self._priced()
            match self._decide(policy):
                case Test(probes):
                    for probe in probes:
                        self._announce(policy, probe)
                        self.test(probe)
                        self.screen.saw()
                case Found(sha, confidence):
                    self._name(sha, confidence)
                    return Status.FOUND
                case Impossible(reason=reason):
                    raise InputError(reason)
                case Inconclusive(shas, reason):
                    self._name_suspects(policy, shas, reason)
                    return Status.NOT_FOUND

    def test(self, probe: Probe) -> None:
        """Add runs of one revision to the evidence, as many as the policy has use for."""
        for _ in range(probe.runs):
            outcome = self._run(probe.sha) if self._make_ready(probe.sha) else None
            if not outcome or (outcome == Outcome.CRASH and isinstance(self.policy, BayesPolicy)):
                break

    def _priced(self) -> Policy:
        """The policy at this machine's prices. There is one work tree: what it does not hold must
        be built again, tested or not."""
        policy = learnt(self.policy, self._records)
        if not isinstance(policy, BayesPolicy):
            return policy
        return replace(policy, ready=frozenset(filter(self.project.is_ready, self._tested)))

    @property
    def _tested(self) -> set[Sha]:
        return {one.sha for one in self._records}

    def _decide(self, policy: Policy) -> Decision:
        decision = decide(self.history, self.file.evidence(), policy)
        if isinstance(decision, Test) and self.file.seconds >= self.budget * 60:
            return Inconclusive([sha for sha, _ in self._suspects(policy)], "the budget is used up")
        return decision

    def _suspects(self, policy: Policy) -> list[tuple[Sha, float]]:
        """Who is suspected now and how much; the classic strategy does not tell."""
        if not isinstance(policy, BayesPolicy):
            return []
        return suspects(self.history, self.file.evidence(), policy)

    def _make_ready(self, sha: Sha) -> bool:
        if self.project.is_ready(sha):
            return True
        began = self.clock()
        try:
            self.project.prepare(sha)
        except BuildFailed as error:
            self._cannot_test(sha, error, self.clock() - began)
            return False
        if not self._records:
            self._note_strangers()
        self._add(Record(sha, self.clock() - began))
        self._first = True
        return True

    def _run(self, sha: Sha) -> Outcome | None:
        """One run's outcome; None when the revision cannot be tested."""
        began = self.clock()
        try:
            ran = self.project.run(sha)
        except BuildFailed as error:
            self._cannot_test(sha, error, self.clock() - began)
            return None
        seconds = self.clock() - began
        first, self._first = self._first, False
        if ran.status in NOT_RUN and all(one.status in (None, *NOT_RUN) for one in self._records):
            self._try_good()
        self._add(Record(sha, seconds, outcome=ran.outcome, status=ran.status, first=first))
        if ran.outcome == Outcome.LOST:
            self._check_patience(sha)
        return ran.outcome

    @property
    def _records(self) -> Sequence[Record]:
        return self.file.records

    def _outcomes(self, sha: Sha) -> list[Outcome]:
        return [one.outcome for one in self._records if one.sha == sha and one.outcome]

    def _add(self, record: Record) -> None:
        self.file.add(replace(record, seconds=round(record.seconds, 3)))
        self.screen.ended(record)

    def _cannot_test(self, sha: Sha, error: BuildFailed, seconds: float) -> None:
        if self._outcomes(sha):  # it could be tested before, so this time says nothing of it
            self._add(Record(sha, seconds, outcome=Outcome.LOST))
        elif sha == self.question.bad:
            raise InputError(f"the bad commit cannot be tested: {error}{self._see(sha)}")
        else:
            self._add(Record(sha, seconds, built=False))
        self.screen.says(f"    skipped: {error}{self._see(sha)}")

    def _check_patience(self, sha: Sha) -> None:
        """The deadline may be too short for any run: the bad commit shows it first."""
        outcomes = self._outcomes(sha)
        if sha == self.question.bad and outcomes == [Outcome.LOST] * max(PATIENCE, len(outcomes)):
            raise InputError(
                f"no run of the bad commit ended in time{self._see(sha)}. Give it longer with"
                " --timeout; or if to hang is the bug, test with `timeout SECONDS COMMAND`, whose"
                " exit status 124 means bad"
            )

    def _try_good(self) -> None:
        """As git does: a command that cannot be run on the good commit either is a mistake."""
        good = self.question.good
        if good is None:
            raise InputError(
                "exit status 126 or 127 is a shell's word for a command that could not be run"
                f"{self._see(self.question.bad)}. If it means bad, give a --good commit to compare"
            )
        try:
            self.project.prepare(good)
            began = self.clock()
            ran = self.project.run(good)
        except BuildFailed as error:
            raise InputError(
                f"the good commit cannot be tested: {error}{self._see(good)}"
            ) from error
        if ran.status in NOT_RUN:
            raise InputError(
                f"the command ends with {ran.status} on the good commit, too{self._see(good)}:"
                " was it found?"
            )
        seconds = self.clock() - began
        self._add(Record(good, seconds, outcome=ran.outcome, status=ran.status, first=True))

    def _see(self, sha: Sha) -> str:
        return f" (see {self.project.log(sha)})"

    # What is said of it

    def open(self) -> None:
        """What is asked, and what is known already."""
        question, records = self.question, self._records
        outside = [self.history.good] if self.history.good else []
        commits = counted(len(self.history.candidates(self.history.bad, outside)), "commit")
        self.screen.says(f"Bisecting {commits} of {question.repo}")
        self.screen.says(f"  bad   {self.screen.names(question.bad)}")
        where = "among the releases" if self.history.releases else "in the whole history"
        good = self.screen.names(question.good) if question.good else f"is looked for {where}"
        self.screen.says(f"  good  {good}")
        known = f", going on after {total(records)}" if records else ""
        self.screen.says(f"  kept in {self.file.path}{known}")
        if self.file.torn:
            self.screen.says("  its last line was torn and is left out")
        self.screen.gap()

    def _note_strangers(self) -> None:
        for name in self.project.strangers(Path.cwd()):
            self.screen.says(
                f"    note: {name} is in this folder but not in the work tree that the command"
                " runs in; give its absolute path"
            )

    def _announce(self, policy: Policy, probe: Probe) -> None:
        evidence = self.file.evidence()
        runs = counted(sum(len(one.outcomes) for one in evidence), "run")
        up_to = "up to " if isinstance(policy, BayesPolicy) and probe.runs > 1 else ""
        self.screen.asks(
            f"[ {len(evidence):,} tested, {runs} ] {self.screen.names(probe.sha)},"
            f" {up_to}{counted(probe.runs, 'run')}",
            why(self.history, evidence, policy),
        )

    def _name(self, sha: Sha, confidence: float) -> None:
        kind = "good" if self.question.fix else "bad"
        self.screen.gap()
        self.screen.answers(f"{sha} is the first {kind} commit")
        self.screen.says(self.project.worktree.mirror.show(sha).rstrip())
        self.screen.gap()
        self.screen.says(f"{percent(confidence)} sure after {total(self._records)}")

    def _name_suspects(self, policy: Policy, shas: Sequence[Sha], reason: str) -> None:
        self.screen.gap()
        self.screen.says(f"No commit could be named: {reason}.")
        chances = dict(self._suspects(policy))
        shown = shas[:MOST_SUSPECTS]
        if shown:
            self.screen.says("It is likely one of these:")
        for sha in shown:
            chance = f"{percent(chances[sha]):>7}  " if sha in chances else "  "
            self.screen.says(chance + self.screen.names(sha))
        if len(shas) > len(shown):
            self.screen.says(f"and {len(shas) - len(shown):,} more")
        self.screen.gap()
        self.screen.says(f"Inconclusive after {total(self._records)}")
