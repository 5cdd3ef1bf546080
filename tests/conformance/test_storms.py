"""Storms of throttles: what was throttled was not sent, cancels get through in the end, and the books are equal."""

from __future__ import annotations

import asyncio

from engine.model.enums import OrdStatus
from engine.protocol import Accepted, BrokerAdapter, Canceled, Filled, ThrottledError
from tests.conformance.bench import Bench, On, Trouble
from tests.conformance.desk import running_desk
from tests.conformance.hearing import Reports, cancel, needs, order


async def test_in_a_storm_of_throttles_each_request_is_told_so_and_the_session_stands(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    needs(bench, Trouble.THROTTLED)
    await adapter.submit(order(bench, "w1", limit="99.00"))
    await reports.one(Accepted)
    for on in (On.SUBMIT, On.CANCEL, On.QUERY, On.EXECUTIONS):
        for _ in range(4):
            bench.trouble(Trouble.THROTTLED, on)
    names = [f"a{number}" for number in range(4)]
    ends = await asyncio.gather(
        *(adapter.submit(order(bench, name)) for name in names),
        *(adapter.order_by_cl_ord_id("w1") for _ in range(4)),
        *(adapter.executions_since(0) for _ in range(4)),
        return_exceptions=True,
    )
    assert all(isinstance(end, ThrottledError) for end in ends), ends
    assert all((end.retry_after_s or 0) >= 0 for end in ends if isinstance(end, ThrottledError))
    for _ in range(4):
        try:
            await adapter.cancel(cancel(bench, "w1"))
        except ThrottledError:
            continue
        raise AssertionError("a throttled cancel was taken for one that was sent")
    assert len(bench.truth().orders) == 1
    await adapter.cancel(cancel(bench, "w1"))
    await reports.one(Canceled)
    await adapter.submit(order(bench, "a9"))
    await reports.one(Filled, cl_ord_id="a9")


async def test_the_desk_weathers_a_storm_of_throttles(bench: Bench) -> None:
    needs(bench, Trouble.THROTTLED)
    async with running_desk(bench) as desk:
        resting = desk.place(limit="99.00")
        await desk.working(resting)
        for on in (On.SUBMIT, On.CANCEL, On.CANCEL, On.QUERY, On.EXECUTIONS):
            bench.trouble(Trouble.THROTTLED, on)
        lost = desk.place()
        desk.cancel(resting)
        truth = await desk.agrees()
        assert (lost.status, resting.status) == (OrdStatus.REJECTED, OrdStatus.CANCELED)
        assert [o.status for o in truth.orders] == ["CANCELED"]
        assert not desk.was_unknown(lost)
        after = desk.place()
        await desk.agrees()
        assert after.status is OrdStatus.FILLED
