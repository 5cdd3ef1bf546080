"""Fills booked by hand that the broker reports after all."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from engine import facts as f
from engine.evolve import order_of
from engine.model.booking import FillEntry
from engine.model.enums import AlertLevel
from engine.model.snapshot import Execution

if TYPE_CHECKING:
    from engine.desk import Desk


def confirm_booked(desk: Desk, execution: Execution) -> bool:
    """Whether the report is of a fill that was booked by hand: then it takes its place, and nothing is booked twice.

    Same order (or none named by hand), instrument, side, quantity and price.
    """
    state = desk.state
    order = order_of(state, execution)
    for booking in state.bookings.values():
        if booking.taken_back or not isinstance(booking.entry, FillEntry):
            continue
        by_hand = booking.entry.execution
        key = (by_hand.account, by_hand.exec_id)
        if key in state.busted or _terms(by_hand) != _terms(execution):
            continue
        if by_hand.cl_ord_id and order_of(state, by_hand) is not order:
            continue
        desk.moved_ns[(execution.account, execution.symbol)] = desk.now.wall_ns
        desk.emit(f.ExecutionCorrected(by_hand.account, by_hand.exec_id, execution))
        desk.alert(
            AlertLevel.NOTICE,
            "BOOKED_FILL_CONFIRMED",
            f"the fill of booking {booking.no} has been reported as execution {execution.exec_id}",
        )
        return True
    return False


def _terms(e: Execution) -> tuple[str, str, bool, Decimal, Decimal]:
    return (e.account, e.symbol, e.side.is_buy, e.last_qty, e.last_px)
