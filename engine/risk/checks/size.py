"""Fat finger: quantity and notional of one order. A replace is held to its new total. Equality passes."""

from __future__ import annotations

from engine.model.money import ONE
from engine.risk.context import Context


def check_fat_finger(c: Context) -> None:
    """Reject q > max_order_qty and q x p x multiplier > max_order_notional, p being the worst-case price (without any
    price the stale check refuses). Source: risk-checks.md 2.1, 2.2."""
    limits, qty, notional = c.limits, c.request.qty, c.notional
    if c.replacing is not None:
        notional = qty * c.ref_px * c.position.multiplier
    if c.rate is not ONE:
        notional *= c.rate
    most, hard, soft = limits.max_order_qty, limits.max_order_notional, limits.warn_order_notional
    if most is not None and qty > most:
        c.deny("MAX_ORDER_QTY", qty, most, c.request.symbol, "quantity is above the fat-finger limit")
    if hard is not None and notional > hard:
        c.deny("MAX_ORDER_NOTIONAL", notional, hard, c.request.symbol, "notional is above the fat-finger limit")
    if soft is not None and notional > soft and not c.request.accept_soft:
        c.deny("WARN_ORDER_NOTIONAL", notional, soft, c.request.symbol, "large order: confirm with y", soft=True)
