"""What can be asked, and that every channel tells the same."""

from __future__ import annotations

import time
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.market.calendar import Calendar
from engine.model.enums import OrdStatus, Side
from engine.protocol import Accepted, BrokerAdapter, Filled, Replaced, TellsSessions, TellsTime
from tests.conformance.bench import Bench
from tests.conformance.hearing import Reports, order, replace


async def test_an_order_is_found_by_every_id_that_it_ever_had_dead_or_alive(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    await adapter.submit(order(bench, "a1", limit="99.00"))
    await reports.one(Accepted)
    names = ["a1"]
    if adapter.capabilities().replace:
        await adapter.replace(replace(bench, "a1", "a1r1", bench.lot, "99.10"))
        await reports.one(Replaced)
        names.append("a1r1")
    for status in (OrdStatus.NEW, OrdStatus.FILLED):
        for name in names:
            found = await adapter.order_by_cl_ord_id(name)
            assert found is not None
            assert (found.status, found.cl_ord_id) == (status, names[-1])
            assert found.root_cl_ord_id in ("", "a1")
        await bench.quote("98.90", "98.95")
        await reports.one(Filled)


async def test_an_order_that_nobody_knows_is_not_found(adapter: BrokerAdapter) -> None:
    assert await adapter.order_by_cl_ord_id("zz") is None


async def test_open_orders_are_those_that_are_open_in_the_books(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    for name, limit in (("a1", "99.00"), ("a2", None), ("a3", "98.00")):
        await adapter.submit(order(bench, name, limit=limit))
        await reports.one(Accepted, cl_ord_id=name)
    found = await adapter.open_orders()
    assert sorted(o.cl_ord_id for o in found) == ["a1", "a3"]
    assert {o.limit_px for o in found} == {Decimal("99.00"), Decimal("98.00")}
    assert {(o.account, o.symbol, o.side) for o in found} == {(bench.account, bench.symbol, Side.BUY)}


async def test_an_execution_has_one_key_on_every_channel_and_all_pages_are_read(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    """Stream, backfill and the broker's books; more executions than a page holds (the benches ask for small ones)."""
    for number in range(11):
        await adapter.submit(order(bench, f"a{number}", qty=10))
    await reports.until(lambda heard: len(heard.executions) == 11)
    backfill = await adapter.executions_since(0)
    assert [e.exec_id for e in backfill] == [e.exec_id for e in reports.executions]
    assert list(backfill) == reports.executions
    assert {e.exec_id for e in backfill} == bench.truth().executions.keys()


async def test_executions_are_those_at_or_after_the_time_oldest_first(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    for number in range(7):
        await adapter.submit(order(bench, f"a{number}", qty=10))
        await reports.one(Filled, cl_ord_id=f"a{number}")
    times = [e.ts_ns for e in reports.executions]
    assert times == sorted(times)
    found = await adapter.executions_since(times[3])
    assert [e.exec_id for e in found] == [e.exec_id for e in reports.executions if e.ts_ns >= times[3]]
    assert await adapter.executions_since(times[-1] + 1) == []


async def test_positions_and_cash_are_those_of_the_books(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    assert await adapter.positions() == []
    await adapter.submit(order(bench, "a1"))
    await reports.one(Filled)
    positions = await adapter.positions()
    assert {p.symbol: p.qty for p in positions} == bench.truth().positions
    assert {p.account for p in positions} == {bench.account}
    account = await adapter.account()
    assert account.account == bench.account
    assert not account.is_live
    assert account.cash[account.currency] == bench.truth().cash
    paid = reports.executions[0]
    assert (paid.fee > 0) is bench.charges


async def test_an_instrument_is_described_as_it_trades_and_another_is_not_known(
    bench: Bench, adapter: BrokerAdapter
) -> None:
    found = await adapter.instrument(bench.symbol)
    assert found is not None
    assert (found.symbol, found.tick, found.lot) == (bench.symbol, Decimal("0.01"), 1)
    assert await adapter.instrument("NOSUCH") is None


async def test_open_orders_are_all_of_them_over_every_page(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    names = sorted(f"a{number}" for number in range(11))
    for name in names:
        await adapter.submit(order(bench, name, limit="99.00", qty=10))
        await reports.one(Accepted, cl_ord_id=name)
    assert sorted(o.cl_ord_id for o in await adapter.open_orders()) == names


async def test_the_broker_s_clock_is_told_as_it_goes(bench: Bench, adapter: BrokerAdapter) -> None:
    if not isinstance(adapter, TellsTime):
        pytest.skip(f"{bench.name} tells no time")
    for seconds in (0.0, 30.0, -30.0):
        bench.skew(seconds)
        told = await adapter.server_time_ns()
        assert told is not None
        # Whole seconds are as fine as some tell it.
        assert abs(told - time.time_ns() - seconds * 1e9) < 1.5e9


async def test_the_sessions_that_are_told_are_those_of_the_exchange(bench: Bench, adapter: BrokerAdapter) -> None:
    if not isinstance(adapter, TellsSessions):
        pytest.skip(f"{bench.name} tells no sessions")
    exchange = Calendar.load("XNYS")
    first = exchange.to_exchange_time(time.time_ns()).date()
    told = await adapter.sessions(bench.symbol, first, first + timedelta(days=5))
    assert told is not None
    days = [exchange.session_on(first + timedelta(days=n)) for n in range(6)]
    assert list(told) == [day for day in days if day is not None]
