"""What a booking by hand does to trades: splits scale what is open, all else is an execution at the cost that moves.

Units that leave without a trade close it at what they cost, so without profit; an expired option closes at 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from engine.journal.trades import Leg, Scale
from engine.model.booking import Entry, ExerciseEntry, ExpiryEntry, SplitEntry
from engine.model.money import MONEY_STEP, ZERO
from engine.orders.position_moves import scaled

Held = tuple[Decimal, Decimal]
"""(signed quantity, signed cost)"""


def legs_of(
    entry: Entry,
    before: Mapping[str, Held],
    after: Mapping[str, Held],
    multiplier: Mapping[str, Decimal],
    seq: int,
    ts: int,
) -> list[tuple[str, Leg | Scale]]:
    """(symbol, leg) in order, from what was held before and after."""
    legs: list[tuple[str, Leg | Scale]] = []
    for symbol, (had, cost) in before.items():
        has, cost_after = after[symbol]
        if isinstance(entry, SplitEntry):
            legs.append((symbol, Scale(seq, entry.new, entry.old)))
            had = scaled(had, entry.new, entry.old)
        moved = has - had
        if not moved:
            continue
        unit = multiplier[symbol]
        px = abs((cost_after - cost) / (moved * unit)).quantize(MONEY_STEP)
        if isinstance(entry, ExpiryEntry):
            px = ZERO
        elif isinstance(entry, SplitEntry) and entry.cash is not None:
            px = abs(entry.cash / (moved * unit)).quantize(MONEY_STEP)
        elif isinstance(entry, ExerciseEntry) and symbol == entry.underlying:
            px = _exercised(entry, before[entry.symbol], after[entry.symbol], unit)
        legs.append((symbol, Leg(seq, moved, px, ZERO, unit, ts)))
    return legs


def _exercised(entry: ExerciseEntry, before: Held, after: Held, unit: Decimal) -> Decimal:
    """The strike with the premium of the contracts that went."""
    premium = before[1] - after[1]
    return abs((entry.shares * entry.strike + premium) / (entry.shares * unit)).quantize(MONEY_STEP)
