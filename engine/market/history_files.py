"""A folder of daily bars as the history of a run: what happened before a day, and never that day or later.

A file's header says what it is: bars (`date,symbol,open,high,low,close,volume`), bars of bids and asks (the close is
the middle of both closes; no volume), or a table of closes (`date,SYMBOL,SYMBOL...`, empty before a symbol was listed).
Plain or gzip. Every row of every file is read and checked, used or not.

Prices are raw: splits that are named are undone, on closes and volumes before them, and what still jumps is flagged. A
hole of weeks in the dates is flagged too, and only what follows it counts: a return across it would be no day's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from engine.market.history import WINDOW, DayBar, History
from engine.market.tape import tape_files
from engine.market.tape_bars import DailyBarRows, DailyBidAskBarRows
from engine.market.tape_fields import DAY_NS, Date, FieldError, Price, Symbol
from engine.market.tape_lines import TapeError, read_lines
from engine.market.tape_rows import RowError, RowReader, Rules
from engine.model.corporate import CorporateAction
from engine.model.market import Bar, Quote

#: Days that are kept of each symbol: more than a year, so that a year of days is common to markets of other calendars.
KEPT: Final = 2 * WINDOW
#: A close that is further from the one before than this, as a share, is flagged.
JUMP: Final = Decimal("0.4")
#: The longest that markets have stayed closed is shorter.
HOLE_DAYS: Final = 10
_READERS: Final[tuple[type[RowReader], ...]] = (DailyBarRows, DailyBidAskBarRows)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()

Row = tuple[str, int, Decimal, Decimal | None]
"""(symbol, day since 1970, close, volume)"""


class Found(msgspec.Struct, frozen=True):
    """A history, and what looks odd in it: one line each."""

    history: History
    odd: tuple[str, ...]


class HistoryFiles:
    """The days of each symbol in the files of a folder."""

    def __init__(self, before: date, actions: Sequence[CorporateAction] = ()) -> None:
        """Days from `before` on are checked and left out; of the corporate actions, splits after it as well."""
        self._before = before.toordinal() - _EPOCH_DAY
        until = before.isoformat()
        self._splits = [action for action in actions if action.new and action.old and action.date <= until]
        self._days: dict[str, list[Row]] = {}
        self._whence: dict[str, Path] = {}
        self._newest: dict[str, int] = {}

    def read(self, paths: Iterable[Path | str]) -> Found:
        """Read every file to its end. Raises TapeError: the first fault, with file and line."""
        for path in tape_files(paths):
            self._read(path)
        odd: list[str] = []
        days = {symbol: self._of(symbol, rows, odd) for symbol, rows in self._days.items()}
        return Found(History.of(days), tuple(odd))

    def _read(self, path: Path) -> None:
        for line, row in _rows(path):
            symbol, day = row[0], row[1]
            first = self._whence.setdefault(symbol, path)
            if first is not path:
                raise TapeError(path, f"{symbol} is in {first} already; expected each symbol in one file", line)
            newest = self._newest.get(symbol, -1)
            if day <= newest:
                what = "stands there twice" if day == newest else f"comes after {_iso(newest)}"
                raise TapeError(path, f"{symbol} {_iso(day)} {what}; expected one row a day, the oldest first", line)
            self._newest[symbol] = day
            if day < self._before:
                self._days.setdefault(symbol, []).append(row)

    def _of(self, symbol: str, rows: list[Row], odd: list[str]) -> tuple[DayBar, ...]:
        """The newest days of a symbol, on today's terms."""
        kept = rows[-KEPT:]
        for place in range(len(kept) - 1, 0, -1):
            if kept[place][1] - kept[place - 1][1] > HOLE_DAYS:
                odd.append(f"{symbol}: nothing from {_iso(kept[place - 1][1])} to {_iso(kept[place][1])}; starts there")
                kept = kept[place:]
                break
        splits = [(s.date, s.new, s.old) for s in self._splits if s.symbol == symbol]
        bars: list[DayBar] = []
        for _, day, close, volume in kept:
            iso = _iso(day)
            for first, new, old in splits:
                if new and old and iso < first:
                    close = close * old / new
                    volume = volume * new / old if volume is not None else None
            if bars and abs(close / bars[-1].close - 1) > JUMP:
                odd.append(
                    f"{symbol} {iso}: {close / bars[-1].close - 1:+.1%} in a day; if that is a split, name it in"
                    " corporate_actions.yaml"
                )
            bars.append(DayBar(iso, close, volume))
        return tuple(bars)


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    """(line, row) of a file."""
    reader: RowReader | None = None
    table: _Table | None = None
    line, rows = 1, 0
    for piece in read_lines(path):
        lines = piece
        if line == 1:
            columns = tuple(piece[0].split(","))
            reader = next((kind(Rules()) for kind in _READERS if kind.header == columns), None)
            table = _Table(path, columns) if reader is None else None
            lines, line = piece[1:], 2
        for row in _read_piece(path, reader, table, lines, line):
            rows += 1
            yield row
        line += len(lines)
    if not rows:
        raise TapeError(path, "has a header and no rows")


def _read_piece(
    path: Path, reader: RowReader | None, table: _Table | None, lines: list[str], line: int
) -> Iterator[tuple[int, Row]]:
    if table is not None:
        for index, text in enumerate(lines):
            for row in table.read(text, line + index):
                yield line + index, row
        return
    assert reader is not None
    try:
        events = reader.read(lines)
    except RowError as error:
        raise TapeError(path, error.reason, line + error.index) from None
    for index, event in enumerate(events):
        if isinstance(event, Bar):
            yield line + index, (event.symbol, event.start_ns // DAY_NS, event.close, event.volume)
        elif isinstance(event, Quote):
            yield line + index, (event.symbol, event.ts_ns // DAY_NS - 1, (event.bid + event.ask) / 2, None)


class _Table:
    """A table of closes."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self._path = path
        self._date, self._price = Date(), Price()
        self._listed: set[str] = set()
        if columns[0] != "date" or len(columns) < 2:
            expected = " or ".join(",".join(kind.header) for kind in _READERS)
            raise TapeError(path, f"header {','.join(columns)[:60]!r}; expected {expected} or date,SYMBOL,...", 1)
        self._symbols = columns[1:]
        symbol = Symbol()
        for number, name in enumerate(self._symbols):
            try:
                symbol[name]
            except FieldError as error:
                raise TapeError(path, f"header: {error}", 1) from None
            if name in self._symbols[:number]:
                raise TapeError(path, f"header: {name} stands there twice; expected each symbol once", 1)

    def read(self, text: str, line: int) -> Iterator[Row]:
        day_text, *prices = text.split(",")
        if len(prices) != len(self._symbols):
            raise TapeError(self._path, f"{len(prices) + 1} fields; expected {len(self._symbols) + 1}", line)
        try:
            day = self._date[day_text] // DAY_NS
        except FieldError as error:
            raise TapeError(self._path, f"column date: {error}", line) from None
        for symbol, price in zip(self._symbols, prices, strict=True):
            if not price and symbol not in self._listed:
                continue
            try:
                close = self._price[price]
            except FieldError as error:
                raise TapeError(self._path, f"column {symbol}: {error}", line) from None
            self._listed.add(symbol)
            yield symbol, day, close, None


def _iso(day: int) -> str:
    return date.fromordinal(day + _EPOCH_DAY).isoformat()
