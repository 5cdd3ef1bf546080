"""The nightly reset: connections end, nobody gets in for a while, the day's orders are over; then a new day begins."""

from __future__ import annotations

import pytest

from engine.model.enums import OrdStatus, TimeInForce
from engine.protocol import Accepted, BrokerAdapter, Canceled, Disconnected, Filled, NotConnectedError
from tests.conformance.bench import Bench
from tests.conformance.desk import running_desk
from tests.conformance.hearing import Reports, cancel, interferes, order

GTC = TimeInForce.GTC
ENDED = (OrdStatus.EXPIRED, OrdStatus.CANCELED)


def keeps_orders(bench: Bench, adapter: BrokerAdapter) -> None:
    interferes(bench)
    if GTC not in adapter.capabilities().times_in_force:
        pytest.skip(f"{bench.name} has no gtc")


async def test_over_night_the_day_s_orders_end_and_the_others_stay_and_can_be_cancelled(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    keeps_orders(bench, adapter)
    for name, tif in (("day", TimeInForce.DAY), ("gtc", GTC)):
        await adapter.submit(order(bench, name, limit="99.00", tif=tif))
        await reports.one(Accepted, cl_ord_id=name)
    async with bench.night():
        await reports.one(Disconnected)
        with pytest.raises(NotConnectedError):
            await adapter.open_orders()
        with pytest.raises(NotConnectedError):
            await adapter.connect(reports)
    await adapter.connect(reports)
    assert [o.cl_ord_id for o in await adapter.open_orders()] == ["gtc"]
    over = await adapter.order_by_cl_ord_id("day")
    assert over.status in ENDED if over is not None else bench.forgets_at_night
    for new in ("n1", "n2"):  # whatever numbers the broker gives out again, an id of ours is one order
        await adapter.submit(order(bench, new, limit="98.00"))
        await reports.one(Accepted, cl_ord_id=new)
    await adapter.cancel(cancel(bench, "gtc"))
    assert (await reports.one(Canceled, cl_ord_id="gtc")).cum_qty in (None, 0)
    assert sorted(o.cl_ord_id for o in await adapter.open_orders()) == ["n1", "n2"]


async def test_what_was_executed_before_the_night_is_told_under_the_same_key(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    keeps_orders(bench, adapter)
    await adapter.submit(order(bench, "a1"))
    await reports.one(Filled)
    async with bench.night():
        await reports.one(Disconnected)
    await adapter.connect(reports)
    assert {e.exec_id for e in await adapter.executions_since(0)} == bench.truth().executions.keys()
    assert {p.symbol: p.qty for p in await adapter.positions()} == bench.truth().positions


async def test_the_desk_goes_on_after_the_night_with_the_books_of_the_broker(bench: Bench) -> None:
    async with running_desk(bench) as desk:
        keeps_orders(bench, desk.gateway._adapter)
        filled, day, gtc = desk.place(), desk.place(limit="99.00"), desk.place(limit="98.00", tif=GTC)
        for made in (day, gtc):
            await desk.working(made)
        await desk.until(lambda: filled.status is OrdStatus.FILLED, "the fill")
        async with bench.night():
            await desk.until(lambda: not desk.gateway.connected, "the loss")
        await desk.until(lambda: desk.gateway.connected and desk.is_ready(), "the new session")
        if not bench.forgets_at_night:
            await desk.until(lambda: day.status in ENDED, "the end of the day's order")
        # Where that can't be asked any more, its money stays reserved until somebody decides.
        assert day.status in ENDED or day.worst_leaves == bench.lot
        assert gtc.status is OrdStatus.NEW
        desk.cancel(gtc)
        await desk.until(lambda: gtc.status is OrdStatus.CANCELED, "the cancel")
        desk.place()
        await desk.until(
            lambda: desk.state.position_qty(bench.account, bench.symbol) == 2 * bench.lot, "a new day's fill"
        )
        assert bench.truth().positions == {bench.symbol: 2 * bench.lot}
        desk.assert_sound()
