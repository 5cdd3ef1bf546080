"""Bookings by hand: cash, positions moved, corporate actions, options; and their being taken back."""

from __future__ import annotations

from decimal import Decimal

from engine import facts as f
from engine.evolve import trips
from engine.evolve.booking import position_of, refold_instrument, settle_margin, track
from engine.evolve.refold import apply_entry
from engine.model.booking import CashEntry, Entry, RenameEntry, SplitEntry, cash_of, flow_of, symbols_of
from engine.orders.position import Position
from engine.state import Booking, DeskState


def booked(state: DeskState, fact: f.Booked, now: int, market: int) -> None:
    entry = fact.entry
    after = next(reversed(state.seen_executions), None)
    state.bookings[fact.no] = Booking(fact.no, entry, fact.by, fact.reason, fact.reference, market, after)
    state.next_booking = fact.no + 1
    if fact.key:
        state.booking_keys[fact.key] = fact.no
    _move_cash(state, entry, 1)
    positions = _positions(state, entry)
    won = {symbol: position.realized for symbol, position in positions.items()}
    apply_entry(entry, positions)
    for symbol, position in positions.items():
        settle_margin(state, position, won[symbol])
        track(state, (entry.account, symbol), position)
    if positions:
        trips.booked(state, entry)
    if isinstance(entry, SplitEntry | RenameEntry):
        # A mark of before it would value the new quantity at the old price.
        state.marks.pop(entry.symbol, None)


def booking_reversed(state: DeskState, fact: f.BookingReversed, now: int, market: int) -> None:
    booking = state.bookings[fact.no]
    if booking.taken_back:
        return
    linked = _positions(state, booking.entry)
    booking.taken_back = True
    _move_cash(state, booking.entry, -1)
    for symbol in linked:
        refold_instrument(state, booking.entry.account, symbol)
    if linked:
        trips.count_again(state, booking.entry.account)


def _positions(state: DeskState, entry: Entry) -> dict[str, Position]:
    found = {symbol: position_of(state, entry.account, symbol) for symbol in symbols_of(entry)}
    if isinstance(entry, RenameEntry) and entry.to not in state.instruments:
        found[entry.to].multiplier = found[entry.symbol].multiplier
    return found


def _move_cash(state: DeskState, entry: Entry, sign: int) -> None:
    """Cash, and what of it is a flow: neither day P&L nor drawdown may see that."""
    account = state.accounts.get(entry.account)
    if account is None:
        return
    cash, flow = cash_of(entry) * sign, flow_of(entry) * sign
    account.cash += cash
    if isinstance(entry, CashEntry) and entry.type == "transfer":
        account.flows += flow
    else:
        account.booked += cash
        account.asset_flows += flow
    if flow:
        state.equity = _moved(state.equity, flow)
        state.peak_equity = _moved(state.peak_equity, flow)


def _moved(value: Decimal | None, flow: Decimal) -> Decimal | None:
    return None if value is None else value + flow
