"""Benchmarks on what was filled: arrival, VWAP, TWAP, close, PWP, participation. Exact Decimal up to the one division.

Whether a market's volume holds our own prints is the whole difference between two VWAPs: own fills pull the benchmark
towards our own average. At participation r (ours over everything that traded, ours included) the slippage in price
terms against the one is exactly that against the other over 1 - r.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from engine.model.money import ZERO
from engine.tca.shortfall import TEN_THOUSAND

PWP_RATE = Decimal("0.2")
"""The participation of the participation weighted price, where nobody asks for another: 20 %."""


class Volume(msgspec.Struct, frozen=True, gc=False):
    """What traded: units, and units x price."""

    qty: Decimal = ZERO
    notional: Decimal = ZERO

    @property
    def vwap(self) -> Decimal | None:
        """Average price by volume; None where nothing traded."""
        return self.notional / self.qty if self.qty else None

    def with_own(self, own: Volume) -> Volume:
        """Of a market whose prints do not hold ours (a tape, a simulated market): with them."""
        return Volume(self.qty + own.qty, self.notional + own.notional)

    def without_own(self, own: Volume) -> Volume:
        """Of a market whose prints hold ours: without them. Never below nothing (its prints may be late)."""
        if own.qty >= self.qty:
            return Volume()
        return Volume(self.qty - own.qty, self.notional - own.notional)


def volume_of(prints: Iterable[tuple[Decimal, Decimal]]) -> Volume:
    """Of (quantity, price) pairs."""
    qty = notional = ZERO
    for size, px in prints:
        qty += size
        notional += size * px
    return Volume(qty, notional)


def slippage_bps(sign: int, avg_px: Decimal, benchmark: Decimal | None) -> Decimal | None:
    """Average price against a benchmark, in bps of the benchmark; None without one (or with one of 0)."""
    if not benchmark:
        return None
    return sign * (avg_px - benchmark) / benchmark * TEN_THOUSAND


def participation(own: Decimal, market_with_own: Decimal) -> Decimal | None:
    """Ours over everything that traded in the interval, ours included; None where nothing did."""
    return own / market_with_own if market_with_own else None


def twap(mids: Sequence[Decimal]) -> Decimal | None:
    """Mean of equally spaced mids; None of nothing."""
    return sum(mids, ZERO) / len(mids) if mids else None


class Pwp(msgspec.Struct, frozen=True, gc=False):
    """A participation weighted price. `px` is None while fewer than `wanted` units traded: incomplete."""

    wanted: Decimal
    traded: Decimal
    px: Decimal | None

    @property
    def complete(self) -> bool:
        return self.px is not None


def pwp_target(qty: Decimal, rate: Decimal) -> Decimal:
    """How much the market has to trade: 20 % of 100,000 are the first 500,000 units. `rate` is above 0, at most 1."""
    if not ZERO < rate <= 1:
        raise ValueError(f"{rate} is no participation; expected a number above 0 and up to 1, like 0.2")
    return qty / rate


def pwp(prints: Iterable[tuple[Decimal, Decimal]], qty: Decimal, rate: Decimal = PWP_RATE) -> Pwp:
    """Volume weighted price of the first qty / rate units of (quantity, price) prints from release on. The last print
    counts for what is still missing of it."""
    wanted = pwp_target(qty, rate)
    traded = notional = ZERO
    for size, px in prints:
        part = min(size, wanted - traded)
        traded += part
        notional += part * px
        if traded >= wanted:
            return Pwp(wanted, traded, notional / traded)
    return Pwp(wanted, traded, None)
