"""Single orders: intend, deny, cancel, modify. Decisions only; what they change is in engine.evolve."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from engine import facts as f
from engine import inputs as i
from engine.baskets.ending import stop_matching
from engine.effects import CancelOrder, ListInstrument, ReplaceOrder, SubmitOrder
from engine.ids import replace_id, root_id
from engine.model.enums import AlertLevel, OrdStatus
from engine.model.money import ONE, ZERO
from engine.model.option import listed_option
from engine.model.order import BrokerCancel, OrderRequest, ReplaceRequest, symbols_of
from engine.orders import lost, timeouts
from engine.orders.fitting import fit_words
from engine.orders.group import own_leaves
from engine.orders.order import HELD, UNPROVEN, Order
from engine.risk.context import Context
from engine.risk.covered import strategy_of
from engine.risk.package import PackageContext
from engine.views import CommandResult, Denial, OrderResult

if TYPE_CHECKING:
    from engine.desk import Desk


def intend(desk: Desk, request: OrderRequest, context: Context, *, liquidation: bool = False) -> Order:
    """Record the intent of an approved order and ask for its hand-over."""
    state = desk.state
    if liquidation and not state.journal_ok:
        cl_ord_id = lost.next_id(desk, request.account, request.symbol)
    else:
        cl_ord_id = root_id(state.desk_id, state.order_seq + 1)
    approved = desk.risk.approve(context, cl_ord_id)
    desk.emit(intent_of(state.next_id, cl_ord_id, context, request, liquidation=liquidation))
    desk.effect(SubmitOrder(approved, liquidation))
    order = state.orders[cl_ord_id]
    if request.origin != "manual" or desk.times_manual:
        timeouts.arm(desk, order)
    return order


def intent_of(
    number: int, cl_ord_id: str, c: Context, request: OrderRequest | None = None, *, liquidation: bool = False
) -> f.OrderIntended:
    """The intent of an approved order, with what it was checked against. `request`: the context's own."""
    request = c.request if request is None else request
    intent = f.OrderIntended(number, cl_ord_id, request, c.ref_px, c.quote, liquidation)
    if request.legs and isinstance(c, PackageContext):
        return msgspec.structs.replace(intent, leg_ref_pxs=c.leg_ref_pxs, leg_quotes=c.leg_quotes)
    return intent if c.rate is ONE else msgspec.structs.replace(intent, rate=c.rate)


def intend_again(desk: Desk, order: Order, context: Context) -> None:
    """Record that an approved order goes out once more under the same id, and ask for its hand-over."""
    approved = desk.risk.approve(context, order.cl_ord_id)
    desk.emit(f.OrderResent(order.cl_ord_id, context.ref_px, context.quote))
    desk.effect(SubmitOrder(approved))


def deny(desk: Desk, request: OrderRequest, context: Context) -> Order:
    """Record a refusal, visible in the blotter and the audit trail."""
    state = desk.state
    cl_ord_id = root_id(state.desk_id, state.order_seq + 1)
    desk.emit(f.OrderDenied(state.next_id, cl_ord_id, request, tuple(context.denials), context.quote))
    order = state.orders[cl_ord_id]
    if request.origin != "manual":
        desk.alert(AlertLevel.NOTICE, "ORDER_DENIED", f"order {order.id} {request.symbol}: {order.text}")
    return order


def result_of(order: Order, denials: tuple[Denial, ...] = ()) -> OrderResult:
    """The answer to an order command."""
    accepted = order.base is not OrdStatus.DENIED
    notes = () if order.request.asked_qty is None else fit_words(order.request)
    return OrderResult(accepted, order.id, order.cl_ord_id, order.status, denials, notes)


# --- cancel ---------------------------------------------------------------------------------------------------------


def cancel(desk: Desk, command: i.CancelOrders) -> None:
    """Cancel what the selector names. Always allowed, whatever the trading state."""
    selected, complaint = select(desk, command.selector)
    _by_hand(desk, selected)
    stopped = stop_matching(desk, command.selector, command.user) if desk.state.baskets else 0
    if complaint and not stopped:
        desk.refuse(command.cmd_id, "cancel", complaint, command.user)
        return
    sent = tuple(order.id for order in selected if request_cancel(desk, order, command.user, "user"))
    waiting = len(selected) - len(sent)
    words = f"{len(sent)} cancel{'s' if len(sent) != 1 else ''} sent"
    if waiting:
        words += f", {waiting} already being cancelled"
    if stopped:
        words += f", {stopped} basket{'s' if stopped != 1 else ''} stopped: the rest is not sent"
    desk.reply(command.cmd_id, CommandResult(True, words, tuple(o.id for o in selected)))


def _by_hand(desk: Desk, orders: list[Order]) -> None:
    """Somebody acts on a strategy's orders: its repeated executions are counted from here."""
    fills = desk.counting.fills
    if fills:
        touched = {strategy_of(order.request) for order in orders}
        for key in [key for key in fills if key[0] in touched]:
            del fills[key]


def select(desk: Desk, selector: i.CancelSelector) -> tuple[list[Order], str]:
    """(matching open orders, complaint). Naming an order that is not open is a complaint; a filter that matches
    nothing is one as well, so that nobody believes something was cancelled."""
    state = desk.state
    if selector.ids or selector.cl_ord_ids:
        found: list[Order] = []
        targets: tuple[int | str, ...] = (*selector.ids, *selector.cl_ord_ids)
        for target in targets:
            order = state.find(target)
            if order is None:
                return [], f"there is no order {target}"
            if order.dead or not order.worst_leaves:
                return [], f"order {target} is {order.status.value}, not working"
            found.append(order)
        return found, ""
    working = [o for o in state.open_orders.values() if o.worst_leaves and selector.account in (None, o.account)]
    if selector.last:
        return (working[-1:], "") if working else ([], "no working order")
    matching = [
        o
        for o in working
        if (selector.symbol is None or o.touches(selector.symbol))
        and (selector.buys is None or is_on_side(o, selector))
        and selector.tag in (None, o.request.tag)
        and selector.basket in (None, o.request.basket)
    ]
    if not matching:
        what = {None: "", True: " buy", False: " sell"}[selector.buys]
        at = f" of {selector.account}" if selector.account else ""
        marked = f" tagged {selector.tag!r}" if selector.tag is not None else ""
        marked += f" of basket {selector.basket}" if selector.basket is not None else ""
        return [], f"no working{what} order" + (f" in {selector.symbol}" if selector.symbol else "") + marked + at
    accounts = sorted({o.account for o in matching})
    if selector.symbol is not None and len(accounts) > 1:
        return [], f"{selector.symbol} works in {' and '.join(accounts)}: say which, like @{accounts[0]}"
    return matching, ""


def is_on_side(order: Order, selector: i.CancelSelector) -> bool:
    """Whether the order buys (or sells) what is selected; a package does when its leg in the symbol does, and with no
    symbol named when all its legs do."""
    legs = [leg for leg in order.legs if selector.symbol in (None, order.symbol, leg.symbol)]
    if legs:
        return all(leg.side.is_buy == selector.buys for leg in legs)
    return order.side.is_buy == selector.buys


def request_cancel(
    desk: Desk, order: Order, by: str, reason: str, *, urgent: bool = False, again: bool = False
) -> bool:
    """Intend a cancel of one open order. False when one is out already (and `again` is not asked for) or it is dead."""
    if order.dead or (order.pending_cancel and not again):
        return False
    if not order.worst_leaves and not order.pending_cancel:
        return False
    if order.base is HELD:
        # No broker knows of it: what the desk holds it can end by itself.
        desk.emit(f.OrderCanceled(order.cl_ord_id, f"{by}: {reason}", order.cum_qty))
        desk.urgent += 1
        return True
    desk.emit(f.CancelIntended(order.cl_ord_id, by, reason, order.cancel_attempts + 1))
    ident = order.live_id
    desk.effect(CancelOrder(BrokerCancel(ident, order.order_id, order.account, order.symbol), urgent))
    return True


def by_danger(orders: Iterable[Order]) -> list[Order]:
    """Kill order: exits (liquidation, reduce_only) last, then the largest notional first."""
    return sorted(orders, key=lambda o: (o.liquidation or o.request.reduce_only, -o.reserved_notional))


# --- modify ---------------------------------------------------------------------------------------------------------


def modify(desk: Desk, command: i.ModifyOrder) -> None:
    """Cancel/replace one working order, checked at its new total."""
    order, complaint = replaceable(desk, command.target)
    change = command.change
    if order is not None:
        _by_hand(desk, [order])
    if order is None:
        refuse_modify(
            desk, command, None, Denial("NOT_REPLACEABLE", str(command.target), "working", "order", complaint)
        )
        return
    request = changed_request(order, change)
    if request.qty.is_finite() and request.qty <= order.cum_qty and order.leaves_qty:
        # FIX: a replace to no more than what is filled ends the order; a cancel says that to every broker.
        request_cancel(desk, order, change.user, "replaced to filled quantity")
        desk.reply(command.cmd_id, result_of(order))
        return
    newest = order.pending_replace or order
    if (request.qty, request.limit_px, request.stop_px) == (newest.qty, newest.limit_px, newest.stop_px):
        denial = Denial("NO_CHANGE", str(order.id), "a change", order.symbol, "the order has these terms already")
        refuse_modify(desk, command, order, denial)
        return
    context = _check_change(desk, order, request)
    within_parent(desk, order, request, context)
    if context.denials:
        refuse_modify(desk, command, order, *context.denials)
        return
    intend_replace(desk, order, request, context, change.user)
    desk.reply(command.cmd_id, result_of(order))


def _check_change(desk: Desk, order: Order, request: OrderRequest) -> Context:
    """An exit of a group at the broker that waits for its entry has nothing to reduce yet: what it is and where it goes
    is checked, as when it was placed, as long as it closes no more than its entry opens. Everything else passes every
    check."""
    state = desk.state
    group = state.groups.get(order.group)
    if group is not None and group.at_broker and own_leaves(group, order, state.orders) < order.worst_leaves:
        most = max(order.qty, state.orders[group.entry].qty)
        if request.qty.is_finite() and request.qty <= most:
            return desk.risk.check_leg(request, desk.now, order)
    return desk.risk.check(request, desk.now, replacing=order)


def intend_replace(desk: Desk, order: Order, request: OrderRequest, context: Context, by: str) -> None:
    """Record the intent of an approved cancel/replace and ask for its hand-over."""
    cl_ord_id = replace_id(order.cl_ord_id, order.replaces + 1)
    approved = desk.risk.approve_replace(context, cl_ord_id)
    desk.emit(
        f.ReplaceIntended(
            cl_ord_id,
            order.cl_ord_id,
            request.qty,
            request.limit_px,
            request.stop_px,
            context.ref_px,
            by,
            desk.surroundings.capabilities(order.account).replace_is_cancel_new,
            context.leg_ref_pxs if isinstance(context, PackageContext) else (),
        )
    )
    desk.effect(ReplaceOrder(approved))


def within_parent(desk: Desk, order: Order, request: OrderRequest, context: Context) -> None:
    """A child may be changed by hand, but all children together never exceed what their parent is for."""
    if request.parent is None or not request.qty.is_finite() or request.qty <= order.qty:
        return
    algo = desk.state.algos.get(request.parent)
    room = algo.spec.qty - algo.cum_qty - algo.outstanding + order.worst_leaves if algo is not None else ZERO
    left = request.qty - order.cum_qty
    if left > room:
        context.deny("EXCEEDS_PARENT", left, room, request.symbol, f"algo {request.parent} is for no more than that")


def replaceable(desk: Desk, target: int | str) -> tuple[Order | None, str]:
    """(order, "") when it can be replaced now, else (None, why)."""
    order = desk.state.find(target)
    if order is None:
        return None, f"there is no order {target}"
    able = desk.surroundings.capabilities(order.account)
    filled = not order.dead and order.cum_qty >= order.qty
    if not order.is_open and not (filled and able.replace_filled):
        return None, f"order {target} is {order.status.value}, not working"
    if order.base in UNPROVEN:
        return None, f"order {target} is {order.status.value}: the broker has not acknowledged it yet"
    if order.pending_cancel:
        return None, f"order {target} is being cancelled"
    if order.pending_replaces and not able.chained_replaces:
        return None, f"order {target} has a replace on its way"
    if order.external:
        return None, f"order {target} was placed elsewhere; cancel it or change it there"
    if order.base is not HELD and not able.replace:
        return None, "this broker has no cancel/replace; cancel and place anew"
    return order, ""


def changed_request(order: Order, change: ReplaceRequest) -> OrderRequest:
    """The order's request with the new terms; what is not changed is as in the newest version that was asked for."""
    r = order.request
    newest = order.pending_replace or order
    if r.legs:
        return msgspec.structs.replace(
            r,
            qty=pick(change.qty, newest.qty),
            limit_px=change.limit_px if change.limit_px is not None else newest.limit_px,
            stop_px=change.stop_px,
            user=change.user or r.user,
            client_key="",
            accept_soft=change.accept_soft,
        )
    changed = OrderRequest(
        r.account,
        r.symbol,
        r.side,
        pick(change.qty, newest.qty),
        r.ord_type,
        change.limit_px if change.limit_px is not None else newest.limit_px,
        change.stop_px if change.stop_px is not None else newest.stop_px,
        r.time_in_force,
        r.expire_ns,
        r.display_qty,
        r.reduce_only,
        r.extended,
        r.origin,
        change.user or r.user,
        r.strategy,
        r.parent,
        r.slice_no,
        r.tag,
        "",
        change.accept_soft,
        r.trail_amount,
        r.trail_pct,
        r.trigger,
    )
    kept = r.purpose or r.via
    return changed if not kept else msgspec.structs.replace(changed, purpose=r.purpose, via=r.via)


def without_stop(request: OrderRequest) -> OrderRequest:
    """A trailing stop's request: where its stop stands at the moment is the market's doing, none of its terms."""
    return msgspec.structs.replace(request, stop_px=None)


def pick(new: Decimal | None, old: Decimal) -> Decimal:
    return new if new is not None else old


def refuse_modify(desk: Desk, command: i.ModifyOrder, order: Order | None, *denials: Denial) -> None:
    target = order.cl_ord_id if order is not None else str(command.target)
    desk.emit(f.ReplaceRefused(target, denials, command.change.user))
    if order is None:
        desk.reply(command.cmd_id, OrderResult(False, None, None, None, denials))
    else:
        desk.reply(command.cmd_id, OrderResult(False, order.id, order.cl_ord_id, order.status, denials))


# --- instruments ------------------------------------------------------------------------------------------------------


def add_instrument(desk: Desk, command: i.AddInstrument) -> None:
    """Make an option tradable by its OCC symbol, when its underlying is in the universe."""
    if command.symbol in desk.state.instruments:
        desk.reply(command.cmd_id, CommandResult(True, f"{command.symbol} is listed"))
    elif _list(desk, command.symbol, command.user):
        desk.reply(command.cmd_id, CommandResult(True, f"{command.symbol} is listed from now on"))
    else:
        why = f"{command.symbol} is no instrument of universe.yaml, and no option on one"
        desk.refuse(command.cmd_id, "list", why, command.user)


def list_unknown(desk: Desk, request: OrderRequest) -> bool:
    """List the options of a request that are not known yet; whether there were any."""
    unknown = [symbol for symbol in symbols_of(request) if symbol not in desk.state.instruments]
    listed = [_list(desk, symbol, request.user) for symbol in unknown]
    return True in listed


def _list(desk: Desk, symbol: str, user: str) -> bool:
    instrument = listed_option(symbol, desk.state.instruments)
    if instrument is None or instrument.symbol != symbol:
        return False
    desk.emit(f.InstrumentAdded(instrument, user))
    desk.effect(ListInstrument(instrument))
    return True


# --- the rest -------------------------------------------------------------------------------------------------------


def ack_alerts(desk: Desk, command: i.AckAlerts) -> None:
    """Acknowledge alerts up to a number, or one."""
    desk.emit(f.AlertsAcked(command.upto, command.user, command.only))
    what = f"alert {command.upto}" if command.only else f"alerts up to {command.upto}"
    desk.reply(command.cmd_id, CommandResult(True, f"{what} acknowledged"))


def note_refusal(desk: Desk, command: i.NoteRefusal) -> None:
    """Put a refusal of the shell into the audit trail."""
    desk.refuse(command.cmd_id, command.command, command.reason, command.user)
