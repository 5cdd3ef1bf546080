"""How values look."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets import format as fmt

money = st.decimals(min_value=-(10**12), max_value=10**12, places=4, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("write", [fmt.money, fmt.signed, fmt.quantity, fmt.signed_quantity, fmt.percent, fmt.bps])
def test_no_value_is_a_dash(write: object) -> None:
    assert write(None) == "-"  # type: ignore[operator]


@pytest.mark.parametrize(
    ("value", "text"), [("1234.5", "+1,234.50"), ("-0.004", "+0.00"), ("0", "+0.00"), ("-1234.5", "-1,234.50")]
)
def test_a_pnl_always_has_a_sign_and_zero_is_never_negative(value: str, text: str) -> None:
    assert fmt.signed(Decimal(value)) == text


@pytest.mark.parametrize(
    ("tick", "text"), [("0.01", "190.50"), ("0.05", "190.50"), ("0.0001", "190.5000"), ("1", "190"), ("0.50", "190.5")]
)
def test_a_price_has_the_decimals_of_its_tick(tick: str, text: str) -> None:
    assert fmt.price(Decimal("190.5") if text != "190" else Decimal(190), Decimal(tick)) == text


def test_an_average_shows_where_it_lies_between_ticks() -> None:
    assert fmt.average(Decimal("190.123456"), Decimal("0.01")) == "190.1235"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        ("0.25", "0.25"),
        ("999999", "999,999"),
        ("1000000", "1M"),
        ("1259999", "1.25M"),
        ("12590000", "12.5M"),
        ("125900000", "125M"),
        ("1000000000", "1B"),
    ],
)
def test_a_large_size_of_a_quote_is_short_and_never_more_than_there_is(value: str | None, text: str) -> None:
    assert fmt.quoted_size(None if value is None else Decimal(value)) == text


@pytest.mark.parametrize(
    ("value", "text"), [("1000", "1,000"), ("1E+3", "1,000"), ("0.5", "0.5"), ("1234.500", "1,234.5"), ("0", "0")]
)
def test_a_quantity_has_no_idle_zeros(value: str, text: str) -> None:
    assert fmt.quantity(Decimal(value)) == text


@pytest.mark.parametrize(("value", "text"), [("100", "+100"), ("-100", "-100"), ("0", "0")])
def test_a_position_shows_which_side_it_is_on(value: str, text: str) -> None:
    assert fmt.signed_quantity(Decimal(value)) == text


@given(money, st.integers(min_value=7, max_value=20))
def test_an_amount_that_has_to_fit_is_shortened_and_never_cut(value: Decimal, width: int) -> None:
    text = fmt.compact(value, width)
    assert len(text) <= width
    number = text.replace(",", "")
    factor = {"K": 1_000, "M": 1_000_000, "B": 1_000_000_000, "T": 10**12}.get(number[-1], 1)
    shown = Decimal(number.rstrip("KMBT")) * factor
    assert abs(shown - value) <= max(abs(value) * Decimal("0.05"), Decimal(1))


def test_an_amount_with_no_room_at_all_is_no_number() -> None:
    assert fmt.compact(Decimal("-123456789"), 3) == "###"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("0.0525", "pct", "5.2%"),
        ("4", "count", "4"),
        ("9.25", "rate", "9.2/s"),
        ("10", "rate", "10/s"),
        ("881400.5", "money", "881,400"),
    ],
)
def test_a_meter_is_written_in_its_unit(value: str, unit: str, text: str) -> None:
    assert fmt.measure(Decimal(value), unit, 9) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (17, "17s"), (99, "99s"), (100, "1m"), (3600, "60m"), (6000, "1h"), (-5, "0s")]
)
def test_an_age_is_one_number_and_a_unit(seconds: int, text: str) -> None:
    assert fmt.age(seconds * 1_000_000_000) == text


@pytest.mark.parametrize(
    ("ms", "text"), [(2_400, "2.4 s"), (2_401, "2.5 s"), (1, "0.1 s"), (0, "0.0 s"), (-9, "0.0 s")]
)
def test_a_countdown_never_shows_less_than_is_left(ms: int, text: str) -> None:
    assert fmt.countdown(ms * 1_000_000) == text


@given(st.text())
def test_a_foreign_text_becomes_one_printable_line_of_its_own_width(text: str) -> None:
    clean = fmt.plain(text)
    assert clean.isprintable()
    assert len(clean) == len(text)


def test_words_are_cut_with_a_mark() -> None:
    assert fmt.clip("abcdef", 4) == "abc…"
    assert fmt.clip("abc", 4) == "abc"
