"""Numbers that no check can compare, or that overflow when they are multiplied: refused, and never an exception."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest

from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.order import OrderRequest
from engine.model.package import Leg
from tests.engine.risk.seat import ACCOUNT, D, Seat, buy, sell

ODD = [
    "NaN", "sNaN", "Infinity", "-Infinity", "1E+999999", "9.99E+999999", "1E-999999", "-1E+999999", "1E+18", "1E-18",
    "-1", "0", "-0", "0E+999999",
]  # fmt: skip
PLACES = ("qty", "limit_px", "stop_px", "trail_amount", "trail_pct", "display_qty")
SANE: dict[OrdType, dict[str, Any]] = {
    OrdType.MARKET: {},
    OrdType.LIMIT: {"limit_px": D(100)},
    OrdType.STOP: {"stop_px": D(101)},
    OrdType.STOP_LIMIT: {"limit_px": D(101), "stop_px": D(101)},
    OrdType.TRAILING_STOP: {"trail_amount": D(1)},
}


@pytest.fixture
def seat() -> Seat:
    seat = Seat()
    seat.quote("AAPL", "99.98", "100.02")
    seat.quote("MSFT", "99.98", "100.02")
    seat.hold("AAPL", "500")
    return seat


@pytest.mark.parametrize(("odd", "place"), list(itertools.product(ODD, PLACES)))
def test_no_odd_number_passes_or_raises(seat: Seat, odd: str, place: str) -> None:
    working = seat.send(sell("100", limit="110"))
    for kind, side in itertools.product(OrdType, Side):
        fields = {"qty": D(10), "ord_type": kind, **SANE[kind], place: Decimal(odd)}
        request = OrderRequest(ACCOUNT, "AAPL", side, **fields)
        for replacing in (None, working):
            denials = seat.denials(request, replacing)
            assert denials, f"{kind} {side}"
            assert all(len(str(denial)) < 2000 for denial in denials), "a refusal that nobody can read"


@pytest.mark.parametrize("odd", ODD)
def test_nor_in_a_package(seat: Seat, odd: str) -> None:
    legs = (Leg("AAPL", Side.BUY, 1), Leg("MSFT", Side.SELL, 1))
    for qty, limit in ((Decimal(odd), D(1)), (D(1), Decimal(odd))):
        assert seat.denials(OrderRequest(ACCOUNT, "PACK", Side.BUY, qty, OrdType.LIMIT, limit, legs=legs))


@pytest.mark.parametrize("ratio", [0, -1, 10**30])
def test_nor_as_the_ratio_of_a_leg(seat: Seat, ratio: int) -> None:
    legs = (Leg("AAPL", Side.BUY, ratio), Leg("MSFT", Side.SELL, 1))
    assert seat.denials(OrderRequest(ACCOUNT, "PACK", Side.BUY, D(1), OrdType.LIMIT, D(1), legs=legs))


@pytest.mark.parametrize("end", [-1, 0, 2**63, 10**30])
def test_an_end_that_is_no_time_is_refused(seat: Seat, end: int) -> None:
    assert "ORDER_FORM" in seat.codes(buy("1", limit="100", time_in_force=TimeInForce.GTD, expire_ns=end))


def test_as_large_and_as_small_as_numbers_may_be_they_are_compared(seat: Seat) -> None:
    assert "MAX_ORDER_QTY" in seat.codes(buy("1E+17", limit="100"))
    assert "LOT_SIZE" in seat.codes(buy("1E-17", limit="100"))
    assert seat.denial("ORDER_FORM", buy("1E+18", limit="100")).value == "1E+18"
    assert seat.denial("ORDER_FORM", buy("1E-18", limit="100")).value == "1E-18"
