"""The gateway as ib_insync sees it: what the library decodes is what is in the books."""

from __future__ import annotations

from decimal import Decimal

from ib_insync import IB, MarketOrder

from tests.emulators.ibkr.hands import ibm, limit, placed, until
from tests.emulators.ibkr.server import IbGateway


async def test_a_market_order_fills_with_an_execution_a_commission_and_a_position(gateway: IbGateway, ib: IB) -> None:
    trade = ib.placeOrder(ibm(), MarketOrder("BUY", 100, orderRef="a1"))
    await until(lambda: trade.fills and trade.fills[0].commissionReport.execId)
    (fill,) = trade.fills
    assert (fill.execution.shares, fill.execution.price, fill.execution.side) == (100, 100.02, "BOT")
    assert (fill.execution.orderRef, fill.execution.acctNumber) == ("a1", "DU1234567")
    assert (fill.commissionReport.commission, fill.commissionReport.currency) == (1.0, "USD")
    assert (trade.orderStatus.status, trade.orderStatus.filled, trade.orderStatus.remaining) == ("Filled", 100, 0)
    await until(lambda: ib.positions() and ib.portfolio())
    assert [(p.contract.symbol, p.position, round(p.avgCost, 2)) for p in ib.positions()] == [("IBM", 100, 100.03)]
    values = {v.tag: v.value for v in ib.accountValues() if v.currency in ("USD", "")}
    assert values["TotalCashValue"] == "989997.00"
    assert values["AccountType"] == "INDIVIDUAL"


async def test_an_order_is_changed_under_its_number_and_cancelled(gateway: IbGateway, ib: IB) -> None:
    trade = await placed(ib, limit("BUY", 300, 99.0, tif="GTC", orderRef="a1"))
    perm_id = trade.order.permId
    trade.order.lmtPrice, trade.order.totalQuantity = 99.5, 200
    ib.placeOrder(ibm(), trade.order)
    (order,) = gateway.books.orders.values()
    await until(lambda: order.qty == 200)
    assert order.limit == Decimal("99.5")
    assert [term[:2] for term in order.terms] == [(Decimal(300), Decimal(99)), (Decimal(200), Decimal("99.5"))]
    assert order.perm_id == perm_id
    ib.cancelOrder(trade.order)
    await until(lambda: trade.orderStatus.status == "Cancelled")
    assert order.status == "Cancelled"


async def test_after_a_reconnect_orders_executions_and_what_is_done_are_there(gateway: IbGateway, ib: IB) -> None:
    await placed(ib, limit("BUY", 100, 99.0, orderRef="rests"))
    await placed(ib, MarketOrder("SELL", 50, orderRef="done"))
    ib.disconnect()  # type: ignore[no-untyped-call]
    again = IB()  # type: ignore[no-untyped-call]
    await again.connectAsync("127.0.0.1", gateway.port, clientId=7)
    assert {t.order.orderRef: t.orderStatus.status for t in again.trades()} == {"rests": "Submitted", "done": "Filled"}
    assert [(f.execution.orderRef, f.commissionReport.commission) for f in again.fills()] == [("done", 1.0)]
    assert again.client.getReqId() > max(o.order_id for o in gateway.books.orders.values())
    again.disconnect()  # type: ignore[no-untyped-call]


async def test_a_what_if_makes_no_order_and_says_margin_and_commission(gateway: IbGateway, ib: IB) -> None:
    state = await ib.whatIfOrderAsync(ibm(), limit("BUY", 1000, 99.5))
    assert (state.initMarginBefore, state.initMarginAfter, state.commission) == ("0.00", "25000.00", 5.0)
    assert not gateway.books.orders
