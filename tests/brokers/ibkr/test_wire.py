"""The adapter over a real socket: both ends of the protocol's versions, gateways that know fewer questions, margin,
yesterday, what is not the conformance suite's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from brokers.ibkr.adapter import IbkrBroker
from brokers.ibkr.bars import _all
from brokers.ibkr.data import IbkrData
from brokers.ibkr.memory import Memory
from brokers.ibkr.settings import IbkrSettings
from engine.model.enums import AssetClass, OrdStatus, OrdType, Side, TimeInForce
from engine.model.instrument import FutureTerms, Instrument
from engine.model.market import MarketEvent, Quote
from engine.model.order import BrokerCancel, BrokerOrder, BrokerReplace
from engine.model.package import Leg, package_symbol
from engine.protocol import (
    Accepted,
    AmbiguousError,
    Canceled,
    Corrected,
    Disconnected,
    Filled,
    NotConnectedError,
    NotSupportedError,
    RefusedError,
    Replaced,
)
from tests.conformance.hearing import Reports, until
from tests.emulators.ibkr.server import IbGateway

ACCOUNT = "DU1234567"
LISTED = {
    "IBM": Instrument("IBM"),
    "EURUSD": Instrument("EURUSD", AssetClass.FX, tick=Decimal("0.00005"), base="EUR"),
    "SPOOS": Instrument(
        "SPOOS",
        AssetClass.FUTURE,
        tick=Decimal("0.25"),
        multiplier=Decimal(50),
        calendar="CME",
        future=FutureTerms("ES", "CME", "202803", "2028-03-17", 2**62, 2**62),
    ),
    "ESZ27": Instrument("ESZ27", AssetClass.FUTURE, tick=Decimal("0.25"), multiplier=Decimal(50)),
}


@pytest.fixture(params=[176])
async def gateway(request: pytest.FixtureRequest) -> AsyncIterator[IbGateway]:
    gateway = IbGateway(version=request.param, per_second=100_000)
    await gateway.start()
    await gateway.quote("IBM", Decimal("100.00"), Decimal("100.02"))
    yield gateway
    await gateway.stop()


both_ends = pytest.mark.parametrize("gateway", [157, 176], indirect=True)


@pytest.fixture
def settings(gateway: IbGateway, tmp_path: Path) -> IbkrSettings:
    return IbkrSettings(
        port=gateway.port, timeout_s=0.3, connect_timeout_s=1.0, commission_wait_s=0.1, what_if_wait_s=0.2,
        memory=tmp_path / "ids",
    )  # fmt: skip


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
async def broker(settings: IbkrSettings, reports: Reports) -> AsyncIterator[IbkrBroker]:
    broker = IbkrBroker(settings, account=ACCOUNT, instruments=LISTED)
    await broker.connect(reports)
    yield broker
    await broker.disconnect()


def order(
    name: str, qty: int = 100, limit: str | None = None, symbol: str = "IBM", side: Side = Side.BUY
) -> BrokerOrder:
    kind, px = (OrdType.MARKET, None) if limit is None else (OrdType.LIMIT, Decimal(limit))
    return BrokerOrder(name, ACCOUNT, symbol, side, Decimal(qty), kind, TimeInForce.DAY, px)


@both_ends
async def test_a_life_at_the_oldest_and_the_newest_version_of_the_protocol(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    found = await broker.instrument("IBM")
    assert found is not None
    assert (found.tick, found.lot) == (Decimal("0.01"), 1)
    await broker.submit(order("a1"))
    fill = (await reports.one(Filled)).execution
    assert (fill.last_qty, fill.last_px) == (100, Decimal("100.02"))
    assert fill.fee == gateway.books.executions[0].commission > 0
    await broker.submit(order("a2", limit="99.10"))
    await reports.one(Accepted, cl_ord_id="a2")
    await broker.replace(BrokerReplace("a2r1", "a2", None, ACCOUNT, "IBM", Decimal(70), Decimal("99.20"), None))
    assert (await reports.one(Replaced)).limit_px == Decimal("99.20")
    await broker.cancel(BrokerCancel("a2r1", None, ACCOUNT, "IBM"))
    assert (await reports.one(Canceled)).cl_ord_id == "a2r1"
    with pytest.raises(RefusedError, match="110"):
        await broker.submit(order("a3", limit="99.001"))
    assert {p.symbol: p.qty for p in await broker.positions()} == {"IBM": 100}
    assert (await broker.account()).cash["USD"] == gateway.books.accounts[ACCOUNT].cash["USD"]
    assert [e.exec_id for e in await broker.executions_since(0)] == [fill.exec_id]
    over = await broker.order_by_cl_ord_id("a2")
    assert over is not None
    assert (over.status, over.cl_ord_id, over.qty) == (OrdStatus.CANCELED, "a2r1", 70)


async def test_currencies_and_futures_trade_by_the_desk_s_own_names(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    await gateway.quote("EUR.USD", Decimal("1.10000"), Decimal("1.10005"), 10_000_000)
    await gateway.quote("ESZ7", Decimal("5400.00"), Decimal("5400.25"))
    await gateway.quote("ESH8", Decimal("5440.00"), Decimal("5440.25"))
    for name, symbol, qty in (("f1", "EURUSD", 50_000), ("f2", "ESZ27", 1), ("f3", "SPOOS", 2)):
        await broker.submit(order(name, qty, symbol=symbol))
        assert (await reports.one(Filled, cl_ord_id=name)).execution.symbol == symbol
    held = {p.symbol: p for p in await broker.positions()}
    assert held["SPOOS"].qty == 2
    assert held["ESZ27"].avg_px is not None
    assert abs(held["ESZ27"].avg_px - Decimal("5400.25")) < 1  # commission is in it, the multiplier is not
    assert held["EURUSD"].qty == 50_000
    future = await broker.instrument("ESZ27")
    assert future is not None
    assert (future.multiplier, future.tick) == (50, Decimal("0.25"))


async def test_a_package_is_one_order_and_its_legs_are_what_is_held(
    gateway: IbGateway, settings: IbkrSettings, broker: IbkrBroker, reports: Reports
) -> None:
    low, high = "AAPL271217C00180000", "AAPL271217C00190000"
    for symbol, bid, ask in ((low, "12.00", "12.10"), (high, "7.00", "7.10")):
        await gateway.quote(f"AAPL  {symbol[4:]}", Decimal(bid), Decimal(ask))
    legs = (Leg(low, Side.BUY), Leg(high, Side.SELL))

    def spread(name: str, limit: str) -> BrokerOrder:
        return msgspec.structs.replace(order(name, 3, limit, symbol=package_symbol(legs)), legs=legs)

    await broker.submit(spread("p1", "4.00"))
    await reports.one(Accepted, cl_ord_id="p1")
    again = IbkrBroker(settings, account=ACCOUNT, instruments=LISTED)
    await broker.disconnect()
    await again.connect(reports)
    (works,) = await again.open_orders()
    assert (works.symbol, works.legs, works.qty, works.limit_px) == (package_symbol(legs), legs, 3, Decimal("4.00"))
    await again.cancel(BrokerCancel("p1", None, ACCOUNT, works.symbol))
    await reports.one(Canceled, cl_ord_id="p1")

    await again.submit(spread("p2", "5.20"))
    await reports.until(lambda heard: len(heard.executions) == 2)
    told = {e.symbol: (e.side, e.last_qty, e.last_px, e.cl_ord_id) for e in reports.executions}
    assert told == {
        low: (Side.BUY, 3, Decimal("12.10"), "p2"),
        high: (Side.SELL, 3, Decimal("7.00"), "p2"),
    }
    assert {e.exec_id for e in await again.executions_since(0)} == {e.exec_id for e in reports.executions}
    assert {p.symbol: p.qty for p in await again.positions()} == {low: 3, high: -3}
    over = await again.order_by_cl_ord_id("p2")
    assert over is not None
    assert (over.status, over.cum_qty, over.legs) == (OrdStatus.FILLED, 3, legs)
    strange = (Leg(low, Side.BUY), Leg("AAPL271217C00999000", Side.SELL))
    with pytest.raises(RefusedError, match="IB knows no AAPL271217C00999000"):
        await again.submit(msgspec.structs.replace(spread("p3", "5.20"), legs=strange))
    await again.disconnect()


@pytest.mark.parametrize(
    ("via", "sent"),
    [
        ("adaptive", ("Adaptive", [("adaptivePriority", "Normal")])),
        ("adaptive:patient", ("Adaptive", [("adaptivePriority", "Patient")])),
        ("twap", ("Twap", [("strategyType", "Marketable")])),
        ("vwap", ("Vwap", [])),
        ("vwap:10%", ("Vwap", [("maxPctVol", "0.1")])),
        ("arrivalpx:0.2:passive", ("ArrivalPx", [("maxPctVol", "0.2"), ("riskAversion", "Passive")])),
        ("pctvol:5%", ("PctVol", [("pctVol", "0.05")])),
    ],
)
async def test_an_order_is_worked_by_the_broker_s_own_algorithm_and_can_be_changed(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports, via: str, sent: tuple[str, list[tuple[str, str]]]
) -> None:
    await broker.submit(msgspec.structs.replace(order("a1", limit="99.00"), via=via))
    (there,) = gateway.books.orders.values()
    assert (there.values["algoStrategy"], there.algo) == sent
    await broker.replace(BrokerReplace("a1r1", "a1", None, ACCOUNT, "IBM", Decimal(70), Decimal("99.10"), None))
    await reports.one(Replaced)
    assert (there.values["algoStrategy"], there.algo, there.qty) == (*sent, 70)


@pytest.mark.parametrize("via", ["helix", "adaptive:slow", "twap:10%", "vwap:60%", "pctvol", "vwap:10%:x", "pctvol:x"])
async def test_an_algorithm_that_is_not_known_is_not_sent(gateway: IbGateway, broker: IbkrBroker, via: str) -> None:
    with pytest.raises(NotSupportedError, match="nothing was sent"):
        await broker.submit(msgspec.structs.replace(order("a1", limit="99.00"), via=via))
    assert placed(gateway) == 0


# --- gateways that know fewer questions ------------------------------------------------------------------------


async def test_without_an_account_summary_the_older_question_is_asked(gateway: IbGateway, broker: IbkrBroker) -> None:
    gateway.faults.requests["account"].append("lost")
    assert (await broker.account()).cash["USD"] == 1_000_000
    before = len(gateway.seen)
    assert (await broker.account()).account == ACCOUNT
    assert "62" not in [fields[0] for fields in gateway.seen[before:]]


async def test_without_completed_orders_what_is_not_open_is_not_said_to_be_absent(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit(order("a1"))
    await reports.one(Filled)
    await broker.submit(order("a2", limit="99.00"))
    await reports.one(Accepted, cl_ord_id="a2")
    gateway.faults.requests["completed"].append("lost")
    with pytest.raises(AmbiguousError, match="does not list what is done"):
        await broker.order_by_cl_ord_id("zz")
    filled = await broker.order_by_cl_ord_id("a1")
    assert filled is not None
    assert (filled.status, filled.cum_qty) == (OrdStatus.FILLED, 100)
    works = await broker.order_by_cl_ord_id("a2")
    assert works is not None
    assert works.status is OrdStatus.NEW
    assert reports.of(Disconnected) == []


async def test_without_a_clock_no_time_is_told(gateway: IbGateway, broker: IbkrBroker) -> None:
    assert await broker.server_time_ns() is not None
    gateway.faults.requests["time"].append("lost")
    assert await broker.server_time_ns() is None


# --- margin ------------------------------------------------------------------------------------------------------


@pytest.fixture
async def careful(settings: IbkrSettings, reports: Reports) -> AsyncIterator[IbkrBroker]:
    """Orders worth more than 10 000 are held against the margin."""
    asks = msgspec.structs.replace(settings, what_if_above=Decimal(10_000))
    broker = IbkrBroker(asks, account=ACCOUNT, instruments=LISTED)
    await broker.connect(reports)
    yield broker
    await broker.disconnect()


def placed(gateway: IbGateway) -> int:
    return sum(fields[0] == "3" for fields in gateway.seen)


async def test_a_large_order_is_held_against_the_margin_and_a_small_one_is_not(
    gateway: IbGateway, careful: IbkrBroker, reports: Reports
) -> None:
    await careful.submit(order("small", 10, "99.00"))
    assert placed(gateway) == 1
    await careful.submit(order("large", 200, "99.00"))
    assert placed(gateway) == 3
    with pytest.raises(RefusedError, match="the margin after it would be"):
        await careful.submit(order("much", 1_000_000, "99.00"))
    assert placed(gateway) == 4
    assert sorted(o.ref for o in gateway.books.orders.values()) == ["large", "small"]


async def test_an_order_without_a_price_may_be_large_and_goes_out_where_nobody_answers(
    gateway: IbGateway, careful: IbkrBroker, reports: Reports
) -> None:
    gateway.faults.requests["what_if"].append("lost")
    await careful.submit(order("a1", 10))
    await reports.one(Filled)
    assert placed(gateway) == 2
    await careful.submit(order("a2", 10))  # the price is known by now
    assert placed(gateway) == 3


@pytest.mark.parametrize("every", [False, True])
async def test_an_order_that_waits_for_its_margin_and_is_cancelled_meanwhile_is_never_sent(
    gateway: IbGateway, careful: IbkrBroker, every: bool
) -> None:
    gateway.faults.requests["what_if"].append("lost")
    sent = asyncio.ensure_future(careful.submit(order("a1", 10)))
    await until(lambda: placed(gateway) == 1, "the question")
    await (careful.cancel_all() if every else careful.cancel(BrokerCancel("a1", None, ACCOUNT, "IBM")))
    with pytest.raises(RefusedError, match="cancelled before it was sent"):
        await sent
    assert placed(gateway) == 1
    assert not gateway.books.orders


# --- what outlives a session -------------------------------------------------------------------------------------


async def test_a_new_process_knows_the_orders_and_never_uses_an_id_again(
    gateway: IbGateway, settings: IbkrSettings, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit(order("a1", limit="99.00"))
    await broker.replace(BrokerReplace("a1r1", "a1", None, ACCOUNT, "IBM", Decimal(70), None, None))
    await broker.disconnect()
    gateway.roll_back()
    again = IbkrBroker(settings, account=ACCOUNT, instruments=LISTED)
    await again.connect(reports)
    (works,) = await again.open_orders()
    assert (works.cl_ord_id, works.root_cl_ord_id, works.qty) == ("a1r1", "a1", 70)
    await again.submit(order("a2", limit="98.00"))
    ids = [o.order_id for o in gateway.books.orders.values()]
    assert len(ids) == len(set(ids))
    with pytest.raises(AmbiguousError, match="not sent again"):
        await again.submit(order("a1", limit="99.00"))
    await again.replace(BrokerReplace("a1r2", "a1r1", None, ACCOUNT, "IBM", Decimal(60), Decimal("99.50"), None))
    await again.cancel(BrokerCancel("a1r2", None, ACCOUNT, "IBM"))
    await reports.one(Canceled, cl_ord_id="a1r2")
    await again.disconnect()


async def test_an_order_for_a_day_that_is_over_is_over_and_one_of_today_is_not(
    gateway: IbGateway, settings: IbkrSettings, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit(order("a1", limit="99.00"))
    await reports.one(Accepted)
    await broker.disconnect()
    gateway.end_day()
    again = IbkrBroker(settings, account=ACCOUNT, instruments=LISTED)
    await again.connect(Reports())
    assert await again.order_by_cl_ord_id("a1") is None
    await again.disconnect()
    assert settings.memory is not None
    memory = Memory(settings.memory)
    memory.placed(msgspec.structs.replace(memory.orders["a1"], ns=memory.orders["a1"].ns - 6 * 86_400 * 10**9))
    memory.close()
    later = IbkrBroker(settings, account=ACCOUNT, instruments=LISTED)
    await later.connect(Reports())
    over = await later.order_by_cl_ord_id("a1")
    assert over is not None
    assert (over.status, over.cum_qty, over.limit_px) == (OrdStatus.EXPIRED, 0, Decimal("99.00"))
    await later.disconnect()


async def test_a_kill_beside_a_desk_takes_the_spare_client_id_and_cancels_all(
    gateway: IbGateway, settings: IbkrSettings, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit(order("a1", limit="99.00"))
    beside = msgspec.structs.replace(settings, memory=None)
    with pytest.raises(NotConnectedError, match="client id 1 is in use"):
        await IbkrBroker(beside, account=ACCOUNT, instruments={}).connect(Reports())
    kill = IbkrBroker(beside, account=ACCOUNT, instruments={}, spare_client_id=51)
    await kill.connect(Reports())
    await kill.cancel_all()
    await reports.one(Canceled)
    await kill.disconnect()


async def test_an_order_of_a_desk_that_is_dead_can_be_cancelled_alone(
    gateway: IbGateway, settings: IbkrSettings, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit(order("a1", limit="99.00"))
    await broker.submit(order("a2", limit="98.00"))
    await broker.disconnect()
    heard = Reports()
    kill = IbkrBroker(msgspec.structs.replace(settings, memory=None), account=ACCOUNT, instruments={})
    await kill.connect(heard)
    found = next(o for o in await kill.open_orders() if o.cl_ord_id == "a1")
    await kill.cancel(BrokerCancel(found.cl_ord_id, found.order_id, ACCOUNT, "IBM"))
    assert (await heard.one(Canceled)).cl_ord_id == "a1"
    assert [o.cl_ord_id for o in await kill.open_orders()] == ["a2"]
    await kill.disconnect()


async def test_a_correction_that_nobody_heard_of_is_told_with_the_next_look(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit(order("a1"))
    fill = (await reports.one(Filled)).execution
    gateway.faults.silent = True
    gateway.correct(gateway.books.executions[0], Decimal(90), Decimal("100.01"))
    gateway.faults.silent = False
    (listed,) = await broker.executions_since(0)
    told = await reports.one(Corrected)
    assert (told.exec_id, told.execution) == (fill.exec_id, listed)
    assert (listed.last_qty, listed.last_px) == (90, Decimal("100.01"))
    await broker.executions_since(0)
    assert len(reports.of(Corrected)) == 1


# --- market data -------------------------------------------------------------------------------------------------


async def test_delayed_quotes_say_so_and_all_is_asked_for_again_when_the_link_lost_it(
    gateway: IbGateway, settings: IbkrSettings
) -> None:
    gateway.data.subscribed = False
    seen: list[MarketEvent] = []
    said: list[str] = []
    data = IbkrData(settings.beside(1), LISTED, said.append)
    await data.subscribe(["IBM"], seen.append)
    await until(lambda: seen, "a quote")
    quote = seen[0]
    assert isinstance(quote, Quote)
    assert (quote.bid, quote.ask, quote.delayed) == (Decimal("100.00"), Decimal("100.02"), True)
    gateway.lose()
    gateway.restore(data_lost=True)
    await until(lambda: gateway.data.streams == 1, "the subscription")
    before = len(seen)
    await gateway.quote("IBM", Decimal("101.00"), Decimal("101.02"))
    await until(lambda: len(seen) > before, "a quote of the new subscription")
    await data.close()
    await until(lambda: gateway.data.streams == 0, "the end")


async def test_daily_bars_come_oldest_first_and_what_is_unknown_is_left_out(
    gateway: IbGateway, settings: IbkrSettings
) -> None:
    from datetime import date

    wanted = {"IBM": LISTED["IBM"], "NOSUCH": Instrument("NOSUCH")}
    async with asyncio.timeout(10):
        found = await _all(settings.beside(2), wanted, date(2100, 1, 1))
    assert list(found) == ["IBM"]
    days = [bar.date for bar in found["IBM"]]
    assert len(days) > 200
    assert days == sorted(set(days))
    assert all(bar.close > 0 for bar in found["IBM"])
