"""The screen that a terminal shows, against what should be there: cell by cell, and number by number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyte
from rich.cells import cell_len

Cell = tuple[str, str | None, str | None, str]
"""Character, colour, background and flags (b, i, u, r), as pyte names them."""


def drawn(rows: Sequence[Sequence[Sequence[Any]]], width: int) -> list[list[Cell]]:
    """The cells of the strips that the launcher tells. A wide character's second cell is empty."""
    lines = []
    for row in rows:
        cells: list[Cell] = []
        for text, color, back, flags in row:
            for character in text:
                cells.append((character, color, back, flags))
                cells += [("", color, back, flags)] * (cell_len(character) - 1)
        lines.append(cells[:width])
    return lines


def wrong_cells(still: Mapping[str, Any], screen: pyte.Screen) -> list[str]:
    """Every cell of the terminal that isn't what the widgets drew, in words; a size that differs is one of them."""
    width, height = still["size"]
    if (screen.columns, screen.lines) != (width, height):
        return [f"the terminal is {screen.columns}x{screen.lines}, the app thinks {width}x{height}"]
    wrong = []
    for y, line in enumerate(drawn(still["rows"], width)):
        for x, (text, color, back, flags) in enumerate(line):
            shown = screen.buffer[y][x]
            got = (shown.data, shown.fg, shown.bg, _flags(shown))
            # A blank has no ink: its colour and weight can't be seen, unless it is reversed or underlined.
            seen = (text, color, back, flags)
            if text == " " and "r" not in flags and "u" not in flags and "r" not in got[3] and "u" not in got[3]:
                seen, got = (text, None, back, ""), (got[0], None, got[2], "")
            if any(want is not None and want != have for want, have in zip(seen, got, strict=True)):
                wrong.append(f"row {y}, column {x}: shows {got}, drawn was {seen}")
    return wrong


def _flags(char: Any) -> str:
    named = (("b", char.bold), ("i", char.italics), ("u", char.underscore), ("r", char.reverse))
    return "".join(letter for letter, on in named if on)


def table_texts(still: Mapping[str, Any], pane: str, rows: Sequence[str]) -> list[dict[str, str]]:
    """What a pane's rows show in each column, as texts; nothing where the pane isn't on the screen or is panned."""
    for table in still["tables"]:
        x, y, _, height = table["region"]
        if table["pane"] != pane or table["left"]:
            continue
        found = []
        for line in rows[y + 1 : y + height]:
            texts = {key: line[x + at : x + at + width].strip() for key, at, width in table["columns"]}
            if any(texts.values()):
                found.append(texts)
        return found
    return []


def wrong_numbers(
    still: Mapping[str, Any],
    rows: Sequence[str],
    orders: Sequence[Mapping[str, Any]],
    positions: Sequence[Mapping[str, Any]],
) -> list[str]:
    """Quantities on the screen that the desk's socket does not confirm."""
    wrong = []
    held = {row["symbol"]: row["qty"] for row in positions}
    for texts in table_texts(still, "positions", rows):
        symbol, qty = texts.get("symbol", ""), texts.get("qty", "")
        if re.fullmatch(r"SYM\d{3}", symbol) and _number(qty) != _number(str(held.get(symbol, "0"))):
            wrong.append(f"position {symbol}: the screen says {qty}, the desk {held.get(symbol)}")
    known = {str(row["id"]): row for row in orders}
    for texts in table_texts(still, "orders", rows):
        number = texts.get("id", "")
        if not number.isdecimal():
            continue
        row = known.get(number)
        if row is None:
            wrong.append(f"order {number} on the screen is unknown to the desk")
        elif _number(texts["qty"]) != _number(str(row["order_qty"])) or (
            texts.get("filled", "-") not in ("-", "") and _number(texts["filled"]) != _number(str(row["cum_qty"]))
        ):
            wrong.append(f"order {number}: the screen says {texts}, the desk {dict(row)}")
    return wrong


def _number(text: str) -> float:
    cleaned = text.replace(",", "").replace("+", "").replace("−", "-").strip()
    try:
        return float(cleaned or "0")
    except ValueError:
        return float("nan")
