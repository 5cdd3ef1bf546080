"""Equity and exposure by conservative marks: longs at the bid, shorts at the ask, of uncrossed fresh quotes."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.money import ZERO
from engine.orders.position import Position
from engine.risk.context import Quotes
from engine.risk.exposure import worst_exposure
from engine.risk.rates import Rate, rate_of
from engine.state import Account, DeskState


class Valuation(msgspec.Struct, gc=False):
    """One account by its marks. equity and exposure (worst case, working orders included) in the base currency.

    stale: held symbols whose mark is not fresh (their last known mark was used). unmarked: held symbols that never had
    a price, and currencies without a rate; then equity is not known. no_rate, stale_rate: currencies of cash or
    positions whose rate is not known, or not fresh (the last known one was used)."""

    equity: Decimal
    exposure: Decimal
    gross: Decimal
    net: Decimal
    positions: int
    stale: tuple[str, ...]
    unmarked: tuple[str, ...]
    no_rate: tuple[str, ...] = ()
    stale_rate: tuple[str, ...] = ()


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
    rates = _Rates(state, quotes, market_ns) if state.rates or (book is not None and book.foreign) else None
    if rates is not None and book is not None:
        equity = rates.cash(book)
    if not state.active and (rates is None or not rates.in_doubt):
        return Valuation(equity, ZERO, ZERO, ZERO, 0, (), ())
    exposure = gross = net = ZERO
    base = state.base_currency
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
            if rates is not None and position.currency != base:
                value = rates.convert(position.currency, value)
            equity += value
            net += value
            gross += value if qty > ZERO else -value
        else:
            mark = ZERO
        if symbol != leave_out:
            worst = worst_exposure(position, mark)
            if rates is not None and position.currency != base:
                worst = -rates.convert(position.currency, -worst)
            exposure += worst
    if rates is None or not rates.in_doubt:
        return Valuation(equity, exposure, gross, net, held, tuple(stale), tuple(unmarked))
    missing, old = tuple(rates.missing), tuple(rates.old)
    return Valuation(equity, exposure, gross, net, held, (*stale, *old), (*unmarked, *missing), missing, old)


def exposure_of(state: DeskState, quotes: Quotes, account: str, symbol: str, market_ns: int) -> Decimal:
    """What one position adds to the account's exposure now, in its own currency."""
    position = state.positions.get((account, symbol))
    if position is None:
        return ZERO
    mark = mark_of(state, quotes, position, market_ns)[0] if position.qty else ZERO
    return worst_exposure(position, mark or ZERO)


class _Rates:
    """The rates that one valuation needs, each looked up once, and the currencies that have none or an old one."""

    __slots__ = ("_known", "_market_ns", "_quotes", "_state", "missing", "old")

    def __init__(self, state: DeskState, quotes: Quotes, market_ns: int) -> None:
        self._state, self._quotes, self._market_ns = state, quotes, market_ns
        self._known: dict[str, Rate | None] = {}
        self.missing: list[str] = []
        self.old: list[str] = []

    @property
    def in_doubt(self) -> bool:
        return bool(self.missing or self.old)

    def convert(self, currency: str, amount: Decimal) -> Decimal:
        """The amount in the base currency; 0 where there is no rate (then nothing that comes of it is believed)."""
        if not amount or currency == self._state.base_currency:
            return amount
        if currency not in self._known:
            rate = self._known[currency] = rate_of(self._state, self._quotes, currency, self._market_ns)
            if rate is None:
                self.missing.append(currency)
            elif not rate.fresh:
                self.old.append(currency)
        found = self._known[currency]
        return found.convert(amount) if found is not None else ZERO

    def cash(self, book: Account) -> Decimal:
        """All cash of an account."""
        return sum((self.convert(currency, amount) for currency, amount in book.amounts().items()), ZERO)
