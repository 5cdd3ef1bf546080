"""The money of one account in the desk's state, and what was booked by hand."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.booking import Entry
from engine.model.money import ZERO
from engine.model.snapshot import BrokerMargin


class Account(msgspec.Struct):
    """One account: cash per currency as our own facts make it (adopted + executions), and the flows booked.

    `cash` and `flows` are in the account's own currency, `foreign` and `foreign_flows` hold the others.
    """

    account: str
    currency: str
    cash: Decimal
    flows: Decimal = ZERO
    """Cash adopted or booked, not earned: excluded from day P&L."""
    reconciled: bool = False
    """Since this process started: the broker was asked and compared."""
    foreign: dict[str, Decimal] = {}
    foreign_flows: dict[str, Decimal] = {}
    side_fees: dict[str, Decimal] = {}
    """Fees charged in another currency than their instrument's: in cash, in no position's profit."""
    booked: Decimal = ZERO
    """Cash booked by hand that was earned or paid: dividends, fees, interest, strikes, cash for fractions."""
    asset_flows: Decimal = ZERO
    """Worth of the positions that bookings moved in less those moved out, when they moved."""

    def move(self, currency: str, amount: Decimal) -> None:
        """Add an amount (< 0: take it) to the cash of one currency."""
        if currency == self.currency:
            self.cash += amount
        else:
            self.foreign[currency] = self.foreign.get(currency, ZERO) + amount

    def cash_in(self, currency: str) -> Decimal:
        """The cash of one currency."""
        return self.cash if currency == self.currency else self.foreign.get(currency, ZERO)

    def amounts(self) -> dict[str, Decimal]:
        """Cash by currency, the account's own first."""
        return {self.currency: self.cash, **self.foreign}

    @property
    def not_earned(self) -> Decimal:
        """All that came in less what left without being profit or loss."""
        return self.flows + self.asset_flows


class ToldMargin(msgspec.Struct, frozen=True):
    """What a broker told of an account's margin, and when (wall)."""

    broker: str
    margin: BrokerMargin
    told_ns: int


class Booking(msgspec.Struct):
    """What was booked by hand. `after` is the newest execution (account, exec_id) of then: a refold puts it there."""

    no: int
    entry: Entry
    by: str
    reason: str
    reference: str
    ts_ns: int
    after: tuple[str, str] | None = None
    taken_back: bool = False
