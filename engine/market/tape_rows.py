"""How rows become market events: what all kinds share, quotes, and trades.

A trade is eligible (sets a last price, fills, counts as volume) unless it is flagged suspicious, average
price (100000), derivatively priced (200), out of sequence (4000), sold late (800), cash, next-day or seller's
settlement (2, 4, 8), part of a stock-option trade (40000), prior reference price (2000000), or repeats an
auction print as the official open or close (4000000, 1000000). Form-T and extended-hours prints (400, 2000)
are real trades outside the regular session and late reports within it: eligible only outside.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Final, Literal, Protocol

from engine.market.tape_fields import (
    Anything,
    Conditions,
    FieldError,
    Fraction,
    Moment,
    OneOf,
    Price,
    Quantity,
    Second,
    Size,
    Symbol,
)
from engine.model.market import MarketEvent, Quote, Trade

Kind = Literal["quotes", "trades", "bars"]

_NEVER_ELIGIBLE: Final = 0x7144A0E
_EXTENDED: Final = 0x2400


class RowError(ValueError):
    """A row can't be read. `index` counts from the first row given."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index
        self.reason = reason


class Reads(Protocol):
    """A column's texts: `reads[text]` is the value, or raises FieldError."""

    def __getitem__(self, text: str, /) -> object: ...


class Rules:
    """What the rows don't say: when sessions are. The default knows none: days end at midnight UTC."""

    def in_regular_session(self, symbol: str, ts_ns: int) -> bool:
        """Whether a print at this instant lies in the symbol's regular session."""
        return False

    def day_close_ns(self, symbol: str, midnight_ns: int) -> int:
        """When the bar of the date that starts at `midnight_ns` (UTC) is complete."""
        return midnight_ns + 86_400_000_000_000


class RowReader(ABC):
    """Reads the rows of one file in order. `interval_ns` is stamped on what it makes (0 while not known)."""

    header: ClassVar[tuple[str, ...]]
    kind: ClassVar[Kind]
    #: Rows are dated by their start, so that their spacing is their length.
    spaced: ClassVar[bool] = False

    def __init__(self, rules: Rules, interval_ns: int = 0) -> None:
        self.rules = rules
        self.interval_ns = interval_ns
        self._last_ns = -(2**63)
        self._symbol = Symbol()

    def read(self, rows: Sequence[str]) -> list[MarketEvent]:
        """The events of these rows. Raises RowError at the first that is wrong."""
        events: list[MarketEvent] = []
        try:
            self._read(rows, events)
        except ValueError:
            index = len(events)
            raise RowError(index, self._explain(rows[index])) from None
        return events

    @abstractmethod
    def _read(self, rows: Sequence[str], events: list[MarketEvent]) -> None:
        """Append one event per row. Raises any ValueError at a bad row."""

    @abstractmethod
    def _fields(self) -> tuple[Reads, ...]:
        """How each column is read, in the header's order."""

    def _explain(self, row: str) -> str:
        texts = row.split(",")
        if len(texts) != len(self.header):
            return f"{len(texts)} fields; expected {len(self.header)}: {','.join(self.header)}"
        for name, text, field in zip(self.header, texts, self._fields(), strict=True):
            try:
                field[text]
            except FieldError as error:
                return f"column {name}: {error}"
        return self._explain_values(texts)

    def _explain_values(self, texts: Sequence[str]) -> str:
        """Why a row is refused whose every text is right by itself."""
        return f"column {self.header[0]}: {texts[0]} goes back in time; expected rows in time order"


class QuoteRows(RowReader):
    """Best bid and ask: ticks, or the closing quote of each second or minute stamped at its end."""

    header = ("ts_utc", "symbol", "bid", "bid_size", "ask", "ask_size")
    kind = "quotes"

    def __init__(self, rules: Rules, interval_ns: int = 0) -> None:
        super().__init__(rules, interval_ns)
        self._moment = Moment()
        self._price = Price()
        self._size = Size()

    def _read(self, rows: Sequence[str], events: list[MarketEvent]) -> None:
        seconds: Second = self._moment.seconds
        fractions: Fraction = self._moment.fractions
        symbols, prices, sizes = self._symbol, self._price, self._size
        interval_ns, last_ns = self.interval_ns, self._last_ns
        append = events.append
        for row in rows:
            time, symbol, bid, bid_size, ask, ask_size = row.split(",")
            ts_ns = seconds[time[:19]] + fractions[time[19:]]
            if ts_ns < last_ns:
                raise ValueError
            both = sizes[bid_size], sizes[ask_size]
            append(Quote(symbols[symbol], prices[bid], prices[ask], *both, ts_ns, interval_ns))
            last_ns = ts_ns
        self._last_ns = last_ns

    def _fields(self) -> tuple[Reads, ...]:
        return (self._moment, self._symbol, self._price, self._size, self._price, self._size)


class EquityTradeRows(RowReader):
    """Prints with the tape's sale conditions."""

    header = ("ts_utc", "symbol", "price", "size", "exchange", "conditions_hex", "suspicious")
    kind = "trades"

    def __init__(self, rules: Rules, interval_ns: int = 0) -> None:
        super().__init__(rules, interval_ns)
        self._moment = Moment()
        self._price = Price()
        self._quantity = Quantity()
        self._conditions = Conditions()
        self._flag = OneOf({"0": 0, "1": 1})

    def _read(self, rows: Sequence[str], events: list[MarketEvent]) -> None:
        seconds: Second = self._moment.seconds
        fractions: Fraction = self._moment.fractions
        symbols, prices, sizes = self._symbol, self._price, self._quantity
        masks, flags = self._conditions, self._flag
        in_session = self.rules.in_regular_session
        last_ns = self._last_ns
        append = events.append
        for row in rows:
            time, name, price, size, _, mask_hex, suspicious = row.split(",")
            ts_ns = seconds[time[:19]] + fractions[time[19:]]
            if ts_ns < last_ns:
                raise ValueError
            symbol = symbols[name]
            mask = masks[mask_hex]
            eligible = not (flags[suspicious] or mask & _NEVER_ELIGIBLE)
            if eligible and mask & _EXTENDED and in_session(symbol, ts_ns):
                eligible = False
            append(Trade(symbol, prices[price], sizes[size], ts_ns, 0, eligible))
            last_ns = ts_ns
        self._last_ns = last_ns

    def _fields(self) -> tuple[Reads, ...]:
        return (
            self._moment,
            self._symbol,
            self._price,
            self._quantity,
            Anything(),
            self._conditions,
            self._flag,
        )


class CryptoTradeRows(RowReader):
    """Prints with the aggressor's side, by the recorder's clock."""

    header = ("ts_utc", "symbol", "price", "size", "aggressor", "trade_id", "exchange_ts_utc")
    kind = "trades"

    def __init__(self, rules: Rules, interval_ns: int = 0) -> None:
        super().__init__(rules, interval_ns)
        self._moment = Moment()
        self._price = Price()
        self._quantity = Quantity()
        self._aggressor = OneOf({"buy": 1, "sell": -1})

    def _read(self, rows: Sequence[str], events: list[MarketEvent]) -> None:
        moments, symbols, prices, sizes = self._moment, self._symbol, self._price, self._quantity
        aggressors = self._aggressor
        for row in rows:
            time, symbol, price, size, aggressor, _, _ = row.split(",")
            ts_ns = moments.read(time)
            if ts_ns < self._last_ns:
                raise ValueError
            events.append(Trade(symbols[symbol], prices[price], sizes[size], ts_ns, aggressors[aggressor]))
            self._last_ns = ts_ns

    def _fields(self) -> tuple[Reads, ...]:
        return (
            self._moment,
            self._symbol,
            self._price,
            self._quantity,
            self._aggressor,
            Anything(),
            Anything(),
        )
