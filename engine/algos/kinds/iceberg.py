"""Iceberg: a small tip is shown; the next one goes out when the last is filled, at random in size and time if asked.

The tip rests at the parent's limit price, or joins the touch of its own side where there is none. Only one tip is out
at a time, also while a cancel and a fill cross.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from engine.algos.kind import PlanError, Sight, Slices, Wish
from engine.algos.math.randomise import draw
from engine.algos.slicing import check_qty, lot_of
from engine.inputs import AlgoSpec
from engine.model.money import ZERO, floor_to

if TYPE_CHECKING:
    from engine.state import Algo

#: Kinds of draws, beside those of schedules.
_TIP, _WAIT = 3, 4
_FULL: Final = 1 << 64


class Iceberg:
    """All of it is wanted at once, a tip at a time."""

    name: Final = "iceberg"
    has_window: Final = False
    style: Final = "passive"
    at_end: Final = "cancel"

    def complete(self, spec: AlgoSpec, sight: Sight) -> AlgoSpec:
        return spec

    def plan(self, spec: AlgoSpec, sight: Sight) -> Slices:
        if spec.display is None:
            raise PlanError("iceberg needs what it shows, like show 200")
        if spec.display > spec.qty:
            raise PlanError(f"show {spec.display} is more than the whole {spec.qty}")
        if spec.display < sight.instrument.min_qty:
            raise PlanError(f"show {spec.display} is below the instrument's minimum {sight.instrument.min_qty}")
        if spec.open_share or spec.close_share:
            raise PlanError("an iceberg takes no part in auctions")
        check_qty(spec, sight.instrument)
        return ((spec.start_ns, spec.qty),)

    def wanted(self, algo: Algo, sight: Sight, at_ns: int) -> Decimal:
        return algo.spec.qty if algo.reached else ZERO

    def wishes(self, algo: Algo, sight: Sight) -> Sequence[Wish]:
        spec = algo.spec
        if not algo.reached:
            return ()
        out = sum((child.worst_leaves for child in algo.out_for("tip")), ZERO)
        if not out and sight.now_ns < _next_ns(algo):
            return ()
        qty = out if out else min(_tip(algo, sight), algo.left)
        if spec.limit_px is not None and not spec.style:
            return (Wish("tip", qty, "fixed", spec.limit_px, once=True),)
        level = {"": "join", "passive": "join", "mid": "mid", "aggressive": "cross"}[spec.style]
        return (Wish("tip", qty, level, once=True),)

    def resize(self, algo: Algo, sight: Sight) -> Decimal | None:
        return None

    def wake_ns(self, algo: Algo, sight: Sight) -> int | None:
        due = _next_ns(algo)
        return due if due > sight.now_ns else None


def most_tips(spec: AlgoSpec) -> int:
    """Twice as many tips as its terms foresee: sizes vary around what is shown, and one that is re-priced with a part
    of it filled is another order. 0 where it shows nothing."""
    return 2 * -int(-spec.qty // spec.display) if spec.display else 0


def _tip(algo: Algo, sight: Sight) -> Decimal:
    """The size of the next tip: by its number and the seed, so that it is the same after a restart."""
    spec = algo.spec
    shown = spec.display if spec.display is not None else spec.qty
    lot = lot_of(spec, sight.instrument)
    swing = draw(spec.seed, _TIP, algo.children) * 2 - _FULL
    moved = floor_to(shown * spec.randomise_size * abs(swing) / _FULL, lot)
    tip = shown + moved if swing > 0 else shown - moved
    return max(tip, lot, sight.instrument.min_qty)


def _next_ns(algo: Algo) -> int:
    """When the next tip may go out."""
    spec = algo.spec
    if not spec.delay_ns or not algo.children:
        return spec.start_ns
    return algo.filled_ns + spec.delay_ns * draw(spec.seed, _WAIT, algo.children) // _FULL
