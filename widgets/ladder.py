"""A price ladder: one instrument's book by price, own working orders at theirs. Pure: from rows of a view to rows.

Feeds here tell the top of the book and no depth: every level but the best bid and ask has own orders alone. The ladder
stands still while the market moves inside it, and is centred anew when bid or ask leave its middle half.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Decimal
from typing import Final

import msgspec

from engine.model.enums import Side
from engine.views import OrderRow, QuoteRow

_ZERO: Final = Decimal(0)


class LadderRow(msgspec.Struct, frozen=True, gc=False):
    """One price. `slot` is its place from the top; quantities 0 where there is nothing."""

    slot: int
    symbol: str
    price: Decimal
    tick: Decimal
    own_buy: Decimal
    own_buys: int
    bid_size: Decimal | None
    """Not None: this is the best bid."""
    ask_size: Decimal | None
    own_sell: Decimal
    own_sells: int
    is_last: bool
    """The last trade was here."""
    inside: bool
    """Between bid and ask."""
    stale: bool


class Beyond(msgspec.Struct, frozen=True, gc=False):
    """Own orders that no row shows: without a limit, or at a price that the ladder does not reach."""

    above: int = 0
    below: int = 0
    unpriced: int = 0


def centre_of(quote: QuoteRow | None, own: Sequence[OrderRow]) -> Decimal | None:
    """Where the middle row stands: at the mid, else at the last trade, else at an own order; on the tick."""
    if quote is None:
        prices = [order.limit_px for order in own if order.limit_px is not None]
        return prices[0] if prices else None
    if quote.bid is not None and quote.ask is not None:
        return _on_tick((quote.bid + quote.ask) / 2, quote.tick, ROUND_DOWN)
    return quote.last_px


def still_centred(centre: Decimal, quote: QuoteRow, rows: int) -> bool:
    """Whether bid and ask lie in the middle half of a ladder of so many rows."""
    reach = quote.tick * (rows // 4)
    return all(px is None or abs(px - centre) <= reach for px in (quote.bid, quote.ask))


def ladder(
    quote: QuoteRow | None, own: Iterable[OrderRow], centre: Decimal, tick: Decimal, rows: int
) -> tuple[tuple[LadderRow, ...], Beyond]:
    """So many prices around `centre`, the highest on top, and the own orders that are at none of them.

    `own`: the open orders of the instrument. A stop that waits stands at its trigger.
    """
    top = centre + tick * (rows // 2)
    bottom = top - tick * (rows - 1)
    buys: dict[Decimal, tuple[Decimal, int]] = {}
    sells: dict[Decimal, tuple[Decimal, int]] = {}
    above = below = unpriced = 0
    for order in own:
        px = order.limit_px if order.limit_px is not None else order.stop_px
        if px is None or order.legs:
            unpriced += 1
        elif px > top:
            above += 1
        elif px < bottom:
            below += 1
        else:
            side = buys if order.side is Side.BUY else sells
            # Off the tick a buy stands at the price below, a sell at the one above: never better than it is.
            at = _on_tick(px, tick, ROUND_FLOOR if order.side is Side.BUY else ROUND_CEILING)
            qty, count = side.get(at, (_ZERO, 0))
            side[at] = (qty + order.leaves_qty, count + 1)
    found = tuple(_row(slot, top - tick * slot, tick, quote, buys, sells) for slot in range(rows))
    return found, Beyond(above, below, unpriced)


def _row(
    slot: int,
    price: Decimal,
    tick: Decimal,
    quote: QuoteRow | None,
    buys: dict[Decimal, tuple[Decimal, int]],
    sells: dict[Decimal, tuple[Decimal, int]],
) -> LadderRow:
    own_buy, own_buys = buys.get(price, (_ZERO, 0))
    own_sell, own_sells = sells.get(price, (_ZERO, 0))
    bid, ask = (None, None) if quote is None else (quote.bid, quote.ask)
    return LadderRow(
        slot,
        "" if quote is None else quote.symbol,
        price,
        tick,
        own_buy,
        own_buys,
        (quote.bid_size or _ZERO) if quote is not None and bid == price else None,
        (quote.ask_size or _ZERO) if quote is not None and ask == price else None,
        own_sell,
        own_sells,
        quote is not None and quote.last_px == price,
        bid is not None and ask is not None and bid < price < ask,
        quote is None or quote.stale,
    )


def _on_tick(px: Decimal, tick: Decimal, rounding: str) -> Decimal:
    return (px / tick).to_integral_value(rounding) * tick
