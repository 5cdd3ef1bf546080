"""The same order twice: duplicates, and doubt about an earlier order of the same intent."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from engine.orders.order import IntentKey, Order, intent_key
from engine.risk.context import Context, readable
from engine.risk.limits import SECOND_NS

MILLISECOND = Decimal("0.001")


def check_duplicate(c: Context) -> None:
    """The same intent again within the window is refused, and for as long as an UNKNOWN order or replace may be that
    very one. Algo children carry (parent, slice) and so never look alike. Source: risk-checks.md 2.4, DESIGN §4."""
    window, state = c.limits.duplicate_window_ns, c.state
    if state.unknown or state.doubtful:
        _check_unknown(c)
    if window is None or c.replacing is not None:
        return
    key = intent_key(c.request)
    at = state.last_intent.get(key)
    if at is not None and c.now.wall_ns - at < window:
        seconds = readable(Decimal(window) / SECOND_NS)
        c.deny(
            "DUPLICATE_INTENT",
            (Decimal(c.now.wall_ns - at) / SECOND_NS).quantize(MILLISECOND, ROUND_FLOOR),
            seconds,
            c.limits.scope_of("risk.duplicate_window_s", c.request.symbol),
            f"the same order was sent less than {seconds} s ago",
        )


def _check_unknown(c: Context) -> None:
    """What may be alive at the broker without our knowing is not sent a second time, be it as an order or as what
    another order is changed into. A change that only shrinks adds nothing."""
    if c.shrinking:
        return
    state, key = c.state, intent_key(c.request)
    for order in state.unknown.values():
        if order is not c.replacing and intent_key(order.request) == key:
            what = f"order {order.id} of the same intent is UNKNOWN; it may be alive at the broker"
            c.deny("UNKNOWN_SAME_INTENT", str(order.id), "resolved", c.request.symbol, what)
    for order in state.doubtful.values():
        if order is not c.replacing and key in _may_become(order):
            what = f"the change of order {order.id} to the same terms is UNKNOWN; it may have happened at the broker"
            c.deny("UNKNOWN_SAME_INTENT", str(order.id), "resolved", c.request.symbol, what)


def _may_become(order: Order) -> list[IntentKey]:
    """The intents of an order as its replaces without an outcome make it."""
    r = order.request
    return [
        (r.account, r.symbol, r.side, r.ord_type, p.qty, p.limit_px, p.stop_px, r.parent, r.slice_no)
        for p in order.pending_replaces
        if p.doubtful
    ]
