"""Decimal arithmetic: parsing, ticks and lots."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.money import (
    NumberError,
    aggressive_price,
    ceil_to,
    floor_to,
    is_multiple,
    parse_decimal,
    passive_price,
    plain,
)

D = Decimal

PRICES = st.decimals(min_value=D("0.0001"), max_value=D("1000000"), places=4)
TICKS = st.sampled_from([D("0.01"), D("0.05"), D("0.25"), D("0.0001"), D(1), D(10)])


@pytest.mark.parametrize(("text", "value"), [("190.50", "190.50"), ("-3", "-3"), ("1e3", "1E+3"), ("0", "0")])
def test_plain_numbers_are_read_with_the_digits_they_came_with(text: str, value: str) -> None:
    assert str(parse_decimal(text, "px")) == value


@pytest.mark.parametrize(
    "text", ["", "abc", "NaN", "sNaN", "Infinity", "-inf", "1e19", "1e-19", "1,000", "0x10", "1 0"]
)
def test_what_is_no_plain_finite_number_is_refused_by_name(text: str) -> None:
    with pytest.raises(NumberError, match=r"^limit: "):
        parse_decimal(text, "limit")


@given(PRICES, TICKS)
def test_rounding_lands_on_the_grid_within_one_step(px: D, tick: D) -> None:
    low, high = floor_to(px, tick), ceil_to(px, tick)
    assert is_multiple(low, tick)
    assert is_multiple(high, tick)
    assert low <= px <= high
    assert high - low in (0, tick)


@given(PRICES, TICKS)
def test_a_passive_price_never_costs_more_than_asked(px: D, tick: D) -> None:
    assert passive_price(px, tick, is_buy=True) <= px
    assert passive_price(px, tick, is_buy=False) >= px


@given(PRICES, TICKS)
def test_an_aggressive_price_never_asks_for_less_than_the_touch(px: D, tick: D) -> None:
    assert aggressive_price(px, tick, is_buy=True) >= px
    assert aggressive_price(px, tick, is_buy=False) <= px


@pytest.mark.parametrize(("value", "text"), [("1E+3", "1000"), ("0.10", "0.10"), ("1E-8", "0.00000001")])
def test_numbers_are_written_without_an_exponent(value: str, text: str) -> None:
    assert plain(D(value)) == text
