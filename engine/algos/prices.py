"""Where a child's limit stands: on its own side of the touch, at the mid, or a little through the other side; never
beyond the parent's own limit."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from engine.algos.kind import Wish
from engine.inputs import AlgoSpec
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.money import aggressive_price, passive_price

#: Levels from the least to the most urgent.
ORDER: Final = ("join", "mid", "cross")


def level_px(level: str, spec: AlgoSpec, instrument: Instrument, quote: Quote) -> Decimal:
    """The price of a level, on the tick."""
    is_buy = spec.side.is_buy
    if level == "join":
        px = quote.bid if is_buy else quote.ask
    elif level == "mid":
        px = passive_price(quote.mid, instrument.tick, is_buy=is_buy)
    else:
        offset = spec.limit_offset
        raw = quote.ask * (1 + offset) if is_buy else quote.bid * (1 - offset)
        px = aggressive_price(raw, instrument.tick, is_buy=is_buy)
    return within_limit(px, spec)


def within_limit(px: Decimal, spec: AlgoSpec) -> Decimal:
    """The price, or the parent's limit where that is less far."""
    if spec.limit_px is None:
        return px
    return min(px, spec.limit_px) if spec.side.is_buy else max(px, spec.limit_px)


def wish_px(wish: Wish, spec: AlgoSpec, instrument: Instrument, quote: Quote | None) -> Decimal | None:
    """The limit of a wish's children; None for a market order, and where it takes a quote and there is none."""
    if wish.level == "fixed":
        return None if wish.px is None else within_limit(wish.px, spec)
    return None if quote is None else level_px(wish.level, spec, instrument, quote)


def is_reached(px: Decimal, spec: AlgoSpec, quote: Quote) -> bool:
    """Whether the market offers this price or a better one now."""
    return quote.ask <= px if spec.side.is_buy else quote.bid >= px
