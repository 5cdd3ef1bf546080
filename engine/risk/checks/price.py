"""Is there a fresh price, and is the order's own price near it."""

from __future__ import annotations

from decimal import Decimal

from engine.market.quotes import QuoteState
from engine.model.market import Quote
from engine.model.money import ceil_to, floor_to, plain
from engine.risk.context import Context

HALTED = QuoteState.HALTED.value


def check_price(c: Context) -> None:
    """A fresh, regular quote of a live feed exists (definitions: stale, missing, crossed -> refused), and the order's
    price is within the collar around it. Delayed and indicative quotes are good enough for paper money only."""
    quote, symbol = c.quote, c.request.symbol
    if quote is None:
        if c.instrument is not None:
            deny_unusable(c, symbol)
        return
    if quote.delayed and c.state.mode != "paper":
        c.deny("DELAYED_PRICE", "delayed", "real time", symbol, f"quotes of {symbol} are delayed")
    if c.limits.price_collar is not None:
        _check_collar(c, quote)


def deny_unusable(c: Context, symbol: str) -> None:
    """Say why there is no quote that may be relied on."""
    why = c.quotes.why_unusable(symbol, c.now.market_ns)
    if why == HALTED:
        c.deny("INSTRUMENT_HALTED", "halted", "trading", symbol, f"{symbol} is halted by its market, as the feed says")
    else:
        c.deny("STALE_PRICE", why, "fresh", symbol, f"no usable quote of {symbol}: {why}")


def _check_collar(c: Context, quote: Quote) -> None:
    """Aggressive side only: a buy above R x (1 + collar) or a sale below R x (1 - collar) is refused; R is the mid of
    the fresh quote. Equality passes. Source: risk-checks.md 2.3.

    A market order's price is the touch, so a spread wider than the collar refuses it. A stop may lie as far from the
    market as wanted; where it would trigger at once it is held to the band like a limit (a slipped digit). A
    stop-limit works where its stop is elected: its limit is held against the stop where that is beyond the mid.
    """
    r = c.request
    is_buy, stop_px, px = r.side.is_buy, r.stop_px, r.limit_px
    above, below = c.limits.collar_above, c.limits.collar_below
    # Twice the mid, and so twice the price, so that nothing is rounded.
    mid2 = quote.bid + quote.ask
    if stop_px is not None:
        if is_buy:
            if stop_px + stop_px < mid2 * below:
                _refuse(c, stop_px, ceil_to(mid2 * below / 2, _tick(c)), "stop")
            mid2 = max(mid2, stop_px + stop_px)
        else:
            if stop_px + stop_px > mid2 * above:
                _refuse(c, stop_px, floor_to(mid2 * above / 2, _tick(c)), "stop")
            mid2 = min(mid2, stop_px + stop_px)
        if px is None:
            return
    if px is None:
        px = quote.ask if is_buy else quote.bid
    if is_buy:
        if px + px > mid2 * above:
            _refuse(c, px, floor_to(mid2 * above / 2, _tick(c)), "price")
    elif px + px < mid2 * below:
        _refuse(c, px, ceil_to(mid2 * below / 2, _tick(c)), "price")


def _tick(c: Context) -> Decimal:
    """The step on which the bound is shown: the last price that would pass."""
    return c.instrument.tick if c.instrument is not None else Decimal("0.01")


def _refuse(c: Context, px: Decimal, bound: Decimal, what: str) -> None:
    scope = c.limits.scope_of("risk.price_collar_pct", c.request.symbol)
    c.deny("PRICE_COLLAR", plain(px), bound, scope, f"{what} {plain(px)} is beyond the collar at {bound:f}")
