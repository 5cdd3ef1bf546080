"""Expiry, exercise and assignment of options, as entries.

The premium leaves the option with its contracts and goes into the underlying's cost: a call exercised makes shares cost
strike + premium, a put exercised makes them fetch strike - premium; assigned, the premium received lowers what shares
cost and raises what they fetch (IRS Publication 550). Cash moves by the strike alone. Cash-settled options have no
shares: book their expiry, and the settlement as a correction.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from engine import inputs as i
from engine.model.booking import ExerciseEntry, ExpiryEntry
from engine.model.enums import AssetClass
from engine.model.money import plain
from engine.model.occ import OccTerms, parse_occ
from engine.orders.position import Position
from engine.reconcile.refusal import RefusedError, finite, held, positive, symbol_known
from engine.state import DeskState

#: Contracts of listed equity options are for 100 shares unless their instrument says otherwise (OCC by-laws).
SHARES_PER_CONTRACT = Decimal(100)


def expiry(state: DeskState, c: i.Book) -> ExpiryEntry:
    """The option ended without value. Raises RefusedError."""
    held(state, c.account, c.symbol)
    terms = _terms(state, c.symbol)
    today = _today(state)
    if terms is not None and today is not None and terms.expiry > today:
        raise RefusedError(f"{c.symbol} expires on {terms.expiry}, and today is {today}")
    return ExpiryEntry(c.account, c.symbol)


def exercise(state: DeskState, c: i.Book) -> ExerciseEntry:
    """Contracts that we hold were exercised, or those that we wrote were assigned. Raises RefusedError."""
    position = held(state, c.account, c.symbol)
    terms = _terms(state, c.symbol)
    assigned = c.what == "assign"
    qty = positive(c.qty, "contracts")
    if (position.qty < 0) != assigned:
        side = "written" if position.qty < 0 else "held"
        raise RefusedError(f"{c.symbol} is {side}: it can be {'assigned' if position.qty < 0 else 'exercised'}")
    if qty > abs(position.qty):
        raise RefusedError(f"{plain(qty)} contracts are more than the {plain(abs(position.qty))} of {c.symbol}")
    underlying = c.to or (terms.root if terms is not None else "")
    right = c.right or (terms.right if terms is not None else None)
    strike = c.strike if c.strike is not None else (terms.strike if terms is not None else None)
    if right is None or strike is None or not underlying:
        raise RefusedError(f"{c.symbol} does not say its terms: give the underlying, call or put, and the strike")
    symbol_known(state, c.account, underlying)
    shares = qty * positive(_multiplier(state, c, position), "multiplier")
    buys = (right == "call") != assigned
    signed = shares if buys else -shares
    return ExerciseEntry(
        c.account, c.symbol, underlying, qty, signed, positive(strike, "strike"), assigned, finite(c.fee, "fee")
    )


def _terms(state: DeskState, symbol: str) -> OccTerms | None:
    """What the symbol says; raises RefusedError for what is no option by its class and by its symbol."""
    terms = parse_occ(symbol)
    instrument = state.instruments.get(symbol)
    if terms is None and instrument is not None and instrument.asset_class is not AssetClass.OPTION:
        raise RefusedError(f"{symbol} is no option")
    return terms


def _multiplier(state: DeskState, c: i.Book, position: Position) -> Decimal:
    if c.multiplier is not None:
        return c.multiplier
    instrument = state.instruments.get(c.symbol)
    if instrument is not None and instrument.asset_class is AssetClass.OPTION:
        return instrument.multiplier
    return position.multiplier if position.multiplier > 1 else SHARES_PER_CONTRACT


def _today(state: DeskState) -> dt.date | None:
    """The trading day, where its label is a date."""
    try:
        return dt.date.fromisoformat(state.day[:10])
    except ValueError:
        return None
