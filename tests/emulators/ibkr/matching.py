"""Orders against the quotes: triggers, trails, limits, displayed size, combinations."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from tests.emulators.ibkr import groups
from tests.emulators.ibkr.contracts import ZERO
from tests.emulators.ibkr.orders import STOPS, TRAILS, Order
from tests.emulators.ibkr.wire import number

if TYPE_CHECKING:
    from tests.emulators.ibkr.books import Books

TOUCHED = frozenset({"MIT", "LIT"})
"""Elected from the other side than a stop."""


def work(books: Books, order: Order) -> None:
    """Let an order that may trade try it."""
    if order.asked.legs:
        _match_bag(books, order)
    elif _elected(books, order):
        match(books, order)


def _elected(books: Books, order: Order) -> bool:
    """Whether an order with a trigger works by now; a trailing one moves its trigger."""
    if order.type not in STOPS or order.triggered:
        return True
    quote = books.quotes.get(order.listed.con_id)
    if quote is None:
        return False
    px = quote.ask if order.buys else quote.bid
    if order.type in TRAILS:
        _trail(order, px)
    assert order.stop is not None
    falls = order.buys == (order.type in TOUCHED)
    order.triggered = px <= order.stop if falls else px >= order.stop
    if order.triggered:
        books.release(order)
    return order.triggered and order.is_open


def _trail(order: Order, px: Decimal) -> None:
    order.best = px if order.best is None else (min if order.buys else max)(order.best, px)
    percent = number(order.values["trailingPercent"])
    away = order.best * percent / 100 if percent is not None else (order.aux or ZERO)
    stop = order.best + away if order.buys else order.best - away
    stop = stop.quantize(order.listed.min_tick, ROUND_HALF_EVEN)
    if order.stop is None or (stop < order.stop if order.buys else stop > order.stop):
        order.stop = stop


def match(books: Books, order: Order) -> None:
    """Against the touch, up to what is shown there."""
    quote = books.quotes.get(order.listed.con_id)
    if quote is None:
        return
    px, shown = (quote.ask, quote.ask_size) if order.buys else (quote.bid, quote.bid_size)
    limit = order.limit
    if limit is not None and (px > limit if order.buys else px < limit):
        return
    qty = min(groups.size(books, order), shown)
    whole = order.tif == "FOK" or order.values["allOrNone"] == "1"
    if qty <= 0 or (whole and qty < order.leaves):
        return
    if order.buys:
        quote.ask_size -= qty
    else:
        quote.bid_size -= qty
    books.fill(order, qty, px)


def _match_bag(books: Books, order: Order) -> None:
    """The whole combination at once, at the sum of its legs' touches."""
    net, parts = ZERO, []
    for leg in order.asked.legs:
        listed = books.catalogue.listed[leg.con_id]
        quote = books.quotes.get(leg.con_id)
        if quote is None:
            return
        buys = (leg.action == "BUY") == order.buys
        px = quote.ask if buys else quote.bid
        net += leg.ratio * (px if buys else -px)
        parts.append((listed, "BUY" if buys else "SELL", leg.ratio * order.leaves, px))
    price = net if order.buys else -net
    if order.limit is not None and (price > order.limit if order.buys else price < order.limit):
        return
    books.fill_parts(order, order.leaves, price, parts)
