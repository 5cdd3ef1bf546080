"""Orders that the desk holds itself (HELD, shown as LOCAL): taken in, changed, ended by the clock.

They are dead when the desk is; everything that must survive a crash is in their facts. What makes them go out on the
market's moves is in engine.orders.trigger, what their partners do to them in engine.orders.contingency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import facts as f
from engine import inputs as i
from engine.ids import root_id
from engine.model.enums import OrdType, TimeInForce
from engine.model.order import OrderRequest
from engine.orders import intake, trigger
from engine.orders.emulation import AUCTIONS, is_native, offered
from engine.orders.group import is_exit
from engine.orders.order import HELD, Order
from engine.risk.context import Context
from engine.timers import Key
from engine.views import Denial

if TYPE_CHECKING:
    from engine.desk import Desk


def take_in(desk: Desk, request: OrderRequest, context: Context) -> Order:
    """An approved order that waits or has a time of its own: to the broker where it can do that, else held here."""
    broker = offered(desk.surroundings.capabilities(request.account), context.instrument)
    if not is_native(request, broker):
        return hold(desk, request, context)
    order = intake.intend(desk, request, context)
    if request.expire_ns is not None and request.time_in_force not in broker.times_in_force:
        desk.emit(f.OrderTimed(order.cl_ord_id, request.expire_ns))
        _arm(desk, order)
    return order


def hold(desk: Desk, request: OrderRequest, context: Context) -> Order:
    """Keep an approved order in the desk until its time or trigger comes."""
    state = desk.state
    cl_ord_id = root_id(state.desk_id, state.order_seq + 1)
    due_ns, expire_ns = _times(desk, request)
    desk.emit(f.OrderHeld(state.next_id, cl_ord_id, request, context.ref_px, context.quote, due_ns, expire_ns))
    order = state.orders[cl_ord_id]
    quote = context.quote
    if request.ord_type is OrdType.TRAILING_STOP and quote is not None:
        trigger.follow(desk, order, quote.ask if request.side.is_buy else quote.bid)
    _arm(desk, order)
    trigger.arm_watch(desk)
    return order


def _times(desk: Desk, request: OrderRequest) -> tuple[int, int]:
    """(when it goes out by the clock, when the desk ends it), market ns; 0 = not."""
    now = desk.now.market_ns
    bounds = desk.surroundings.session_bounds(request.symbol, now)
    time_in_force = request.time_in_force
    if time_in_force in AUCTIONS and bounds is not None:
        opens = time_in_force is TimeInForce.OPG
        return (bounds[0] if opens else bounds[1] - desk.surroundings.close_lead_ns), bounds[1]
    if time_in_force is TimeInForce.GTD:
        return 0, request.expire_ns or 0
    if time_in_force is TimeInForce.GTC:
        return 0, 0
    if bounds is not None and not request.extended:
        return 0, bounds[1]
    return 0, desk.surroundings.trading_day(now)[1]


# --- the clock ------------------------------------------------------------------------------------------------------


def _arm(desk: Desk, order: Order) -> None:
    if order.expire_ns:
        desk.timers.set("market", order.expire_ns, ("expire", order.cl_ord_id))
    if order.due_ns:
        desk.timers.set("market", order.due_ns, ("due", order.cl_ord_id))


def rearm(desk: Desk) -> None:
    """After a fold: times, the watch over the feed, and every group to be looked at."""
    state = desk.state
    for order in list(state.open_orders.values()):
        _arm(desk, order)
    desk.held_memory.since_start.update(root for root, order in state.held.items() if order.request.ord_type.waits)
    state.stirred.update(state.groups)
    trigger.arm_watch(desk)


def on_due(desk: Desk, key: Key) -> None:
    """The open, or the moment before the close: out it goes, at the latest with the next usable quote."""
    order = desk.state.held.get(str(key[1]))
    quote = desk.quotes.usable(order.symbol, desk.now.market_ns) if order is not None else None
    if order is not None and quote is not None:
        trigger.look(desk, order, quote.ask if order.side.is_buy else quote.bid, quote)


def on_expiry(desk: Desk, key: Key) -> None:
    """The desk ends the order: here, or by a cancel where a broker works it."""
    order = desk.state.orders.get(str(key[1]))
    if order is None or order.dead or not order.worst_leaves:
        return
    if order.base is HELD:
        desk.emit(f.OrderExpired(order.cl_ord_id, order.cum_qty))
        desk.urgent += 1
    elif not order.released:
        intake.request_cancel(desk, order, "engine", "its time in force has ended")


# --- changes --------------------------------------------------------------------------------------------------------


def change(desk: Desk, order: Order, command: i.ModifyOrder) -> None:
    """New terms for an order that no broker has: checked like any other, in force at once."""
    request = intake.changed_request(order, command.change)
    if (request.qty, request.limit_px, request.stop_px) == (order.qty, order.limit_px, order.stop_px):
        denial = Denial("NO_CHANGE", str(order.id), "a change", order.symbol, "the order has these terms already")
        intake.refuse_modify(desk, command, order, denial)
        return
    if order.request.ord_type is OrdType.TRAILING_STOP and command.change.stop_px is not None:
        denial = Denial("NOT_REPLACEABLE", "stop_px", "the trail", order.symbol, "a trailing stop follows the market")
        intake.refuse_modify(desk, command, order, denial)
        return
    if order.request.ord_type is OrdType.TRAILING_STOP:
        request = intake.without_stop(request)
    leg_of_group = bool(order.group) and is_exit(order)
    check = desk.risk.check_leg if leg_of_group else desk.risk.check
    context = check(request, desk.now, order)
    intake.within_parent(desk, order, request, context)
    if context.denials:
        intake.refuse_modify(desk, command, order, *context.denials)
        return
    desk.emit(
        f.HeldChanged(
            order.cl_ord_id, request.qty, request.limit_px, request.stop_px, context.ref_px, command.change.user
        )
    )
    desk.held_memory.hits.pop(order.cl_ord_id, None)
    desk.reply(command.cmd_id, intake.result_of(order))
