"""Daily bars of days before today: a seeded walk that ends at a price."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

CENT = Decimal("0.01")


def daily(symbol: str, last: Decimal, start: date, end: date) -> list[dict[str, Any]]:
    """Weekdays from `start` to `end`; the last one closes at `last`. The same for the same arguments."""
    random = Random(symbol)
    days = [end - timedelta(n) for n in range((end - start).days + 1)]
    close, rows = last, []
    for day in days:
        if day.weekday() >= 5:
            continue
        before = max(close * Decimal(repr(1 - random.gauss(0, 0.012))).quantize(Decimal("0.0001")), CENT)
        high, low = max(close, before), min(close, before)
        rows.append(
            {
                "t": f"{day.isoformat()}T05:00:00Z",
                "o": float(before.quantize(CENT)),
                "h": float(high.quantize(CENT)),
                "l": float(low.quantize(CENT)),
                "c": float(close.quantize(CENT)),
                "v": random.randint(1_000_000, 9_000_000),
                "n": 1000,
                "vw": float(((close + before) / 2).quantize(CENT)),
            }
        )
        close = before
    return rows[::-1]
