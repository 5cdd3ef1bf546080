"""From the desk to the broker: what a held order goes through when its moment has come."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from engine import facts as f
from engine.connections import is_withheld
from engine.effects import SubmitOrder
from engine.evolve.booking import lot_of
from engine.model.enums import AlertLevel
from engine.model.market import Quote
from engine.model.money import ZERO, floor_to, plain
from engine.model.order import OrderRequest
from engine.orders.emulation import is_native, offered, released_type
from engine.orders.group import CONTINGENCY, at_broker, is_exit, mates, total_qty
from engine.orders.intake import request_cancel
from engine.orders.order import Order
from engine.risk.context import Context
from engine.risk.covered import lifts_itself, strategy_of, symbols_of_order
from engine.views import Denial

if TYPE_CHECKING:
    from engine.desk import Desk

SECOND_NS: Final = 1_000_000_000
#: Refusals that pass by themselves: the order waits on.
PASSING: Final = frozenset(
    {
        "STALE_PRICE",
        "INSTRUMENT_HALTED",
        "STALE_MARK",
        "THROTTLE",
        "NOT_RECONCILED",
        "JOURNAL_DOWN",
        "SESSION_CLOSED",
        "CLOCK_SKEW",
    }
)


def blocked(desk: Desk, order: Order) -> bool:
    """Whether nothing may go out for it now: no journal, no comparison with the broker yet, a kill or a liquidation at
    work on the instrument, a closed market. It is tried again."""
    state = desk.state
    account = state.accounts.get(order.account)
    if not state.journal_ok or account is None or not account.reconciled:
        return True
    if is_withheld(state, order.account) and not is_exit(order):
        return True  # it would only be withheld
    if (order.account, order.symbol) in state.liquidations:
        return True
    if state.killing(order.account, symbols_of_order(order), strategy_of(order.request)):
        return True
    return bool(desk.surroundings.session_closed(order.symbol, desk.now.market_ns, order.request.extended))


def wanted_qty(desk: Desk, order: Order) -> Decimal:
    """The total that the order may execute in all its life as things stand."""
    state = desk.state
    group = state.groups.get(order.group)
    if group is None or order.cl_ord_id == group.entry:
        return order.request.qty
    return total_qty(group, order, state.orders, lot_of(state, order.symbol))


def fire(desk: Desk, order: Order, px: Decimal, quote: Quote | None) -> None:
    """The market (or the clock) has reached a held order. A partner at the broker is cancelled first, and proven dead:
    two legs that could both fill never work together."""
    if blocked(desk, order) or desk.held_memory.retry_ns.get(order.cl_ord_id, 0) > desk.now.wall_ns:
        return
    state = desk.state
    group = state.groups.get(order.group)
    rivals = [m for m in mates(group, order, state.orders) if at_broker(m)] if group is not None else []
    if not rivals:
        send(desk, order, released_type_of(order), quote, f"triggered at {plain(px)}")
        return
    if not order.triggered:
        desk.emit(f.HeldTriggered(order.cl_ord_id, px, f"triggered at {plain(px)}, its partner is cancelled first"))
    for rival in rivals:
        if desk.now.wall_ns - rival.cancel_ns >= SECOND_NS:
            request_cancel(desk, rival, CONTINGENCY, f"order {order.id} was triggered", urgent=True)


def released_type_of(order: Order) -> OrderRequest:
    """The order as the broker gets it once its trigger was reached."""
    kind = released_type(order.request.ord_type)
    limit_px = order.limit_px if kind.needs_limit else None
    return msgspec.structs.replace(
        order.request,
        ord_type=kind,
        limit_px=limit_px,
        stop_px=None,
        trail_amount=None,
        trail_pct=None,
        trigger="touch",
    )


def send(desk: Desk, order: Order, terms: OrderRequest, quote: Quote | None, why: str) -> bool:
    """Hand a held order over with these terms, after its checks. True when its intent is recorded."""
    qty = wanted_qty(desk, order)
    if qty <= ZERO:
        return False
    request = msgspec.structs.replace(terms, qty=qty, client_key="")
    context = _checked_exit(desk, order, request) if is_exit(order) else _checked_entry(desk, order, request)
    if context is None:
        return False
    r = context.request
    approved = desk.risk.approve(context, order.cl_ord_id)
    desk.emit(
        f.HeldReleased(order.cl_ord_id, r.qty, r.ord_type, r.limit_px, r.stop_px, context.ref_px, context.quote, why)
    )
    # An exit goes out by the privileged lane, also while the breaker is open: held back it would protect nothing.
    desk.effect(SubmitOrder(approved, is_exit(order)))
    desk.urgent += 1
    if order.request.ord_type.waits and not r.ord_type.waits:
        desk.alert(
            AlertLevel.NOTICE, "STOP_TRIGGERED", f"order {order.id} {order.symbol} {why}: sent {r.ord_type.value}"
        )
    return True


def _checked_exit(desk: Desk, order: Order, request: OrderRequest) -> Context | None:
    """A reducing order is never denied at its trigger; it closes what there is to close, and no more."""
    context = desk.risk.check_exit(request, desk.now, order)
    if not context.denials:
        return context
    held = -context.position.qty if order.side.is_buy else context.position.qty
    room = floor_to(context.room, lot_of(desk.state, order.symbol))
    if held <= ZERO:
        desk.emit(f.OrderCanceled(order.cl_ord_id, "nothing is left to close", order.cum_qty))
        desk.alert(
            AlertLevel.NOTICE, "STOP_MOOT", f"order {order.id} {order.symbol} was reached with nothing left to close"
        )
        return None
    if ZERO < room < request.qty:
        smaller = desk.risk.check_exit(msgspec.structs.replace(request, qty=room), desk.now, order)
        if not smaller.denials:
            return smaller
    _later(desk, order)
    words = "; ".join(denial.message for denial in context.denials)
    if order.text != words:
        order_words = f"order {order.id} {order.symbol} was reached and can't be sent: {words}"
        desk.alert(AlertLevel.ALARM, "STOP_BLOCKED", order_words)
    return None


def _checked_entry(desk: Desk, order: Order, request: OrderRequest) -> Context | None:
    """What increases risk passes every check again, as the world is now."""
    context = desk.risk.check(request, desk.now, replacing=order)
    if not context.denials:
        return context
    if all(_passes_by_itself(desk, denial) for denial in context.denials):
        _later(desk, order)
        return None
    desk.emit(f.HeldRefused(order.cl_ord_id, tuple(context.denials)))
    desk.alert(
        AlertLevel.WARN, "TRIGGER_DENIED", f"order {order.id} {order.symbol} was reached and denied: {order.text}"
    )
    return None


def _passes_by_itself(desk: Desk, denial: Denial) -> bool:
    if denial.code == "TRADING_STATE":
        return lifts_itself(desk.state, denial.scope)
    return denial.code in PASSING


def _later(desk: Desk, order: Order) -> None:
    desk.held_memory.retry_ns[order.cl_ord_id] = desk.now.wall_ns + SECOND_NS


def native(desk: Desk, order: Order) -> bool:
    """Whether the broker can hold it itself from now on."""
    broker = desk.surroundings.capabilities(order.account)
    return is_native(order.request, offered(broker, desk.state.instruments.get(order.symbol)))
