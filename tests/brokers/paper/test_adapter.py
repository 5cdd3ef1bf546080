"""The in-process paper broker, as the desk uses it."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from brokers.paper.adapter import PaperBroker
from brokers.paper.books import BooksError
from brokers.paper.settings import PaperSettings
from engine.market.matching import TradingHours
from engine.model.enums import OrdStatus, Side, TimeInForce
from engine.protocol import (
    Accepted,
    AmbiguousError,
    BrokerAdapter,
    CancelAllScope,
    Disconnected,
    NotConnectedError,
    RefusedError,
)
from tests.brokers.paper.support import (
    IBM,
    START_NS,
    Clock,
    Reports,
    cancel,
    order,
    paper_broker,
    quote,
    replace,
    trade,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
async def broker(tmp_path: Path, clock: Clock, reports: Reports) -> AsyncIterator[PaperBroker]:
    made = paper_broker(tmp_path / "paper.sqlite3", clock)
    await made.connect(reports)
    made.on_market(quote(START_NS, "100.00", "100.02"))
    yield made
    await made.disconnect()


async def test_it_is_a_broker_adapter(broker: PaperBroker) -> None:
    adapter: BrokerAdapter = broker
    capabilities = adapter.capabilities()
    assert capabilities.cancel_all is CancelAllScope.ACCOUNT
    assert capabilities.unique_ids_enforced


async def test_an_order_is_acknowledged_and_filled(broker: PaperBroker, reports: Reports) -> None:
    await broker.submit(order("a1"))
    await reports.count(2)
    assert reports.kinds == ["Accepted", "Filled"]
    assert await broker.executions_since(0) == reports.executions
    (position,) = await broker.positions()
    assert (int(position.qty), position.avg_px) == (100, Decimal("100.02"))
    account = await broker.account()
    assert (account.account, account.is_live) == ("PAPER", False)
    assert account.cash == {"USD": Decimal("4989998.00")}


async def test_what_the_business_rules_refuse_is_a_report_and_can_be_found(
    broker: PaperBroker, reports: Reports
) -> None:
    await broker.submit(order("a1", qty=0))
    await reports.count(1)
    assert reports.kinds == ["Rejected"]
    found = await broker.order_by_cl_ord_id("a1")
    assert found is not None
    assert found.status is OrdStatus.REJECTED
    assert found.text == "quantity 0 is not above 0"


async def test_an_id_used_before_is_ambiguous_and_never_refused(broker: PaperBroker, reports: Reports) -> None:
    await broker.submit(order("a1", limit="99.00"))
    with pytest.raises(AmbiguousError, match="a1 was used before") as raised:
        await broker.submit(order("a1", limit="99.00"))
    assert not isinstance(raised.value, RefusedError)
    found = await broker.order_by_cl_ord_id("a1")
    assert found is not None
    assert found.status is OrdStatus.NEW


async def test_cancel_replace_and_cancel_all(broker: PaperBroker, reports: Reports) -> None:
    await broker.submit(order("a1", limit="99.00"))
    await broker.submit(order("a2", limit="98.00"))
    await broker.submit(order("a3", limit="97.00"))
    await broker.cancel(cancel("a1"))
    await broker.replace(replace("a2", "a2.1", 50, "98.50"))
    await broker.cancel_all()
    await broker.cancel(cancel("a3"))
    await reports.count(8)
    assert reports.kinds[3:] == ["Canceled", "Replaced", "Canceled", "Canceled", "CancelRejected"]
    assert await broker.open_orders() == []


async def test_every_id_of_an_order_finds_it_dead_or_alive(broker: PaperBroker) -> None:
    await broker.submit(order("a1", limit="99.00"))
    await broker.replace(replace("a1", "a2", 50, "98.50"))
    await broker.replace(replace("a2", "a3", 50, "98.501"))
    for status in (OrdStatus.NEW, OrdStatus.CANCELED):
        for cl_ord_id in ("a1", "a2"):
            found = await broker.order_by_cl_ord_id(cl_ord_id)
            assert found is not None
            assert (found.cl_ord_id, found.root_cl_ord_id, found.status) == ("a2", "a1", status)
        assert await broker.order_by_cl_ord_id("a3") is None, "that replace was refused"
        await broker.cancel(cancel("a2"))
    assert await broker.order_by_cl_ord_id("never") is None


async def test_the_instrument_is_the_one_that_is_matched(broker: PaperBroker) -> None:
    assert await broker.instrument("IBM") == IBM
    assert await broker.instrument("XXX") is None


async def test_without_a_session_nothing_is_handed_over(tmp_path: Path, clock: Clock) -> None:
    broker = paper_broker(tmp_path / "p", clock)
    with pytest.raises(NotConnectedError):
        await broker.submit(order("a1"))
    await broker.disconnect()


async def test_reports_come_in_the_order_of_events_whatever_the_latency(
    tmp_path: Path, clock: Clock, reports: Reports
) -> None:
    broker = paper_broker(tmp_path / "p", clock, PaperSettings(latency_ms=(0, 20)))
    await broker.connect(reports)
    broker.on_market(quote(START_NS, "100.00", "100.02", ask_size=10_000))
    async with asyncio.TaskGroup() as group:
        for number in range(30):
            group.create_task(broker.submit(order(f"a{number}")))
    await reports.count(60)
    accepted = [report.cl_ord_id for report in reports.all if isinstance(report, Accepted)]
    assert accepted == [f"a{number}" for number in range(30)]
    assert [e.cl_ord_id for e in reports.executions] == accepted
    assert [e.exec_id for e in reports.executions] == [e.exec_id for e in await broker.executions_since(0)]
    await broker.disconnect()


async def test_latency_is_between_its_bounds_and_follows_the_speed_of_a_replay(tmp_path: Path, clock: Clock) -> None:
    async def took(scale: float, name: str) -> float:
        broker = PaperBroker(
            tmp_path / name,
            PaperSettings(latency_ms=(40, 60)),
            [IBM],
            now_ns=clock,
            hours=lambda instrument, now_ns: TradingHours(True, now_ns + 10**18),
            wall_per_market=lambda: scale,
        )
        await broker.connect(Reports())
        started = asyncio.get_running_loop().time()
        await broker.submit(order("a1", limit="99.00"))
        elapsed = asyncio.get_running_loop().time() - started
        await broker.disconnect()
        return elapsed

    assert await took(1.0, "a") >= 0.039
    assert await took(0.0, "b") < 0.039


async def test_who_stops_waiting_does_not_stop_the_request(tmp_path: Path, clock: Clock, reports: Reports) -> None:
    broker = paper_broker(tmp_path / "p", clock, PaperSettings(latency_ms=(30, 30)))
    await broker.connect(reports)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(broker.submit(order("a1", limit="99.00")), 0.005)
    await reports.count(1)
    assert reports.kinds == ["Accepted"]
    await broker.disconnect()


async def test_a_lost_connection_makes_requests_ambiguous_and_loses_reports_but_not_fills(
    tmp_path: Path, clock: Clock, reports: Reports
) -> None:
    broker = paper_broker(tmp_path / "p", clock, PaperSettings(latency_ms=(30, 30)))
    await broker.connect(reports)
    broker.on_market(quote(START_NS, "100.00", "100.02"))
    await broker.submit(order("a1", limit="99.00"))
    sending = asyncio.create_task(broker.submit(order("a2")))
    await asyncio.sleep(0)
    before = len(reports.all)
    broker.drop("cable cut")
    assert reports.all[before:] == [Disconnected("paper", "cable cut", START_NS)]
    with pytest.raises(AmbiguousError, match="cable cut"):
        await sending
    with pytest.raises(NotConnectedError):
        await broker.submit(order("a3"))
    broker.on_market(quote(clock.tick(), "98.00", "98.50"))
    again = Reports()
    await broker.connect(again)
    assert {e.cl_ord_id for e in await broker.executions_since(0)} == {"a1", "a2"}
    assert await broker.order_by_cl_ord_id("a3") is None
    assert again.all == []
    await broker.disconnect()


async def test_a_new_session_starts_after_everything_sent_before_was_processed(tmp_path: Path, clock: Clock) -> None:
    broker = paper_broker(tmp_path / "p", clock, PaperSettings(latency_ms=(60, 60)))
    await broker.connect(Reports())
    sending = [asyncio.create_task(broker.submit(order(f"a{n}", limit="99.00"))) for n in range(5)]
    await asyncio.sleep(0)
    broker.drop("reset")
    await broker.connect(Reports())
    assert all(isinstance(e, AmbiguousError) for e in await asyncio.gather(*sending, return_exceptions=True))
    assert len(await broker.open_orders()) == 5
    await broker.disconnect()


async def test_a_restart_finds_everything_and_resting_orders_fill_on_new_quotes_only(
    tmp_path: Path, clock: Clock, reports: Reports
) -> None:
    path = tmp_path / "p"
    broker = paper_broker(path, clock)
    await broker.connect(reports)
    broker.on_market(quote(START_NS, "100.00", "100.02", ask_size=30))
    await broker.submit(order("m1"))
    await broker.submit(order("l1", limit="99.00"))
    await broker.replace(replace("l1", "l1.1", 70, "99.01"))
    await broker.submit(order("s1", Side.SELL, stop="95.00", limit="94.00"))
    asked = (broker.open_orders, broker.positions, broker.account)
    before = [await ask() for ask in asked] + [await broker.executions_since(0)]
    await broker.disconnect()
    broker.on_market(quote(clock.tick(), "90.00", "90.02"))

    broker = paper_broker(path, clock)
    again = Reports()
    await broker.connect(again)
    asked = (broker.open_orders, broker.positions, broker.account)
    assert [await ask() for ask in asked] + [await broker.executions_since(0)] == before
    with pytest.raises(AmbiguousError):
        await broker.submit(order("l1.1"))
    broker.on_market(quote(clock.tick(), "98.99", "99.01", ask_size=500))
    await again.count(2)
    assert [(e.cl_ord_id, int(e.last_qty), e.last_px) for e in again.executions] == [
        ("m1", 70, Decimal("99.01")),
        ("l1.1", 70, Decimal("99.01")),
    ]
    ids = [e.exec_id for e in await broker.executions_since(0)]
    assert len(set(ids)) == len(ids) == 3
    await broker.disconnect()


async def test_day_orders_that_ended_while_the_desk_was_down_are_expired_at_the_start(
    tmp_path: Path, clock: Clock
) -> None:
    def hours(instrument: object, now_ns: int) -> TradingHours:
        return TradingHours(True, START_NS + 3_600_000_000_000)

    broker = paper_broker(tmp_path / "p", clock, hours=hours)
    await broker.connect(Reports())
    await broker.submit(order("d1", limit="99.00", tif=TimeInForce.DAY))
    await broker.submit(order("g1", limit="99.00"))
    await broker.disconnect()
    clock.ns += 2 * 3_600_000_000_000
    broker = paper_broker(tmp_path / "p", clock, hours=hours)
    await broker.connect(Reports())
    assert [o.cl_ord_id for o in await broker.open_orders()] == ["g1"]
    found = await broker.order_by_cl_ord_id("d1")
    assert found is not None
    assert found.status is OrdStatus.EXPIRED
    await broker.disconnect()


async def test_an_order_of_a_symbol_no_longer_listed_can_still_be_cancelled(
    tmp_path: Path, clock: Clock, reports: Reports
) -> None:
    broker = paper_broker(tmp_path / "p", clock)
    await broker.connect(reports)
    await broker.submit(order("b1", limit="10.00", symbol="BAC"))
    await broker.disconnect()
    broker = paper_broker(tmp_path / "p", clock, instruments=(IBM,))
    await broker.connect(reports)
    assert [o.cl_ord_id for o in await broker.open_orders()] == ["b1"]
    broker.on_market(quote(clock.tick(), "9.00", "9.01", symbol="BAC"))
    await broker.cancel(cancel("b1"))
    assert await broker.open_orders() == []
    await broker.disconnect()


async def test_a_resting_order_fills_from_prints_behind_its_queue(
    broker: PaperBroker, clock: Clock, reports: Reports
) -> None:
    await broker.submit(order("a1", limit="100.00"))
    broker.on_market(trade(clock.tick(), "100.00", 1000))
    broker.on_market(trade(clock.tick(), "100.00", 25))
    await reports.count(2)
    assert [int(e.last_qty) for e in reports.executions] == [25]


def test_books_that_can_t_be_read_stop_the_start(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "paper.sqlite3"
    path.write_bytes(b"not a database at all, but long enough to look like one" * 40)
    with pytest.raises(BooksError, match="file is not a database"):
        paper_broker(path, clock)


async def test_books_whose_rows_are_damaged_stop_the_start_too(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "paper.sqlite3"
    broker = paper_broker(path, clock)
    await broker.connect(Reports())
    await broker.submit(order("a1", limit="90.00"))
    await broker.disconnect()
    with contextlib.closing(sqlite3.connect(path)) as damaging:
        damaging.execute("UPDATE orders SET qty = 'many'")
        damaging.commit()
    for _ in range(2):
        with pytest.raises(BooksError, match="restore the file, or start new books"):
            paper_broker(path, clock)
