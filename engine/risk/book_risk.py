"""The risk of the whole book, once a second and off the order path: value at risk, expected shortfall, beta,
correlation, from the present positions and the days before this run.

What the book would have made on each of those days if it had been held as it is now (historical simulation) is one
series of money; every figure is taken of it by engine.risk.metrics. For each position:

* a share, a pair, a coin: its value by the conservative mark x the day's return of its closes; where it is paid in
  another currency, x the day's return of that currency as well: (1 + r)(1 + f) - 1;
* cash in another currency: its value x the return of that currency;
* an option: its value at the underlying's price moved by the day's return of the underlying, less its value now, both
  by Black and Scholes (1973) without interest, at the volatility that the underlying's own days have, time standing
  still. So a short straddle has the risk of its curvature, which delta alone would not see. (A foreign option counts
  at today's rate.)

The work is cut into slices of a few hundred microseconds, a millisecond apart, so that an order that comes meanwhile
waits for one slice at most. A pass reads positions as they are when their turn comes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from engine.market.past import is_recent
from engine.market.sim_options import option_value
from engine.model.figures import OF_NOTHING, Figures
from engine.model.money import CENT, ZERO
from engine.risk import metrics
from engine.risk.book_correlation import BookCorrelation
from engine.risk.daily_returns import FEWEST_DAYS, DailyReturns
from engine.risk.rates import rate_of
from engine.risk.valuation import mark_of
from engine.timers import Key

if TYPE_CHECKING:
    from engine.desk import Desk
    from engine.market.history import History
    from engine.orders.position import Position

EVERY_NS: Final = 1_000_000_000
SLICE_NS: Final = 1_000_000
#: What a slice may do, in units of about 10 us: a position valued or added is 1, a vector made 10, and a first look at
#: an instrument's days is a slice of its own.
SLICE: Final = 40
#: Instruments beyond those held whose days one pass works out.
_AHEAD: Final = 2
_YEAR_NS: Final = 365 * 86_400_000_000_000
#: An option's days are worked out anew when its underlying has moved by more than this share.
_OPTION_MOVE: Final = 0.001
_RATIO: Final = Decimal("0.0001")

Series = list[float]
Unit = tuple[str, str]
"""What a series belongs to: (symbol, currency it is paid in), or ("", currency) for cash."""


class BookRisk:
    """Measures one desk's book. `figures` is the newest measurement that no fact carries yet."""

    def __init__(self, history: History, benchmark: str) -> None:
        """`benchmark`: the symbol that beta is measured against; "" for none."""
        self._returns = DailyReturns(history)
        self._history = history
        self._benchmark = benchmark
        self._pass: Iterator[None] | None = None
        self._begun_ns = 0
        self._series: dict[Unit, Series] = {}
        self._made_of: tuple[str, ...] = ()
        self._options: dict[str, tuple[float, int, Series]] = {}
        self._correlation = BookCorrelation(history)
        self._ahead: list[str] | None = None
        self.figures: Figures | None = None

    def take(self) -> Figures | None:
        """The newest measurement, once."""
        figures, self.figures = self.figures, None
        return figures

    def step(self, desk: Desk) -> bool:
        """One slice; whether the pass goes on."""
        if self._pass is None:
            self._pass = self._measure(desk)
            self._begun_ns = desk.now.wall_ns
        try:
            next(self._pass)
        except StopIteration:
            self._pass = None
        except Exception as error:  # a figure that can't be had is unknown, and what is held to it refused
            self._pass = None
            self.figures = Figures(missing=(f"{type(error).__name__}: {error}",))
        return self._pass is not None

    def next_ns(self, now_ns: int) -> int:
        """When the next pass begins: a second after this one did."""
        return max(self._begun_ns + EVERY_NS, now_ns + SLICE_NS)

    def _measure(self, desk: Desk) -> Iterator[None]:
        yield from self._figure(desk)
        yield from self._look_ahead(desk)

    def _look_ahead(self, desk: Desk) -> Iterator[None]:
        """Work out the days of a few instruments that nobody has asked for, so that the first order in them finds what
        its checks need."""
        if self._ahead is None:
            self._ahead = [symbol for symbol in desk.state.instruments if self._history.has(symbol)][::-1]
        for _ in range(min(_AHEAD, len(self._ahead))):
            yield
            yield from self._history.prepare(self._ahead.pop())

    def _figure(self, desk: Desk) -> Iterator[None]:
        state = desk.state
        held = [position for position in state.active.values() if position.qty]
        book = _Book(desk)
        for work, position in enumerate(held, 1):
            book.add(position)
            needed = book.symbols_of(position)
            for symbol in needed:
                if not self._returns.is_known(symbol):
                    yield
                    yield from self._history.prepare(symbol)
                if not self._knows(symbol, desk.now.market_ns):
                    book.missing.add(symbol)
            if work % SLICE == 0:
                yield
        for account in state.accounts.values():
            for currency, amount in account.amounts().items():
                book.add_cash(currency, amount)
        for currency in list(book.currencies):
            pair, _ = state.rates.get(currency, ("", False))
            yield from self._history.prepare(pair)
            if not pair or not self._knows(pair, desk.now.market_ns):
                book.missing.add(pair or currency)
        if book.missing or not (held or book.currencies):
            known = Figures() if held or book.currencies else OF_NOTHING
            self.figures = msgspec.structs.replace(
                known, equity=book.known_equity(), missing=tuple(sorted(book.missing)), stale=book.stale
            )
            return
        yield
        yield from self._history.prepare(self._benchmark)
        self._returns.choose(book.history_symbols())
        if self._returns.dates != self._made_of:
            self._series.clear()
            self._options.clear()
            self._made_of = self._returns.dates
        if len(self._returns.dates) <= FEWEST_DAYS:
            self.figures = Figures(book.known_equity(), missing=("common days",), stale=book.stale)
            return
        yield
        total = [0.0] * (len(self._returns.dates) - 1)
        work = 0
        for unit, value in book.linear.items():
            series = self._series.get(unit)
            if series is None:
                series = self._series[unit] = self._make(desk, unit)
                work += 10
            if value:
                total = [sum_ + value * change for sum_, change in zip(total, series, strict=True)]
            work += 1
            if work >= SLICE:
                work = 0
                yield
        for option, size in book.options.items():
            series = self._option(desk, option)
            total = [sum_ + size * change for sum_, change in zip(total, series, strict=True)]
            yield
        self.figures = self._figures(total, book)
        yield
        yield from self._correlation.measure([(unit[0], value) for unit, value in book.linear.items() if unit[0]])

    def _knows(self, symbol: str, market_ns: int) -> bool:
        """Whether there are days enough of it, up to now."""
        return self._returns.has_days(symbol) and is_recent(self._history, symbol, market_ns)

    def _make(self, desk: Desk, unit: Unit) -> Series:
        """The returns of one unit in the base currency."""
        symbol, currency = unit
        state = desk.state
        own = self._returns.of(symbol) if symbol else None
        rates = None
        if currency != state.base_currency:
            pair, upside_down = state.rates[currency]
            rates = self._returns.of(pair, upside_down=upside_down)
        if own is not None and rates is not None:
            return [(1.0 + r) * (1.0 + f) - 1.0 for r, f in zip(own, rates, strict=True)]
        found = own if own is not None else rates
        assert found is not None  # choose() took days that all of them have
        return found

    def _option(self, desk: Desk, symbol: str) -> Series:
        """What one unit of the underlying under an option would have made on each day."""
        terms = desk.state.instruments[symbol].option
        assert terms
        price = _price(desk, terms.underlying)
        now_ns = desk.now.market_ns
        known = self._options.get(symbol)
        if known is not None and abs(price / known[0] - 1.0) < _OPTION_MOVE and now_ns - known[1] < 60 * EVERY_NS:
            return known[2]
        moves = self._returns.of(terms.underlying)
        assert moves is not None
        volatility = (metrics.stdev(moves) or 0.0) * math.sqrt(metrics.YEAR_DAYS)
        years, strike, is_call = max(terms.expires_ns - now_ns, 0) / _YEAR_NS, float(terms.strike), terms.is_call
        now = option_value(price, strike, years, volatility, is_call=is_call)
        series = [
            option_value(price * (1.0 + move), strike, years, volatility, is_call=is_call) - now for move in moves
        ]
        self._options[symbol] = (price, now_ns, series)
        return series

    def _figures(self, total: Series, book: _Book) -> Figures:
        equity = book.known_equity()
        beta = None
        market = self._returns.of(self._benchmark) if self._benchmark else None
        if market is not None and equity is not None and equity > ZERO:
            slope = metrics.beta(total, market)
            beta = Decimal(slope / float(equity)).quantize(_RATIO) if slope is not None else None
        pair, correlation = self._correlation.highest
        return Figures(
            equity,
            len(total),
            _money(metrics.historical_var(total, 0.95)),
            _money(metrics.historical_var(total, 0.99)),
            _money(metrics.historical_cvar(total, 0.95)),
            _money(metrics.historical_cvar(total, 0.99)),
            _money(metrics.parametric_var(total, 0.95)),
            _money(metrics.parametric_var(total, 0.99)),
            _money(metrics.parametric_cvar(total, 0.95)),
            _money(metrics.parametric_cvar(total, 0.99)),
            beta,
            Decimal(correlation).quantize(_RATIO) if correlation is not None else None,
            pair,
            (),
            book.stale,
        )


class _Book:
    """What is held, in the base currency, as a pass finds it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.linear: dict[Unit, float] = {}
        self.options: dict[str, float] = {}
        self.currencies: set[str] = set()
        self.missing: set[str] = set()
        self.stale = False
        self._equity = ZERO
        self._underlyings: set[str] = set()

    def add(self, position: Position) -> None:
        desk, state = self._desk, self._desk.state
        symbol = position.symbol
        mark, fresh = mark_of(state, desk.quotes, position, desk.now.market_ns)
        self.stale = self.stale or not fresh
        if mark is None:
            self.missing.add(f"price of {symbol}")
            return
        worth = self._in_base(position.currency, position.qty * mark * position.multiplier)
        if worth is None:
            return
        self._equity += worth
        if position.margined:
            self._equity -= self._in_base(position.currency, position.cost) or ZERO
        instrument = state.instruments.get(symbol)
        if instrument is not None and instrument.option:
            underlying = instrument.option.underlying
            if not _price(desk, underlying):
                self.missing.add(f"price of {underlying}")
                return
            self._underlyings.add(underlying)
            size = float(worth / mark)
            self.options[symbol] = self.options.get(symbol, 0.0) + size
            return
        unit = (symbol, position.currency)
        self.linear[unit] = self.linear.get(unit, 0.0) + float(worth)
        if position.currency != state.base_currency:
            self.currencies.add(position.currency)

    def add_cash(self, currency: str, amount: Decimal) -> None:
        worth = self._in_base(currency, amount)
        if worth is None:
            return
        self._equity += worth
        if worth and currency != self._desk.state.base_currency:
            self.linear["", currency] = self.linear.get(("", currency), 0.0) + float(worth)
            self.currencies.add(currency)

    def symbols_of(self, position: Position) -> tuple[str, ...]:
        """The instrument whose days say what it may do."""
        instrument = self._desk.state.instruments.get(position.symbol)
        terms = instrument.option if instrument is not None else None
        return (terms.underlying if terms else position.symbol,)

    def history_symbols(self) -> set[str]:
        """All instruments of whose days the book is made."""
        pairs = {self._desk.state.rates[currency][0] for currency in self.currencies}
        return {symbol for symbol, _ in self.linear if symbol} | self._underlyings | pairs

    def known_equity(self) -> Decimal | None:
        """None where a price or a rate is missing."""
        if any(name.startswith(("price of", "rate of")) for name in self.missing):
            return None
        return self._equity.quantize(CENT)

    def _in_base(self, currency: str, amount: Decimal) -> Decimal | None:
        desk = self._desk
        if not amount or currency == desk.state.base_currency:
            return amount
        rate = rate_of(desk.state, desk.quotes, currency, desk.now.market_ns)
        if rate is None:
            self.missing.add(f"rate of {currency}")
            return None
        self.stale = self.stale or not rate.fresh
        return rate.convert(amount)


def arm(desk: Desk) -> None:
    """Start measuring, once a second of wall time."""
    desk.timers.set("wall", desk.now.wall_ns + EVERY_NS, ("book",))


def on_timer(desk: Desk, key: Key) -> None:
    """One slice of a pass, or the beginning of the next."""
    more = desk.book_risk.step(desk)
    now_ns = desk.now.wall_ns
    desk.timers.set("wall", now_ns + SLICE_NS if more else desk.book_risk.next_ns(now_ns), ("book",))


def _price(desk: Desk, symbol: str) -> float:
    """The middle of the newest regular quote, else of the newest mark; 0.0 where there is none."""
    quote = desk.quotes.last_regular(symbol)
    if quote is not None:
        return float(quote.bid + quote.ask) / 2.0
    mark = desk.state.marks.get(symbol)
    return float(mark[0] + mark[1]) / 2.0 if mark is not None else 0.0


def _money(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(value).quantize(CENT)
