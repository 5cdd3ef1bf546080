"""Positions and cash at the paper broker, exact to the last digit.

Signed total cost is carried, never an average: for every symbol, realised + what executions paid and received
= cost, so that cash = opening cash + realised - cost of what is open - fees, without a rounding difference.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.money import MONEY_STEP, ZERO
from engine.model.snapshot import Execution, PositionSnapshot


class PaperPosition(msgspec.Struct, gc=False):
    """One instrument's position: signed quantity, signed total cost (money), realised P&L before fees
    (money).
    """

    symbol: str
    multiplier: Decimal
    qty: Decimal = ZERO
    cost: Decimal = ZERO
    realized: Decimal = ZERO

    @property
    def avg_px(self) -> Decimal | None:
        """Average price of the open quantity, rounded to MONEY_STEP; None when flat."""
        return (self.cost / self.qty / self.multiplier).quantize(MONEY_STEP) if self.qty else None

    def apply(self, signed_qty: Decimal, price: Decimal) -> Decimal:
        """Book one execution, `signed_qty` > 0 for a buy; its value, > 0 for a buy."""
        value = signed_qty * price * self.multiplier
        before = self.qty
        if not before or (before > ZERO) == (signed_qty > ZERO):
            self.qty = before + signed_qty
            self.cost += value
            return value
        after = before + signed_qty
        if not after:
            self.realized -= self.cost + value
            self.qty = self.cost = ZERO
            return value
        closing = min(abs(signed_qty), abs(before))
        if closing == abs(before):
            released = self.cost
            closing_value = price * self.multiplier * (closing if signed_qty > 0 else -closing)
        else:
            released = (self.cost * closing / abs(before)).quantize(MONEY_STEP)
            closing_value = value
        self.realized -= released + closing_value
        self.qty = after
        # What goes beyond the old position opens a new one at its own price.
        self.cost += value - closing_value - released
        return value

    def snapshot(self, account: str) -> PositionSnapshot:
        """The position as the broker shows it when asked."""
        return PositionSnapshot(account=account, symbol=self.symbol, qty=self.qty, avg_px=self.avg_px)


class Ledger:
    """Cash and fees per currency, positions per symbol. `opening` is the cash per currency to start from."""

    __slots__ = ("cash", "fees", "positions")

    def __init__(self, opening: dict[str, Decimal]) -> None:
        self.cash: dict[str, Decimal] = dict(opening)
        self.fees: dict[str, Decimal] = {}
        self.positions: dict[str, PaperPosition] = {}

    def book(self, execution: Execution, multiplier: Decimal, *, margined: bool = False) -> PaperPosition:
        """Book an execution and return the position that it changed. `margined`: a future's, which is not paid for;
        only what it realises moves cash."""
        position = self.positions.get(execution.symbol)
        if position is None:
            position = self.positions[execution.symbol] = PaperPosition(execution.symbol, multiplier)
        signed = execution.last_qty if execution.side.is_buy else -execution.last_qty
        realized = position.realized
        value = position.apply(signed, execution.last_px)
        if margined:
            value = realized - position.realized
        currency, fee = execution.fee_currency, execution.fee
        self.cash[currency] = self.cash.get(currency, ZERO) - value
        if fee:
            self.cash[currency] -= fee
            self.fees[currency] = self.fees.get(currency, ZERO) + fee
        return position
