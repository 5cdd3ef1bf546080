"""Columns whose texts must be read in full: a symbol that is cut names another instrument."""

from __future__ import annotations

from widgets.grid import Cell, Column, Row, widened
from widgets.grid.model import WIDEST

COLUMNS = (Column("id", "#", 4), Column("symbol", "Sym", 5, whole=True), Column("note", "Note", 4))


def row(symbol: str, note: str = "") -> Row:
    return Row(symbol, ("1", Cell(symbol, "strong"), note))


def test_a_column_with_room_stays_the_same_object() -> None:
    assert widened(COLUMNS, [row("IBM"), row("GOOGL", "a note that is too long")]) is COLUMNS


def test_a_whole_column_takes_the_longest_of_its_texts() -> None:
    columns = widened(COLUMNS, [row("IBM"), row("AAPL270115C00200000"), row("BTC/USDT")])
    assert [column.width for column in columns] == [4, 19, 4]
    assert widened(columns, [row("AAPL270115C00210000")]) is columns


def test_no_text_makes_it_wider_than_the_longest_symbol_there_is() -> None:
    columns = widened(COLUMNS, [row("X" * 60)])
    assert columns[1].width == WIDEST
    assert widened(columns, [row("Y" * 70)]) is columns


def test_a_column_of_numbers_makes_room_for_the_longest() -> None:
    columns = (Column("px", "Price", 8, "decimal", places=2), Column("note", "Note", 4))
    wide = widened(columns, [Row("1", ("9.50", "x")), Row("2", (Cell("104,250.00", "up"), "y"))])
    assert [column.width for column in wide] == [10, 4]
    assert widened(wide, [Row("3", ("99,999.99", "z"))]) is wide
