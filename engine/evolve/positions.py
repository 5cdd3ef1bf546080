"""Position records: made when first needed, listed while something is held or working."""

from __future__ import annotations

from collections import deque

from engine.model.money import ONE
from engine.orders.position import Position
from engine.state import DeskState, PositionKey


def position_of(state: DeskState, account: str, symbol: str) -> Position:
    """The position record, made flat on first use."""
    key = (account, symbol)
    position = state.positions.get(key)
    if position is None:
        instrument = state.instruments.get(symbol)
        position = Position(account, symbol, instrument.multiplier if instrument is not None else ONE)
        position.currency = instrument.currency if instrument is not None else state.base_currency
        position.margined = instrument is not None and bool(instrument.future)
        if state.pnl_method == "fifo":
            position.lots = deque()
        state.positions[key] = position
    return position


def track(state: DeskState, key: PositionKey, position: Position) -> None:
    """Keep the list of instruments with something held or working. Called after each change of a position."""
    state.touched.add(key)
    if position.qty or position.open_buy or position.open_sell:
        state.active[key] = position
    else:
        state.active.pop(key, None)
