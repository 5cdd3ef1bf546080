"""Why a booking makes no sense, in one line; and the questions that several bookings ask."""

from __future__ import annotations

from decimal import Decimal

from engine.model.money import MONEY_STEP, ONE, plain
from engine.orders.position import Position
from engine.state import DeskState


class RefusedError(ValueError):
    """A booking is refused; `str()` is one line."""


def finite(value: Decimal | None, what: str) -> Decimal:
    """A number that can be booked: given, finite, at most 8 decimals, below 10^15."""
    if value is None:
        raise RefusedError(f"{what} is missing")
    if not value.is_finite() or abs(value) >= Decimal(10) ** 15:
        raise RefusedError(f"{what} {value} is no number that can be booked")
    if value % MONEY_STEP:
        raise RefusedError(f"{what} {plain(value)} has more than 8 decimals")
    return value


def positive(value: Decimal | None, what: str) -> Decimal:
    """The same, above 0."""
    if finite(value, what) <= 0:
        raise RefusedError(f"{what} {value}: expected a number above 0")
    assert value is not None
    return value


def known(state: DeskState, account: str, symbol: str) -> bool:
    """Whether the desk has ever heard of the symbol: universe, positions, open orders, what the broker shows."""
    return bool(symbol) and (
        symbol in state.instruments
        or (account, symbol) in state.positions
        or any(found.key == symbol for found in state.breaks.values() if found.kind == "position")
    )


def symbol_known(state: DeskState, account: str, symbol: str) -> None:
    """Raises RefusedError for a symbol that is nowhere."""
    if not known(state, account, symbol):
        raise RefusedError(f"{symbol or 'no symbol'} is not known: neither in universe.yaml nor held, nor in a break")


def position_in(state: DeskState, account: str, symbol: str) -> Position:
    """The position as it is, or a flat one that belongs to nobody."""
    found = state.position(account, symbol)
    if found is not None:
        return found
    instrument = state.instruments.get(symbol)
    multiplier, margined = (instrument.multiplier, bool(instrument.future)) if instrument is not None else (ONE, False)
    return Position(account, symbol, multiplier, margined=margined)


def held(state: DeskState, account: str, symbol: str) -> Position:
    """The position, which must not be flat."""
    symbol_known(state, account, symbol)
    position = position_in(state, account, symbol)
    if not position.qty:
        raise RefusedError(f"{account} holds no {symbol}")
    return position
