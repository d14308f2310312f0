"""Made-up worlds on real or made-up histories, to measure the search in.

window = generate("kernel", 2000, seed=1)
worlds = [draw(window, "plain", 1, number, 0.3, 0.01) for number in range(50)]
trials = [attempt(world, BAYES, window.history) for world in worlds]
print(Figures.of(trials))
"""

from __future__ import annotations

from runner.simulation.figures import Figures, Ratio
from runner.simulation.generated import generate
from runner.simulation.trial import Answer, Trial, attempt
from runner.simulation.window import Window
from runner.simulation.world import World
from runner.simulation.worlds import draw

__all__ = [
    "Answer",
    "Figures",
    "Ratio",
    "Trial",
    "Window",
    "World",
    "attempt",
    "draw",
    "generate",
]
