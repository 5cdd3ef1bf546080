"""After the fact: an execution is taken back or corrected, an order is rejected that was accepted."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.model.enums import OrdStatus
from engine.protocol import Accepted, BrokerAdapter, Busted, Canceled, Corrected, Disconnected, Filled, Gap, Rejected
from tests.conformance.bench import After, Bench
from tests.conformance.desk import running_desk
from tests.conformance.hearing import Reports, cancel, needs_after, order, until


async def test_an_execution_that_is_taken_back_is_told_by_its_key_and_is_on_no_list(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    needs_after(bench, After.BUST)
    await adapter.submit(order(bench, "a1", qty=10))
    await adapter.submit(order(bench, "a2", qty=20))
    first = (await reports.one(Filled, cl_ord_id="a1")).execution
    second = (await reports.one(Filled, cl_ord_id="a2")).execution
    bench.bust(first.exec_id)
    told = await reports.one(Busted)
    assert (told.account, told.exec_id) == (bench.account, first.exec_id)
    assert {e.exec_id for e in await adapter.executions_since(0)} == bench.truth().executions.keys() == {second.exec_id}
    assert {p.symbol: p.qty for p in await adapter.positions()} == {bench.symbol: 20}
    assert (len(reports.of(Busted)), reports.of(Gap)) == (1, [])


async def test_a_corrected_execution_is_told_with_what_it_amends_and_stands_on_the_lists_under_its_new_key(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    needs_after(bench, After.CORRECT)
    await adapter.submit(order(bench, "a1"))
    before = (await reports.one(Filled)).execution
    for px in ("100.01", "99.98"):  # a correction may be corrected
        bench.correct(before.exec_id, px)
        await reports.until(lambda heard, px=px: any(c.execution.last_px == Decimal(px) for c in heard.of(Corrected)))
        told = reports.of(Corrected)[-1]
        assert (told.exec_id, told.execution.cl_ord_id) == (before.exec_id, "a1")
        assert (told.execution.last_qty, told.execution.last_px) == (bench.lot, Decimal(px))
        before = told.execution
        assert {e.exec_id: (e.last_qty, e.last_px) for e in await adapter.executions_since(0)} == {
            before.exec_id: (bench.lot, Decimal(px))
        }
        assert bench.truth().executions.keys() == {before.exec_id}
    assert (len(reports.of(Filled)), reports.of(Gap)) == (1, [])


async def test_an_order_that_is_rejected_after_it_was_accepted_is_told_so_and_is_not_open(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    needs_after(bench, After.REJECT)
    for name in ("a1", "a2"):
        await adapter.submit(order(bench, name, limit="99.00"))
        await reports.one(Accepted, cl_ord_id=name)
    bench.reject_late("a1", "the market does not take it")
    assert "the market does not take it" in (await reports.one(Rejected)).reason
    assert [o.cl_ord_id for o in await adapter.open_orders()] == ["a2"]
    found = await adapter.order_by_cl_ord_id("a1")
    assert found is None or found.status is OrdStatus.REJECTED
    await adapter.cancel(cancel(bench, "a2"))
    await reports.one(Canceled, cl_ord_id="a2")
    assert [r.cl_ord_id for r in reports.of(Rejected)] == ["a1"]


@pytest.mark.parametrize("connected", [True, False], ids=["connected", "while nobody is connected"])
async def test_the_desk_takes_an_execution_back_and_its_order_goes_on(bench: Bench, connected: bool) -> None:
    needs_after(bench, After.BUST)
    async with running_desk(bench) as desk:
        made = desk.place(limit="99.00")
        await desk.working(made)
        await desk.market("98.90", "98.95", bench.lot // 4)
        await desk.until(lambda: made.cum_qty == bench.lot // 4, "a part")
        (exec_id,) = bench.truth().executions
        await desk.market("100.00", "100.02")
        if connected:
            bench.bust(exec_id)
        else:
            with bench.unreachable():
                bench.drop()
                await until(lambda: any(isinstance(given, Disconnected) for given in desk.given), "the loss")
                bench.bust(exec_id)
        await desk.until(lambda: not made.cum_qty, "the bust")
        await desk.agrees()
        assert made.status is OrdStatus.NEW
        assert desk.state.position_qty(bench.account, bench.symbol) == 0
        await desk.market("98.90", "98.95")
        await desk.agrees()
        assert made.status is OrdStatus.FILLED


@pytest.mark.parametrize("connected", [True, False], ids=["connected", "while nobody is connected"])
async def test_the_desk_books_a_correction_and_its_cash_is_the_broker_s(bench: Bench, connected: bool) -> None:
    needs_after(bench, After.CORRECT)
    if not connected and not bench.afterwards_listed:
        pytest.skip(f"{bench.name}: its lists say nothing of what was corrected while nobody was connected")
    async with running_desk(bench) as desk:
        made = desk.place()
        await desk.agrees()
        (exec_id,) = bench.truth().executions
        if connected:
            bench.correct(exec_id, "99.50")
        else:
            with bench.unreachable():
                bench.drop()
                await until(lambda: any(isinstance(given, Disconnected) for given in desk.given), "the loss")
                bench.correct(exec_id, "99.50")
        await desk.until(lambda: made.avg_px == Decimal("99.50"), "the correction")
        await desk.agrees()
        assert (made.status, made.cum_qty) == (OrdStatus.FILLED, bench.lot)


async def test_the_desk_hears_of_a_late_reject_and_holds_nothing_for_it_any_more(bench: Bench) -> None:
    needs_after(bench, After.REJECT)
    async with running_desk(bench) as desk:
        made = desk.place(limit="99.00")
        await desk.working(made)
        bench.reject_late(made.cl_ord_id, "the market does not take it")
        await desk.until(lambda: made.status is OrdStatus.REJECTED, "the reject")
        assert desk.state.positions[(bench.account, bench.symbol)].open_buy == 0
        after = desk.place()
        await desk.until(lambda: after.status is OrdStatus.FILLED, "another order")
        assert not desk.state.breaks
