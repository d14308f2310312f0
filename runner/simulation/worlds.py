"""The kinds of worlds, each wrong about the model in another way, drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.random import Generator, default_rng

from runner.errors import InputError
from runner.simulation.damage import broken, wide_range
from runner.simulation.stack import stack
from runner.simulation.window import Window
from runner.simulation.world import World
from runner.values import Sha

GOLDEN = 0.6180339887
"""Multiples of it, modulo 1, fill the unit interval evenly."""

ALIKE, SAME_FUNCTION = 0.875, 0.995
"""Similarities of titles: of one kind, and of one function."""
LEAST_FIXED = 0.02
"""Share of the revisions in which a bug that comes back is fixed."""
TRIES = 1000


def draw(
    window: Window, kind: str, seed: int, number: int, crash_rate: float, background_rate: float
) -> World:
    """World `number` of a seed. Culprit and broken revisions are the same for all rates."""
    rng = default_rng((seed, number, 1))
    count = len(window.shas)
    plain = World(
        window=window,
        kind=kind,
        seed=seed,
        number=number,
        culprit=None,
        crash_rate=np.full(count, crash_rate),
        background_rate=background_rate,
        broken=broken(window, default_rng((seed, number, 2))),
        other_rate=np.zeros(count),
        dead=np.zeros(count, bool),
    )
    return KINDS[kind](_blame(plain, _anyone(window, rng)), rng)


def _anyone(window: Window, rng: Generator) -> Sha:
    """Any commit of the window, merges too, but for the good one."""
    return window.shas[int(rng.choice(_positions(window)))]


def _positions(window: Window) -> list[int]:
    return [i for i in range(len(window.shas)) if i != window.good]


def _blame(world: World, culprit: Sha) -> World:
    has_bug = world.window.containing(world.window.index[culprit])
    return replace(world, culprit=culprit, crash_rate=world.crash_rate.max() * has_bug)


def _plain(world: World, rng: Generator) -> World:
    return world


def _older(world: World, rng: Generator) -> World:
    rates = np.full(len(world.crash_rate), world.crash_rate.max())
    return replace(world, culprit=None, crash_rate=rates)


def _second(world: World, rng: Generator, rate: float = 0.3) -> World:
    """Another bug with another title, in about 30 % of the window."""
    there = wide_range(world.window, rng, 0.2, 0.4)
    return replace(world, other_rate=np.where(there, rate, 0.0))


def _second_often(world: World, rng: Generator) -> World:
    return _second(world, rng, 0.9)


def _second_alike(world: World, rng: Generator) -> World:
    """Another bug whose title looks much like this one's."""
    return replace(_second_often(world, rng), other_likeness=ALIKE)


def _titles(world: World, rng: Generator) -> World:
    """In most runs the bug shows under another title that looks much like its own."""
    shares = np.full(len(world.crash_rate), 0.7)
    return replace(world, renamed=shares, likeness=ALIKE)


def _renamed(world: World, rng: Generator) -> World:
    """Below a commit the bug has another title, of the same function."""
    has_bug = np.flatnonzero(world.crash_rate)
    renaming = int(rng.choice(has_bug))
    old = ~world.window.containing(renaming)
    return replace(world, renamed=old.astype(float), likeness=SAME_FUNCTION)


def _drift(world: World, rng: Generator, loss: float = 0.7) -> World:
    """The crash gets rarer with age: at the oldest commit this share of its rate is lost."""
    fading = np.linspace(1 - loss, 1, len(world.crash_rate))
    return replace(world, crash_rate=world.crash_rate * fading)


def _masked(world: World, rng: Generator, share: float = 0.03) -> World:
    """Some revisions never crash, whatever they contain."""
    silent = rng.random(len(world.crash_rate)) < share
    silent[world.window.bad] = False
    return replace(world, crash_rate=world.crash_rate * ~silent)


def _uneven(world: World, rng: Generator, kappa: float = 8.0) -> World:
    """Every revision has a rate of its own, from a beta distribution."""
    mean = np.clip(world.crash_rate, 1e-6, 1 - 1e-6)
    spread = rng.beta(kappa * mean, kappa * (1 - mean))
    return replace(world, crash_rate=np.where(world.crash_rate > 0, spread, 0.0))


def _all(world: World, rng: Generator) -> World:
    return _masked(_uneven(_drift(world, rng, 0.5), rng, 15.0), rng, 0.02)


def _unmonotone(world: World, rng: Generator) -> World:
    """Fixed for a while, and broken again by a second culprit."""
    window = world.window
    for _ in range(TRIES):
        world = _blame(world, _anyone(window, rng))
        later = np.flatnonzero(world.crash_rate)[1:]
        if len(later) < 2:
            continue
        fixer, again = np.sort(rng.choice(later, 2, replace=False)).tolist()
        fixed = window.containing(fixer) & ~window.containing(again)
        if fixed.mean() >= LEAST_FIXED:
            brought_back = frozenset({window.shas[again]})
            return replace(world, crash_rate=world.crash_rate * ~fixed, also_right=brought_back)
    raise InputError("the history has too few commits in a row for a bug to come back")


def _broken(world: World, rng: Generator) -> World:
    """10 to 30 % of the revisions do not build."""
    return replace(world, broken=broken(world.window, rng, 0.1, 0.3))


def _boots(world: World, rng: Generator) -> World:
    """2 to 10 % of the revisions do not boot, and now and then a run is lost."""
    return replace(world, dead=broken(world.window, rng), lost_rate=0.02)


def _stack(world: World, rng: Generator) -> World:
    """The crash's stack names files, and the culprit often changes one of them."""
    spread = world.number * GOLDEN % 1  # evenly, so that few worlds have the measured shares
    culprit, files = stack(world.window.sources, rng, spread)
    return replace(_blame(world, culprit), stack=files)


KINDS: dict[str, Callable[[World, Generator], World]] = {
    "plain": _plain,
    "older": _older,
    "second": _second,
    "second-often": _second_often,
    "second-alike": _second_alike,
    "titles": _titles,
    "renamed": _renamed,
    "drift": _drift,
    "masked": _masked,
    "uneven": _uneven,
    "all": _all,
    "unmonotone": _unmonotone,
    "broken": _broken,
    "boots": _boots,
    "stack": _stack,
}
