"""What a key on a row sends, or why it sends nothing."""

from __future__ import annotations

from engine.inputs import CancelOrders, CancelSelector, Command, ControlAlgo
from engine.model.enums import OrdStatus
from engine.views import AlgoRow, OrderRow
from widgets.notation import STATUSES

Answer = tuple[Command | None, str]
"""The command and what it is called; or None and why there is none."""


def cancel_of(order: OrderRow, user: str) -> Answer:
    """The cancel of one order."""
    if not order.is_open:
        return None, f"order {order.id} is {STATUSES[order.status]}: nothing to cancel"
    if order.status is OrdStatus.PENDING_CANCEL:
        return None, f"order {order.id}: its cancel was sent already"
    return CancelOrders(CancelSelector(ids=(order.id,)), user=user), f"cancel {order.id}"


def pause_of(algo: AlgoRow, user: str) -> Answer:
    """Pause, or resume."""
    action = {"PAUSED": "resume", "RUNNING": "pause"}.get(algo.status)
    if action is None:
        return None, f"algo {algo.id} is {algo.status}: nothing to pause"
    return ControlAlgo(algo.id, "resume" if action == "resume" else "pause", user=user), f"{action} algo {algo.id}"
