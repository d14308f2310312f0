"""Our bisection of real Linux beside `git bisect run`: `python -m bench.linux MANIFEST OUT`.

Each contender begins with nothing: no clone, no objects, no compiler cache. They run one after the
other, ours first, when least of the disk is in memory. Exit status 1 when one of them does not find
the planted commit; times are printed, with their ratios, and never judged.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.by_hand import Settings
from runner.architecture import architecture
from runner.errors import InfraError
from runner.machines.accelerator import choose
from runner.machines.guest import Guests
from runner.process import Command, Finished, capture
from runner.sandbox import Confinement, Sandbox
from runner.search import CLASSIC
from runner.values import Reproducer

ROOT = Path(__file__).parent.parent
DAY = 24 * 3600.0
OURS = "ours"
INCREMENTAL = "git bisect run, one object folder"
CLEAN = "git bisect run, a new object folder each time"


@dataclass(frozen=True, slots=True)
class Figures:
    """What a contender took."""

    contender: str
    minutes: float
    builds: int
    runs: int
    is_right: bool
    remarks: str = ""

    def row(self, ours: Figures | None) -> str:
        ratio = f"{ours.minutes / self.minutes:.2f}" if ours else "-"
        right = "yes" if self.is_right else "NO"
        cells = (self.contender, f"{self.minutes:.1f}", ratio, self.builds, self.runs, right)
        return f"| {' | '.join(map(str, cells))} |"


@dataclass(frozen=True, slots=True)
class Course:
    """What all contenders get."""

    manifest: Path
    out: Path
    jobs: int

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self.manifest.read_text())
        return facts


def main(arguments: Sequence[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.linux", description=__doc__)
    options.add_argument("manifest", type=Path, help="demo.json of a generated tree")
    options.add_argument("out", type=Path, help="folder to work in; what it has is removed")
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options.add_argument("--only", choices=CONTENDERS, nargs="+", default=[*CONTENDERS])
    asked = options.parse_args(arguments)
    course = Course(asked.manifest.absolute(), asked.out.absolute(), asked.jobs)
    print("| contender | minutes | ours / its | builds | runs | right |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    ended: list[Figures] = []
    for name in CONTENDERS:
        if name in asked.only:
            figures = CONTENDERS[name](course, course.out / name)
            ended.append(figures)
            ours = next((one for one in ended if one.contender == OURS), None)
            print(figures.row(ours), flush=True)
    for figures in ended:
        if figures.remarks:
            print(f"\n{figures.contender}: {figures.remarks}")
    return 0 if all(figures.is_right for figures in ended) else 1


def ours(course: Course, home: Path) -> Figures:
    """The whole service, from filing the bug to the sent mail, with the checks of the culprit."""
    _empty(home)
    manage = str(ROOT / "manage.py")
    argv = [sys.executable, manage, "demo", str(course.manifest), "--once", "--port", "0"]
    settings = {"BISECTWEB_DATA": str(home), "BISECTWEB_JOBS": str(course.jobs)}
    began = time.monotonic()
    answer = demonstrated(capture(argv, deadline=DAY, cwd=ROOT, env=settings))
    return Figures(
        OURS,
        (time.monotonic() - began) / 60,
        answer["builds"],
        answer["runs"],
        answer["culprit"] == answer["expected"],
        _counts(answer),
    )


def demonstrated(ended: Finished) -> dict[str, Any]:
    """The demo's last line. It also ends badly when it finds a wrong commit, which is an answer."""
    *_, last = (b"", *ended.stdout.splitlines())
    if not last.startswith(b"{"):
        raise InfraError(f"the demo: {_last_words(ended)}")
    answer: dict[str, Any] = json.loads(last)
    return answer


def _counts(answer: dict[str, Any]) -> str:
    """The builds that were not needed, and why."""
    return (
        f"{answer['inert']} of {answer['commits']} commits cannot matter; "
        f"{answer['cached']} kernels came from the cache; "
        f"{answer['same']} were the same as another"
    )


def incremental(course: Course, home: Path) -> Figures:
    return _by_hand(course, home, INCREMENTAL, is_clean=False)


def clean(course: Course, home: Path) -> Figures:
    return _by_hand(course, home, CLEAN, is_clean=True)


def _by_hand(course: Course, home: Path, name: str, *, is_clean: bool) -> Figures:
    """Clone, check out, bisect between the base and the newest commit, which nobody tests again."""
    _empty(home)
    facts = course.facts
    settings = _settings(course, home, is_clean=is_clean)
    settings.write(home / "settings.json")
    tree = home / "linux"
    judge = [sys.executable, "-m", "bench.by_hand", str(home / "settings.json")]
    began = time.monotonic()
    _out(["git", "clone", "-q", "--shared", facts["tree"], str(tree)], home)
    _out(["git", "bisect", "start", facts["bad"], facts["facts"]["base"]], tree)
    by_hand = {"PYTHONPATH": str(ROOT), "CCACHE_DISABLE": "1"}
    # Where only untestable commits are left it ends badly, and nobody is named.
    ended = capture(["git", "bisect", "run", *judge], deadline=DAY, cwd=tree, env=by_hand)
    minutes = (time.monotonic() - began) / 60
    found = _out(["git", "rev-parse", "refs/bisect/bad"], tree).stdout.decode().strip()
    tested = [json.loads(line) for line in Path(settings.log).read_text().splitlines()]
    runs = sum(one["runs"] for one in tested)
    is_right = ended.succeeded and found == facts["expected"]
    return Figures(name, minutes, len(tested), runs, is_right)


def _settings(course: Course, home: Path, *, is_clean: bool) -> Settings:
    """The same guest, and as many runs as the classic strategy makes."""
    facts, folder = course.facts, course.manifest.parent
    sandbox = Sandbox(Confinement.OFF, ())
    here = architecture("x86_64")
    reproducer = Reproducer((folder / facts["reproducer"]).read_text())
    image = Guests(home / "guests", "gcc", here, sandbox).archive(reproducer, None)
    return Settings(
        config=str(folder / facts["config"]),
        objects=str(home / "objects"),
        is_clean=is_clean,
        jobs=course.jobs,
        initramfs=str(image),
        machine=facts["machine"],
        accelerator=choose(here, home / "accelerator.json"),
        title=facts["title"],
        runs=CLASSIC.runs,
        log=str(home / "tested"),
    )


def _empty(home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)


def _out(argv: Command, cwd: Path) -> Finished:
    done = capture(argv, deadline=DAY, cwd=cwd)
    if not done.succeeded:
        raise InfraError(f"{argv[0]} {argv[1]}: {_last_words(done)}")
    return done


def _last_words(ended: Finished) -> str:
    said = ended.stderr.decode(errors="replace").strip().splitlines()
    return said[-1] if said else f"ended with status {ended.returncode}"


CONTENDERS: dict[str, Callable[[Course, Path], Figures]] = {
    "ours": ours,
    "incremental": incremental,
    "clean": clean,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
