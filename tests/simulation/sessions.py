"""Sessions of a history: in some of them the market opens and closes, so that there are auctions to be in.

What trades beside them goes on trading: a history tries what the desk does at an open and a close, with everything
else that may happen at that moment, not what it does at night.
"""

from __future__ import annotations

from random import Random
from typing import Final

from tests.simulation.loop import SECOND_NS

#: In the haste of a history; after the close lead an order at the close is too late.
OPEN_FOR_NS: Final = 8 * SECOND_NS
EVERY_NS: Final = 14 * SECOND_NS
CLOSE_LEAD_NS: Final = 2 * SECOND_NS


class Sessions:
    """Draws from a generator of its own, so that other histories stay what they were."""

    def __init__(self, seed: int, begin_ns: int) -> None:
        rng = Random(f"sessions {seed}")
        self._there = rng.random() < 0.4
        self._first_ns = begin_ns + rng.randrange(2, 12) * SECOND_NS

    def bounds(self, symbol: str, market_ns: int) -> tuple[int, int] | None:
        """(open, close) of the session that is on or comes next, as engine.surroundings has it."""
        if not self._there:
            return None
        number = max(-(-(market_ns - self._first_ns - OPEN_FOR_NS + 1) // EVERY_NS), 0)
        opens = self._first_ns + number * EVERY_NS
        return opens, opens + OPEN_FOR_NS
