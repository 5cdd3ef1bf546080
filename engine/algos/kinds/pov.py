"""POV: a share of what the market trades. own volume / market volume including own = the rate, rounded down: it stays
behind rather than lead, and what it fell behind is caught up within the cap (definitions/algos-and-sizing.md).

It looks at the market's volume every few seconds; while the desk was down nothing was seen, and nothing is caught up.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from engine.algos.kind import PlanError, Sight, Slices, Wish
from engine.algos.pace import DEADLINE_NS, paced, steps
from engine.algos.participation import others_volume, share
from engine.algos.slicing import check_qty
from engine.inputs import AlgoSpec
from engine.model.money import ONE, ZERO

if TYPE_CHECKING:
    from engine.state import Algo

#: The highest participation over a minute where none is given: so many times the rate.
CATCH_UP: Final = 2
#: How often it looks at what has traded.
LOOK_NS: Final = 5_000_000_000


class Pov:
    """Without a schedule: the market is its clock. The rest at the end is not forced in."""

    name: Final = "pov"
    has_window: Final = True
    style: Final = "aggressive"
    at_end: Final = "cancel"

    def complete(self, spec: AlgoSpec, sight: Sight) -> AlgoSpec:
        return spec

    def plan(self, spec: AlgoSpec, sight: Sight) -> Slices:
        rate = spec.participation
        if rate is None or not 0 < rate < 1:
            raise PlanError("pov needs a rate above 0 % and below 100 % of the market's volume")
        if spec.cap is not None and spec.cap < rate:
            raise PlanError(f"cap {spec.cap:%} is below the rate {rate:%}")
        if spec.open_share or spec.close_share:
            raise PlanError("pov follows the market's volume; auctions are for the kinds with a schedule")
        check_qty(spec, sight.instrument)
        return ()

    def wanted(self, algo: Algo, sight: Sight, at_ns: int) -> Decimal:
        spec = algo.spec
        if spec.participation is None:
            return ZERO
        lot = spec.lot or sight.instrument.lot
        return min(share(others_volume(algo, sight, at_ns), spec.participation, lot), spec.qty)

    def wishes(self, algo: Algo, sight: Sight) -> Sequence[Wish]:
        return paced(self, algo, sight, cap_of(algo.spec))

    def resize(self, algo: Algo, sight: Sight) -> Decimal | None:
        return None

    def wake_ns(self, algo: Algo, sight: Sight) -> int | None:
        if sight.now_ns < algo.spec.start_ns:
            return algo.spec.start_ns
        finest = min((after for _, after in steps(algo.spec, self.style, sliced=False) if after), default=DEADLINE_NS)
        return sight.now_ns + min(LOOK_NS, finest)


def cap_of(spec: AlgoSpec) -> Decimal:
    """The highest participation over a minute."""
    if spec.cap is not None or spec.participation is None:
        return spec.cap or ONE
    return min(spec.participation * CATCH_UP, ONE)
