"""Booking by audited command what no broker reports, and taking a booking back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from engine import facts as f
from engine import inputs as i
from engine.model.booking import BustEntry, Entry, FillEntry, RenameEntry, SplitEntry, cash_of, flow_of, symbols_of
from engine.model.enums import AlertLevel
from engine.model.money import plain
from engine.model.snapshot import Execution
from engine.orders import reports
from engine.orders.doubt import LAG_NS
from engine.orders.position import Position
from engine.reconcile.entries import Books, make_entry
from engine.reconcile.entry_words import entry_words
from engine.reconcile.refusal import RefusedError
from engine.risk.valuation import mark_of
from engine.state import Booking
from engine.views import CommandResult

if TYPE_CHECKING:
    from engine.desk import Desk

SECOND_NS = 1_000_000_000


def book(desk: Desk, command: i.Book) -> None:
    """Book one entry with its reason, once for each key; refused with one line when it makes no sense."""
    state = desk.state
    known = state.booking_keys.get(command.key) if command.key else None
    if known is not None:
        words = entry_words(state.bookings[known].entry)
        desk.reply(command.cmd_id, CommandResult(True, f"booked before as {known}: {words}", (known,)))
        return
    try:
        _may_book(desk, command.reason)
        entry = make_entry(Books(state, desk.now.market_ns, lambda p, qty: _mark(desk, p, qty)), command)
        _in_account_currency(desk, command, entry)
    except RefusedError as error:
        desk.refuse(command.cmd_id, "book", str(error), command.user)
        return
    no, before = state.next_booking, _held(desk, entry)
    desk.emit(f.Booked(no, entry, command.user, command.reason, command.reference, command.key))
    if isinstance(entry, FillEntry):
        _book_fill(desk, entry.execution)
    elif isinstance(entry, BustEntry):
        reports.take_back(desk, entry.account, entry.exec_id, f"was taken back by {command.user or 'operator'}")
    said = f"booking {no}: {entry_words(entry)}{_change(before, _held(desk, entry))}"
    desk.alert(AlertLevel.NOTICE, "BOOKED", said)
    _compare_soon(desk, entry)
    desk.reply(command.cmd_id, CommandResult(True, said + _orders_left(desk, entry), (no,)))


def reverse(desk: Desk, command: i.ReverseBooking) -> None:
    """Take a booking back, as if it had never been made."""
    booking = desk.state.bookings.get(command.no)
    try:
        _may_book(desk, command.reason)
        if booking is None:
            raise RefusedError(f"there is no booking {command.no}")
        _may_reverse(desk, booking)
    except RefusedError as error:
        desk.refuse(command.cmd_id, "book reverse", str(error), command.user)
        return
    assert booking is not None
    before = _held(desk, booking.entry)
    desk.emit(f.BookingReversed(booking.no, command.user, command.reason))
    if isinstance(booking.entry, FillEntry):
        execution = booking.entry.execution
        reports.take_back(desk, execution.account, execution.exec_id, f"was taken back by {command.user or 'operator'}")
    said = f"booking {booking.no} taken back: {entry_words(booking.entry)}"
    said += _change(before, _held(desk, booking.entry))
    desk.alert(AlertLevel.NOTICE, "BOOKING_REVERSED", said)
    _compare_soon(desk, booking.entry)
    desk.reply(command.cmd_id, CommandResult(True, said, (booking.no,)))


def _in_account_currency(desk: Desk, command: i.Book, entry: Entry) -> None:
    """Money booked by hand is in the account's own currency: that of an instrument in another one can't be told
    apart."""
    account = desk.state.accounts.get(entry.account)
    if account is None or not (cash_of(entry) or flow_of(entry)):
        return
    for symbol in dict.fromkeys((command.symbol, *symbols_of(entry))):
        instrument = desk.state.instruments.get(symbol)
        if instrument is not None and instrument.currency != account.currency:
            money = f"{symbol} trades in {instrument.currency}, bookings of money are in {account.currency}"
            raise RefusedError(f"{money}; not in this version")


def _may_book(desk: Desk, reason: str) -> None:
    if not reason.strip():
        raise RefusedError("a reason is needed")
    if not desk.state.journal_ok:
        raise RefusedError("the journal is down: nothing can be booked until it commits again")


def _may_reverse(desk: Desk, booking: Booking) -> None:
    if booking.taken_back:
        raise RefusedError(f"booking {booking.no} was taken back already")
    match booking.entry:
        case BustEntry(exec_id=exec_id):
            raise RefusedError(f"a bust can't be taken back; if execution {exec_id} stands, book its fill")
        case FillEntry(execution=e) if (e.account, e.exec_id) in desk.state.busted:
            raise RefusedError(f"the fill of booking {booking.no} does not stand any more: it was busted or confirmed")


def _book_fill(desk: Desk, execution: Execution) -> None:
    if execution.cl_ord_id:
        reports.book(desk, execution)
        return
    desk.moved_ns[(execution.account, execution.symbol)] = desk.now.wall_ns
    desk.emit(f.OrphanFilled(execution))
    desk.urgent += 1


def _mark(desk: Desk, position: Position, qty: Decimal) -> Decimal | None:
    """What a unit is worth now, on the side on which it is held."""
    side = Position(position.account, position.symbol, position.multiplier, qty, last_px=position.last_px)
    return mark_of(desk.state, desk.quotes, side, desk.now.market_ns)[0]


def _held(desk: Desk, entry: Entry) -> dict[str, Decimal]:
    symbols = symbols_of(entry) or ((entry.symbol,) if isinstance(entry, FillEntry | BustEntry) else ())
    return {symbol: desk.state.position_qty(entry.account, symbol) for symbol in symbols}


def _change(before: dict[str, Decimal], after: dict[str, Decimal]) -> str:
    moved = [f"{s} {plain(before[s])} -> {plain(after[s])}" for s in before if before[s] != after[s]]
    return f"; position {', '.join(moved)}" if moved else ""


def _orders_left(desk: Desk, entry: Entry) -> str:
    """Orders that a corporate action leaves at terms of before it."""
    if not isinstance(entry, SplitEntry | RenameEntry):
        return ""
    left = [str(order.id) for order in desk.state.open_of(entry.account, entry.symbol)]
    return f"; orders {', '.join(left)} still have the terms of before: check or cancel them" if left else ""


def _compare_soon(desk: Desk, entry: Entry) -> None:
    """Both sides may agree now. What is told by executions is not compared while the broker's books may lag."""
    wait = LAG_NS + SECOND_NS if isinstance(entry, FillEntry | BustEntry) else 0
    desk.timers.set("wall", desk.now.wall_ns + wait, ("snapshot", entry.account, "booked"))
