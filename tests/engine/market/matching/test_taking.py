"""Taking liquidity: market orders, marketable limits, immediate orders, slippage and commission."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.market.matching import FillConfig
from engine.model.enums import LiquidityFlag, TimeInForce
from engine.model.instrument import Instrument
from engine.protocol import Accepted, Canceled
from tests.engine.market.matching.desk import Desk, executions, fills, kinds


def test_a_market_order_takes_at_the_touch() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02")
    reports = desk.buy(100)
    assert kinds(reports) == ["Accepted", "Filled"]
    assert fills(reports) == [("100", "100.02")]
    assert executions(reports)[0].liquidity is LiquidityFlag.TAKER


def test_a_sale_takes_at_the_bid() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02")
    assert fills(desk.sell(100)) == [("100", "100.00")]


def test_a_taker_gets_at_most_the_displayed_size_and_goes_on_when_the_touch_changes() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02", ask_size=300)
    assert fills(desk.buy(1000)) == [("300", "100.02")]
    assert fills(desk.quote("100.00", "100.03", ask_size=500)) == [("500", "100.03")]
    assert fills(desk.quote("100.00", "100.04", ask_size=500)) == [("200", "100.04")]


def test_a_second_taker_finds_only_what_the_first_one_left() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02", ask_size=300)
    desk.buy(200)
    assert fills(desk.buy(200)) == [("100", "100.02")]


def test_a_quote_that_repeats_the_touch_or_moves_the_other_side_displays_nothing_new() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02", ask_size=300)
    desk.buy(1000)
    assert desk.quote("100.00", "100.02", ask_size=300) == []
    assert desk.quote("100.01", "100.02", ask_size=300) == []
    assert fills(desk.quote("100.01", "100.02", ask_size=301)) == [("301", "100.02")]


def test_a_locked_quote_in_between_displays_nothing_new() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02", ask_size=300)
    desk.buy(1000)
    assert desk.quote("100.02", "100.02", ask_size=900) == []
    assert desk.quote("100.03", "100.02", ask_size=900) == []
    assert desk.quote("100.00", "100.02", ask_size=300) == []
    assert desk.exchange.irregular_quotes() == 2


def test_nothing_is_taken_at_a_locked_or_crossed_touch() -> None:
    desk = Desk()
    desk.quote("100.02", "100.02")
    assert kinds(desk.buy(100)) == ["Accepted"]
    assert fills(desk.quote("100.01", "100.02")) == [("100", "100.02")]


def test_a_source_without_sizes_displays_the_default_with_every_quote() -> None:
    desk = Desk(FillConfig(default_display=Decimal(200)))
    desk.quote("100.00", "100.02", None, None)
    assert fills(desk.buy(500)) == [("200", "100.02")]
    assert fills(desk.quote("100.00", "100.02", None, None)) == [("200", "100.02")]
    assert fills(desk.quote("100.00", "100.02", None, None)) == [("100", "100.02")]


def test_a_market_order_before_the_first_quote_waits_for_it() -> None:
    desk = Desk()
    assert kinds(desk.buy(100)) == ["Accepted"]
    assert fills(desk.quote("100.00", "100.02")) == [("100", "100.02")]


def test_a_limit_before_the_first_quote_pays_the_touch_and_not_its_limit() -> None:
    desk = Desk()
    desk.buy(100, "110.00")
    assert fills(desk.quote("100.00", "100.02")) == [("100", "100.02")]


def test_the_rest_of_a_marketable_limit_goes_on_taking_at_the_touch() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02", ask_size=300)
    assert fills(desk.buy(1000, "100.10")) == [("300", "100.02")]
    assert fills(desk.quote("100.00", "100.03", ask_size=400)) == [("400", "100.03")]


def test_once_the_market_left_it_behind_a_limit_fills_at_its_own_price() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02", ask_size=300)
    desk.buy(1000, "100.10")
    assert desk.quote("100.09", "100.12") == []
    reports = desk.quote("100.00", "100.05", ask_size=300)
    assert fills(reports) == [("300", "100.10")]
    assert executions(reports)[0].liquidity is LiquidityFlag.MAKER


def test_waiting_market_orders_are_served_first_and_in_the_order_they_came() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02", ask_size=100)
    desk.buy(100)
    desk.buy(50, "100.05")
    desk.buy(200)
    desk.buy(200)
    reports = desk.quote("100.00", "100.03", ask_size=300)
    assert [(e.cl_ord_id, int(e.last_qty)) for e in executions(reports)] == [("c3", 200), ("c4", 100)]
    reports = desk.quote("100.00", "100.04", ask_size=300)
    assert [(e.cl_ord_id, int(e.last_qty)) for e in executions(reports)] == [("c4", 100), ("c2", 50)]


def test_fills_are_whole_lots_of_what_is_displayed() -> None:
    desk = Desk(instruments=[Instrument("IBM", lot=Decimal(100))])
    desk.quote("100.00", "100.02", ask_size=250)
    assert fills(desk.buy(500)) == [("200", "100.02")]


def test_an_ioc_takes_what_it_can_and_the_rest_dies() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02", ask_size=300)
    reports = desk.buy(500, "100.02", tif=TimeInForce.IOC)
    assert kinds(reports) == ["Accepted", "Filled", "Canceled"]
    assert fills(reports) == [("300", "100.02")]
    assert desk.exchange.open_orders() == []


def test_a_fok_fills_in_full_or_not_at_all() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02", ask_size=300)
    assert kinds(desk.buy(301, "100.02", tif=TimeInForce.FOK)) == ["Accepted", "Canceled"]
    assert fills(desk.buy(300, "100.02", tif=TimeInForce.FOK)) == [("300", "100.02")]


@pytest.mark.parametrize("tif", [TimeInForce.IOC, TimeInForce.FOK])
def test_an_immediate_order_without_a_quote_dies_at_once(tif: TimeInForce) -> None:
    reports = Desk().buy(100, tif=tif)
    assert [type(report) for report in reports] == [Accepted, Canceled]


def test_slippage_is_adverse_and_rounds_outwards_to_the_tick() -> None:
    desk = Desk(FillConfig(slippage_bps=Decimal("0.5")))
    desk.quote("100.00", "100.02")
    assert fills(desk.buy(100)) == [("100", "100.03")]
    assert fills(desk.sell(100)) == [("100", "99.99")]


def test_slippage_never_goes_past_the_limit() -> None:
    desk = Desk(FillConfig(slippage_bps=Decimal(50)))
    desk.quote("100.00", "100.02")
    assert fills(desk.buy(100, "100.04")) == [("100", "100.04")]
    assert fills(desk.sell(100, "99.99")) == [("100", "99.99")]


def test_a_quote_off_the_tick_is_taken_as_it_is() -> None:
    desk = Desk()
    desk.quote("100.0001", "100.0099")
    assert fills(desk.buy(100)) == [("100", "100.0099")]


def test_the_commission_minimum_is_charged_once_per_order() -> None:
    desk = Desk(FillConfig(commission_per_share=Decimal("0.005"), commission_min=Decimal(1)))
    desk.quote("100.00", "100.02", ask_size=100)
    desk.buy(400)
    for ask in ("100.03", "100.04", "100.05"):
        desk.quote("100.00", ask, ask_size=100)
    assert [e.fee for e in desk.executions] == [Decimal(1), Decimal(0), Decimal("0.5"), Decimal("0.5")]
    assert desk.exchange.ledger.fees == {"USD": Decimal(2)}


def test_commission_in_bps_is_of_the_traded_value() -> None:
    desk = Desk(FillConfig(commission_bps=Decimal(10)), instruments=[Instrument("ES", multiplier=Decimal(50))])
    desk.quote("100.00", "100.02")
    desk.buy(2)
    assert desk.executions[0].fee == Decimal("10.002")


def test_bad_fill_settings_name_their_key() -> None:
    with pytest.raises(ValueError, match=r"limit_fill_prob: 1\.5 is not between 0 and 1"):
        FillConfig(limit_fill_prob=Decimal("1.5"))
    with pytest.raises(ValueError, match="commission_min: -1"):
        FillConfig(commission_min=Decimal(-1))
    with pytest.raises(ValueError, match="slippage_bps: 10000 is not below"):
        FillConfig(slippage_bps=Decimal(10_000))
    with pytest.raises(ValueError, match="default_display: 0"):
        FillConfig(default_display=Decimal(0))
