"""Equity and exposure by conservative marks: longs at the bid, shorts at the ask, of uncrossed fresh quotes."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.money import ZERO
from engine.orders.position import Position
from engine.risk.context import Quotes
from engine.risk.exposure import worst_exposure
from engine.state import DeskState


class Valuation(msgspec.Struct, gc=False):
    """One account by its marks. equity and exposure (worst case, working orders included) in the base currency.

    stale: held symbols whose mark is not fresh (their last known mark was used). unmarked: held symbols that never had
    a price; then equity is not known.
    """

    equity: Decimal
    exposure: Decimal
    gross: Decimal
    net: Decimal
    positions: int
    stale: tuple[str, ...]
    unmarked: tuple[str, ...]


def mark_of(state: DeskState, quotes: Quotes, position: Position, market_ns: int) -> tuple[Decimal | None, bool]:
    """(conservative mark, fresh). A stale mark falls back to the last regular quote, then to the last sample."""
    quote = quotes.usable(position.symbol, market_ns)
    fresh = quote is not None
    if quote is None:
        quote = quotes.last_regular(position.symbol)
    if quote is not None:
        return (quote.bid if position.qty >= ZERO else quote.ask), fresh
    sample = state.marks.get(position.symbol)
    if sample is not None:
        return (sample[0] if position.qty >= ZERO else sample[1]), False
    return position.last_px, False


def value_account(
    state: DeskState, quotes: Quotes, account: str, market_ns: int, leave_out: str | None = None
) -> Valuation:
    """Value an account; `leave_out` names a symbol whose exposure the caller adds itself (equity includes it)."""
    book = state.accounts.get(account)
    equity = book.cash if book is not None else ZERO
    if not state.active:
        return Valuation(equity, ZERO, ZERO, ZERO, 0, (), ())
    exposure = gross = net = ZERO
    held = 0
    stale: list[str] = []
    unmarked: list[str] = []
    for (owner, symbol), position in state.active.items():
        if owner != account:
            continue
        qty = position.qty
        if qty:
            held += 1
            mark, fresh = mark_of(state, quotes, position, market_ns)
            if mark is None:
                unmarked.append(symbol)
                mark = ZERO
            elif not fresh:
                stale.append(symbol)
            value = qty * mark * position.multiplier
            equity += value
            net += value
            gross += value if qty > ZERO else -value
        else:
            mark = ZERO
        if symbol != leave_out:
            exposure += worst_exposure(position, mark)
    return Valuation(equity, exposure, gross, net, held, tuple(stale), tuple(unmarked))
