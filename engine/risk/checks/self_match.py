"""No order meets one of our own: trading with oneself moves a price and changes no position (a wash trade).

The new order is refused, the resting one stays (source: risk-checks.md 2.14). Every account of the desk counts, also at
another broker: both may route to one venue. What rests:

| own order | rests at |
|---|---|
| limit, stop-limit once elected | its limit; while a replace is out, the worse of both |
| market, stop once elected | as far as it reaches: the touch, beyond the size shown there the collar |
| stop that waits, order that the desk holds | nowhere yet; it is checked when it goes out |
| for the open or the close | in that auction only |
| package | as a package: only its mirror image meets it (implied trades are the venue's matter) |
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from engine.model.enums import TimeInForce
from engine.model.market import Quote
from engine.model.money import ZERO, plain
from engine.orders.order import HELD, Order
from engine.risk.context import Context

if TYPE_CHECKING:
    from engine.risk.package import PackageContext

AUCTIONS: Final = (TimeInForce.OPG, TimeInForce.CLS)
NO_BOUND: Final = Decimal("Infinity")


def check_self_match(c: Context) -> None:
    """Refuse an order that would trade with an own order which rests on the other side. At the same price it would;
    one tick beside it would not."""
    r = c.request
    is_buy = r.side.is_buy
    others = c.state.resting.at(r.symbol, is_buy=not is_buy)
    if not others or (c.replacing is not None and _prices_stay(c, c.replacing)):
        return
    reach = _reach_of_new(c)
    if reach is None:
        return
    for order in others.values():
        if order is c.replacing or not _rests(order, c):
            continue
        at = _rests_at(order, c.quote, c)
        if at is not None and (reach >= at if is_buy else reach <= at):
            _refuse(c, r.limit_px, order, at, r.symbol)
            return


def check_package_self_match(c: PackageContext) -> None:
    """A package meets its mirror image at net prices that fit, and a leg the own orders that rest within the spread."""
    r = c.request
    if not c.legs or r.limit_px is None:
        return
    first = r.legs[0]
    mirror = {(leg.symbol, not leg.side.is_buy, leg.ratio) for leg in r.legs}
    for order in c.state.resting.at(first.symbol, is_buy=not first.side.is_buy).values():
        if order is c.replacing or order.dead or not order.legs:
            continue
        if {(leg.symbol, leg.side.is_buy, leg.ratio) for leg in order.legs} != mirror:
            continue
        at = max(_prices(order), default=None)
        if at is not None and r.limit_px + at >= ZERO:
            _refuse(c, r.limit_px, order, -at, r.symbol)
            return
    for leg in c.legs:
        quote, is_buy, symbol = leg.quote, leg.request.side.is_buy, leg.request.symbol
        for order in c.state.resting.at(symbol, is_buy=not is_buy).values():
            if quote is None or not _rests(order, leg):
                continue
            at = _rests_at(order, quote, leg)
            if at is not None and (quote.ask >= at if is_buy else quote.bid <= at):
                _refuse(c, quote.ask if is_buy else quote.bid, order, at, symbol)
                return


def _refuse(c: Context, px: Decimal | None, order: Order, at: Decimal, scope: str) -> None:
    is_buy = not order.side.is_buy
    resting = plain(at) if at.is_finite() else "market"
    if order.legs:
        bound = f"<{resting}"
        words = f"it would trade with your own package, order {order.id}; cancel that first"
    else:
        bound = f"{'<' if is_buy else '>'}{resting}"
        side = "sell" if is_buy else "buy"
        words = f"it would trade with your own order {order.id} ({side} {plain(order.leaves_qty)} at {resting})"
    c.deny("SELF_MATCH", plain(px) if px is not None else "market", bound, scope, words)


def _prices_stay(c: Context, order: Order) -> bool:
    """A replace of the quantity alone meets nobody that the order has not met."""
    r = c.request
    return order.base is not HELD and (r.limit_px, r.stop_px) == (order.limit_px, order.stop_px)


def _reach_of_new(c: Context) -> Decimal | None:
    """The farthest price at which the order would trade now; None: it only waits."""
    r = c.request
    if r.ord_type.waits and not _is_elected(r.stop_px, c.quote, is_buy=r.side.is_buy):
        return None
    return _reach(r.limit_px, c.qty, c.quote, c, is_buy=r.side.is_buy)


def _reach(px: Decimal | None, qty: Decimal, quote: Quote | None, c: Context, *, is_buy: bool) -> Decimal:
    """As far as an order may trade: to its limit; without one to the touch, and where more is wanted than is shown
    there (or it is not said how much) to the collar."""
    if px is not None:
        return px
    if quote is None:
        return NO_BOUND if is_buy else ZERO
    touch, shown = (quote.ask, quote.ask_size) if is_buy else (quote.bid, quote.bid_size)
    if shown is not None and qty <= shown:
        return touch
    if c.limits.price_collar is None:
        return NO_BOUND if is_buy else ZERO
    return touch * (c.limits.collar_above if is_buy else c.limits.collar_below)


def _is_elected(stop_px: Decimal | None, quote: Quote | None, *, is_buy: bool) -> bool:
    """Whether the market is at a stop already, as far as the quote says; without one it may be. A trailing stop starts
    behind the market."""
    if stop_px is None:
        return False
    if quote is None:
        return True
    return stop_px <= quote.ask if is_buy else stop_px >= quote.bid


def _rests(order: Order, c: Context) -> bool:
    """Whether the order may be in the market while the new one is."""
    if order.base is HELD or order.dead or order.legs or not order.worst_leaves:
        return False
    mine, theirs = _is_for_auction(c), order.request.time_in_force in AUCTIONS and not order.released
    if (mine or theirs) and (mine != theirs or c.request.time_in_force is not order.request.time_in_force):
        return False
    if not order.request.ord_type.waits or order.elected or order.released:
        return True
    return _is_elected(order.stop_px, c.quote, is_buy=order.side.is_buy)


def _is_for_auction(c: Context) -> bool:
    """Whether the proposal waits for an auction. One that the desk has held for it is a day order from its time on, and
    meets what any other meets."""
    held = c.replacing
    if held is not None and (held.released or (held.base is HELD and 0 < held.due_ns <= c.now.market_ns)):
        return False
    return c.request.time_in_force in AUCTIONS


def _rests_at(order: Order, quote: Quote | None, c: Context) -> Decimal | None:
    """The price at which the order may be met, the worst of its versions; None where two market orders never meet."""
    is_buy = order.side.is_buy
    prices = _prices(order)
    if prices:
        return max(prices) if is_buy else min(prices)
    if c.request.limit_px is None:
        return None
    return _reach(None, order.worst_leaves, quote, c, is_buy=is_buy)


def _prices(order: Order) -> list[Decimal]:
    """The limits of the order's versions that may be alive."""
    versions: Iterable[Decimal | None] = (order.limit_px, *(replace.limit_px for replace in order.pending_replaces))
    return [px for px in versions if px is not None]
