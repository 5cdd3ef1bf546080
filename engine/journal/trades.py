"""Trades: flat-to-flat round trips per account, strategy and instrument, net of fees. Pure.

The profit of a round trip is the money that its executions moved: nothing is averaged, so nothing is lost
to rounding. A bust or correction refolds its instrument.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import msgspec

from engine.model.money import MONEY_STEP, ZERO
from engine.orders.position_moves import scaled

TradeKey = tuple[str, str, str]
"""(account, strategy, symbol)"""
ExecutionKey = tuple[str, str]
"""(account, exec_id)"""


class Leg(msgspec.Struct, frozen=True, gc=False):
    """One execution: signed quantity (> 0 bought), price, fee, multiplier; `seq` is its place in the
    journal."""

    seq: int
    signed_qty: Decimal
    px: Decimal
    fee: Decimal
    multiplier: Decimal
    ts_ns: int


class Scale(msgspec.Struct, frozen=True, gc=False):
    """A split: `new` units for every `old` of what is open, for the same money."""

    seq: int
    new: Decimal
    old: Decimal


class RoundTrip(msgspec.Struct):
    """One trade. While it is open `closed_ns` is None. `money` is what its executions moved, fees excluded:
    paid < 0, received > 0; once closed it is the gross profit."""

    opened_seq: int
    opened_ns: int
    closed_ns: int | None = None
    closed_seq: int = 0
    """Place in the journal of the execution that closed it; 0 while it is open."""
    held: Decimal = ZERO
    """Signed quantity still open."""
    qty: Decimal = ZERO
    """Quantity opened, all entries together; its sign is the direction."""
    entry: Decimal = ZERO
    """Sum of price x quantity over the entries; `exit` likewise over what closed them."""
    exit: Decimal = ZERO
    money: Decimal = ZERO
    fees: Decimal = ZERO
    fills: int = 0

    @property
    def entry_px(self) -> Decimal:
        """Average price of the entries."""
        return self.entry / abs(self.qty)

    @property
    def exit_px(self) -> Decimal | None:
        """Average price of the exits, None before the first."""
        closed = abs(self.qty) - abs(self.held)
        return self.exit / closed if closed else None

    def add(self, leg: Leg, signed_qty: Decimal, fee: Decimal) -> None:
        """Book a leg, or the part of it that belongs to this trade."""
        if not self.held or (self.held > 0) == (signed_qty > 0):
            self.qty += signed_qty
            self.entry += abs(signed_qty) * leg.px
        else:
            self.exit += abs(signed_qty) * leg.px
        self.held += signed_qty
        self.money -= signed_qty * leg.px * leg.multiplier
        self.fees += fee
        self.fills += 1
        if not self.held:
            self.closed_ns, self.closed_seq = leg.ts_ns, leg.seq

    def scale(self, new: Decimal, old: Decimal) -> None:
        """Another number of units for the same money."""
        self.held, self.qty = scaled(self.held, new, old), scaled(self.qty, new, old)


def extend(trips: list[RoundTrip], leg: Leg | Scale) -> list[RoundTrip]:
    """Add one execution (or split) to the trades of its instrument; returns those that it changed, oldest first."""
    last = trips[-1] if trips else None
    held = last.held if last is not None else ZERO
    if isinstance(leg, Scale):
        if last is None or not held:
            return []
        last.scale(leg.new, leg.old)
        return [last]
    if last is None or not held:
        return [_begin(trips, leg, leg.signed_qty, leg.fee)]
    if (held > 0) == (leg.signed_qty > 0) or abs(leg.signed_qty) <= abs(held):
        last.add(leg, leg.signed_qty, leg.fee)
        return [last]
    # It closes everything and opens the other way: the fee is shared by quantity, the rest of it exactly.
    closing_fee = (leg.fee * abs(held) / abs(leg.signed_qty)).quantize(MONEY_STEP)
    last.add(leg, -held, closing_fee)
    return [last, _begin(trips, leg, leg.signed_qty + held, leg.fee - closing_fee)]


def _begin(trips: list[RoundTrip], leg: Leg, signed_qty: Decimal, fee: Decimal) -> RoundTrip:
    trip = RoundTrip(leg.seq, leg.ts_ns)
    trip.add(leg, signed_qty, fee)
    trips.append(trip)
    return trip


def refold(legs: Iterable[Leg | Scale]) -> list[RoundTrip]:
    """All trades of one instrument, from its executions in the order of the journal."""
    trips: list[RoundTrip] = []
    for leg in legs:
        extend(trips, leg)
    return trips


class TradeBook:
    """All trades of a journal, kept by account, strategy and instrument."""

    def __init__(self) -> None:
        self._legs: dict[TradeKey, dict[ExecutionKey, Leg | Scale]] = {}
        self._trips: dict[TradeKey, list[RoundTrip]] = {}
        self._live: dict[ExecutionKey, TradeKey] = {}

    def book(self, key: TradeKey, execution: ExecutionKey, leg: Leg | Scale) -> list[RoundTrip]:
        """Add an execution; returns the trades that it changed."""
        self._legs.setdefault(key, {})[execution] = leg
        self._live[execution] = key
        return extend(self._trips.setdefault(key, []), leg)

    def bust(self, execution: ExecutionKey) -> tuple[TradeKey, Leg | Scale] | None:
        """Take an execution back and refold its instrument. None when it is not booked (any more)."""
        key = self._live.pop(execution, None)
        if key is None:
            return None
        leg = self._legs[key].pop(execution)
        self._trips[key] = refold(self._legs[key].values())
        return key, leg

    def holders(self, account: str, symbol: str) -> list[TradeKey]:
        """Who has an open trade in it; nobody: the key without a strategy."""
        found = [
            k for k, trips in self._trips.items() if (k[0], k[2]) == (account, symbol) and trips and trips[-1].held
        ]
        return found or [(account, "", symbol)]

    def executions(self, account: str, prefix: str, symbol: str) -> list[ExecutionKey]:
        """The booked executions of an instrument whose ids begin so."""
        return [
            execution
            for execution, key in self._live.items()
            if (key[0], key[2]) == (account, symbol) and execution[1].startswith(prefix)
        ]

    def trips(self, key: TradeKey) -> list[RoundTrip]:
        """The trades of one account, strategy and instrument, oldest first."""
        return self._trips.get(key, [])

    def everything(self) -> Iterator[tuple[TradeKey, RoundTrip]]:
        """Every trade, open ones too; those of one account, strategy and instrument together, oldest first."""
        return ((key, trip) for key, trips in self._trips.items() for trip in trips)
