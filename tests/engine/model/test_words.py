"""The closed vocabularies and the value types: what the journal, JSON and the checks rely on."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from engine.model.enums import OrdType, Side, TradingState
from engine.model.instrument import Instrument
from engine.model.market import Bar, Quote
from engine.model.order import OrderRequest

D = Decimal


def test_both_kinds_of_sale_have_the_sign_of_a_sale() -> None:
    assert [(side.sign, side.is_buy) for side in Side] == [(1, True), (-1, False), (-1, False)]
    assert [side.opposite for side in Side] == [Side.SELL, Side.BUY, Side.BUY]


@pytest.mark.parametrize(
    ("ord_type", "limit", "stop"),
    [
        (OrdType.MARKET, False, False),
        (OrdType.LIMIT, True, False),
        (OrdType.STOP, False, True),
        (OrdType.STOP_LIMIT, True, True),
    ],
)
def test_each_type_knows_the_prices_it_needs(ord_type: OrdType, limit: bool, stop: bool) -> None:
    assert (ord_type.needs_limit, ord_type.needs_stop) == (limit, stop)


def test_a_larger_trading_state_is_stricter() -> None:
    assert TradingState.ACTIVE < TradingState.REDUCING < TradingState.HALTED


@pytest.mark.parametrize(
    ("bid", "ask", "regular"),
    [("99", "100", True), ("100", "100", False), ("101", "100", False), ("0", "100", False), ("-1", "1", False)],
)
def test_a_quote_is_regular_when_it_is_neither_locked_nor_crossed_nor_empty(bid: str, ask: str, regular: bool) -> None:
    assert Quote("X", D(bid), D(ask), None, None, 0).is_regular is regular


def test_the_mid_is_exact() -> None:
    assert Quote("X", D("10.00"), D("10.01"), None, None, 0).mid == D("10.005")


def test_a_bar_is_known_at_its_end() -> None:
    bar = Bar("X", D(1), D(1), D(1), D(1), D(1), 60, 60)
    assert bar.end_ns == 120


@pytest.mark.parametrize(
    "value",
    [
        OrderRequest(
            "A", "X", Side.SELL_SHORT, D("0.50"), OrdType.STOP_LIMIT, D("1.10"), D("1.20"), parent=3, slice_no=4
        ),
        Instrument("X", tick=D("0.0001"), sector="Tech"),
        Quote("X", D("1.10"), D("1.20"), None, D(5), 17, delayed=True),
    ],
)
def test_values_survive_json_digit_for_digit(value: msgspec.Struct) -> None:
    text = msgspec.json.encode(value)
    assert msgspec.json.decode(text, type=type(value)) == value
    assert msgspec.json.encode(msgspec.json.decode(text, type=type(value))) == text


@pytest.mark.parametrize("field", ["qty", "symbol"])
def test_values_can_not_be_changed(field: str) -> None:
    request = OrderRequest("A", "X", Side.BUY, D(1))
    with pytest.raises(AttributeError):
        setattr(request, field, getattr(request, field))
