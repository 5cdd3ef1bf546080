"""A basket's file as lines of the command language, one a row, each with the columns that its words came from.

Comma-separated (semicolons and tabs do as well), the first row names the columns. Either one column `line`, an order as
it would be typed, or the columns below. Empty rows and rows that begin with # are left out. docs/baskets.md has it all.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from console.grammar.words import tag_word

#: Columns, what each takes, and other names of it.
COLUMNS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "side": ("buy, sell or short", ("action", "buy_sell")),
    "qty": ("100, $10k, all, half", ("quantity", "shares", "size", "order_qty")),
    "symbol": ("AAPL", ("ticker", "instrument")),
    "type": ("mkt, lmt, mid, stop, stoplmt, trail; empty: by the prices given", ("ord_type", "order_type", "how")),
    "px": ("190.50, or @bid+0.01", ("price", "limit", "limit_px", "lmt")),
    "stop": ("188.00", ("stop_px", "stop_price")),
    "trail": ("0.50 or 2%", ("trailing",)),
    "tif": ("day, gtc, ioc, fok, gtd, opg, cls; empty: day", ("time_in_force",)),
    "until": ("with gtd: 15:30 or 2026-12-18", ("expire", "expires")),
    "tp": ("take profit at that price", ("take_profit",)),
    "sl": ("stop loss at that price", ("stop_loss",)),
    "ext": ("yes or no: also in extended hours", ("extended",)),
    "reduce": ("yes or no: may only reduce the position", ("reduce_only",)),
    "account": ("the account; empty: the default one", ("acct",)),
    "tag": ("a word to find it by; empty: the basket's name", ("note",)),
}
LINE: Final = "line"
#: So much of a file is read, in characters.
MOST_TEXT: Final = 48_000
_NEEDED: Final = ("side", "qty", "symbol")
_NAMES: Final = {name: column for column, (_, others) in COLUMNS.items() for name in (column, *others)}
_YES: Final = frozenset({"yes", "y", "true", "1", "on"})
_NO: Final = frozenset({"", "no", "n", "false", "0", "off"})
#: Which prices a type takes, in the order of the language.
_PRICES: Final[Mapping[str, tuple[str, ...]]] = {
    "mkt": (),
    "mid": (),
    "lmt": ("px",),
    "stop": ("stop",),
    "stoplmt": ("stop", "px"),
    "trail": ("trail",),
}
_TYPES: Final = {
    "market": "mkt", "limit": "lmt", "stp": "stop", "stop_limit": "stoplmt", "stop-limit": "stoplmt",
    "trailing_stop": "trail",
}  # fmt: skip


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with the file: row and column ("" = the whole row; row 0 = the file), and what was expected."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        where = ", ".join(
            part
            for part in (f"row {self.row}" if self.row else "", f"column {self.column}" if self.column else "")
            if part
        )
        return f"{where}: {self.message}" if where else self.message


class FileLine(msgspec.Struct, frozen=True):
    """One order of the file: its row, the line, and which column each part of it came from, (start, end, column)."""

    row: int
    text: str
    spans: tuple[tuple[int, int, str], ...]

    def column_at(self, place: int) -> str:
        """The column of the word at that place of the line; of what is missing at its end: the last one."""
        found = [name for start, end, name in self.spans if start <= place < end]
        return found[0] if found else ""


def read_rows(text: str) -> tuple[list[FileLine], list[Problem]]:
    """Every row of the file, and what is wrong with those that are none."""
    if len(text) > MOST_TEXT:
        return [], [Problem(0, "", f"the file has {len(text)} characters; a basket's has at most {MOST_TEXT}")]
    rows = _csv_rows(text)
    if not rows:
        return [], [Problem(0, "", "the file is empty; expected a header like side,qty,symbol,type,px")]
    (at, header), *others = rows
    columns, problems = _columns(at, header)
    if problems:
        return [], problems
    lines: list[FileLine] = []
    for row, cells in others:
        if len(cells) > len(columns):
            problems.append(Problem(row, "", f"{len(cells)} cells under {len(columns)} columns"))
            continue
        given = {name: cell.strip() for name, cell in zip(columns, cells, strict=False)}
        if LINE in given:
            lines.append(FileLine(row, given[LINE], ((0, len(given[LINE]) + 1, LINE),)))
            continue
        writer = _Writer(row, given)
        line = writer.line()
        problems += writer.problems
        if line is not None:
            lines.append(line)
    if not others:
        problems.append(Problem(0, "", "the file has a header and no orders"))
    return lines, problems


def _csv_rows(text: str) -> list[tuple[int, list[str]]]:
    """(row number of the file, cells), without empty rows and comments. Raises nothing: a quote that never ends is
    found as a row with a cell that is none."""
    lines = text.lstrip("\ufeff").splitlines()
    first = next((line for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(lines, delimiter=delimiter)
    return [
        (reader.line_num, cells)
        for cells in reader
        if any(cell.strip() for cell in cells) and not cells[0].lstrip().startswith("#")
    ]


def _columns(row: int, header: Sequence[str]) -> tuple[list[str], list[Problem]]:
    names, problems = [], []
    for cell in header:
        word = cell.strip().lower().replace(" ", "_")
        name = LINE if word == LINE else _NAMES.get(word, "")
        if not name:
            problems.append(Problem(row, cell.strip() or "(empty)", f"is no column; expected {', '.join(COLUMNS)}"))
        elif name in names:
            problems.append(Problem(row, cell.strip(), f"the column {name} is there twice"))
        names.append(name)
    if not problems and LINE in names and len(names) > 1:
        problems.append(Problem(row, LINE, "a file with a column line has no other"))
    if not problems and LINE not in names:
        problems += [Problem(row, name, "the column is missing") for name in _NEEDED if name not in names]
    return names, problems


class _Writer:
    """One row as a line."""

    def __init__(self, row: int, cells: Mapping[str, str]) -> None:
        self.problems: list[Problem] = []
        self._row = row
        self._cells = cells
        self._parts: list[tuple[str, str]] = []

    def line(self) -> FileLine | None:
        for name in _NEEDED:
            self._value(name, needed=True)
        kind = self._kind()
        if kind is not None:
            self._prices(kind)
        self._value("tif")
        self._value("until")
        for name in ("tp", "sl"):
            self._value(name, before=name)
        for name in ("ext", "reduce"):
            self._switch(name)
        self._value("account", glued="@")
        self._tag()
        if self.problems:
            return None
        text, spans = "", []
        for part, column in self._parts:
            text += " " if text else ""
            spans.append((len(text), len(text) + len(part), column))
            text += part
        return FileLine(self._row, text, tuple(spans))

    def _cell(self, name: str) -> str:
        return self._cells.get(name, "")

    def _problem(self, column: str, message: str) -> None:
        self.problems.append(Problem(self._row, column, message))

    def _value(self, name: str, *, needed: bool = False, before: str = "", glued: str = "") -> None:
        cell = self._cell(name)
        if not cell:
            if needed:
                self._problem(name, f"nothing is given; expected {COLUMNS[name][0]}")
            return
        if len(cell.split()) > 1:
            self._problem(name, f"{cell!r} is more than one word; expected {COLUMNS[name][0]}")
            return
        if before:
            self._parts.append((before, name))
        self._parts.append((glued + cell.removeprefix(glued) if glued else cell, name))

    def _kind(self) -> str | None:
        """The type of the order, as the language calls it."""
        typed = self._cell("type").lower()
        if typed:
            kind = _TYPES.get(typed, typed)
            if kind not in _PRICES:
                self._problem("type", f"{typed!r} is no type of order; expected {', '.join(_PRICES)}")
                return None
            return kind
        given = {name for name in ("px", "stop", "trail") if self._cell(name)}
        found = next((kind for kind, prices in _PRICES.items() if prices and set(prices) == given), None)
        if found is None and not given and self._cell("qty").lower() not in ("all", "half"):
            self._problem("type", "nothing is given, and no px: expected mkt, or a px")
        elif found is None and given:
            self._problem("type", f"nothing is given, and {' with '.join(sorted(given))} makes no type of order")
        return found or ""

    def _prices(self, kind: str) -> None:
        wanted = _PRICES.get(kind, ())
        if kind:
            self._parts.append((kind, "type" if self._cell("type") else wanted[0]))
        for name in wanted:
            self._value(name, needed=True)
        for name in ("px", "stop", "trail"):
            if self._cell(name) and name not in wanted:
                self._problem(name, f"{self._cell(name)!r} has no meaning with {kind or 'no type'}")

    def _switch(self, name: str) -> None:
        cell = self._cell(name).lower()
        if cell in _YES:
            self._parts.append((name, name))
        elif cell not in _NO:
            self._problem(name, f"{cell!r} is neither yes nor no")

    def _tag(self) -> None:
        cell = self._cell("tag").removeprefix("#")
        if not cell:
            return
        self._parts.append((tag_word(cell.strip('"')), "tag"))


def header_help() -> Iterable[tuple[str, str]]:
    """(column, what it takes), for documentation and help."""
    return ((name, words) for name, (words, _) in COLUMNS.items())
