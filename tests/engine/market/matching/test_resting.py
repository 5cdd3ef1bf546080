"""Resting orders: queue position, prints, trade-through, locked markets, the chance of a fill."""

from __future__ import annotations

from decimal import Decimal

from engine.market.matching import FillConfig
from engine.model.enums import LiquidityFlag
from tests.engine.market.matching.desk import Desk, executions, fills, kinds


def resting(bid_size: int = 500) -> Desk:
    """A bid for 100 at the touch, behind what the touch displays."""
    desk = Desk()
    desk.quote("100.00", "100.02", bid_size=bid_size)
    assert kinds(desk.buy(100, "100.00")) == ["Accepted"]
    return desk


def test_prints_at_our_price_serve_the_queue_first_and_then_us() -> None:
    desk = resting()
    assert desk.trade("100.00", 300) == []
    assert desk.trade("100.00", 200) == []
    reports = desk.trade("100.00", 60)
    assert fills(reports) == [("60", "100.00")]
    assert executions(reports)[0].liquidity is LiquidityFlag.MAKER
    assert fills(desk.trade("100.00", 500)) == [("40", "100.00")]


def test_what_a_print_has_left_after_the_queue_fills_us() -> None:
    desk = resting()
    assert fills(desk.trade("100.00", 530)) == [("30", "100.00")]


def test_a_smaller_display_shortens_the_queue_and_a_larger_one_does_not_lengthen_it() -> None:
    desk = resting()
    desk.quote("100.00", "100.02", bid_size=50)
    desk.quote("100.00", "100.02", bid_size=900)
    assert fills(desk.trade("100.00", 90)) == [("40", "100.00")]


def test_an_order_that_improves_the_touch_has_nobody_ahead() -> None:
    desk = Desk()
    desk.quote("100.00", "100.05")
    desk.buy(100, "100.01")
    assert fills(desk.trade("100.01", 70)) == [("70", "100.01")]


def test_an_order_deeper_than_the_touch_learns_its_queue_when_the_touch_comes() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02")
    desk.buy(100, "99.98")
    assert desk.trade("99.98", 5000) == [], "how much is ahead at 99.98 is not known yet"
    desk.quote("99.98", "100.00", bid_size=400)
    assert fills(desk.trade("99.98", 450)) == [("50", "99.98")]


def test_a_touch_that_falls_back_behind_us_leaves_nobody_ahead() -> None:
    desk = resting()
    desk.quote("99.99", "100.02")
    desk.quote("100.00", "100.02", bid_size=900)
    assert fills(desk.trade("100.00", 30)) == [("30", "100.00")]


def test_a_print_through_our_price_fills_regardless_of_the_queue() -> None:
    desk = resting()
    assert fills(desk.trade("99.99", 40)) == [("40", "100.00")]


def test_an_opposite_touch_at_our_price_fills_up_to_what_it_displays() -> None:
    desk = resting()
    assert fills(desk.quote("99.98", "100.00", ask_size=60)) == [("60", "100.00")]
    assert desk.quote("99.97", "100.00", ask_size=60) == []
    assert fills(desk.quote("99.97", "99.99", ask_size=60)) == [("40", "100.00")]


def test_locked_and_crossed_quotes_fill_nobody() -> None:
    desk = resting()
    assert desk.quote("100.00", "100.00") == []
    assert desk.quote("100.01", "99.99") == []


def test_ineligible_prints_fill_nobody() -> None:
    desk = resting()
    assert desk.trade("99.00", 10_000, eligible=False) == []


def test_better_prices_and_earlier_orders_are_served_first() -> None:
    desk = Desk()
    desk.quote("100.00", "100.10", bid_size=0)
    desk.buy(100, "100.01")
    desk.buy(100, "100.02")
    desk.buy(100, "100.02")
    served = [(e.cl_ord_id, int(e.last_qty)) for e in executions(desk.trade("100.01", 250))]
    assert served == [("c2", 100), ("c3", 100), ("c1", 50)]


def test_the_queue_ahead_of_two_orders_is_consumed_once() -> None:
    desk = resting(bid_size=500)
    desk.quote("100.00", "100.02", bid_size=700)
    desk.buy(100, "100.00")
    served = [(e.cl_ord_id, int(e.last_qty)) for e in executions(desk.trade("100.00", 850))]
    assert served == [("c1", 100), ("c2", 50)]


def test_sales_rest_and_fill_like_buys() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02", ask_size=200)
    desk.sell(100, "100.02")
    assert desk.trade("100.02", 200) == []
    assert fills(desk.trade("100.03", 30)) == [("30", "100.02")]
    assert fills(desk.quote("100.02", "100.04", bid_size=20)) == [("20", "100.02")]
    assert fills(desk.trade("100.02", 500)) == [("50", "100.02")]


def test_a_print_is_shared_and_never_exceeded_over_both_sides() -> None:
    desk = Desk()
    desk.quote("100.00", "100.10", 0, 0)
    desk.buy(100, "100.05")
    desk.sell(100, "100.05")
    assert sum(e.last_qty for e in executions(desk.trade("100.05", 120))) == 120


def test_an_order_without_luck_is_passed_over_at_its_price_but_not_when_traded_through() -> None:
    desk = Desk(FillConfig(limit_fill_prob=Decimal(0)))
    desk.quote("100.00", "100.05")
    desk.buy(100, "100.01")
    assert desk.trade("100.01", 500) == []
    assert desk.quote("99.99", "100.01") == []
    assert fills(desk.trade("100.00", 30)) == [("30", "100.01")]
    assert fills(desk.quote("99.98", "100.00")) == [("70", "100.01")]


def test_the_chance_is_seeded_and_drawn_once_per_display() -> None:
    def run(seed: int) -> list[tuple[str, str]]:
        desk = Desk(FillConfig(limit_fill_prob=Decimal("0.3")), seed=seed)
        desk.quote("100.00", "100.05")
        for _ in range(50):
            desk.buy(1, "100.01")
        for _ in range(20):
            desk.quote("99.99", "100.01")
        return fills(desk.reports)

    assert run(5) == run(5)
    assert 5 <= len(run(5)) <= 25, "repeating the same quote must not draw again"
    assert len({tuple(run(seed)) for seed in range(5)}) > 1


def test_the_chance_does_not_hinder_takers() -> None:
    desk = Desk(FillConfig(limit_fill_prob=Decimal(0)))
    desk.quote("100.00", "100.05")
    assert fills(desk.buy(100, "100.05")) == [("100", "100.05")]
