"""The life of an order: submit, ack, fills, cancel."""

from __future__ import annotations

from decimal import Decimal

from engine.model.enums import OrdStatus, Side
from engine.protocol import Accepted, BrokerAdapter, Canceled, CancelRejected, Filled, RefusedError, Rejected
from tests.conformance.bench import Bench
from tests.conformance.hearing import Reports, cancel, order


async def test_a_marketable_order_is_acknowledged_before_it_is_filled(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    await adapter.submit(order(bench, "a1"))
    fill = (await reports.one(Filled)).execution
    kinds = [type(report).__name__ for report in reports.all]
    assert kinds.index("Accepted") < kinds.index("Filled")
    assert (fill.cl_ord_id, fill.symbol, fill.side, fill.last_qty) == ("a1", bench.symbol, Side.BUY, bench.lot)
    assert fill.last_px == Decimal("100.02")
    assert fill.account == bench.account
    assert fill.order_id == reports.of(Accepted)[0].order_id
    assert fill.exec_id in bench.truth().executions


async def test_a_resting_order_rests_and_is_filled_when_the_market_reaches_it(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    await adapter.submit(order(bench, "a1", limit="99.00"))
    await reports.one(Accepted)
    assert reports.executions == []
    await bench.quote("98.90", "98.95")
    fill = (await reports.one(Filled)).execution
    assert fill.last_px <= Decimal("99.00")


async def test_part_fills_are_reported_one_by_one_and_add_up(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    part = bench.lot // 4
    await bench.quote("99.98", "100.02", part)
    await adapter.submit(order(bench, "a1", limit="100.02"))
    await reports.until(lambda heard: sum(e.last_qty for e in heard.executions) == part)
    found = await adapter.order_by_cl_ord_id("a1")
    assert found is not None
    assert (found.status, found.cum_qty, found.qty) == (OrdStatus.PARTIALLY_FILLED, part, bench.lot)
    for price in ("100.01", "100.00", "99.99"):
        await bench.quote("99.90", price, part)
    await reports.until(lambda heard: sum(e.last_qty for e in heard.executions) == bench.lot)
    assert len({e.exec_id for e in reports.executions}) == len(reports.executions) == len(bench.truth().executions)


async def test_a_sale_moves_the_position_the_other_way(bench: Bench, adapter: BrokerAdapter, reports: Reports) -> None:
    await adapter.submit(order(bench, "a1"))
    await reports.one(Filled)
    await adapter.submit(order(bench, "a2", side=Side.SELL, qty=bench.lot // 2))
    await reports.one(Filled, cl_ord_id="a2")
    assert bench.truth().positions == {bench.symbol: Decimal(bench.lot - bench.lot // 2)}


async def test_what_the_broker_rejects_is_said_with_its_reason_and_never_alive(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    try:
        await adapter.submit(order(bench, "a1", limit="99.001"))
    except RefusedError as error:  # before it was taken
        reason = str(error)
    else:
        rejected = await reports.one(Rejected)
        assert rejected.cl_ord_id == "a1"
        reason = rejected.reason
    assert reason
    assert await adapter.open_orders() == []


async def test_a_working_order_is_cancelled_with_what_it_had_filled(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    part = bench.lot // 4
    await bench.quote("99.98", "100.02", part)
    await adapter.submit(order(bench, "a1", limit="100.02"))
    await reports.one(Filled)
    await adapter.cancel(cancel(bench, "a1"))
    ended = await reports.one(Canceled)
    assert ended.cl_ord_id == "a1"
    assert ended.cum_qty in (None, part)
    true = bench.truth().order("a1")
    assert true is not None
    assert (true.status, true.cum_qty) == ("CANCELED", part)


async def test_a_cancel_of_a_filled_order_is_too_late_and_says_so(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    await adapter.submit(order(bench, "a1"))
    await reports.one(Filled)
    await adapter.cancel(cancel(bench, "a1"))
    assert (await reports.one(CancelRejected)).reason
    assert reports.of(Canceled) == []


async def test_a_cancel_of_an_order_that_nobody_knows_is_refused_and_says_so(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    await adapter.cancel(cancel(bench, "zz"))
    assert (await reports.one(CancelRejected)).cl_ord_id == "zz"


async def test_a_cancel_and_a_fill_that_cross_end_in_what_the_books_say(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    for number in range(8):
        name = f"x{number}"
        await adapter.submit(order(bench, name, limit="99.00"))
        await reports.one(Accepted, cl_ord_id=name)
        if number % 2:
            await adapter.cancel(cancel(bench, name))
            await bench.quote("98.90", "98.95")
        else:
            await bench.quote("98.90", "98.95")
            await adapter.cancel(cancel(bench, name))
        await bench.quote("100.00", "100.02")
        ended = await reports.one(Canceled, CancelRejected, cl_ord_id=name)
        true = bench.truth().order(name)
        assert true is not None
        assert (true.status == "CANCELED") is isinstance(ended, Canceled)
        filled = sum(e.last_qty for e in reports.executions if e.cl_ord_id == name)
        assert filled == true.cum_qty
