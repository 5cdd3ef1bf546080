"""Requests: refusals, cancel, replace, day orders, cash accounts, ids."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine.market.matching import DuplicateIdError, FillConfig, hours_by_calendar
from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.order import BrokerOrder
from engine.protocol import CancelRejected, Expired, Rejected, Replaced, ReplaceRejected
from tests.engine.market.matching.desk import ACCOUNT, Desk, executions, fills, kinds


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


def refusal(desk: Desk, order: BrokerOrder) -> str:
    (report,) = desk.send(order)
    assert isinstance(report, Rejected)
    assert desk.exchange.open_orders() == []
    return report.reason


def test_each_refusal_says_what_is_wrong() -> None:
    desk = Desk()
    buy = Side.BUY
    cases = [
        (desk.order(buy, 100, symbol="XXX"), "XXX is not listed"),
        (desk.order(buy, 100, account="OTHER"), "account 'OTHER' is not 'PAPER'"),
        (desk.order(buy, 0), "quantity 0 is not above 0"),
        (desk.order(buy, -5), "quantity -5 is not above 0"),
        (desk.order(buy, "1.5"), "quantity 1.5 is not a multiple of the lot 1"),
        (desk.order(buy, 100, "100.001"), "limit price 100.001 is not a multiple of the tick 0.01"),
        (desk.order(buy, 100, "-1"), "limit price -1 is not above 0"),
        (desk.order(buy, 100, stop="0.005"), "stop price 0.005 is not a multiple of the tick 0.01"),
        (desk.order(buy, 100, tif=TimeInForce.OPG), "time in force opg is not offered"),
        (desk.order(buy, 100, stop="5", tif=TimeInForce.IOC), "a stop order can't be ioc"),
    ]
    for order, reason in cases:
        assert refusal(desk, order).startswith(reason)


def test_a_type_and_its_prices_must_agree() -> None:
    desk = Desk()

    def order(ord_type: OrdType, limit: str | None, stop: str | None) -> BrokerOrder:
        made = desk.order(Side.BUY, 100, limit, stop)
        return BrokerOrder(
            made.cl_ord_id, ACCOUNT, "IBM", Side.BUY, made.qty, ord_type, TimeInForce.DAY, made.limit_px, made.stop_px
        )

    assert refusal(desk, order(OrdType.LIMIT, None, None)) == "a limit order needs a limit price"
    assert refusal(desk, order(OrdType.STOP_LIMIT, "5", None)) == "a stop_limit order needs a stop price"
    assert refusal(desk, order(OrdType.MARKET, "5", None)) == "a market order takes no limit price"


def test_quantities_outside_the_instrument_s_bounds_are_refused() -> None:
    desk = Desk(instruments=[Instrument("IBM", min_qty=Decimal(10), max_qty=Decimal(1000))])
    assert refusal(desk, desk.order(Side.BUY, 9)) == "quantity 9 is below the minimum 10"
    assert refusal(desk, desk.order(Side.BUY, 1001)) == "quantity 1001 is above the maximum 1000"


def test_a_type_that_the_exchange_does_not_have_is_refused() -> None:
    desk = Desk()
    trailing = OrdType.TRAILING_STOP
    order = BrokerOrder("x2", ACCOUNT, "IBM", Side.SELL, Decimal(1), trailing, TimeInForce.DAY, trail_amount=Decimal(1))
    assert refusal(desk, order) == "a trailing_stop order is not offered; expected market, limit, stop or stop_limit"


def test_extended_hours_are_refused() -> None:
    desk = Desk()
    order = BrokerOrder("x1", ACCOUNT, "IBM", Side.BUY, Decimal(1), OrdType.MARKET, TimeInForce.DAY, extended=True)
    assert refusal(desk, order) == "extended hours are not offered"


def test_an_id_is_never_taken_twice_and_the_first_order_stays() -> None:
    desk = Desk()
    desk.buy(100, "90.00")
    with pytest.raises(DuplicateIdError, match="c1 was used before"):
        desk.send(desk.order(Side.SELL, 5, cl_ord_id="c1"))
    desk.cancel("c1")
    with pytest.raises(DuplicateIdError):
        desk.send(desk.order(Side.SELL, 5, cl_ord_id="c1"))
    assert kinds(desk.reports) == ["Accepted", "Canceled"]


def test_a_refused_order_has_used_its_id() -> None:
    desk = Desk()
    refusal(desk, desk.order(Side.BUY, 0, cl_ord_id="r1"))
    with pytest.raises(DuplicateIdError):
        desk.send(desk.order(Side.BUY, 1, cl_ord_id="r1"))


def test_a_cancel_ends_the_order_wherever_it_waits() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02", ask_size=100)
    desk.buy(200)
    desk.buy(100, "99.00")
    desk.buy(100, stop="101.00")
    for cl_ord_id in ("c1", "c2", "c3"):
        assert kinds(desk.cancel(cl_ord_id)) == ["Canceled"]
    assert desk.quote("98.00", "98.01") == []
    assert desk.quote("102.00", "102.01") == []


def test_a_cancel_that_comes_too_late_is_refused_and_says_why() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02")
    desk.buy(100)
    (late,) = desk.cancel("c1")
    (unknown,) = desk.cancel("nobody")
    assert isinstance(late, CancelRejected)
    assert isinstance(unknown, CancelRejected)
    assert late.reason == "the order is no longer open"
    assert unknown.reason == "no order has this id"


def test_cancel_all_ends_every_order() -> None:
    desk = Desk()
    for at in ("99.00", "98.00", "97.00"):
        desk.buy(100, at)
    assert kinds(desk.exchange.cancel_all(desk.now_ns)) == ["Canceled"] * 3
    assert desk.exchange.open_orders() == []


def test_a_replace_goes_on_under_the_new_id_and_fills_count_over_the_chain() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02", ask_size=40)
    desk.buy(100, "100.02")
    reports = desk.replace("c1", "c1.1", 150, "100.05")
    assert reports[0] == Replaced("c1.1", "c1", "O1", Decimal(150), Decimal("100.05"), None, desk.now_ns)
    reports = desk.quote("100.00", "100.03", ask_size=200)
    assert [(e.cl_ord_id, int(e.last_qty)) for e in executions(reports)] == [("c1.1", 110)]


def test_a_replaced_price_takes_at_once_when_it_crosses() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02")
    desk.buy(100, "99.00")
    assert kinds(desk.replace("c1", "c2", 100, "100.02")) == ["Replaced", "Filled"]


def test_less_quantity_keeps_the_place_in_the_queue_and_more_loses_it() -> None:
    def filled_after(new_qty: int) -> list[tuple[str, str]]:
        desk = Desk()
        desk.quote("100.00", "100.02", bid_size=100)
        desk.buy(50, "100.00")
        desk.trade("100.00", 100)
        desk.replace("c1", "c2", new_qty, "100.00")
        return fills(desk.trade("100.00", 100))

    assert filled_after(40) == [("40", "100.00")]
    assert filled_after(60) == [], "it waits behind the displayed 100 again"


def test_a_total_at_or_below_what_is_filled_ends_the_order() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02", ask_size=40)
    desk.buy(100, "100.02")
    (report,) = desk.replace("c1", "c2", 30, "100.02")
    assert isinstance(report, Replaced)
    assert report.qty == 40
    assert desk.exchange.open_orders() == []
    assert desk.quote("100.00", "100.01") == []


def test_replaces_that_can_t_be_are_refused_and_the_order_keeps_its_terms() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02")
    desk.buy(100, "99.00")
    desk.replace("c1", "c2", 100, "99.01")
    cases = [
        (("c1", "n1", 100, "99.02"), "c1 was already replaced by c2"),
        (("c2", "n2", 100, "99.001"), "limit price 99.001 is not a multiple of the tick 0.01"),
        (("c2", "n3", 0, "99.02"), "quantity 0 is not above 0"),
        (("zz", "n4", 100, "99.02"), "no order has this id"),
    ]
    for change, reason in cases:
        (report,) = desk.replace(*change)
        assert isinstance(report, ReplaceRejected)
        assert report.reason == reason
    (order,) = desk.exchange.open_orders()
    assert (order.cl_ord_id, order.root_cl_ord_id, order.limit_px) == ("c2", "c1", Decimal("99.01"))
    with pytest.raises(DuplicateIdError):
        desk.replace("c2", "n2", 100, "99.02")


def test_a_stop_can_be_moved_until_it_is_elected() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02")
    desk.sell(100, limit="99.00", stop="99.50")
    assert kinds(desk.replace("c1", "c2", 100, "99.00", "99.60")) == ["Replaced"]
    assert kinds(desk.quote("99.60", "99.62", bid_size=0)) == ["Triggered"]
    (report,) = desk.replace("c2", "c3", 100, "99.00", "99.70")
    assert isinstance(report, ReplaceRejected)
    assert report.reason == "the stop was already elected"


def test_any_of_its_ids_finds_an_open_order() -> None:
    desk = Desk()
    desk.buy(100, "99.00")
    desk.replace("c1", "c2", 90, "99.00")
    for cl_ord_id in ("c1", "c2"):
        order = desk.exchange.open_order(cl_ord_id)
        assert order is not None
        assert (order.cl_ord_id, int(order.qty), order.status) == ("c2", 90, OrdStatus.NEW)
    assert kinds(desk.cancel("c1")) == ["Canceled"]


# --- sessions ---------------------------------------------------------------------------------------------------

CLOSE = ns("2013-10-07T20:00:00")


def exchange_hours() -> Desk:
    desk = Desk(hours=hours_by_calendar(), now_ns=ns("2013-10-07T14:00:00"))
    desk.quote("100.00", "100.02")
    return desk


def test_day_orders_expire_at_the_close_and_gtc_orders_stay() -> None:
    desk = exchange_hours()
    desk.buy(100, "99.00")
    desk.buy(100, "99.00", tif=TimeInForce.GTC)
    desk.until(CLOSE - 1)
    assert [o.cl_ord_id for o in desk.exchange.open_orders()] == ["c1", "c2"]
    assert desk.until(CLOSE) == [Expired("c1", CLOSE, Decimal(0))]
    assert [o.cl_ord_id for o in desk.exchange.open_orders()] == ["c2"]


def test_orders_outside_the_session_are_refused() -> None:
    desk = exchange_hours()
    desk.until(CLOSE)
    assert refusal(desk, desk.order(Side.BUY, 100)) == "market closed"


def test_a_date_beyond_the_calendar_is_refused_in_the_calendar_s_own_words() -> None:
    desk = Desk(hours=hours_by_calendar(), now_ns=ns("1970-01-02T15:00:00"))
    assert refusal(desk, desk.order(Side.BUY, 100)).startswith("market closed: the XNYS calendar covers")


def test_a_calendar_that_is_not_known_is_refused() -> None:
    desk = Desk(instruments=[Instrument("IBM", calendar="XMARS")], hours=hours_by_calendar())
    assert "'XMARS' is not known" in refusal(desk, desk.order(Side.BUY, 100))


def test_quotes_after_the_close_fill_nothing_and_the_next_open_does() -> None:
    desk = exchange_hours()
    desk.buy(100, "99.00", tif=TimeInForce.GTC)
    desk.sell(100, stop="99.50", tif=TimeInForce.GTC)
    desk.until(CLOSE)
    assert desk.quote("98.00", "98.50") == []
    assert desk.trade("98.00", 500) == []
    desk.until(ns("2013-10-08T13:30:00"))
    reports = desk.quote("98.00", "98.51")
    assert kinds(reports) == ["Filled", "Triggered", "Filled"]
    assert fills(reports) == [("100", "99.00"), ("100", "98.00")]


def test_a_day_order_left_from_a_later_tape_expires_at_the_start() -> None:
    desk = exchange_hours()
    desk.buy(100, "99.00")
    desk.buy(100, "99.00", tif=TimeInForce.GTC)
    reports = desk.exchange.start(ns("2013-10-04T14:00:00"))
    assert [(type(r), r.cl_ord_id) for r in reports if isinstance(r, Expired)] == [(Expired, "c1")]


# --- cash accounts ------------------------------------------------------------------------------------------------


def test_a_cash_account_refuses_what_its_free_cash_does_not_cover() -> None:
    desk = Desk(FillConfig(margin=False))
    desk.quote("100.00", "100.02")
    assert "free cash 5000000" in refusal(desk, desk.order(Side.BUY, 50_001, "100.00"))
    desk.buy(30_000, "99.00")
    (report,) = desk.buy(30_000, "99.00")
    assert isinstance(report, Rejected)
    assert report.reason == "cost 2970000.00 is above the free cash 2030000.00"
    (replaced,) = desk.replace("c2", "c9", 60_000, "99.00")
    assert isinstance(replaced, ReplaceRejected)


def test_a_cash_account_prices_a_market_order_by_the_quote() -> None:
    desk = Desk(FillConfig(margin=False))
    assert refusal(desk, desk.order(Side.BUY, 1)) == "a cash account needs a quote to price a market order"
    desk.quote("100.00", "100.02")
    assert "above the free cash" in refusal(desk, desk.order(Side.BUY, 49_999))


def test_a_cash_account_sells_only_what_it_holds() -> None:
    desk = Desk(FillConfig(margin=False))
    desk.quote("100.00", "100.02")
    desk.buy(100)
    desk.sell(60, "101.00")
    (report,) = desk.sell(60, "101.00")
    assert isinstance(report, Rejected)
    assert report.reason == "a cash account can't sell short: 60 is above the 40 free"
    assert kinds(desk.send(desk.order(Side.SELL_SHORT, 1))) == ["Rejected"]
