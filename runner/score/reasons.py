"""Why a bisection is trusted or not, in one sentence."""

from __future__ import annotations

from runner.log.values import Culprit, Role
from runner.score.model import oddity
from runner.score.steps import Step
from runner.score.story import Judged, Story

STRANGE = 0.3
"""From this strangeness on, a crash is told as another one."""
SELDOM = 0.7
"""Up to this crash rate, quiet runs say little."""
MANY = 3
"""From so many releases back on, the age of the kernel is told."""


def trusted(story: Story, culprit: Culprit) -> str:
    bad = [judged.step for judged in story.judged if judged.step.crashing]
    said = "the revisions taken for bad crashed like the report"
    if bad and story.lowest < 1:
        said += f", in {_percent(story.lowest)} of their runs or more"
    return f"{said}{_near(story, culprit)}"


def doubted(story: Story, culprit: Culprit | None, suspect: Judged | None) -> str:
    oddly = f"the culprit {oddity(culprit)}" if culprit and oddity(culprit) else ""
    if suspect is None:
        return oddly or "the log shows no test that could be judged"
    said = _crashed(story, suspect) if suspect.step.crashing else _quiet(story, suspect.step)
    if oddly:
        return f"{oddly}; {said}"
    far = bool(culprit) and not story.affinity.points
    return f"{said}; the culprit has nothing to do with the place of the crash" if far else said


def _crashed(story: Story, suspect: Judged) -> str:
    step = suspect.step
    times = f"{step.crashed} of {step.told} runs"
    if suspect.strange >= STRANGE:
        return (
            f'{name(step)} was taken for bad because "{step.title}" was seen in {times},'
            f' but the bug is "{story.bug[0]}"'
        )
    return f"{name(step)} was taken for bad after crashes in {times}, which may be of another bug"


def _quiet(story: Story, step: Step) -> str:
    said = f"{name(step)} was taken for good after {_runs(step.quiet)} without a crash"
    if story.lowest <= SELDOM:
        return f"{said}, but revisions with the bug crashed in as few as {_percent(story.lowest)}"
    if step.role is Role.RELEASE and story.walked >= MANY:
        return f"{said}, {story.walked} releases back: so old a kernel may have the bug and hide it"
    return f"{said}, but it may have the bug and not show it with this reproducer"


def _near(story: Story, culprit: Culprit) -> str:
    if story.affinity.file:
        return f", and the culprit changes {story.affinity.file}, which is on the crash's stack"
    if story.affinity.word:
        return f', and the culprit is about "{story.affinity.word}", as the crash is'
    return f", though the culprit {oddity(culprit)}" if oddity(culprit) else ""


def name(step: Step) -> str:
    """As a kernel developer calls it."""
    return step.release or step.sha[:12]


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
