"""Is there a fresh price, and is the order's own price near it."""

from __future__ import annotations

from decimal import Decimal

from engine.model.enums import OrdType
from engine.model.money import plain
from engine.risk.context import Context


def check_stale(c: Context) -> None:
    """A fresh, regular quote of a live feed exists (definitions: stale, missing, crossed -> refused)."""
    if c.quote is None and c.instrument is not None:
        why = c.quotes.why_unusable(c.request.symbol, c.now.market_ns)
        c.deny("STALE_PRICE", why, "fresh", c.request.symbol, f"no usable quote of {c.request.symbol}: {why}")


def check_collar(c: Context) -> None:
    """Aggressive side only: a buy above R x (1 + collar) or a sale below R x (1 - collar) is refused; R is the mid of
    the fresh quote. A stop's trigger is held against the same band. Equality passes. Source: risk-checks.md §2.3."""
    collar = c.limits.value("risk.price_collar_pct")
    quote = c.quote
    if collar is None or quote is None:
        return
    r = c.request
    px = r.limit_px
    if px is None:
        px = r.stop_px if r.ord_type is OrdType.STOP else (quote.ask if r.side.is_buy else quote.bid)
    if px is None:
        return
    mid2 = quote.bid + quote.ask
    if r.side.is_buy:
        if 2 * px > mid2 * (1 + collar) and r.ord_type is not OrdType.STOP:
            _refuse(c, px, mid2 * (1 + collar) / 2)
    elif 2 * px < mid2 * (1 - collar) and r.ord_type is not OrdType.STOP:
        _refuse(c, px, mid2 * (1 - collar) / 2)


def _refuse(c: Context, px: Decimal, bound: Decimal) -> None:
    limit = c.instrument.tick if c.instrument is not None else None
    shown = bound.quantize(limit) if limit is not None else bound
    c.deny(
        "PRICE_COLLAR",
        plain(px),
        plain(shown),
        c.request.symbol,
        f"price {plain(px)} is beyond the collar at {plain(shown)}",
    )
