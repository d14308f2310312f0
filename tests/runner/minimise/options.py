"""A tree of which only the options exist: it completes configs, and its kernels crash."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from runner.minimise import Minimised, Tried, Try, next_config, parse, switched_on


@dataclass(frozen=True)
class Options:
    """`needs` crash together; `depends` and `selects` are what Kconfig files would say."""

    needs: Collection[str]
    depends: Mapping[str, str] = field(default_factory=dict)
    selects: Mapping[str, str] = field(default_factory=dict)
    broken_without: str = ""
    """An option without which nothing builds."""

    def complete(self, config: str) -> str:
        """As `olddefconfig` does: what is selected comes back, what lacks something goes."""
        on = list(switched_on(parse(config)))
        for _ in range(len(on) + len(self.selects)):
            wanted = [self.selects[name] for name in on if name in self.selects]
            on = [name for name in dict.fromkeys([*on, *wanted]) if self._is_met(name, on)]
        return "".join(f"CONFIG_{name}=y\n" for name in on)

    def _is_met(self, name: str, on: Collection[str]) -> bool:
        return name not in self.depends or self.depends[name] in on

    def test(self, config: str) -> Tried:
        completed = self.complete(config)
        on = switched_on(parse(completed))
        if self.broken_without and self.broken_without not in on:
            return Tried(reproduced=False)
        return Tried(set(self.needs) <= set(on), completed)


def config_of(names: Collection[str]) -> str:
    return "".join(f"CONFIG_{name}=y\n" for name in names)


def carry_out(
    tree: Options, full: str, base: str, title: str = "WARNING in x"
) -> tuple[Minimised, Sequence[Try]]:
    """The end of the way, and all that was tested on it."""
    tried: list[Tried] = []
    asked: list[Try] = []
    while isinstance(step := next_config(full, base, title, tried), Try):
        asked.append(step)
        tried.append(tree.test(step.config))
    return step, asked
