"""From what is wanted by now to children: each part joins its own side of the touch first, goes on to the mid, and
crosses when its deadline has come.

Fills count for what was wanted first, so that the oldest part is the one that becomes urgent. `wanted` at now, half a
deadline ago and a whole deadline ago says how much stands at each level.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from engine.algos.kind import Kind, Sight, Wish
from engine.algos.participation import ceiling
from engine.algos.slicing import close_ns, count_of
from engine.inputs import AlgoSpec
from engine.model.enums import OrdType, TimeInForce
from engine.model.money import ZERO

if TYPE_CHECKING:
    from engine.state import Algo

SECOND_NS: Final = 1_000_000_000
#: How long after the open the child of the opening auction is waited for.
AUCTION_GRACE_NS: Final = 60 * SECOND_NS
#: The deadline of a part where no slices say how far apart they are.
DEADLINE_NS: Final = 30 * SECOND_NS
LEVELS: Final = {"passive": ("join", "mid", "cross"), "mid": ("mid", "cross"), "aggressive": ("cross",)}
#: Purposes that this module makes.
PACED: Final = ("join", "mid", "cross")


def deadline_ns(spec: AlgoSpec, *, sliced: bool = True) -> int:
    """How long a part may wait before it crosses: as asked, or the distance of two slices."""
    if spec.deadline_ns:
        return spec.deadline_ns
    return max((spec.end_ns - spec.start_ns) // count_of(spec), 1) if sliced else DEADLINE_NS


def steps(spec: AlgoSpec, style: str, *, sliced: bool = True) -> tuple[tuple[str, int], ...]:
    """(level, how long after it is wanted a part gets there), the least urgent first. `style`: where none is asked."""
    levels = LEVELS[spec.style or style]
    if not spec.escalate:
        return ((levels[0], 0),)
    limit = deadline_ns(spec, sliced=sliced)
    return tuple((level, limit * number // max(len(levels) - 1, 1)) for number, level in enumerate(levels))


def paced(kind: Kind, algo: Algo, sight: Sight, cap: Decimal | None) -> tuple[Wish, ...]:
    """The wishes of a kind that wants so much by now: its children for the auctions, then the most urgent first. `cap`
    is the highest participation."""
    spec = algo.spec
    apart = auctions(algo, sight)
    most = None if cap is None else ceiling(algo, cap, sight)
    closing, closes_ns = closing_qty(algo), algo.slices[-1][0] if algo.slices else 0
    # What the closing auction is for stays its own, filled or not: the market closes with it.
    already = algo.cum_qty - algo.filled_for.get("close", ZERO)
    already += sum((wish.qty for wish in apart if wish.purpose == "open"), ZERO)
    wishes: list[Wish] = []
    for level, after_ns in reversed(steps(spec, kind.style, sliced=bool(algo.slices))):
        at_ns = sight.now_ns - after_ns
        target = kind.wanted(algo, sight, at_ns)
        if closing and at_ns >= closes_ns and algo.reached == len(algo.slices):
            target -= closing
        if most is not None and target > most:
            target = most
        if target > already:
            wishes.append(Wish(level, target - already, level))
            already = target
    return (*apart, *wishes)


def closing_qty(algo: Algo) -> Decimal:
    """Of the last slice, when it is for the closing auction."""
    return algo.slices[-1][1] if algo.spec.close_share and algo.slices else ZERO


def auctions(algo: Algo, sight: Sight) -> Sequence[Wish]:
    """The children that should be out for the auctions of the session."""
    spec, wishes = algo.spec, []
    kind = OrdType.MARKET if spec.limit_px is None else OrdType.LIMIT
    if spec.open_share and algo.slices:
        opens, qty = algo.slices[0]
        left = qty - algo.filled_for.get("open", ZERO)
        out = any(child.request.purpose == "open" for child in algo.open_children.values())
        if left > 0 and (sight.now_ns < opens or (out and sight.now_ns < opens + AUCTION_GRACE_NS)):
            wishes.append(Wish("open", left, "fixed", spec.limit_px, "", True, TimeInForce.OPG, kind))
    if spec.close_share and algo.slices and (algo.reached == len(algo.slices) or _closes_soon(sight)):
        left = closing_qty(algo) - algo.filled_for.get("close", ZERO)
        if left > 0:
            wishes.append(Wish("close", left, "fixed", spec.limit_px, "", True, TimeInForce.CLS, kind))
    return wishes


def _closes_soon(sight: Sight) -> bool:
    """Whether the child for the closing auction has to be there: what the schedule wants until the close may come after
    the time at which exchanges take no more of them."""
    return sight.bounds is not None and close_ns(sight.bounds) <= sight.now_ns < sight.bounds[1]


def pace_wake_ns(kind: Kind, algo: Algo, sight: Sight) -> int | None:
    """When a part that is wanted and not done reaches its next level, or the child for the closing auction goes
    out."""
    now = sight.now_ns
    waits = [after_ns for _, after_ns in steps(algo.spec, kind.style, sliced=bool(algo.slices)) if after_ns]
    due = [at + after_ns for at, _ in algo.slices[: algo.reached] for after_ns in waits]
    if algo.spec.close_share and sight.bounds is not None:
        due.append(close_ns(sight.bounds))
    return min((at for at in due if at > now), default=None)
