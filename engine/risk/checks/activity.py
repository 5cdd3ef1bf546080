"""How much is going on: throttle, working orders, duplicates, doubt about an earlier order of the same intent."""

from __future__ import annotations

from decimal import Decimal

from engine.model.money import plain
from engine.risk.context import Context

SECOND_NS = 1_000_000_000


def check_throttle(c: Context) -> None:
    """New orders and replaces in any one second <= limit; cancels are never held. Source: risk-checks.md §2.5."""
    limit = c.limits.value("risk.max_orders_per_s")
    if limit is None:
        return
    n = int(limit)
    sent = c.state.sent_ns
    if len(sent) >= n and sent[-n] > c.now.wall_ns - SECOND_NS:
        c.deny("THROTTLE", str(n + 1), limit, "desk", f"more than {n} orders and replaces within a second")


def check_working_orders(c: Context) -> None:
    """Open orders, this one included <= limit."""
    limit = c.limits.value("risk.max_working_orders")
    if limit is not None and c.replacing is None and len(c.state.open_orders) >= limit:
        c.deny("MAX_WORKING_ORDERS", str(len(c.state.open_orders) + 1), limit, "desk", "too many working orders")


def check_duplicate(c: Context) -> None:
    """The same intent again within the window is refused, and for as long as an UNKNOWN order may be that very one.
    Algo children carry (parent, slice) and so never look alike. Source: risk-checks.md §2.4, DESIGN §4."""
    if c.replacing is not None:
        return
    r = c.request
    key = (r.account, r.symbol, r.side, r.ord_type, r.qty, r.limit_px, r.stop_px, r.parent, r.slice_no)
    window = c.limits.value("risk.duplicate_window_s")
    if window:
        at = c.state.last_intent.get(key)
        if at is not None:
            age = c.now.wall_ns - at
            if age < int(window * SECOND_NS):
                c.deny(
                    "DUPLICATE_INTENT",
                    plain((Decimal(age) / SECOND_NS).quantize(Decimal("0.001"))),
                    window,
                    r.symbol,
                    f"the same order was sent less than {plain(window)} s ago",
                )
    for order in c.state.unknown.values():
        o = order.request
        if key[:7] == (o.account, o.symbol, o.side, o.ord_type, o.qty, o.limit_px, o.stop_px):
            c.deny(
                "UNKNOWN_SAME_INTENT",
                str(order.id),
                "resolved",
                r.symbol,
                f"order {order.id} of the same intent is UNKNOWN; it may be alive at the broker",
            )
