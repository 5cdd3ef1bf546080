"""What an operator books because no broker reports it: cash, positions moved by hand, corporate actions, options.

An entry says what happened in terms that stay true whatever is learned later: a split is a ratio, an expiry is "what
was held", so that a refold after a bust gives what the broker's books give. Cash is always a stated amount.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from engine.model.money import ONE, ZERO
from engine.model.snapshot import Execution

CashKind = Literal["transfer", "dividend", "fee", "interest", "correction"]
Right = Literal["call", "put"]


class _Entry(msgspec.Struct, frozen=True, gc=False, tag_field="what", omit_defaults=True):
    """Base: encoded as JSON object that says what it is."""


class CashEntry(_Entry, frozen=True, tag="cash"):
    """Cash came in (amount > 0) or went out. A transfer is a flow; everything else is profit or loss of the day.

    `symbol`: what a dividend or fee is for, "" where it is for nothing in particular.
    """

    account: str
    type: CashKind
    amount: Decimal
    symbol: str = ""


class TransferEntry(_Entry, frozen=True, tag="transfer"):
    """A position came in (qty, signed as it is held, at `px` a unit) or left (qty against what is held, at its cost).

    `flow`: what it was worth when it moved; day P&L and drawdown leave it out.
    """

    account: str
    symbol: str
    qty: Decimal
    px: Decimal
    flow: Decimal


class FillEntry(_Entry, frozen=True, tag="fill"):
    """An execution that the operator knows of and no report brought."""

    execution: Execution

    @property
    def account(self) -> str:
        return self.execution.account

    @property
    def symbol(self) -> str:
        return self.execution.symbol


class BustEntry(_Entry, frozen=True, tag="bust"):
    """An execution that we booked does not stand, and no report says so."""

    account: str
    symbol: str
    exec_id: str


class CostEntry(_Entry, frozen=True, tag="cost"):
    """The cost of what is held was wrong by `delta` (signed money; a short's cost is below 0)."""

    account: str
    symbol: str
    delta: Decimal


class SplitEntry(_Entry, frozen=True, tag="split"):
    """`new` units for every `old`; the cost stays. `lot` and `cash`: what is left below a whole lot was paid out in
    cash; None: fractions are kept."""

    account: str
    symbol: str
    new: Decimal
    old: Decimal
    lot: Decimal = ONE
    cash: Decimal | None = None


class RenameEntry(_Entry, frozen=True, tag="rename"):
    """The instrument trades under another symbol; quantity and cost go with it, realised profit stays."""

    account: str
    symbol: str
    to: str


class ExpiryEntry(_Entry, frozen=True, tag="expiry"):
    """An option ended without value: what is held goes to 0 and its cost is realised."""

    account: str
    symbol: str


class ExerciseEntry(_Entry, frozen=True, tag="exercise"):
    """`qty` contracts of an option that we hold were exercised, or (`assigned`) of one that we wrote were assigned.

    `shares` of the underlying (signed) move at `strike`; the premium leaves the option with its contracts and goes into
    what the shares cost or fetch (US tax rule, IRS Publication 550, "Puts and calls").
    """

    account: str
    symbol: str
    underlying: str
    qty: Decimal
    shares: Decimal
    strike: Decimal
    assigned: bool = False
    fee: Decimal = ZERO


Entry = (
    CashEntry
    | TransferEntry
    | FillEntry
    | BustEntry
    | CostEntry
    | SplitEntry
    | RenameEntry
    | ExpiryEntry
    | ExerciseEntry
)


def symbols_of(entry: Entry) -> tuple[str, ...]:
    """The instruments whose positions the entry changes by itself (a fill and a bust are executions, not entries)."""
    match entry:
        case CashEntry() | FillEntry() | BustEntry():
            return ()
        case RenameEntry(symbol=symbol, to=other) | ExerciseEntry(symbol=symbol, underlying=other):
            return (symbol, other)
        case _:
            return (entry.symbol,)


def cash_of(entry: Entry) -> Decimal:
    """What the entry adds to the account's cash, by itself."""
    match entry:
        case CashEntry(amount=amount):
            return amount
        case SplitEntry(cash=cash):
            return cash if cash is not None else ZERO
        case ExerciseEntry(shares=shares, strike=strike, fee=fee):
            return -shares * strike - fee
        case _:
            return ZERO


def flow_of(entry: Entry) -> Decimal:
    """What of the entry is no profit or loss: cash transferred, and the worth of a position moved in or out."""
    match entry:
        case CashEntry(type="transfer", amount=amount):
            return amount
        case TransferEntry(flow=flow):
            return flow
        case _:
            return ZERO
