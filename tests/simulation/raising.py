"""A kind of algo that raises now and then, whatever it is asked: what must stay that algo's own trouble."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from random import Random

from engine.algos.kind import Kind, Sight, Slices, Wish
from engine.algos.kinds import KINDS
from engine.inputs import AlgoSpec
from engine.state import Algo


class DefectError(RuntimeError):
    """What the kind raises."""


class Raising:
    """Another kind, but for its defects: when is drawn from the algo, the question and market time alone, so that a
    history is the same again."""

    def __init__(self, kind: Kind, seed: int, chance: Callable[[], float]) -> None:
        self._kind = kind
        self._seed = seed
        self._chance = chance
        self.name = kind.name
        self.has_window = kind.has_window
        self.style = kind.style
        self.at_end = kind.at_end

    def _may_raise(self, question: str, of: object, sight: Sight) -> None:
        chance = self._chance()
        if chance and Random(f"{self._seed} {question} {of} {sight.now_ns}").random() < chance:
            raise DefectError(f"{question} of {self.name}")

    def complete(self, spec: AlgoSpec, sight: Sight) -> AlgoSpec:
        self._may_raise("complete", spec.symbol, sight)
        return self._kind.complete(spec, sight)

    def plan(self, spec: AlgoSpec, sight: Sight) -> Slices:
        self._may_raise("plan", spec.symbol, sight)
        return self._kind.plan(spec, sight)

    def wanted(self, algo: Algo, sight: Sight, at_ns: int) -> Decimal:
        self._may_raise("wanted", algo.id, sight)
        return self._kind.wanted(algo, sight, at_ns)

    def wishes(self, algo: Algo, sight: Sight) -> Sequence[Wish]:
        self._may_raise("wishes", algo.id, sight)
        return self._kind.wishes(algo, sight)

    def resize(self, algo: Algo, sight: Sight) -> Decimal | None:
        self._may_raise("resize", algo.id, sight)
        return self._kind.resize(algo, sight)

    def wake_ns(self, algo: Algo, sight: Sight) -> int | None:
        self._may_raise("wake_ns", algo.id, sight)
        return self._kind.wake_ns(algo, sight)


def raising_kinds(seed: int, chance: Callable[[], float]) -> Mapping[str, Kind]:
    """Every kind there is, each of which raises with this chance whenever it is asked."""
    return {name: Raising(kind, seed, chance) for name, kind in KINDS.items()}
