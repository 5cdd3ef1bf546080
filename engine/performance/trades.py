"""Finished trades, from those that the journal's fold keeps: flat to flat per account, strategy and instrument, net of
fees (DESIGN §3), whatever method values the position meanwhile.

What is in another currency is converted by the rate that the journal sampled last before the trade closed.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from engine.journal.trades import RoundTrip, TradeKey
from engine.model.money import ZERO


class Trade(msgspec.Struct, frozen=True, gc=False):
    """One finished round trip. Money is in the instrument's currency; `net` is gross less fees."""

    account: str
    strategy: str
    symbol: str
    day: str
    """The trading day in which it closed."""
    side: str
    """buy: it was long; sell: short."""
    opened_ns: int
    closed_ns: int
    closed_seq: int
    currency: str
    gross: Decimal
    fees: Decimal
    net_base: Decimal | None
    """`net` in the base currency; None where no rate was known."""
    tag: str = ""
    """Of the order that opened it."""

    @property
    def net(self) -> Decimal:
        return self.gross - self.fees


class OpenTrades(msgspec.Struct, frozen=True, gc=False):
    """Round trips that are not over: how many, and the money that their executions moved so far, fees included."""

    count: int = 0
    money: Decimal = ZERO


def in_order(trades: Iterable[Trade]) -> list[Trade]:
    """By their ends, as the journal has them."""
    return sorted(trades, key=lambda trade: (trade.closed_seq, trade.account, trade.strategy, trade.symbol))


def closed(key: TradeKey, trip: RoundTrip, day: str, currency: str, net_base: Decimal | None, tag: str = "") -> Trade:
    """The finished trade that a round trip is. `net_base` None: no rate was known."""
    assert trip.closed_ns is not None, "only what is over has a result"
    account, strategy, symbol = key
    return Trade(
        account,
        strategy,
        symbol,
        day,
        "buy" if trip.qty > 0 else "sell",
        trip.opened_ns,
        trip.closed_ns,
        trip.closed_seq,
        currency,
        trip.money,
        trip.fees,
        net_base,
        tag,
    )
