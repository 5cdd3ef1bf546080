"""Says when a future that is held or worked comes to its end: a warning each day from its warning days on, and an alarm
once it can't be traded any more and the broker still shows it. Looked at once a second, with the samples of marks.

It only speaks. What becomes of a position then (delivery, cash) is the broker's doing and comes as its report; an order
after the last trade is refused by engine.risk.checks.permission.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.model.enums import AlertLevel
from engine.model.instrument import FutureTerms
from engine.model.money import plain
from engine.orders.position import Position

if TYPE_CHECKING:
    from engine.desk import Desk

_DAY_NS: Final = 86_400_000_000_000

Said = dict[tuple[str, str], tuple[str, str]]
"""(account, symbol): what was said last, and on which trading day."""


def look(desk: Desk) -> None:
    """Say what has not been said today."""
    state, now_ns, said = desk.state, desk.now.market_ns, desk.expiries_said
    for key, position in state.active.items():
        instrument = state.instruments.get(key[1])
        if instrument is None or not instrument.future or now_ns < instrument.future.warns_ns:
            continue
        terms = instrument.future
        code = "FUTURE_EXPIRED" if now_ns >= terms.expires_ns else "FUTURE_EXPIRES"
        if said.get(key) == (code, state.day):
            continue
        said[key] = (code, state.day)
        level = AlertLevel.ALARM if code == "FUTURE_EXPIRED" and position.qty else AlertLevel.WARN
        desk.alert(level, code, _words(position, terms, now_ns))


def _words(position: Position, terms: FutureTerms, now_ns: int) -> str:
    what = f"{plain(position.qty)} {position.symbol} held" if position.qty else f"orders in {position.symbol} working"
    if now_ns >= terms.expires_ns:
        words = "no order is taken any more; ask the broker what becomes of it, and book what it does not report"
        return f"{position.account}: {what} after the last trade on {terms.expiry}: {words}"
    days = (terms.expires_ns - now_ns) // _DAY_NS
    left = f"in {days} days" if days > 1 else "in a day" if days else "within a day"
    return f"{position.account}: {what}; its last trade is {left}, on {terms.expiry}: close it or roll it"
