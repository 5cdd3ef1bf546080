"""What becomes of orders of each kind, seen through ib_insync and in the books."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ib_insync import IB, Bag, ComboLeg, Contract, Forex, Future, Order, TagValue

from tests.emulators.ibkr.hands import ibm, limit, placed, until
from tests.emulators.ibkr.orders import Order as InBooks
from tests.emulators.ibkr.server import IbGateway

D = Decimal


@pytest.fixture
async def errors(ib: IB) -> list[int]:
    """The codes that come in."""
    codes: list[int] = []
    ib.errorEvent += lambda about, code, *rest: codes.append(code)
    return codes


def order(side: str, qty: float, kind: str, **more: Any) -> Order:
    return Order(action=side, totalQuantity=qty, orderType=kind, **more)


def last(gateway: IbGateway) -> InBooks:
    return list(gateway.books.orders.values())[-1]


async def quote(gateway: IbGateway, bid: str, ask: str, size: int = 1000) -> None:
    await gateway.quote("IBM", D(bid), D(ask), size)


async def test_a_stop_waits_for_its_trigger_and_a_stop_limit_for_its_limit_too(gateway: IbGateway, ib: IB) -> None:
    stop = await placed(ib, order("SELL", 100, "STP", auxPrice=99.0))
    both = await placed(ib, order("SELL", 100, "STP LMT", auxPrice=99.0, lmtPrice=98.9))
    assert {(t.orderStatus.status, t.orderStatus.whyHeld) for t in (stop, both)} == {("PreSubmitted", "trigger")}
    await quote(gateway, "98.80", "98.90")
    await until(lambda: stop.orderStatus.status == "Filled")
    await until(lambda: both.orderStatus.status == "Submitted")
    assert both.orderStatus.filled == 0
    await quote(gateway, "98.95", "99.05")
    await until(lambda: both.orderStatus.status == "Filled")


async def test_a_trailing_stop_follows_the_market_and_never_goes_back(gateway: IbGateway, ib: IB) -> None:
    trade = await placed(ib, order("SELL", 100, "TRAIL", trailingPercent=1.0, trailStopPrice=98.0))
    held = last(gateway)
    await quote(gateway, "110.00", "110.02")
    assert held.stop == D("108.90")
    await quote(gateway, "109.00", "109.02")
    assert (held.stop, held.status) == (D("108.90"), "PreSubmitted")
    await quote(gateway, "108.90", "108.92")
    await until(lambda: trade.orderStatus.status == "Filled")
    assert held.average == D("108.90")


@pytest.mark.parametrize(("tif", "filled"), [("IOC", 300), ("FOK", 0)])
async def test_what_an_immediate_order_does_not_get_is_cancelled(
    gateway: IbGateway, ib: IB, errors: list[int], tif: str, filled: int
) -> None:
    await quote(gateway, "99.98", "100.02", 300)
    trade = await placed(ib, limit("BUY", 500, 100.02, tif=tif))
    await until(lambda: trade.orderStatus.status == "Cancelled")
    assert last(gateway).filled == filled
    assert 202 in errors


async def test_part_fills_come_one_by_one_with_a_commission_for_the_whole_order(gateway: IbGateway, ib: IB) -> None:
    await quote(gateway, "99.98", "100.02", 300)
    trade = await placed(ib, limit("BUY", 700, 100.02))
    await until(lambda: trade.orderStatus.filled == 300)
    assert (trade.orderStatus.status, trade.orderStatus.remaining) == ("Submitted", 400)
    await quote(gateway, "99.98", "100.00", 1000)
    await until(lambda: trade.orderStatus.status == "Filled" and trade.fills[-1].commissionReport.execId)
    assert [f.execution.cumQty for f in trade.fills] == [300, 700]
    assert sum(f.commissionReport.commission for f in trade.fills) == 3.5
    assert trade.fills[-1].execution.avgPrice == pytest.approx((300 * 100.02 + 400 * 100.0) / 700)


async def test_a_market_on_close_waits_for_the_close(gateway: IbGateway, ib: IB) -> None:
    trade = await placed(ib, order("BUY", 100, "MOC"))
    away = await placed(ib, order("BUY", 100, "LOC", lmtPrice=90.0))
    await quote(gateway, "100.00", "100.05")
    assert last(gateway).filled == 0
    gateway.turn("closed")
    await until(lambda: trade.orderStatus.status == "Filled" and away.orderStatus.status == "Cancelled")


async def test_outside_regular_hours_only_orders_that_say_so_work(
    gateway: IbGateway, ib: IB, errors: list[int]
) -> None:
    gateway.turn("extended")
    plain = await placed(ib, limit("BUY", 100, 100.02))
    wide = await placed(ib, limit("BUY", 100, 100.02, outsideRth=True))
    await until(lambda: wide.orderStatus.status == "Filled")
    assert plain.orderStatus.status == "PreSubmitted"
    assert errors == [399]
    gateway.turn("regular")
    await until(lambda: plain.orderStatus.status == "Filled")


async def test_a_bracket_works_from_the_parent_down_and_its_children_cancel_each_other(
    gateway: IbGateway, ib: IB
) -> None:
    bracket = ib.bracketOrder("BUY", 100, 99.0, 105.0, 95.0)
    parent, profit, loss = [ib.placeOrder(ibm(), one) for one in bracket]
    await until(lambda: loss.order.permId)
    assert parent.orderStatus.status == "Submitted"
    assert {t.orderStatus.whyHeld for t in (profit, loss)} == {"child"}
    await quote(gateway, "98.98", "99.00")
    await until(lambda: parent.orderStatus.status == "Filled" and profit.orderStatus.status == "Submitted")
    assert (loss.orderStatus.status, loss.orderStatus.whyHeld) == ("PreSubmitted", "trigger")
    await quote(gateway, "105.00", "105.02", 40)
    await until(lambda: loss.orderStatus.remaining == 60)
    await quote(gateway, "105.00", "105.02")
    await until(lambda: profit.orderStatus.status == "Filled" and loss.orderStatus.status == "Cancelled")
    assert not gateway.books.accounts["DU1234567"].open()


async def test_nothing_of_a_bracket_works_before_its_last_order_and_all_ends_with_the_parent(
    gateway: IbGateway, ib: IB
) -> None:
    parent, profit, loss = ib.bracketOrder("BUY", 100, 100.02, 105.0, 95.0)
    first = ib.placeOrder(ibm(), parent)
    ib.placeOrder(ibm(), profit)
    await until(lambda: profit.permId)
    assert first.orderStatus.status == "PendingSubmit"
    assert last(gateway).filled == 0
    ib.placeOrder(ibm(), loss)
    await until(lambda: first.orderStatus.status == "Filled")


async def test_cancelling_a_parent_cancels_its_children(gateway: IbGateway, ib: IB) -> None:
    trades = [ib.placeOrder(ibm(), one) for one in ib.bracketOrder("BUY", 100, 90.0, 105.0, 85.0)]
    await until(lambda: trades[2].order.permId)
    ib.cancelOrder(trades[0].order)
    await until(lambda: {t.orderStatus.status for t in trades} == {"Cancelled"})


async def test_a_group_cancels_the_others_or_reduces_them(gateway: IbGateway, ib: IB) -> None:
    ones = [limit("BUY", 100, 99.0, ocaGroup="one", ocaType=1), limit("BUY", 100, 98.0, ocaGroup="one", ocaType=1)]
    part = [limit("SELL", 100, 101.0, ocaGroup="two", ocaType=3), limit("SELL", 60, 102.0, ocaGroup="two", ocaType=3)]
    trades = [await placed(ib, one) for one in (*ones, *part)]
    await quote(gateway, "98.95", "98.99", 10)
    await until(lambda: trades[1].orderStatus.status == "Cancelled")
    await quote(gateway, "101.00", "101.05", 50)
    await until(lambda: trades[3].orderStatus.remaining == 30)


async def test_a_cancel_and_a_change_that_cross_a_fill_are_refused(
    gateway: IbGateway, ib: IB, errors: list[int]
) -> None:
    gateway.faults.requests["cancel"].append("crossed")
    gateway.faults.requests["replace"].append("crossed")
    first, second = await placed(ib, limit("BUY", 100, 99.0)), await placed(ib, limit("BUY", 100, 99.0))
    ib.cancelOrder(first.order)
    second.order.lmtPrice = 98.0
    ib.placeOrder(ibm(), second.order)
    await until(lambda: len(errors) == 2)
    assert errors == [10148, 104]
    assert {one.status for one in gateway.books.orders.values()} == {"Filled"}


async def test_an_order_may_trade_while_its_cancel_is_pending(gateway: IbGateway, ib: IB, errors: list[int]) -> None:
    gateway.faults.soon_s = 0.03
    for fills in (False, True):
        gateway.faults.requests["cancel"].append("pending")
        trade = await placed(ib, limit("BUY", 100, 99.0))
        ib.cancelOrder(trade.order)
        await until(lambda: last(gateway).status == "PendingCancel")
        if fills:
            await quote(gateway, "98.95", "99.00")
        await until(lambda: errors)
        assert errors == [10148 if fills else 202]
        assert last(gateway).status == ("Filled" if fills else "Cancelled")
        errors.clear()


async def test_a_change_may_be_too_early_or_leave_the_old_order_alive(
    gateway: IbGateway, ib: IB, errors: list[int]
) -> None:
    trade = await placed(ib, limit("BUY", 100, 99.0))
    for fault in ("busy", "doubled"):
        gateway.faults.expect("replace", fault)
        trade.order.lmtPrice = 98.0
        ib.placeOrder(ibm(), trade.order)
        await until(lambda: errors if fault == "busy" else len(gateway.books.orders) == 2)  # noqa: B023
    assert errors == [2102]
    first, second = gateway.books.orders.values()
    assert (first.order_id, first.status, first.limit) == (second.order_id, "Submitted", D(99))
    assert (second.status, second.limit) == ("Submitted", D(98))


@pytest.mark.parametrize(
    ("more", "reached"),
    [
        ({"orderType": "MIT", "auxPrice": 99.5}, ("99.48", "99.50")),
        ({"orderType": "LIT", "auxPrice": 99.5, "lmtPrice": 99.6}, ("99.48", "99.50")),
        ({"orderType": "TRAIL LIMIT", "auxPrice": 1.0, "lmtPriceOffset": 0.5}, ("101.00", "101.20")),
        ({"orderType": "LMT", "lmtPrice": 99.5, "tif": "GTD", "goodTillDate": "20991231 16:00:00 US/Eastern"},
         ("99.48", "99.50")),
        ({"orderType": "MIDPRICE"}, ("99.00", "99.02")),
        ({"orderType": "REL", "lmtPrice": 99.5, "auxPrice": 0.01}, ("99.48", "99.50")),
    ],
    ids=lambda value: str(value.get("orderType")) if isinstance(value, dict) else "",
)  # fmt: skip
async def test_other_kinds_of_orders_trade_when_they_are_reached(
    gateway: IbGateway, ib: IB, more: dict[str, Any], reached: tuple[str, str]
) -> None:
    trade = ib.placeOrder(ibm(), Order(action="BUY", totalQuantity=100, **more))
    await until(lambda: trade.order.permId)
    await quote(gateway, *reached)
    await until(lambda: trade.orderStatus.status == "Filled")


async def test_what_a_market_to_limit_does_not_get_rests_at_its_price(gateway: IbGateway, ib: IB) -> None:
    await quote(gateway, "99.98", "100.02", 30)
    await placed(ib, order("BUY", 100, "MTL"))
    await quote(gateway, "100.01", "100.05")
    assert (last(gateway).filled, last(gateway).limit, last(gateway).status) == (D(30), D("100.02"), "Submitted")


async def test_orders_for_the_opening_trade_in_it_or_never(gateway: IbGateway, ib: IB) -> None:
    gateway.turn("closed")
    market = await placed(ib, order("BUY", 100, "MKT", tif="OPG"))
    away = await placed(ib, limit("BUY", 100, 90.0, tif="OPG"))
    gateway.turn("opening")
    await until(lambda: market.orderStatus.status == "Filled")
    gateway.turn("regular")
    await until(lambda: away.orderStatus.status == "Cancelled")


async def test_an_order_good_till_a_moment_ends_with_it(gateway: IbGateway, ib: IB) -> None:
    trade = await placed(ib, limit("BUY", 100, 90.0, tif="GTD", goodTillDate="20200101-00:00:00"))
    await quote(gateway, "99.98", "100.02")
    await until(lambda: trade.orderStatus.status == "Cancelled")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (limit("BUY", 100, 99.005), 110),
        (limit("BUY", 0, 99.0), 434),
        (limit("BUY", 1.5, 99.0), 10243),
        (limit("BUY", 100, 99.0, tif="EVER"), 321),
        (limit("BUY", 100, 99.0, tif="GTD"), 321),
        (limit("BUY", 100, 99.0, tif="GTD", goodTillDate="tomorrow"), 391),
        (limit("BUY", 100, 99.0, account="U99"), 321),
        (limit("BUY", 100, 99.0, parentId=4711), 135),
        (limit("BUY", 100, 99.0, eTradeOnly=True), 10268),
        (order("BUY", 100, "PEG MID"), 387),
        (order("BUY", 100, "STP", auxPrice=101.0, tif="IOC"), 111),
        (order("BUY", 100, "MOC", tif="GTC"), 113),
        (limit("BUY", 100, 99.0, algoStrategy="Sniper"), 439),
        (limit("BUY", 100, 99.0, algoStrategy="Adaptive", algoParams=[TagValue("adaptivePriority", "Now")]), 441),
        (limit("BUY", 100, 99.0, algoStrategy="Vwap", algoParams=[TagValue("priority", "Now")]), 443),
        (limit("BUY", 1_000_000, 99.0), 201),
    ],
)
async def test_what_makes_no_sense_is_refused_with_its_code(
    gateway: IbGateway, ib: IB, errors: list[int], wrong: Order, code: int
) -> None:
    ib.placeOrder(ibm(), wrong)
    await until(lambda: errors)
    assert errors == [code]
    assert not gateway.books.open_orders()


async def test_the_brokers_own_algorithms_are_taken_with_their_parameters(gateway: IbGateway, ib: IB) -> None:
    params = {"maxPctVol": "0.1", "startTime": "09:30:00 US/Eastern", "endTime": "20261127-16:00:00", "noTakeLiq": "1"}
    tags = [TagValue(tag, value) for tag, value in params.items()]
    await placed(ib, limit("BUY", 100, 99.0, algoStrategy="Vwap", algoParams=tags))
    (open_one,) = await ib.reqAllOpenOrdersAsync()
    assert (open_one.order.algoStrategy, len(last(gateway).algo)) == ("Vwap", 4)


async def test_a_combination_fills_at_the_net_of_its_legs_and_they_are_the_positions(
    gateway: IbGateway, ib: IB
) -> None:
    near, far = "AAPL  271217C00180000", "AAPL  271217C00190000"
    await gateway.quote(near, D("6.00"), D("6.20"))
    await gateway.quote(far, D("2.00"), D("2.10"))
    ids = [gateway.books.catalogue.named(name).con_id for name in (near, far)]
    bag = Bag(symbol="AAPL", exchange="SMART", currency="USD")  # type: ignore[no-untyped-call]
    bag.comboLegs = [ComboLeg(ids[0], 1, "BUY", "SMART"), ComboLeg(ids[1], 1, "SELL", "SMART")]
    trade = ib.placeOrder(bag, limit("BUY", 2, 4.25))
    await until(lambda: trade.orderStatus.status == "Filled" and len(ib.positions()) == 2)
    assert {f.contract.secType: f.execution.price for f in trade.fills}["BAG"] == 4.2
    assert [(p.contract.strike, p.position) for p in ib.positions()] == [(180, 2), (190, -2)]
    assert gateway.books.accounts["DU1234567"].cash["USD"] == D("1000000") - 840 - D("2.60")


async def test_currencies_and_futures_move_the_right_cash(gateway: IbGateway, ib: IB) -> None:
    await gateway.quote("EUR.USD", D("1.10000"), D("1.10005"), 1_000_000)
    await gateway.quote("ESZ7", D("5000.00"), D("5000.25"))
    pair = ib.placeOrder(Forex("EURUSD"), order("BUY", 20000, "MKT"))
    await until(lambda: pair.orderStatus.status == "Filled")
    cash = gateway.books.accounts["DU1234567"].cash
    assert cash == {"USD": D("1000000") - 22001 - 2, "EUR": D(20000)}
    es = Future("ES", "202712", "CME")
    future = ib.placeOrder(es, order("BUY", 1, "MKT"))
    await until(lambda: future.orderStatus.status == "Filled")
    await gateway.quote("ESZ7", D("5010.25"), D("5010.50"))
    future = ib.placeOrder(es, order("SELL", 1, "MKT"))
    await until(lambda: future.orderStatus.status == "Filled")
    assert cash["USD"] == D("1000000") - 22001 - 2 + 500 - D("4.50")


async def test_a_short_sale_waits_until_shares_are_found(gateway: IbGateway, ib: IB, errors: list[int]) -> None:
    gateway.lend("IBM", 0)
    trade = await placed(ib, order("SELL", 100, "MKT"))
    await until(lambda: 404 in errors)
    assert (trade.orderStatus.status, trade.orderStatus.whyHeld) == ("PreSubmitted", "locate")
    gateway.lend("IBM", 1000)
    await until(lambda: trade.orderStatus.status == "Filled")


async def test_a_day_ends_orders_for_the_day_and_its_executions(gateway: IbGateway, ib: IB) -> None:
    day, ever = await placed(ib, limit("BUY", 100, 90.0)), await placed(ib, limit("BUY", 100, 90.0, tif="GTC"))
    await placed(ib, order("BUY", 100, "MKT"))
    gateway.end_day()
    await until(lambda: day.orderStatus.status == "Cancelled")
    assert ever.orderStatus.status == "Submitted"
    assert await ib.reqExecutionsAsync() == []


async def test_a_corrected_execution_comes_again_with_the_next_suffix(gateway: IbGateway, ib: IB) -> None:
    trade = await placed(ib, order("BUY", 100, "MKT"))
    await until(lambda: trade.fills)
    gateway.correct(gateway.books.executions[0], D(100), D("99.50"))
    await until(lambda: len(trade.fills) == 2)
    first, second = (f.execution for f in trade.fills)
    assert (first.execId[:-3], first.execId[-3:], second.execId[-3:]) == (second.execId[:-3], ".01", ".02")
    assert (second.price, second.cumQty) == (99.5, 100)
    assert [f.execution.execId for f in await ib.reqExecutionsAsync()] == [second.execId]


async def test_an_ambiguous_or_unknown_contract_is_refused(ib: IB, errors: list[int]) -> None:
    assert len(await ib.reqContractDetailsAsync(Contract(symbol="BP", secType="STK", exchange="SMART"))) == 2
    for unclear in ("BP", "NONE"):
        ib.placeOrder(Contract(secType="STK", exchange="SMART", symbol=unclear), limit("BUY", 1, 1.0))
    assert await ib.qualifyContractsAsync(Contract(symbol="NONE", secType="STK")) == []
    assert errors == [200, 200, 200]
