"""Fat finger: quantity and notional of one order. A replace is held to its new total. Equality passes."""

from __future__ import annotations

from engine.risk.context import Context


def check_fat_finger(c: Context) -> None:
    """Reject q > max_order_qty and q x p x multiplier > max_order_notional; no price -> refused by the stale check."""
    limit = c.limits.value("risk.max_order_qty")
    if limit is not None and c.total_qty > limit:
        c.deny("MAX_ORDER_QTY", c.total_qty, limit, c.request.symbol, "quantity is above the fat-finger limit")
    if c.instrument is None:
        return
    notional = c.total_qty * c.ref_px * c.instrument.multiplier
    limit = c.limits.value("risk.max_order_notional")
    if limit is not None and notional > limit:
        c.deny("MAX_ORDER_NOTIONAL", notional, limit, c.request.symbol, "notional is above the fat-finger limit")
    soft = c.limits.value("risk.warn_order_notional")
    if soft is not None and notional > soft and not c.request.accept_soft:
        c.deny("WARN_ORDER_NOTIONAL", notional, soft, c.request.symbol, "large order: confirm with y", soft=True)
