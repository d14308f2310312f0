"""Why a bisection is trusted or not, in one sentence."""

from __future__ import annotations

from runner.log.values import Role
from runner.score.steps import Step
from runner.score.story import Judged, Story

STRANGE = 0.3
"""From this strangeness on, a crash is told as another one."""
SELDOM = 0.7
"""Up to this crash rate, quiet runs say little."""
MANY = 3
"""From so many releases back on, the age of the kernel is told."""


def trusted(story: Story) -> str:
    bad = [judged for judged in story.judged if judged.step.crashing]
    strange = next((judged for judged in bad if judged.strange >= STRANGE), None)
    if strange:
        said = f"though {_crashed(story, strange)}, the rest fits"
    elif story.lowest < 1:
        rate = _percent(story.lowest)
        said = f"what was taken for bad crashed like the report, in at least {rate} of the runs"
    else:
        said = "what was taken for bad crashed like the report, in all runs"
    return f"{said}{_near(story)}"


def doubted(story: Story, suspect: Judged | None) -> str:
    """Of a culprit or a list of candidates."""
    oddly = f"the culprit {story.odd}" if story.odd else ""
    if suspect is None:
        return oddly or "the log shows no verdict that could be judged"
    said = _wrong(story, suspect)
    if oddly:
        return f"{oddly}; {said}"
    far = story.message and not story.affinity.points
    return f"{said}; the culprit has nothing to do with the place of the crash" if far else said


def unnamed(story: Story, suspect: Judged | None) -> str:
    """Of a bisection that ended without a commit."""
    said = "no commit is named"
    return f"{said}; the likeliest error: {_wrong(story, suspect)}" if suspect else said


def _wrong(story: Story, suspect: Judged) -> str:
    return _crashed(story, suspect) if suspect.step.crashing else _quiet(story, suspect.step)


def _crashed(story: Story, suspect: Judged) -> str:
    step = suspect.step
    if not step.crashed:
        return f"{name(step)} was taken for bad, but the log shows no crash of it"
    times = f"{step.crashed} of {step.told} runs"
    if suspect.strange >= STRANGE:
        return (
            f'{name(step)} was taken for bad because "{_shown(step.titles[0])}" was seen'
            f' in {times}, but the bug is "{_shown(story.bug[0])}"'
        )
    return f"{name(step)} was taken for bad after crashes in {times}, which may be of another bug"


def _quiet(story: Story, step: Step) -> str:
    said = f"{name(step)} was taken for good after {_runs(step.quiet)} without a crash"
    if story.lowest <= SELDOM:
        return f"{said}, but revisions with the bug crashed in as few as {_percent(story.lowest)}"
    if step.role is Role.RELEASE and story.walked >= MANY:
        return f"{said}, {story.walked} releases back: so old a kernel may have the bug and hide it"
    return f"{said}, but it may have the bug and not show it with this reproducer"


def _near(story: Story) -> str:
    if story.affinity.file:
        return f", and the culprit changes {story.affinity.file}, which is on the crash's stack"
    if story.affinity.word:
        return f', and the culprit is about "{story.affinity.word}", as the crash is'
    return f", though the culprit {story.odd}" if story.odd else ""


def name(step: Step) -> str:
    """As a kernel developer calls it."""
    return step.release or step.sha[:12]


def _shown(title: str) -> str:
    """Without bytes that are no text: a log may hold any."""
    return title.encode(errors="replace").decode()


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
