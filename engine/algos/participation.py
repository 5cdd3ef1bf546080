"""How much of the market's volume an algo may be, and what it has seen of it.

Own volume / market volume including own (definitions/algos-and-sizing.md, "POV"). Only volume that was seen counts, so
that an algo stays behind its share rather than lead. `Algo.marks` holds what was seen of the last minute.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from engine.algos.kind import Sight
from engine.model.money import ZERO

if TYPE_CHECKING:
    from engine.state import Algo

#: The highest participation holds over each stretch of so long that ends at a look.
WINDOW_NS: Final = 60_000_000_000


def ceiling(algo: Algo, cap: Decimal, sight: Sight) -> Decimal | None:
    """The most that may have been traded when all that is out now is done: within the last minute (or since the
    start) no more than `cap` of what traded. On the instrument's lot; None for a cap of all."""
    if cap >= 1:
        return None
    since_ns = sight.now_ns - WINDOW_NS
    volume, own = ZERO, ZERO
    for at_ns, then_volume, then_own in algo.marks:
        if at_ns > since_ns:
            break
        volume, own = then_volume, then_own
    others = algo.volume - volume
    if sight.own_printed:
        others = max(others - (algo.cum_qty - own), ZERO)
    return own + share(others, cap, sight.instrument.lot)


def others_volume(algo: Algo, sight: Sight, at_ns: int) -> Decimal:
    """What others had traded by `at_ns`, since the algo began, as far as it was seen (a minute back at most)."""
    for then_ns, volume, own in reversed(algo.marks):
        if then_ns <= at_ns:
            return max(volume - own, ZERO) if sight.own_printed else volume
    return ZERO


def share(others: Decimal, rate: Decimal, lot: Decimal) -> Decimal:
    """The own volume that makes own / (others + own) = rate, rounded down to the lot, exactly."""
    lots = Fraction(others) * Fraction(rate) / (1 - Fraction(rate)) / Fraction(lot)
    return int(lots) * lot
