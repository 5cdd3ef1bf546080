"""What the words of a filter let pass."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support import desk_views as views
from widgets.clock import ExchangeTime
from widgets.notation import STATUSES, Notation
from widgets.panes import OrdersPane, RiskPane
from widgets.tables.filter import FilterError, parse_filter
from widgets.tables.values import number_in

PANE = OrdersPane(Notation(ExchangeTime()), lambda: 0.0)
RISK = RiskPane(Notation(ExchangeTime()), lambda: 0.0)


def passing(text: str) -> list[int]:
    wanted = parse_filter(text, PANE.columns)
    return [
        row.id
        for row in views.ORDERS
        if wanted.matches(drawn := PANE.draw_row(row), lambda key, r=row, d=drawn: PANE.value(d, r, key))  # type: ignore[misc]
    ]


def where(test: object) -> list[int]:
    assert callable(test)
    return [row.id for row in views.ORDERS if test(row)]


def test_nothing_typed_lets_everything_pass() -> None:
    assert passing("  ") == where(lambda row: True)


def test_a_word_may_stand_in_any_cell_whatever_its_case() -> None:
    assert passing("IbM") == passing("ibm") == where(lambda row: row.symbol == "IBM") != []


def test_several_words_must_all_be_there() -> None:
    first = views.ORDERS[0]
    words = f"{first.symbol} {STATUSES[first.status]}"
    assert passing(words) == where(lambda row: (row.symbol, row.status) == (first.symbol, first.status)) != []
    assert passing("ibm msft") == []


def test_a_word_behind_an_exclamation_mark_must_not_be_there() -> None:
    assert passing("!ibm") == where(lambda row: row.symbol != "IBM")
    assert passing("!sym:ibm,msft") == where(lambda row: row.symbol not in ("IBM", "MSFT"))


def test_a_word_for_one_column_is_looked_for_there_only() -> None:
    assert passing("symbol:sell") == []
    assert passing("sym:ms") == where(lambda row: row.symbol.startswith("MS"))


def test_numbers_are_compared_as_numbers_however_they_are_written() -> None:
    assert passing("qty>=1k") == passing("qty>=1,000") == where(lambda row: row.order_qty >= 1000) != []
    assert passing("qty<500 qty>=100") == where(lambda row: 100 <= row.order_qty < 500)
    assert passing("#>28") == where(lambda row: row.id > 28)
    assert passing("id=28") == [28]


def test_what_has_no_value_is_neither_more_nor_less() -> None:
    with_stop = where(lambda row: row.stop_px is not None)
    assert sorted({*passing("stop>0"), *passing("stop<=0")}) == sorted(with_stop)


def test_a_time_is_compared_as_far_as_it_is_typed() -> None:
    times = {row.id: PANE.notation.times.hms(row.updated_ns) for row in views.ORDERS}
    some = sorted(times.values())[len(times) // 2]
    assert passing(f"time>={some[:5]}") == [number for number, time in times.items() if time[:5] >= some[:5]]


def test_a_percentage_may_be_typed_with_its_sign_or_without() -> None:
    def meters(text: str) -> list[str]:
        wanted = parse_filter(text, RISK.columns)
        drawn = [(row, RISK.draw_row(row)) for row in views.METERS]
        return [
            row.key
            for row, cells in drawn
            if wanted.matches(cells, lambda key, r=row, d=cells: RISK.value(d, r, key))  # type: ignore[misc]
        ]

    near = [row.key for row in views.METERS if row.used is not None and row.used > Decimal("0.7")]
    assert meters("used>70%") == meters("used>70") == meters("used>0.7 used>70%") == near != []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("foo:1", "no column foo; expected one of id, symbol,"),
        ("s:x", "which column is s; expected one of symbol, side, status, stop"),
        ("qty>many", "qty>many: many is no number; expected one such as 100"),
        ("qty>", "qty>: nothing to look for behind >"),
    ],
)
def test_what_makes_no_sense_is_named(text: str, said: str) -> None:
    with pytest.raises(FilterError, match=said):
        parse_filter(text, PANE.columns)


def test_words_that_only_look_like_a_column_are_words() -> None:
    assert passing("10:30:99") == []
    assert parse_filter('"a b"', PANE.columns).terms[0].wanted == ("a b",)


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,234.5", "1234.5"), ("2k", "2000"), ("70%", "0.7"), ("-3", "-3"), ("~+50.00", "50"), ("x", None), ("", None)],
)
def test_a_number_is_read_as_it_is_shown(text: str, number: str | None) -> None:
    assert number_in(text) == (None if number is None else Decimal(number))
