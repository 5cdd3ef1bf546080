"""Whether what is known of the days before this run is recent enough to decide by."""

from __future__ import annotations

from datetime import date
from typing import Final

from engine.market.history import History

#: The newest day may lie so many calendar days back: a long holiday with its weekend, and no more.
OLDEST_DAYS: Final = 10
_DAY_NS: Final = 86_400_000_000_000
_EPOCH: Final = date(1970, 1, 1).toordinal()


def is_recent(history: History, symbol: str, market_ns: int) -> bool:
    """False where no day is known, or the newest lies too far back, or ahead of today."""
    bars = history.bars(symbol)
    if not bars:
        return False
    age = market_ns // _DAY_NS + _EPOCH - date.fromisoformat(bars[-1].date).toordinal()
    return -1 <= age <= OLDEST_DAYS
