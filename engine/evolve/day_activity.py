"""What executions add up to over the day: shares sold short, and day trades."""

from __future__ import annotations

from decimal import Decimal

from engine.model.money import ZERO
from engine.model.snapshot import Execution
from engine.orders.position import Position
from engine.state import DeskState

DATE_CHARS = 10
"""Length of the ISO date with which a trading day's name begins."""
KEPT_DATES = 10
"""More than the five business days that count."""


def note_short(state: DeskState, symbol: str, qty: Decimal) -> None:
    """Shares were sold short (qty < 0: that execution was busted)."""
    state.shorted[symbol] = max(state.shorted.get(symbol, ZERO) + qty, ZERO)


def note_trade(state: DeskState, execution: Execution, position: Position) -> None:
    """Count a day trade when an execution takes back what was opened today: once for each change of direction, however
    many executions either way it took. `position` has the execution in it already. A bust takes nothing back."""
    key = (execution.account, execution.symbol)
    signed = execution.last_qty if execution.side.is_buy else -execution.last_qty
    before = position.qty - signed
    if not before or (before > ZERO) is (signed > ZERO):
        state.opened_today.add(key)
        return
    if key in state.opened_today:
        state.opened_today.discard(key)
        day = (execution.account, state.day[:DATE_CHARS])
        state.day_trades[day] = state.day_trades.get(day, 0) + 1
    if position.qty and (position.qty > ZERO) is (signed > ZERO):
        state.opened_today.add(key)  # it went through zero: the rest is newly opened


def begin_day(state: DeskState) -> None:
    """A new trading day."""
    state.shorted.clear()
    state.opened_today.clear()
    dates = sorted({date for _, date in state.day_trades})[-KEPT_DATES:]
    state.day_trades = {key: count for key, count in state.day_trades.items() if key[1] in dates}
