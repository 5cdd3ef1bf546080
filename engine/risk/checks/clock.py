"""Is our clock the broker's?"""

from __future__ import annotations

from decimal import Decimal

from engine.connections import skews_of
from engine.risk.context import Context, readable

MILLISECOND = Decimal("0.001")
SECOND_NS = 1_000_000_000


def check_clock(c: Context) -> None:
    """Clock skew beyond the bound: times on orders, quotes and sessions can't be trusted, so that nothing that
    increases risk goes out. What reduces passes, and a replace that asks for no more than the order has."""
    if not c.state.skews or c.reducing or c.shrinking:
        return
    for broker, skew in skews_of(c.state, c.request.account):
        if skew.level == "stop":
            c.deny(
                "CLOCK_SKEW",
                (Decimal(skew.skew_ns) / SECOND_NS).quantize(MILLISECOND),
                readable(Decimal(skew.limit_ns) / SECOND_NS),
                broker,
                f"the clock of {broker} is off ours by more than that many seconds; only reducing orders go out",
            )
