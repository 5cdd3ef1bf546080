"""Implementation shortfall and its three decompositions. Exact in money: Decimal, no rounding.

The shortfall is what the paper portfolio earned, which bought everything at the decision price and for nothing, less
what the real one earned (Perold 1988, "The implementation shortfall: paper versus reality", Journal of Portfolio
Management 14(3), 4-9). The three decompositions give the same total. They differ in what they call its parts, and in
who bears the delay of what was never filled:

* Perold: execution and opportunity, both from the decision price.
* CFA (Wagner and Edwards 1993, "Best execution", Financial Analysts Journal 49(1), 65-71): the delay counts on what
  was filled, and what was missed is measured from the decision price.
* Kissell (2006, "The expanded implementation shortfall", Journal of Trading 1(3), 6-16): the delay counts on the whole
  order, and what was missed is measured from arrival.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from engine.model.money import ONE, ZERO

TEN_THOUSAND = Decimal(10_000)


class ShortfallError(ValueError):
    """The numbers of an order can't be those of an order; the message says which."""


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What was wanted and what came of it. Prices are per unit, in the instrument's currency."""

    sign: int
    """+1 buy, -1 sell."""
    qty: Decimal
    """Of the order."""
    filled: Decimal
    paid: Decimal
    """Sum of quantity x price over the fills, without sign and multiplier."""
    decision_px: Decimal
    arrival_px: Decimal
    """Mid when the order was released to the market."""
    end_px: Decimal
    """At the end of the horizon, or when the rest was cancelled."""
    fees: Decimal = ZERO
    """Money paid; a rebate is below 0."""
    multiplier: Decimal = ONE
    """Money per point of price and unit."""

    @property
    def left(self) -> Decimal:
        """What was never filled."""
        return self.qty - self.filled

    @property
    def notional(self) -> Decimal:
        """The whole order at the decision price: what bps are of."""
        return self.qty * self.decision_px * self.multiplier


class Perold(msgspec.Struct, frozen=True, gc=False):
    """Money."""

    execution: Decimal
    opportunity: Decimal
    fees: Decimal

    @property
    def total(self) -> Decimal:
        return self.execution + self.opportunity + self.fees


class Cfa(msgspec.Struct, frozen=True, gc=False):
    """Money."""

    delay: Decimal
    trading: Decimal
    missed_trade: Decimal
    explicit: Decimal

    @property
    def total(self) -> Decimal:
        return self.delay + self.trading + self.missed_trade + self.explicit


class Kissell(msgspec.Struct, frozen=True, gc=False):
    """Money."""

    delay: Decimal
    trading: Decimal
    opportunity: Decimal
    fees: Decimal

    @property
    def total(self) -> Decimal:
        return self.delay + self.trading + self.opportunity + self.fees


def outcome(
    sign: int,
    qty: Decimal,
    fills: Iterable[tuple[Decimal, Decimal]],
    decision_px: Decimal,
    arrival_px: Decimal,
    end_px: Decimal,
    fees: Decimal = ZERO,
    multiplier: Decimal = ONE,
) -> Outcome:
    """From single fills, (quantity, price). More filled than wanted is taken as it is: an overfill is real. Raises
    ShortfallError for numbers that no order can have."""
    if sign not in (1, -1):
        raise ShortfallError(f"{sign} is no side; expected 1 (buy) or -1 (sell)")
    found = list(fills)
    if not qty.is_finite() or qty <= 0:
        raise ShortfallError(f"quantity {qty} must be above 0")
    if any(not size.is_finite() or size <= 0 for size, _ in found):
        raise ShortfallError("a fill's quantity must be above 0")
    prices = (decision_px, arrival_px, end_px, fees, multiplier, *(px for _, px in found))
    if not all(value.is_finite() for value in prices):
        raise ShortfallError("prices and fees must be finite numbers")
    filled = sum((size for size, _ in found), ZERO)
    paid = sum((size * px for size, px in found), ZERO)
    return Outcome(sign, qty, filled, paid, decision_px, arrival_px, end_px, fees, multiplier)


def shortfall(of: Outcome) -> Decimal:
    """Paper return less real return, in money."""
    scale = of.sign * of.multiplier
    paper = scale * of.qty * (of.end_px - of.decision_px)
    real = scale * (of.filled * of.end_px - of.paid) - of.fees
    return paper - real


def perold(of: Outcome) -> Perold:
    """Execution (of what was filled) and opportunity (of what was not), both from the decision price, and fees."""
    scale = of.sign * of.multiplier
    return Perold(
        scale * (of.paid - of.filled * of.decision_px),
        scale * of.left * (of.end_px - of.decision_px),
        of.fees,
    )


def cfa(of: Outcome) -> Cfa:
    """Delay and trading of what was filled, the missed trade from the decision price, explicit costs."""
    scale = of.sign * of.multiplier
    return Cfa(
        scale * of.filled * (of.arrival_px - of.decision_px),
        scale * (of.paid - of.filled * of.arrival_px),
        scale * of.left * (of.end_px - of.decision_px),
        of.fees,
    )


def kissell(of: Outcome) -> Kissell:
    """Delay of the whole order, trading of what was filled, opportunity of the rest from arrival, fees."""
    scale = of.sign * of.multiplier
    return Kissell(
        scale * of.qty * (of.arrival_px - of.decision_px),
        scale * (of.paid - of.filled * of.arrival_px),
        scale * of.left * (of.end_px - of.arrival_px),
        of.fees,
    )


def in_bps(amount: Decimal, of: Outcome) -> Decimal | None:
    """A component in basis points of the whole order at its decision price; None where that is worth nothing."""
    return amount / of.notional * TEN_THOUSAND if of.notional else None
