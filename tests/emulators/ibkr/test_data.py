"""Market data, reference data and the account, through ib_insync."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from ib_insync import IB, Contract, ExecutionFilter, Forex, Future, MarketOrder, Option

from tests.emulators.ibkr.hands import ibm, limit, placed, until
from tests.emulators.ibkr.server import IbGateway

D = Decimal


async def test_quotes_trades_and_halts_come_as_ticks(gateway: IbGateway, ib: IB) -> None:
    await gateway.trade("IBM", D("100.01"), 40)
    contract = ibm()
    ticker = ib.reqMktData(contract, "236")
    await until(lambda: ticker.shortableShares == 5_000_000)
    assert (ticker.bid, ticker.ask, ticker.askSize, ticker.last, ticker.halted) == (99.98, 100.02, 1000, 100.01, 0)
    assert ticker.marketDataType == 1
    await gateway.quote("IBM", D("100.10"), D("100.14"), 300)
    gateway.halt("IBM", 2)
    await until(lambda: ticker.halted == 2)
    assert (ticker.bid, ticker.bidSize) == (100.1, 300)
    ib.cancelMktData(contract)
    await until(lambda: gateway.data.streams == 0)


@pytest.mark.parametrize(("kind", "code", "seen"), [(1, 354, 0), (3, 10167, 1), (4, 10167, 1)])
async def test_without_a_subscription_there_are_delayed_data_for_who_asks(
    gateway: IbGateway, ib: IB, kind: int, code: int, seen: int
) -> None:
    codes: list[int] = []
    ib.errorEvent += lambda about, number, *rest: codes.append(number)
    gateway.data.subscribed = False
    ib.reqMarketDataType(kind)
    ticker = ib.reqMktData(ibm())
    await until(lambda: codes)
    assert codes == [code]
    assert gateway.data.streams == seen
    if seen:
        await until(lambda: ticker.bid == 99.98)
        assert ticker.marketDataType == kind


async def test_bars_are_the_same_each_time_and_end_with_today(gateway: IbGateway, ib: IB) -> None:
    first = await ib.reqHistoricalDataAsync(ibm(), "20261120-21:00:00", "10 D", "1 day", "TRADES", True)
    again = await ib.reqHistoricalDataAsync(ibm(), "20261120-21:00:00", "10 D", "1 day", "TRADES", True)
    assert list(first) == list(again)
    assert (len(first), first[-1].date) == (10, date(2026, 11, 20))
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in first)
    minutes = await ib.reqHistoricalDataAsync(ibm(), "20261120-21:00:00", "1 D", "5 mins", "MIDPOINT", True, 2)
    assert len(minutes) == 78
    assert not await ib.reqHistoricalDataAsync(ibm(), "", "10 parsecs", "1 day", "TRADES", True)


@pytest.mark.parametrize(
    ("asked", "local", "tick"),
    [
        (Option("AAPL", "20271217", 190, "C", "SMART"), "AAPL  271217C00190000", 0.01),
        (Future("ES", "202803", "CME"), "ESH8", 0.25),
        (Forex("USDJPY"), "USD.JPY", 0.005),
        (Contract(conId=265598, exchange="SMART"), "AAPL", 0.01),
        (Contract(localSymbol="BP.", secType="STK", exchange="LSE"), "BP.", 0.0001),
    ],
)
async def test_contracts_of_each_kind_are_found(ib: IB, asked: Contract, local: str, tick: float) -> None:
    (details,) = await ib.reqContractDetailsAsync(asked)
    assert details.contract is not None
    assert (details.contract.localSymbol, details.minTick) == (local, tick)
    rules = [int(rule) for rule in details.marketRuleIds.split(",")]
    assert len(rules) == len(details.validExchanges.split(","))
    bands = await ib.reqMarketRuleAsync(rules[0])
    assert bands is not None
    assert tick in [band.increment for band in bands]


async def test_hours_know_weekends_holidays_and_early_closes(gateway: IbGateway, ib: IB) -> None:
    gateway.answers.wall_ns = lambda: 1_795_600_000_000_000_000  # 2026-11-25
    gateway.answers.holidays, gateway.answers.early = frozenset({date(2026, 11, 26)}), frozenset({date(2026, 11, 27)})
    (details,) = await ib.reqContractDetailsAsync(ibm())
    assert details.timeZoneId == "US/Eastern"
    assert details.liquidHours.split(";")[:4] == [
        "20261125:0930-20261125:1600", "20261126:CLOSED", "20261127:0930-20261127:1300", "20261128:CLOSED",
    ]  # fmt: skip


async def test_chains_and_names_are_found(ib: IB) -> None:
    chain = (await ib.reqSecDefOptParamsAsync("AAPL", "", "STK", 265598))[0]
    assert (chain.exchange, chain.expirations, chain.strikes) == ("SMART", ["20271217", "20280616"], [180.0, 190.0])
    found = await ib.reqMatchingSymbolsAsync("BANK")
    assert found is not None
    assert [one.contract.symbol for one in found if one.contract] == ["BAC"]


async def test_executions_are_filtered(gateway: IbGateway, ib: IB) -> None:
    await gateway.quote("SPY", D("540.00"), D("540.02"))
    await placed(ib, MarketOrder("BUY", 100))
    await placed(ib, MarketOrder("SELL", 40))
    gateway.place_by_hand("SPY", "BUY", 10)

    async def found(**wanted: object) -> list[float]:
        return [f.execution.shares for f in await ib.reqExecutionsAsync(ExecutionFilter(**wanted))]  # type: ignore[arg-type]

    assert await found() == [100, 40, 10]
    assert await found(symbol="IBM") == [100, 40]
    assert await found(side="SELL") == [40]
    assert await found(clientId=7) == [100, 40]
    assert await found(time="20991231-00:00:00") == []
    assert await found(acctCode="DU9") == []


async def test_completed_orders_say_how_they_ended_and_may_leave_out_those_by_hand(gateway: IbGateway, ib: IB) -> None:
    gateway.place_by_hand("IBM", "BUY", 100, ref="hand")
    trade = await placed(ib, limit("BUY", 100, 90.0, orderRef="mine"))
    ib.cancelOrder(trade.order)
    await until(lambda: trade.orderStatus.status == "Cancelled")
    ib.placeOrder(ibm(), limit("BUY", 1_000_000, 90.0, orderRef="big"))
    ended = {t.order.orderRef: t for t in await ib.reqCompletedOrdersAsync(False)}
    assert {ref: t.orderStatus.status for ref, t in ended.items()} == {
        "hand": "Filled", "mine": "Cancelled", "big": "Inactive",
    }  # fmt: skip
    assert ended["hand"].order.filledQuantity == 100
    assert {t.order.orderRef for t in await ib.reqCompletedOrdersAsync(True)} == {"mine", "big"}


async def test_the_summary_has_the_tags_that_were_asked_for_and_cash_by_currency(gateway: IbGateway, ib: IB) -> None:
    gateway.books.accounts["DU1234567"].add("EUR", D(500))
    rows = {(v.tag, v.currency): v.value for v in await ib.accountSummaryAsync()}
    assert rows["NetLiquidation", "USD"] == "1000550.00"
    assert (rows["CashBalance", "EUR"], rows["CashBalance", "USD"]) == ("500.00", "1000000.00")
    assert rows["ExchangeRate", "EUR"] == "1.10"


async def test_profit_and_loss_and_the_clock(gateway: IbGateway, ib: IB) -> None:
    await placed(ib, MarketOrder("BUY", 100))
    await gateway.quote("IBM", D("101.00"), D("101.02"))
    pnl = ib.reqPnL("DU1234567")
    await until(lambda: pnl.unrealizedPnL == 98.0)
    gateway.answers.wall_ns = lambda: 1_795_600_000_000_000_000
    assert (await ib.reqCurrentTimeAsync()).timestamp() == 1_795_600_000
