"""A planned schedule against the market: what it should cost, and how much of the market it would be.

Lengths of intervals are session time (engine.algos.math.past): a slice that goes out while the market is closed is
traded when it opens. Slices of one moment count as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

import msgspec

from engine.algos.math.expected_cost import Cost, CostModel, expected_cost
from engine.algos.math.past import Past
from engine.algos.math.profile import ProfileError
from engine.model.money import ZERO

MINUTE_NS: Final = 60_000_000_000
STEPS: Final = 390
Slices = Sequence[tuple[int, Decimal]]
"""(market ns, quantity) in time order."""


class Share(msgspec.Struct, frozen=True):
    """How much of the market a schedule would be: own / (others + own), by the volume of earlier days."""

    others: Decimal
    """Volume of others that should trade from the first slice to the end."""
    whole: Decimal
    peak: Decimal
    """Of the slice where it is highest."""
    market: tuple[Decimal, ...]
    """Share of `others` in each slice's interval; empty where no profile is known (volume is taken to be even then)."""


def plan_cost(symbol: str, slices: Slices, end_ns: int, past: Past, model: CostModel) -> Cost | None:
    """Expected cost and variance in price units times quantity; None where the market has no session in the window.
    Raises CalendarError, ModelError."""
    lengths: list[float] = []
    trades: list[float] = []
    waiting = 0.0
    ends = [at for at, _ in slices[1:]] + [end_ns]
    for (at, qty), until in zip(slices, ends, strict=True):
        waiting += float(qty)
        days = past.days_between(symbol, at, until) if until > at else 0.0
        if days > 0:
            lengths.append(days)
            trades.append(waiting)
            waiting = 0.0
    if not trades:
        return None
    trades[-1] += waiting  # due at the very end: it is traded with the last of it
    return expected_cost(trades, lengths, model)


def market_pace(
    symbol: str, qty: Decimal, rate: Decimal, window: tuple[int, int], past: Past, volume: Decimal, now_ns: int
) -> tuple[tuple[int, Decimal], ...]:
    """What following the market at this rate (own / (others + own)) comes to, minute by minute (STEPS at most), where
    it trades a daily `volume` like that of earlier days; less than `qty` where the window ends before. Raises
    CalendarError."""
    start_ns, end_ns = window
    count = max(1, min(STEPS, (end_ns - start_ns) // MINUTE_NS))
    edges = [start_ns + (end_ns - start_ns) * n // count for n in range(count + 1)]
    left, found = qty, []
    for at, share in zip(edges, _day_shares(symbol, edges, past, now_ns)[0], strict=False):
        own = min(volume * share * rate / (1 - rate), left)
        if own > 0:
            found.append((at, own))
            left -= own
    return tuple(found)


def market_share(symbol: str, slices: Slices, end_ns: int, past: Past, volume: Decimal, now_ns: int) -> Share | None:
    """How much of a daily `volume` like that of earlier days the slices would be; None where nothing should trade in
    the window. Raises CalendarError."""
    edges = [*(at for at, _ in slices), end_ns]
    days, known = _day_shares(symbol, edges, past, now_ns)
    whole = sum(days, ZERO)
    if whole <= 0 or volume <= 0:
        return None
    own = sum((qty for _, qty in slices), ZERO)
    # What is due while nothing trades adds to the next interval in which something does.
    peak, waiting = ZERO, ZERO
    for (_, qty), share in zip(slices, days, strict=True):
        waiting += qty
        if share > 0:
            peak = max(peak, waiting / (volume * share + waiting))
            waiting = ZERO
    others = volume * whole
    market = tuple(share / whole for share in days) if known else ()
    return Share(others, own / (others + own), max(peak, own / (others + own)), market)


def _day_shares(symbol: str, edges: Sequence[int], past: Past, now_ns: int) -> tuple[tuple[Decimal, ...], bool]:
    """(share of a day's volume in each interval, whether by a profile): else volume is taken to be even."""
    try:
        return past.weights(symbol, edges, now_ns), True
    except ProfileError:
        even = (past.days_between(symbol, at, until) if until > at else 0.0 for at, until in pairwise(edges))
        return tuple(Decimal(days) for days in even), False
