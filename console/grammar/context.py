"""What the grammar may know of the desk while it reads a line, and how a view gives it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final, Protocol

from engine.market.calendar import Calendar, CalendarError
from engine.market.history import History
from engine.model.enums import Side
from engine.model.instrument import Instrument
from engine.model.option import listed_option
from engine.risk.rates import rate_instruments
from engine.risk.sizing.errors import SizingError
from engine.risk.sizing.estimates import annual_volatility
from engine.runtime.logins import is_user
from engine.views import AlgoRow, BasketRow, DeskView, OrderRow, QuoteRow

_VOLATILITY_STEP: Final = Decimal("0.000001")


_calendar: Final = lru_cache(8)(Calendar.load)


class Context(Protocol):
    """Everything that the meaning of a line depends on. Answers of one context never change."""

    @property
    def user(self) -> str: ...
    @property
    def accounts(self) -> Sequence[str]: ...
    @property
    def default_account(self) -> str: ...
    @property
    def market_ns(self) -> int: ...
    def session_of(self, symbol: str) -> str:
        """ "regular", "extended" or "closed", as the instrument's own market is."""
        ...

    @property
    def newest_alert(self) -> int: ...
    def symbols(self) -> Sequence[str]:
        """The universe, then whatever else is held or working."""
        ...

    def held(self) -> Sequence[str]:
        """Symbols with a position."""
        ...

    def instrument(self, symbol: str) -> Instrument | None:
        """An instrument of the universe, or an option on one by its OCC symbol."""
        ...

    def position(self, account: str, symbol: str) -> Decimal: ...
    def quote(self, symbol: str) -> QuoteRow | None: ...
    def open_orders(self) -> Sequence[OrderRow]: ...
    def algos(self) -> Sequence[AlgoRow]: ...
    def baskets(self) -> Sequence[BasketRow]:
        """Those of the day, newest first."""
        ...

    @property
    def base_currency(self) -> str: ...
    def equity(self, account: str) -> tuple[Decimal | None, str]:
        """(equity in the base currency, ""), or (None, why it can't be counted on)."""
        ...

    def rate(self, currency: str) -> tuple[str, Decimal | None]:
        """(its pair, the most that one unit costs in the base currency); None without a fresh quote, "" without a
        pair."""
        ...

    def macros(self) -> Sequence[tuple[str, str]]:
        """The user's macros: name, and what it is for."""
        ...

    def knows_user(self, name: str) -> bool:
        """Whether the system has a user of that login name."""
        ...

    def volatility(self, symbol: str) -> Decimal | None:
        """Annual volatility of the last daily closes, as a share; None where there are too few."""
        ...

    def parse_time(self, text: str) -> int:
        """A time of day on the exchange's clock, today, as ns UTC; or a date (then the end of its session), or both
        (2026-12-18T15:30; with Z behind it in UTC). Raises ValueError with one line."""
        ...


class DeskContext:
    """The context that a DeskView gives."""

    def __init__(
        self,
        view: DeskView,
        instruments: Mapping[str, Instrument],
        *,
        accounts: Sequence[str],
        user: str,
        calendar: Calendar,
        base_currency: str = "USD",
        history: History | None = None,
        macros: Sequence[tuple[str, str]] = (),
    ) -> None:
        """`accounts`: the first is the default one. `calendar`: whose clock times of day are on. `history`: the daily
        closes that volatilities are estimated from. `macros`: those of the console."""
        self._view = view
        self._instruments = instruments
        self._calendar = calendar
        self._positions = {(row.account, row.symbol): row.qty for row in view.positions if row.qty}
        self.accounts = tuple(accounts)
        self.default_account = self.accounts[0]
        self.user = user
        self.base_currency = base_currency
        self._history = history
        self._macros = macros
        self.market_ns = view.market_ns
        self._session = view.status.session
        self.newest_alert = max((row.no for row in view.alerts), default=0)

    def session_of(self, symbol: str) -> str:
        instrument = self.instrument(symbol)
        if instrument is None or self._session == "regular" or instrument.calendar == self._calendar.name:
            return self._session
        try:
            return "regular" if _calendar(instrument.calendar).is_open(self.market_ns) else "closed"
        except CalendarError:
            return self._session

    def symbols(self) -> Sequence[str]:
        extra = [symbol for _, symbol in self._positions] + [row.symbol for row in self.open_orders()]
        return tuple(dict.fromkeys([*self._instruments, *extra]))

    def held(self) -> Sequence[str]:
        return tuple(dict.fromkeys(symbol for _, symbol in self._positions))

    def instrument(self, symbol: str) -> Instrument | None:
        return self._instruments.get(symbol) or listed_option(symbol, self._instruments)

    def position(self, account: str, symbol: str) -> Decimal:
        return self._positions.get((account, symbol), Decimal(0))

    def quote(self, symbol: str) -> QuoteRow | None:
        return next((row for row in self._view.quotes if row.symbol == symbol), None)

    def open_orders(self) -> Sequence[OrderRow]:
        return tuple(row for row in self._view.orders if row.is_open)

    def algos(self) -> Sequence[AlgoRow]:
        return self._view.algos

    def baskets(self) -> Sequence[BasketRow]:
        return self._view.baskets

    def equity(self, account: str) -> tuple[Decimal | None, str]:
        status = self._view.status
        row = next((row for row in status.accounts if row.account == account), None)
        if row is None and (account != status.account or status.accounts):
            return None, f"that of {account} is not known yet"
        equity, stale = (row.equity, row.stale) if row is not None else (status.equity, status.pnl_stale)
        if equity is None:
            return None, "that is not known"
        if stale:
            return None, "that stands on stale prices"
        return equity, ""

    def rate(self, currency: str) -> tuple[str, Decimal | None]:
        symbol, upside_down = rate_instruments(self._instruments.values(), self.base_currency).get(
            currency, ("", False)
        )
        row = self.quote(symbol) if symbol else None
        if row is None or row.stale or row.bid is None or row.ask is None or not 0 < row.bid < row.ask:
            return symbol, None
        return symbol, (1 / row.bid if upside_down else row.ask).normalize()

    def macros(self) -> Sequence[tuple[str, str]]:
        return self._macros

    def knows_user(self, name: str) -> bool:
        return is_user(name)

    def volatility(self, symbol: str) -> Decimal | None:
        if self._history is None:
            return None
        try:
            found = annual_volatility(list(self._history.returns(symbol).values()))
        except SizingError:
            return None
        return Decimal(found).quantize(_VOLATILITY_STEP) or None

    def parse_time(self, text: str) -> int:
        return read_moment(text, self._calendar, self.market_ns)


def with_macros(context: Context, macros: Sequence[tuple[str, str]]) -> Context:
    """The context with the macros that this console has."""
    if isinstance(context, DeskContext):
        context._macros = macros
    return context


def read_moment(text: str, calendar: Calendar, market_ns: int) -> int:
    """What `Context.parse_time` promises. Raises ValueError (CalendarError among them) with one line."""
    day, mark, clock = text.upper().partition("T")
    if not mark and "-" not in day:
        return calendar.parse_exchange_time(text, calendar.trading_day(market_ns))
    try:
        date = datetime.date.fromisoformat(day)
        if clock.endswith("Z"):
            moment = datetime.datetime.combine(date, datetime.time.fromisoformat(clock[:-1]), datetime.UTC)
            return int(moment.timestamp()) * 1_000_000_000
    except ValueError:
        raise ValueError(f"{text!r} is no time; expected 15:30, 2026-12-18 or 2026-12-18T15:30") from None
    if mark:
        return calendar.parse_exchange_time(clock, date)
    session = calendar.session_on(date)
    if session is None:
        raise ValueError(f"{day} has no session of {calendar.name}")
    return session.close_ns


def working_sales(context: Context, account: str, symbol: str) -> Decimal:
    """Shares that working sell orders (not short sales) may still sell."""
    return sum(
        (
            row.leaves_qty
            for row in context.open_orders()
            if row.account == account and row.symbol == symbol and row.side is Side.SELL
        ),
        Decimal(0),
    )
