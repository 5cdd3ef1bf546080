"""Fat finger: quantity and notional of one order. A replace is held to its new total. Equality passes."""

from __future__ import annotations

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
    if soft is not None and notional > soft and not c.request.accept_soft:
        c.deny_limit("WARN_ORDER_NOTIONAL", WARN, notional, symbol, "large order: confirm with y", soft=True)
