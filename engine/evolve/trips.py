"""Round trips and losing streaks: a trade is flat to flat per account, strategy and instrument, net of fees.

A trade that lost makes its account's streak one longer, one that gained ends it, one of exactly 0 does neither. What a
booking by hand touched has no result that could be counted. A bust or correction counts the whole account anew.
"""

from __future__ import annotations

from decimal import Decimal

from engine.evolve.positions import position_of
from engine.model.booking import Entry, SplitEntry, symbols_of
from engine.model.money import ZERO
from engine.model.snapshot import Execution
from engine.orders.order import Order
from engine.orders.position_moves import scaled
from engine.state import DeskState, Trip


def count_execution(state: DeskState, execution: Execution, order: Order | None) -> None:
    """Book an execution in its trip. What a liquidation closes belongs to whoever holds it."""
    account, symbol = execution.account, execution.symbol
    signed = execution.last_qty * execution.side.sign
    strategy = order.request.strategy if order is not None else ""
    fee = execution.fee
    left = signed
    if order is not None and order.liquidation and not strategy:
        for key, trip in sorted(state.trips.items()):
            if key[0] == account and key[2] == symbol and trip.held and (trip.held > 0) != (left > 0) and left:
                part = -trip.held if abs(trip.held) < abs(left) else left
                share = fee * abs(part) / abs(signed)
                _move(state, key, part, execution.last_px, share)
                left -= part
                fee -= share
    if left:
        _move(state, (account, strategy, symbol), left, execution.last_px, fee)


def _move(state: DeskState, key: tuple[str, str, str], signed: Decimal, px: Decimal, fee: Decimal) -> None:
    trip = state.trips.get(key)
    if trip is None:
        trip = state.trips[key] = Trip()
    multiplier = position_of(state, key[0], key[2]).multiplier
    if trip.held and (trip.held > 0) != (signed > 0) and abs(signed) > abs(trip.held):
        # Through zero: what closes ends one trade, the rest begins another.
        closing = -trip.held
        share = fee * abs(closing) / abs(signed)
        _move(state, key, closing, px, share)
        _move(state, key, signed - closing, px, fee - share)
        return
    trip.held += signed
    trip.money -= signed * px * multiplier + fee
    if not trip.held:
        _ended(state, key, trip)


def _ended(state: DeskState, key: tuple[str, str, str], trip: Trip) -> None:
    del state.trips[key]
    if trip.untold:
        return
    if trip.money < 0:
        state.streaks[key[0]] = state.streaks.get(key[0], 0) + 1
    elif trip.money > 0:
        state.streaks.pop(key[0], None)


def adopted(state: DeskState, account: str, symbol: str, qty: Decimal, px: Decimal) -> None:
    """A position that was there before us: nobody's trade yet, at the price it was adopted at."""
    if qty:
        _move(state, (account, "", symbol), qty, px, ZERO)
        state.trips[(account, "", symbol)].untold = not px


def booked(state: DeskState, entry: Entry) -> None:
    """A booking by hand moved these positions: what is held is known, what it earned is not."""
    account = entry.account
    for symbol in symbols_of(entry):
        for key, trip in state.trips.items():
            if key[0] == account and key[2] == symbol:
                trip.untold = True
                if isinstance(entry, SplitEntry):
                    trip.held = scaled(trip.held, entry.new, entry.old)
        _square(state, account, symbol)


def _square(state: DeskState, account: str, symbol: str) -> None:
    """What no execution explains is nobody's."""
    held = sum((t.held for k, t in state.trips.items() if k[0] == account and k[2] == symbol), ZERO)
    odd = position_of(state, account, symbol).qty - held
    if odd:
        key = (account, "", symbol)
        trip = state.trips.setdefault(key, Trip())
        trip.held += odd
        trip.untold = True
        if not trip.held:
            del state.trips[key]


def count_again(state: DeskState, account: str) -> None:
    """Everything of an account anew, after an execution was taken back or corrected."""
    # Here, since the booking of executions counts trips.
    from engine.evolve.booking import order_of

    for place in [place for place in state.trips if place[0] == account]:
        del state.trips[place]
    state.streaks.pop(account, None)
    for (owner, symbol), position in state.positions.items():
        if owner == account and position.adopted_qty:
            adopted(state, account, symbol, position.adopted_qty, position.adopted_px)
    for key, execution in state.seen_executions.items():
        if key[0] == account and key not in state.busted:
            count_execution(state, execution, order_of(state, execution))
        if state.streak_after.get(account) == key:
            state.streaks.pop(account, None)
    for symbol in {symbol for owner, symbol in state.positions if owner == account}:
        _square(state, account, symbol)
