"""What the market does to held orders: it moves trailing stops, and it reaches triggers.

A trigger counts on usable quotes alone (fresh, neither locked nor crossed), and fires on the second one in a row that
is beyond it: one bad print never fires a stop. Nothing of that count survives a restart, so it begins anew there.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from engine import facts as f
from engine.evolve.booking import lot_of
from engine.model.enums import AlertLevel, OrdType
from engine.model.market import Quote, Trade
from engine.model.money import plain
from engine.orders import release
from engine.orders.group import is_exit, started_qty
from engine.orders.order import HELD, Order
from engine.orders.trail import on_tick, trail_stop
from engine.timers import Key

if TYPE_CHECKING:
    from engine.desk import Desk

SECOND_NS = 1_000_000_000
#: So many looks in a row beyond the trigger fire it.
CONFIRMATIONS = 2


def on_quote(desk: Desk, quote: Quote) -> None:
    """A quote of a symbol that held orders wait for: a sale looks at the bid, a buy at the ask."""
    orders = desk.held_memory.at(desk.state, quote.symbol)
    if not orders or desk.quotes.usable(quote.symbol, desk.now.market_ns) is None:
        return
    for order in orders:
        if order.base is HELD and order.request.trigger == "touch":
            look(desk, order, quote.ask if order.side.is_buy else quote.bid, quote)


def on_trade(desk: Desk, trade: Trade) -> None:
    """A print, for the orders that are held against the last price; it counts beside a usable quote only."""
    orders = desk.held_memory.at(desk.state, trade.symbol)
    quote = desk.quotes.usable(trade.symbol, desk.now.market_ns) if orders and trade.eligible else None
    if quote is None:
        return
    for order in orders:
        if order.base is HELD and order.request.trigger == "last":
            look(desk, order, trade.price, quote)


def look(desk: Desk, order: Order, px: Decimal, quote: Quote) -> None:
    """Hold one order against one valid price."""
    watch, root = desk.held_memory, order.cl_ord_id
    if order.parked or not _is_started(desk, order) or order.due_ns > desk.now.market_ns:
        return
    if order.request.ord_type is OrdType.TRAILING_STOP:
        follow(desk, order, px)
    first = root in watch.since_start
    watch.since_start.discard(root)
    if not is_reached(order, px):
        watch.hits.pop(root, None)
        return
    if order.request.ord_type.waits and first:
        if not is_exit(order):
            _park(desk, order, px)
            return
    elif needs_confirmation(order):
        watch.hits[root] = count = watch.hits.get(root, 0) + 1
        if count < CONFIRMATIONS:
            return
    release.fire(desk, order, px, quote)


def _is_started(desk: Desk, order: Order) -> bool:
    """Whether it waits for the market, not for its entry."""
    if not order.group:
        return True
    state = desk.state
    group = state.groups[order.group]
    return started_qty(group, order, state.orders, lot_of(state, order.symbol)) > 0


def needs_confirmation(order: Order) -> bool:
    """What goes out by the clock, or only waited for a check to pass, goes at once."""
    return not order.due_ns and not order.triggered and (order.request.ord_type.waits or bool(order.limit_px))


def is_reached(order: Order, px: Decimal) -> bool:
    """A stop is reached from its own side of the market, a take-profit from the other."""
    buys, stop_px = order.side.is_buy, order.stop_px
    if order.due_ns or order.triggered:
        return True
    if stop_px is not None and order.request.ord_type.waits:
        return px >= stop_px if buys else px <= stop_px
    limit_px = order.limit_px
    if limit_px is not None and order.group:
        return px <= limit_px if buys else px >= limit_px
    return not order.request.ord_type.waits


def follow(desk: Desk, order: Order, px: Decimal) -> None:
    """Move a trailing stop behind a better price; it never moves back."""
    buys, best = order.side.is_buy, order.trail_px
    if best is None or (px < best if buys else px > best):
        best = px
    instrument = desk.state.instruments.get(order.symbol)
    raw = trail_stop(best, order.request, is_buy=buys)
    stop_px = on_tick(raw, instrument.tick, is_buy=buys) if instrument is not None else raw
    if stop_px != order.stop_px:
        desk.emit(f.TrailMoved(order.cl_ord_id, best, stop_px))


def _park(desk: Desk, order: Order, px: Decimal) -> None:
    """The market passed an entry's trigger while nobody watched: whether it is still wanted, only its owner knows."""
    desk.emit(f.HeldParked(order.cl_ord_id, f"past its trigger at the start: {plain(px)}"))
    words = f"order {order.id} {order.symbol} was past its trigger at the start"
    desk.alert(AlertLevel.ALARM, "TRIGGER_MISSED", f"{words}; release {order.id} or cxl {order.id}")


# --- who watches the watchman -----------------------------------------------------------------------------------------


def arm_watch(desk: Desk) -> None:
    """Look once a second whether what is held can be watched at all."""
    if desk.state.held and not desk.timers.is_set(("held",)):
        desk.timers.set("wall", desk.now.wall_ns + SECOND_NS, ("held",))


def on_watch_timer(desk: Desk, key: Key) -> None:
    """A stop whose feed is stale or crossed protects nobody: say so, once, and say when it is watched again."""
    arm_watch(desk)
    now, watch = desk.now.market_ns, desk.held_memory
    for symbol in {o.symbol for o in desk.state.held.values() if o.request.ord_type.waits and not o.parked}:
        usable = desk.quotes.usable(symbol, now) is not None
        if not usable and symbol not in watch.blind and not desk.surroundings.session_closed(symbol, now, False):
            watch.blind.add(symbol)
            why = desk.quotes.why_unusable(symbol, now)
            desk.alert(AlertLevel.ALARM, "STOP_NOT_WATCHED", f"stops in {symbol} are not watched: {why}")
        elif usable and symbol in watch.blind:
            watch.blind.discard(symbol)
            desk.alert(AlertLevel.NOTICE, "STOP_WATCHED", f"stops in {symbol} are watched again")
