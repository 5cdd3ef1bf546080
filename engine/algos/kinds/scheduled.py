"""What the kinds with a schedule have in common: they want what their slices come to by now."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from engine.algos.kind import Sight, Slices, Wish
from engine.algos.pace import pace_wake_ns, paced
from engine.inputs import AlgoSpec
from engine.model.money import ZERO

if TYPE_CHECKING:
    from engine.state import Algo


class Scheduled(ABC):
    """A kind of algo whose slices say what is wanted when."""

    name: str
    has_window: Final = True
    style: Final = "aggressive"
    at_end: Final = "sweep"

    def complete(self, spec: AlgoSpec, sight: Sight) -> AlgoSpec:
        return spec

    @abstractmethod
    def plan(self, spec: AlgoSpec, sight: Sight) -> Slices:
        """See Kind."""

    def wanted(self, algo: Algo, sight: Sight, at_ns: int) -> Decimal:
        return sum((qty for at, qty in algo.slices[: algo.reached] if at <= at_ns), ZERO)

    def wishes(self, algo: Algo, sight: Sight) -> Sequence[Wish]:
        return paced(self, algo, sight, algo.spec.cap)

    def resize(self, algo: Algo, sight: Sight) -> Decimal | None:
        return None

    def wake_ns(self, algo: Algo, sight: Sight) -> int | None:
        return pace_wake_ns(self, algo, sight)
