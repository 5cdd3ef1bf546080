"""Order time-outs: an order that has worked for longer than its class may is cancelled, and said so.

Off by default for what a person placed and for what is meant to wait (gtc, stop, contingent); on for entries of algos
and strategies. An order without an ack is asked about, never cancelled by this clock: what is not known to live can't
be taken for late. The timers are on the wall clock and are armed again from the state at each start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.model.enums import TimeInForce
from engine.model.order import OrderRequest
from engine.orders.order import HELD, Order
from engine.resilience.settings import OrderTimeouts

if TYPE_CHECKING:
    from engine.desk import Desk


#: Purposes of an algo's children that are meant to wait: a tip, a rung, an auction.
WAITING: Final = ("tip", "rung", "open", "close")


def timeout_ns(timeouts: OrderTimeouts, request: OrderRequest) -> int:
    """How long a single order of this class may work; 0 = no time-out. An exit (reduce_only) of an algo or strategy is
    not given up because it takes long."""
    if request.ord_type.waits:
        return timeouts.stop_ns
    if request.time_in_force is TimeInForce.GTC:
        return timeouts.gtc_ns
    if request.origin == "manual":
        return timeouts.manual_ns
    if request.reduce_only or request.purpose.startswith(WAITING):
        return 0
    return timeouts.algo_ns if request.parent is not None else timeouts.strategy_ns


def timeout_of(timeouts: OrderTimeouts, order: Order) -> int:
    """How long this very order may work; 0 = no time-out. What the desk holds (or held) is meant to wait."""
    if order.external or order.liquidation or order.base is HELD or order.released:
        return 0
    return timeouts.contingent_ns if order.group else timeout_ns(timeouts, order.request)


def arm(desk: Desk, order: Order) -> None:
    """Set the order's timer, if its class has one."""
    limit = timeout_of(desk.surroundings.order_timeouts, order)
    if limit:
        desk.timers.set("wall", order.created_ns + limit, ("timeout", order.cl_ord_id))


def rearm(desk: Desk) -> None:
    """After a fold: every open order's timer runs on from when the order was made."""
    for order in desk.state.open_orders.values():
        arm(desk, order)
