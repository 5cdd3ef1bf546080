"""Equity and exposure by conservative marks: longs at the bid, shorts at the ask, of uncrossed fresh quotes."""

from __future__ import annotations

from collections.abc import Container
from decimal import Decimal

import msgspec

from engine.model.money import ONE, ZERO
from engine.orders.position import Position
from engine.risk.context import Quotes
from engine.risk.exposure import reach
from engine.risk.margin import long_qty, margin_of, short_qty
from engine.risk.rates import Rate, rate_of
from engine.risk.sectors import sector_of
from engine.state import Account, DeskState


class Line(msgspec.Struct, gc=False):
    """One position: its mark, and what it comes to long once all buys have filled (up), short once all sales have
    (down); both in the base currency, below 0 where they only take away from what is held."""

    position: Position
    mark: Decimal
    up: Decimal
    down: Decimal
    rate: Decimal = ONE
    """Base currency for one of the position's, at the dearer side."""


class Valuation(msgspec.Struct, gc=False):
    """One account by its marks, all money in the base currency. exposure: the sum of what each position can come to
    (working orders included); up, down: what the account is worth long less short once all buys have filled and no
    sale, and short less long once all sales have; sectors: exposure by sector (None: of what has none).

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
    up: Decimal = ZERO
    down: Decimal = ZERO
    sectors: dict[str | None, Decimal] = {}
    lines: list[Line] = []
    has_shorts: bool = False
    """Anything is short or may become so."""
    margin: tuple[Decimal, Decimal] | None = None
    """(initial, maintenance) of what `exposure` counts, where it was kept (engine.risk.books)."""
    active: int = 0
    """Instruments held or working, of those that `exposure` counts."""
    tightest: tuple[str, Decimal, Decimal] | None = None
    """Of a sum: the account that uses most of its equity, what it has tied up and its equity."""
    eased: Decimal = ZERO
    """By how much less than their exposure futures tie up: they need their margin and not their notional."""

    @property
    def tied(self) -> Decimal:
        """What of the equity times leverage is used: exposure, and of futures their margin."""
        return self.exposure - self.eased if self.eased else self.exposure


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
    state: DeskState,
    quotes: Quotes,
    account: str,
    market_ns: int,
    leave_out: Container[str] = (),
    *,
    by_sector: bool = False,
    by_line: bool = False,
) -> Valuation:
    """Value an account; `leave_out` holds symbols whose exposure the caller adds itself (equity includes them).
    Sectors and lines are
    told only when asked for. What is kept up to date instead: engine.risk.books."""
    book = state.accounts.get(account)
    equity = book.cash if book is not None else ZERO
    abroad = book is not None and (bool(book.foreign) or book.currency != state.base_currency)
    rates = _Rates(state, quotes, market_ns) if state.rates or abroad else None
    if rates is not None and book is not None:
        equity = rates.cash(book)
    if not state.active and (rates is None or not rates.in_doubt):
        return Valuation(equity, ZERO, ZERO, ZERO, 0, (), ())
    exposure = gross = net = up = down = eased = ZERO
    sectors: dict[str | None, Decimal] = {}
    lines: list[Line] = []
    has_shorts = False
    base = state.base_currency
    held = active = 0
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
            # A future is worth what it has won; all else what it would fetch.
            worth = value
            if position.margined:
                worth -= position.cost if rates is None else rates.convert(position.currency, position.cost)
            equity += worth
            net += value
            gross += value if qty > ZERO else -value
        else:
            mark = ZERO
        if symbol in leave_out:
            continue
        active += 1
        unit = position.multiplier
        buys = reach(qty, mark, unit, position.open_buy, position.open_buy_notional)
        sales = reach(-qty, mark, unit, position.open_sell, position.open_sell_notional)
        if rates is not None and position.currency != base:
            # Turned so that exposure counts at the dearer rate, and what takes away from it at the cheaper one.
            buys, sales = -rates.convert(position.currency, -buys), -rates.convert(position.currency, -sales)
        worst = buys if buys > sales else sales
        exposure += worst
        up += buys
        down += sales
        if sales > ZERO:
            has_shorts = True
        if by_line or position.margined:
            rate = ONE if rates is None else -rates.convert(position.currency, -ONE)
            if by_line:
                lines.append(Line(position, mark, buys, sales, rate))
            if position.margined:
                instrument = state.instruments.get(symbol)
                longs, shorts = long_qty(position), short_qty(position)
                eased += worst - margin_of(state.limits, instrument, buys, sales, shorts, longs, rate)[0]
        if by_sector:
            sector = sector_of(state, symbol)
            sectors[sector] = sectors.get(sector, ZERO) + worst
    found = Valuation(
        equity, exposure, gross, net, held, tuple(stale), tuple(unmarked), (), (), up, down, sectors, lines, has_shorts,
        None, active, None, eased,
    )  # fmt: skip
    if rates is not None and rates.in_doubt:
        found.no_rate, found.stale_rate = tuple(rates.missing), tuple(rates.old)
        found.stale, found.unmarked = (*stale, *rates.old), (*unmarked, *rates.missing)
    return found


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
