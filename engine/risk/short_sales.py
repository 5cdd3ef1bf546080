"""The watch of Reg SHO 201: what fell 10 % below its prior close is written down, so that the next day and a restart
know it too. Looked at once a second, with the marks, and only while `risk.short_sale_rule` is on for anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import facts as f
from engine.risk.checks.short_sale import SHARES, fell_by_a_tenth

if TYPE_CHECKING:
    from engine.desk import Desk

RULE = "risk.short_sale_rule"


def look(desk: Desk) -> None:
    """Record each symbol that has fallen that far and is not restricted already."""
    state, now = desk.state, desk.now.market_ns
    if not state.limits.is_used(RULE):
        return
    history = desk.surroundings.history
    _, day_end = desk.surroundings.trading_day(now)
    for symbol, instrument in state.instruments.items():
        if instrument.asset_class not in SHARES or state.short_restricted.get(symbol, 0) > day_end:
            continue
        close, low = history.prior_close(symbol), desk.quotes.day_low(symbol)
        if close is not None and low is not None and fell_by_a_tenth(low, close):
            _, until = desk.surroundings.trading_day(day_end)
            desk.emit(f.ShortSaleRestricted(symbol, low, close, until))
