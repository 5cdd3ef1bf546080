"""Booking instruments anew where bookings by hand stand between their executions, or tie several instruments together.

A symbol change moves cost from one instrument to another, so that a bust before it changes both: what is tied together
is folded together.
"""

from __future__ import annotations

from engine.model import booking as b
from engine.orders import position_moves as moves
from engine.orders.position import Position, rebook, restart
from engine.state import Booking, DeskState


def linked_symbols(state: DeskState, account: str, symbol: str) -> set[str]:
    """The instruments that standing bookings tie to this one, itself included; empty when none concerns it."""
    ties = [
        set(b.symbols_of(booking.entry))
        for booking in state.bookings.values()
        if not booking.taken_back and booking.entry.account == account
    ]
    linked: set[str] = set()
    wanted = {symbol}
    while wanted:
        linked |= wanted
        wanted = set().union(*(tie for tie in ties if tie & linked)) - linked
    return linked if any(symbol in tie for tie in ties) else set()


def refold_together(state: DeskState, account: str, positions: dict[str, Position]) -> None:
    """Fold executions and bookings of these instruments anew, in the order in which they were booked."""
    at: dict[tuple[str, str] | None, list[Booking]] = {}
    for booking in state.bookings.values():
        ours = not booking.taken_back and booking.entry.account == account
        if ours and any(symbol in positions for symbol in b.symbols_of(booking.entry)):
            at.setdefault(booking.after, []).append(booking)
    for position in positions.values():
        restart(position)
    for booking in at.get(None, ()):
        apply_entry(booking.entry, positions)
    for key, e in state.seen_executions.items():
        if e.symbol in positions and e.account == account and key not in state.busted:
            rebook(positions[e.symbol], e)
        for booking in at.get(key, ()):
            apply_entry(booking.entry, positions)


def apply_entry(entry: b.Entry, positions: dict[str, Position]) -> None:
    """Do to the positions what the entry says; `positions` holds those that it names. Cash moves none, and a fill or
    bust is an execution, folded as such."""
    match entry:
        case b.TransferEntry(symbol=symbol, qty=qty, px=px):
            moves.transfer(positions[symbol], qty, px)
        case b.CostEntry(symbol=symbol, delta=delta):
            moves.correct_cost(positions[symbol], delta)
        case b.SplitEntry(symbol=symbol, new=new, old=old, lot=lot, cash=cash):
            moves.split(positions[symbol], new, old, lot, cash)
        case b.RenameEntry(symbol=symbol, to=to):
            moves.rename(positions[symbol], positions[to])
        case b.ExpiryEntry(symbol=symbol):
            moves.expire(positions[symbol])
        case b.ExerciseEntry(symbol=symbol, underlying=underlying, qty=qty, shares=shares, strike=strike, fee=fee):
            signed = -qty if entry.assigned else qty
            moves.exercise(positions[symbol], positions[underlying], signed, shares, strike)
            positions[underlying].fees += fee
