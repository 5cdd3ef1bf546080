"""Fat finger: quantity and notional of one order. A replace is held to its new total. Equality passes."""

from __future__ import annotations

from decimal import Decimal

from engine.model.money import ONE
from engine.risk.context import Context

QTY, NOTIONAL, WARN = "risk.max_order_qty", "risk.max_order_notional", "risk.warn_order_notional"


def check_fat_finger(c: Context) -> None:
    """Reject q > max_order_qty and q x p x multiplier > max_order_notional, p being the worst-case price (without any
    price the stale check refuses). Source: risk-checks.md 2.1, 2.2."""
    limits, symbol, qty, notional = c.limits, c.request.symbol, c.request.qty, c.notional
    if c.replacing is not None:
        notional = qty * c.ref_px * c.position.multiplier
    if c.rate is not ONE:
        notional *= c.rate
    most, hard, soft = limits.max_order_qty, limits.max_order_notional, limits.warn_order_notional
    if most is not None and qty > most:
        c.deny_limit("MAX_ORDER_QTY", QTY, qty, symbol, "quantity is above the fat-finger limit")
    if hard is not None and notional > hard:
        c.deny_limit("MAX_ORDER_NOTIONAL", NOTIONAL, notional, symbol, "notional is above the fat-finger limit")
    least = limits.min_order_notional
    if least is not None and not c.reducing:
        _check_least(c, least)
    if soft is not None and notional > soft and not c.request.accept_soft:
        c.deny_limit("WARN_ORDER_NOTIONAL", WARN, notional, symbol, "large order: confirm with y", soft=True)


def _check_least(c: Context, least: Decimal) -> None:
    """Reject q x p x multiplier < min_order_notional, p being the order's own price, without one the touch (unknown:
    STALE_PRICE refuses). What reduces is free of it: the last of a position could not be closed otherwise."""
    r, quote = c.request, c.quote
    px = r.limit_px if r.limit_px is not None else r.stop_px
    if px is None and quote is not None:
        px = quote.ask if r.side.is_buy else quote.bid
    if px is None:
        return
    notional = r.qty * px * c.position.multiplier
    if c.rate is not ONE:
        notional *= c.rate
    if notional < least:
        key, words = "risk.min_order_notional", "notional is below the smallest that is taken"
        c.deny_limit("MIN_NOTIONAL", key, notional, r.symbol, words)
