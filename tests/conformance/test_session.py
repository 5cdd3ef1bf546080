"""Sessions: opened, refused, closed, lost, opened again."""

from __future__ import annotations

import asyncio

import pytest

from engine.protocol import (
    AbsenceProof,
    Accepted,
    AmbiguousError,
    AuthError,
    BrokerAdapter,
    Disconnected,
    NotConnectedError,
)
from tests.conformance.bench import Bench
from tests.conformance.hearing import Reports, cancel, order, replace, until


async def test_it_is_a_broker_adapter(bench: Bench) -> None:
    adapter: BrokerAdapter = bench.adapter()
    assert adapter.name
    assert adapter.capabilities() == bench.adapter().capabilities()


async def test_without_a_session_nothing_is_handed_over_and_the_error_says_so(bench: Bench) -> None:
    adapter = bench.adapter()
    for request in (
        lambda: adapter.submit(order(bench, "a1", limit="99.00")),
        lambda: adapter.cancel(cancel(bench, "a1")),
        lambda: adapter.replace(replace(bench, "a1", "a1r1", 50)),
        lambda: adapter.order_by_cl_ord_id("a1"),
        adapter.open_orders,
        adapter.positions,
        adapter.account,
    ):
        with pytest.raises(NotConnectedError):
            await request()
    assert bench.truth().orders == ()


async def test_a_broker_that_is_not_there_is_not_connected(bench: Bench, reports: Reports) -> None:
    adapter = bench.adapter()
    with bench.unreachable(), pytest.raises(NotConnectedError):
        await adapter.connect(reports)
    await adapter.connect(reports)
    await adapter.disconnect()


async def test_wrong_credentials_are_an_authentication_error(bench: Bench, reports: Reports) -> None:
    with pytest.raises(AuthError):
        await bench.stranger().connect(reports)
    assert reports.all == []


async def test_a_disconnect_that_was_asked_for_is_not_reported_as_a_loss_and_may_be_repeated(
    bench: Bench, reports: Reports
) -> None:
    adapter = bench.adapter()
    await adapter.connect(reports)
    await adapter.disconnect()
    await adapter.disconnect()
    assert reports.of(Disconnected) == []
    with pytest.raises(NotConnectedError):
        await adapter.submit(order(bench, "a1"))


async def test_a_lost_connection_is_reported_once_and_nothing_is_handed_over_after_it(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    bench.drop()
    await reports.one(Disconnected)
    with pytest.raises(NotConnectedError):
        await adapter.submit(order(bench, "a1"))
    await asyncio.sleep(0.05)
    assert len(reports.of(Disconnected)) == 1
    assert bench.truth().orders == ()


async def test_after_a_loss_the_same_adapter_connects_again_and_finds_what_it_missed(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    await adapter.submit(order(bench, "a1", limit="99.00"))
    await reports.one(Accepted)
    bench.drop()
    await reports.one(Disconnected)
    await bench.quote("98.90", "98.95")
    await adapter.connect(reports)
    found = await adapter.order_by_cl_ord_id("a1")
    assert found is not None
    assert found.status.value == "FILLED"
    assert {e.exec_id for e in await adapter.executions_since(0)} == bench.truth().executions.keys()


async def test_a_storm_of_reconnects_neither_doubles_nor_loses_reports(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    for number in range(12):
        bench.drop()
        await until(lambda lost=number: len(reports.of(Disconnected)) > lost, "the loss")
        await adapter.connect(reports)
        await adapter.submit(order(bench, f"s{number}", limit="99.00"))
        await reports.one(Accepted, cl_ord_id=f"s{number}")
    assert len(reports.of(Accepted)) == 12
    assert len(await adapter.open_orders()) == 12
    assert len(bench.truth().orders) == 12


async def test_several_sessions_opened_one_over_the_other_leave_one_that_works(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    for _ in range(5):
        await adapter.connect(reports)
    await adapter.submit(order(bench, "a1", limit="99.00"))
    await reports.one(Accepted)
    assert len(reports.of(Accepted)) == 1


async def test_what_is_asked_when_the_connection_breaks_ends_with_an_error_at_once(
    bench: Bench, adapter: BrokerAdapter
) -> None:
    asked = asyncio.ensure_future(adapter.executions_since(0))
    bench.drop()
    async with asyncio.timeout(bench.timeout_s + 1):
        (ended,) = await asyncio.gather(asked, return_exceptions=True)
    assert isinstance(ended, list | AmbiguousError | NotConnectedError)


async def test_where_a_new_session_proves_absence_it_does(bench: Bench, adapter: BrokerAdapter) -> None:
    """Many submits are under way when the session ends: what the next one does not find never comes to be."""
    if adapter.capabilities().absence_proof is not AbsenceProof.NEW_SESSION:
        pytest.skip(f"{bench.name} declares no proof by a new session")
    for burst in range(6):
        names = [f"b{burst}n{number}" for number in range(20)]
        sent = [asyncio.ensure_future(adapter.submit(order(bench, name, limit="99.00"))) for name in names]
        await asyncio.sleep(0.0005 * burst)
        await adapter.disconnect()
        await asyncio.gather(*sent, return_exceptions=True)
        await adapter.connect(Reports())
        found = {name: await adapter.order_by_cl_ord_id(name) is not None for name in names}
        await asyncio.sleep(0.05)
        truth = bench.truth()
        assert {name: truth.order(name) is not None for name in names} == found
