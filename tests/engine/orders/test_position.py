"""Positions and their profit: every number by hand, for both methods."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

import pytest

from engine.orders.position import Position, adopt, apply_execution

D = Decimal

Trade = tuple[str, str]
"""signed quantity, price"""


def _position(method: str = "average", multiplier: str = "1") -> Position:
    return Position("PAPER", "AAPL", D(multiplier), lots=deque() if method == "fifo" else None)


def _after(trades: list[Trade], method: str = "average", multiplier: str = "1") -> Position:
    position = _position(method, multiplier)
    for qty, px in trades:
        apply_execution(position, D(qty), D(px), D(0))
    return position


@pytest.mark.parametrize("method", ["average", "fifo"])
@pytest.mark.parametrize(
    ("trades", "qty", "cost", "realized"),
    [
        pytest.param([("100", "10")], "100", "1000", "0", id="open a long"),
        pytest.param([("-100", "10")], "-100", "-1000", "0", id="open a short"),
        pytest.param([("100", "10"), ("-100", "11")], "0", "0", "100", id="long, closed with a gain"),
        pytest.param([("100", "10"), ("-100", "9")], "0", "0", "-100", id="long, closed with a loss"),
        pytest.param([("-100", "10"), ("100", "9")], "0", "0", "100", id="short, closed with a gain"),
        pytest.param([("-100", "10"), ("100", "11")], "0", "0", "-100", id="short, closed with a loss"),
        pytest.param([("100", "10"), ("-40", "11")], "60", "600", "40", id="long, partly closed"),
        pytest.param([("-100", "10"), ("40", "11")], "-60", "-600", "-40", id="short, partly closed"),
        pytest.param([("100", "10"), ("-150", "12")], "-50", "-600", "200", id="flip long to short"),
        pytest.param([("-100", "10"), ("150", "12")], "50", "600", "-200", id="flip short to long"),
    ],
)
def test_both_methods_agree_on_one_opening_price(
    trades: list[Trade], qty: str, cost: str, realized: str, method: str
) -> None:
    position = _after(trades, method)
    assert (position.qty, position.cost, position.realized) == (D(qty), D(cost), D(realized))


@pytest.mark.parametrize(
    ("method", "cost", "realized"),
    # 100 at 10, 100 at 20, 100 sold at 30: average 15 or the oldest 10
    [("average", "1500", "1500"), ("fifo", "2000", "2000")],
)
def test_the_methods_differ_in_which_cost_leaves(method: str, cost: str, realized: str) -> None:
    position = _after([("100", "10"), ("100", "20"), ("-100", "30")], method)
    assert (position.qty, position.cost, position.realized) == (D(100), D(cost), D(realized))


@pytest.mark.parametrize(("method", "cost", "realized"), [("average", "750", "2250"), ("fifo", "1000", "2500")])
def test_a_sale_may_span_several_lots(method: str, cost: str, realized: str) -> None:
    position = _after([("100", "10"), ("100", "20"), ("-150", "30")], method)
    assert (position.qty, position.cost, position.realized) == (D(50), D(cost), D(realized))


def test_first_in_first_out_for_shorts() -> None:
    position = _after([("-100", "20"), ("-100", "10"), ("150", "5")], "fifo")
    assert (position.qty, position.cost, position.realized) == (D(-50), D(-500), D(1500 + 250))


def test_after_a_flip_only_what_went_beyond_is_a_lot() -> None:
    position = _after([("100", "10"), ("-130", "12"), ("-20", "14"), ("40", "11")], "fifo")
    # short 30 at 12 and 20 at 14; 40 bought at 11: 30 x 1 + 10 x 3
    assert (position.qty, position.cost, position.realized) == (D(-10), D(-140), D(200 + 30 + 30))


def test_the_multiplier_turns_points_into_money() -> None:
    position = _after([("2", "4000"), ("-1", "4001.25")], multiplier="50")
    assert (position.cost, position.realized, position.avg_px) == (D(200000), D("62.50"), D(4000))


def test_fees_are_counted_apart() -> None:
    position = _position()
    apply_execution(position, D(100), D(10), D("0.35"))
    apply_execution(position, D(-100), D(11), D("0.40"))
    assert (position.realized, position.fees) == (D(100), D("0.75"))


def test_the_average_price_is_none_when_flat() -> None:
    assert _position().avg_px is None
    assert _after([("3", "10"), ("3", "11")]).avg_px == D("10.5")
    assert _after([("-4", "10")]).avg_px == D(10)


def test_the_last_price_is_the_newest_executions() -> None:
    assert _after([("3", "10"), ("-1", "11.25")]).last_px == D("11.25")


def test_what_is_adopted_has_a_cost_and_no_profit() -> None:
    position = _position("fifo")
    adopt(position, D(-50), D(12))
    assert (position.qty, position.cost, position.realized, position.avg_px) == (D(-50), D(-600), D(0), D(12))
    apply_execution(position, D(50), D(10), D(0))
    assert position.realized == 100


@pytest.mark.parametrize("method", ["average", "fifo"])
def test_a_third_of_a_cent_is_not_lost(method: str) -> None:
    """3 shares cost 10.00 together; sold one by one at 4.00 they make 2.00, whatever each one's share was."""
    position = _position(method)
    apply_execution(position, D(3), D("3.3333333333333"), D(0))
    paid = position.cost
    for _ in range(3):
        apply_execution(position, D(-1), D(4), D(0))
    assert (position.qty, position.cost) == (0, 0)
    assert position.realized == 12 - paid
