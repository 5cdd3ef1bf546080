"""Reports that are lost, doubled, out of order, late, unreadable or of orders that others placed."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from engine.protocol import Accepted, AmbiguousError, BrokerAdapter, Disconnected, Filled, Gap
from tests.conformance.bench import REPORT_TROUBLES, Bench, Heard, Trouble
from tests.conformance.hearing import Reports, needs, order

LOST = (Trouble.DROPPED, Trouble.MALFORMED)


@pytest.mark.parametrize("trouble", REPORT_TROUBLES, ids=lambda trouble: trouble.value)
async def test_a_fill_in_trouble_is_told_or_stands_in_the_backfill_under_the_same_key(
    bench: Bench, adapter: BrokerAdapter, reports: Reports, trouble: Trouble
) -> None:
    needs(bench, trouble)
    bench.trouble(trouble, Heard.FILLED)
    await adapter.submit(order(bench, "a1"))
    await adapter.submit(order(bench, "a2"))
    await reports.one(Filled, cl_ord_id="a2")
    if trouble not in LOST:
        await reports.one(Filled, cl_ord_id="a1")
    told = {e.exec_id: e for e in reports.executions}
    backfill = {e.exec_id: e for e in await adapter.executions_since(0)}
    assert backfill.keys() == bench.truth().executions.keys()
    assert told.keys() <= backfill.keys()
    assert all(told[key].last_qty == backfill[key].last_qty for key in told)
    assert reports.of(Disconnected) == []


@pytest.mark.parametrize("heard", [Heard.ACCEPTED, Heard.FILLED], ids=lambda heard: heard.value)
async def test_a_line_that_can_t_be_read_ends_neither_the_stream_nor_goes_unnoticed(
    bench: Bench, adapter: BrokerAdapter, reports: Reports, heard: Heard
) -> None:
    needs(bench, Trouble.MALFORMED)
    bench.trouble(Trouble.MALFORMED, heard)
    await adapter.submit(order(bench, "a1"))
    await reports.one(Gap)
    await adapter.submit(order(bench, "a2"))
    await reports.one(Filled, cl_ord_id="a2")
    assert reports.of(Disconnected) == []


async def test_a_fill_with_a_word_that_nobody_knows_is_a_fill(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    needs(bench, Trouble.NOVEL)
    bench.trouble(Trouble.NOVEL, Heard.FILLED)
    await adapter.submit(order(bench, "a1"))
    fill = (await reports.one(Filled, cl_ord_id="a1")).execution
    assert fill.last_qty == bench.truth().executions[fill.exec_id] == bench.lot


async def test_a_report_of_a_kind_that_nobody_knows_is_a_gap(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    needs(bench, Trouble.NOVEL)
    bench.trouble(Trouble.NOVEL, Heard.ACCEPTED)
    await adapter.submit(order(bench, "a1"))
    await reports.one(Filled)
    assert len(reports.of(Gap)) == 1


async def test_a_stream_that_is_silent_while_the_session_stands_hides_nothing_from_who_asks(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    bench.silence(True)
    for sent in (order(bench, "a1"), order(bench, "a2", limit="99.00")):
        if bench.answers_are_reports:
            with pytest.raises(AmbiguousError):
                await adapter.submit(sent)
        else:
            await adapter.submit(sent)
    await asyncio.sleep(0.1)
    assert reports.all == []
    found = await adapter.order_by_cl_ord_id("a1")
    assert found is not None
    assert found.cum_qty == bench.lot
    assert [o.cl_ord_id for o in await adapter.open_orders()] == ["a2"]
    assert {e.exec_id for e in await adapter.executions_since(0)} == bench.truth().executions.keys()
    bench.silence(False)
    await adapter.submit(order(bench, "a3"))
    await reports.one(Filled, cl_ord_id="a3")


async def test_what_filled_while_nobody_was_connected_is_found_and_not_told_twice(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    await adapter.submit(order(bench, "a1", limit="99.00"))
    await reports.one(Accepted)
    await adapter.disconnect()
    await bench.quote("98.90", "98.95")
    await adapter.connect(reports)
    backfill = await adapter.executions_since(0)
    assert {e.exec_id for e in backfill} == bench.truth().executions.keys()
    assert len(backfill) == 1


@pytest.mark.parametrize("name", ["", "handmade"])
async def test_orders_that_others_place_at_the_account_are_seen_with_the_id_that_they_have(
    bench: Bench, adapter: BrokerAdapter, reports: Reports, name: str
) -> None:
    if not bench.orders_of_others:
        pytest.skip(f"{bench.name}: nobody else can place orders at the account")
    await bench.place_elsewhere(order(bench, name, limit="99.00"))
    found = await adapter.open_orders()
    if not name and not bench.nameless:
        name = bench.truth().orders[0].ids[0]
    assert [(o.cl_ord_id, o.qty, o.limit_px) for o in found] == [(name, bench.lot, Decimal("99.00"))]
    assert found[0].order_id
    await bench.quote("98.90", "98.95")
    backfill = await adapter.executions_since(0)
    assert [(e.cl_ord_id, e.order_id) for e in backfill] == [(name, found[0].order_id)]
    assert {p.symbol: p.qty for p in await adapter.positions()} == bench.truth().positions


@pytest.mark.parametrize("seconds", [-30.0, 30.0])
async def test_a_clock_that_is_wrong_hides_no_execution(
    bench: Bench, adapter: BrokerAdapter, reports: Reports, seconds: float
) -> None:
    await adapter.submit(order(bench, "a1", qty=10))
    await reports.one(Filled, cl_ord_id="a1")
    bench.skew(seconds)
    for name in ("a2", "a3"):
        await adapter.submit(order(bench, name, qty=10))
        await reports.one(Filled, cl_ord_id=name)
    since = reports.executions[0].ts_ns
    assert {e.exec_id for e in await adapter.executions_since(since)} == bench.truth().executions.keys()
