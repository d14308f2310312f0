"""How shas, durations, runs and hostile text look on the pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.timesince import timesince

from bisectweb.access import keeps_any, may_keep, sees
from bisectweb.charts import Chart
from bisectweb.models import Bisection, Culprit, Message, PatchTest, Received, Revision, Run, Score
from bisectweb.models.tested import Booted
from bisectweb.outbound.emails import percent, sureness
from bisectweb.prose import prose
from bisectweb.weblinks import SHA as FULL_SHA
from bisectweb.weblinks import WebTree
from bisectweb.weblinks import linked as with_links
from runner.console.guilty import Frame
from runner.verification import Result

register = template.Library()
register.filter(sureness)
register.filter(keeps_any)
register.filter(may_keep)
register.filter(sees)

# Terminal controls, and the characters that turn text around (CVE-2021-42574).
INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

SHA12 = re.compile(r"\b[0-9a-f]{12}\b")

# One letter or sign for each outcome: nobody has to tell colours apart.
SIGNS = {
    Run.Outcome.OK: "\N{CHECK MARK}",
    Run.Outcome.CRASH: "\N{MULTIPLICATION X}",
    Run.Outcome.OTHER_CRASH: "!",
    Run.Outcome.BOOT_FAILED: "B",
    Run.Outcome.LOST: "?",
}

ALIKE = "\N{ALMOST EQUAL TO}"

# The badge's colour: good, bad, warn, live or plain.
TONES: dict[str, str] = {
    Bisection.State.QUEUED: "live",
    Bisection.State.RUNNING: "live",
    Bisection.State.FOUND: "good",
    Bisection.State.INCONCLUSIVE: "warn",
    Bisection.State.FAILED: "bad",
    Message.State.AWAITING_APPROVAL: "warn",
    Message.State.APPROVED: "live",
    Message.State.SENDING: "live",
    Message.State.UNKNOWN: "warn",
    Message.State.FAILED: "bad",
    Message.State.SENT: "good",
    Received.State.DONE: "good",
    Received.State.REFUSED: "warn",
    Received.State.UNPROVEN: "warn",
    Revision.Verdict.GOOD: "good",
    Revision.Verdict.BAD: "bad",
    Revision.Verdict.SKIP: "warn",
    Revision.State.BUILDING: "live",
    Culprit.Verdict.CONFIRMED: "good",
    Culprit.Verdict.WRONG: "bad",
    Score.Verdict.TRUST: "good",
    PatchTest.Result.QUIET: "good",
    PatchTest.Result.CRASHED: "bad",
    PatchTest.Result.OTHER_CRASH: "bad",
    PatchTest.Result.UNBUILT: "bad",
    PatchTest.Result.MUTE: "warn",
    PatchTest.Result.REFUSED: "warn",
    PatchTest.Result.STOPPED: "warn",
    Score.Verdict.DOUBT: "warn",
    Result.PASSED: "good",
    Result.UNCHECKED: "warn",
}

# Some logs have whole command lines for the words of a run.
LONGEST_WORDS = 120


@register.filter
def shown(verdict: str) -> str:
    """Of a config's test: whether the bug shows. It is no verdict on the commit."""
    words = {Revision.Verdict.BAD: "Shows the bug", Revision.Verdict.GOOD: "Does not show it"}
    return words.get(Revision.Verdict(verdict), "Not built")


@register.filter
def sha12(sha: str) -> str:
    """The 12 digits the kernel's documents ask for."""
    return sha[:12]


@register.simple_tag
def commit(sha: str, tested: Collection[str]) -> SafeString:
    """A commit by its 12 digits, or by the name that was given; a link where it has a page."""
    shown = sha12(sha) if FULL_SHA.fullmatch(sha) else visible(sha)
    code = format_html('<code title="{}">{}</code>', visible(sha), shown)
    if sha not in tested:
        return code
    return format_html('<a href="{}">{}</a>', reverse("commit-detail", args=[sha]), code)


@register.filter
def with_commits(text: str, tested: Collection[str]) -> SafeString:
    """Text with a link where it names a commit that has a page."""
    names = {sha12(sha): sha for sha in tested}

    def link(match: re.Match[str]) -> str:
        return commit(names[match[0]], tested) if match[0] in names else match[0]

    return mark_safe(SHA12.sub(link, escape(visible(text))))  # escaping makes no such word


@register.filter
def visible(text: str) -> str:
    """Control characters as signs that do nothing; escaping is still the template's work."""
    return INVISIBLE.sub(_picture, text)


@register.filter
def linked(text: str, web: WebTree | None) -> SafeString:
    """As `visible`, with a link at each place in the source; None: without."""
    return with_links(text, web, visible)


@register.filter("file")
def web_file(web: WebTree, frame: Frame) -> str:
    """The address of a frame's line of the source."""
    return web.url(frame.path, frame.number)


@register.filter
def markdown(text: str) -> SafeString:
    return prose(visible(text))


@register.filter
def listed(words: Iterable[str]) -> str:
    return visible(", ".join(words))


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\N{SYMBOL FOR DELETE}" if code == 0x7F else f"\\u{code:04x}"


@register.filter
def duration(seconds: float) -> str:
    """`3 min 20 s`: two units at most."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min {rest:02} s"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if days else f"{hours} h {minutes:02} min"


@register.filter
def elapsed(start: datetime) -> str:
    return duration(max(0.0, (timezone.now() - start).total_seconds() // 1))


@register.filter
def seconds(start: datetime) -> int:
    """Since then, for a page that counts on."""
    return max(0, int((timezone.now() - start).total_seconds()))


@register.filter
def moment(at: datetime) -> SafeString:
    """`3 Nov 2024, 12:30 UTC`."""
    return format_html(
        '<time datetime="{}">{}</time>', at.isoformat(timespec="seconds"), written(at)
    )


def written(at: datetime) -> str:
    """A list has a hundred: Django's own format takes four times as long."""
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


@register.filter
def ago(at: datetime) -> SafeString:
    """`3 hours ago`, in one unit; the exact time is its title."""
    since = timesince(at, depth=1)
    words = "just now" if since.startswith("0") else f"{since} ago"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        written(at),
        words,
    )


@register.filter
def toolchain(compiler: str) -> str:
    """The compiler without its linker."""
    return compiler.partition(", ")[0]


@register.filter
def first_line(text: str) -> str:
    return text.partition("\n")[0]


@register.filter
def tone(state: str) -> str:
    return TONES.get(state, "plain")


@register.filter
def sign(run: Booted) -> str:
    return ALIKE if run.is_alike else SIGNS[Run.Outcome(run.outcome)]


@register.simple_tag
def dots(revision: Revision, imported: bool) -> SafeString:
    """An item with a dot for each run, which leads to its console if there is one. Not a template:
    there may be thousands on a page.
    """
    address = "" if imported else reverse("run-detail", args=[0]).replace("/0/", "/{}/")
    items = (
        _dot(run, escape(f"run {run.index}: {visible(run.said)}"), address.format(run.pk))
        for run in revision.runs.all()
    )
    return mark_safe("".join(items))  # every text in it is escaped


def _dot(run: Run, words: str, address: str) -> str:
    facts = f'class="dot {run.outcome}" id="run-{run.pk}"'
    said = f'aria-label="{words}" title="{words}"'
    if not address:
        return f'<li><span {facts} role="img" {said}>{sign(run)}</span></li>'
    return f'<li><a {facts} href="{address}" {said}>{sign(run)}</a></li>'


@register.simple_tag
def legend() -> list[tuple[str, str, str]]:
    """Outcome, its words and its sign, for each outcome; crashes alike are other crashes, too."""
    alike = (Run.Outcome.OTHER_CRASH.value, "crashed alike: likely the bug", ALIKE)
    return [*((outcome.value, str(outcome.label), sign) for outcome, sign in SIGNS.items()), alike]


@register.filter
def pending(revision: Revision) -> range:
    """The indexes of the runs a revision still waits for; none once it is done."""
    if revision.is_done:
        return range(0)
    return range(len(revision.runs.all()), revision.runs_wanted)


@register.filter
def tally(revision: Revision) -> str:
    """`3 crashed: WARNING in x, 7 OK`, most frequent first; the dots have all words of each run."""
    counts = Counter[str]()
    for said, count in Counter(run.said for run in revision.runs.all()).items():
        counts[Truncator(said).chars(LONGEST_WORDS)] += count
    if len(counts) == 1 and sum(counts.values()) > 1:
        [(words, count)] = counts.items()
        return f"all {count} runs: {words}"
    return ", ".join(f"{count} {words}" for words, count in counts.most_common())


register.filter("percent", percent)


@register.filter
def opinion(score: Score) -> str:
    """Of a score, in whole percents, as its model knows no better; it is never certain."""
    if score.probability is None:
        return score.verdict
    return f"{score.verdict}: {min(99, max(1, round(100 * score.probability)))} % right"


@register.filter
def drawing(chart: Chart) -> SafeString:
    """The inside of its SVG; it escapes what it was told."""
    return mark_safe(chart.svg())


@register.filter
def share(part: float) -> str:
    """Of a whole, counted: it may be all or nothing."""
    return f"{100 * part:.0f} %"
