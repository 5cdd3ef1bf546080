"""Daily returns from CSV text of daily closes: a date in front, one column an asset, empty where it had no price."""

from __future__ import annotations

import csv
import datetime
from math import isfinite

from engine.risk.sizing.errors import SizingError

Returns = dict[str, dict[str, float]]


def read_returns(text: str) -> Returns:
    """Asset -> ISO date -> simple return (close / close of the row before - 1), where both rows have a price.

    Raises SizingError that names the line: dates rise, prices are above 0.
    """
    try:
        lines = list(csv.reader(text.removeprefix("\ufeff").splitlines(), strict=True))
    except csv.Error as error:
        raise SizingError(f"the price file is no CSV: {error}") from None
    rows = [
        (number, [cell.strip() for cell in line]) for number, line in enumerate(lines, 1) if any(map(str.strip, line))
    ]
    if len(rows) < 2:
        raise SizingError("the price file is empty; expected a header (date and the assets), then a row a day")
    names = rows[0][1][1:]
    if not names or "" in names or len(set(names)) < len(names):
        raise SizingError("the price file's header needs a name for each asset, each once: date,AAPL,BAC")
    found: Returns = {name: {} for name in names}
    before_date, before = "", dict[str, float]()
    for number, (date, *cells) in rows[1:]:
        if len(cells) != len(names):
            raise SizingError(f"line {number} of the price file has {len(cells)} of {len(names)} prices")
        if not _is_date(date) or date <= before_date:
            raise SizingError(f"line {number} of the price file: {date!r} is no later ISO date than the one before")
        prices = {name: _price(cell, number, name) for name, cell in zip(names, cells, strict=True) if cell}
        for name, price in prices.items():
            if name in before:
                found[name][date] = price / before[name] - 1
        before_date, before = date, prices
    return found


def _is_date(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _price(cell: str, line: int, name: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = 0.0
    if not isfinite(value) or value <= 0:
        raise SizingError(f"line {line} of the price file: {cell!r} is no price of {name}; expected a number above 0")
    return value
