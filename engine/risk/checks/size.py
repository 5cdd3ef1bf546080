"""Fat finger: quantity and notional of one order. A replace is held to its new total. Equality passes."""

from __future__ import annotations

from engine.risk.context import Context


def check_fat_finger(c: Context) -> None:
    """Reject q > max_order_qty and q x p x multiplier > max_order_notional, p being the worst-case price (without any
    price the stale check refuses). Source: risk-checks.md 2.1, 2.2."""
    limits, instrument, qty = c.limits, c.instrument, c.request.qty
    if limits.max_order_qty is not None and qty > limits.max_order_qty:
        c.deny("MAX_ORDER_QTY", qty, limits.max_order_qty, c.request.symbol, "quantity is above the fat-finger limit")
    if instrument is None:
        return
    notional = c.notional if c.replacing is None else qty * c.ref_px * instrument.multiplier
    hard, soft = limits.max_order_notional, limits.warn_order_notional
    if hard is not None and notional > hard:
        c.deny("MAX_ORDER_NOTIONAL", notional, hard, c.request.symbol, "notional is above the fat-finger limit")
    if soft is not None and notional > soft and not c.request.accept_soft:
        c.deny("WARN_ORDER_NOTIONAL", notional, soft, c.request.symbol, "large order: confirm with y", soft=True)
