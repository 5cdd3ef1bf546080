"""The adapter through ib_insync against a gateway that misbehaves in Interactive Brokers' own ways."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from brokers.ibkr.adapter import IbkrBroker
from brokers.ibkr.settings import IbkrSettings
from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.order import BrokerCancel, BrokerOrder, BrokerReplace
from engine.protocol import (
    Accepted,
    AmbiguousError,
    Canceled,
    CancelRejected,
    Corrected,
    Disconnected,
    Filled,
    Gap,
    NotConnectedError,
    RefusedError,
    Replaced,
    ReplaceRejected,
)
from tests.conformance.hearing import Reports, until
from tests.emulators.ibkr.server import IbGateway

D = Decimal
ACCOUNT = "DU1234567"


@pytest.fixture
async def gateway() -> AsyncIterator[IbGateway]:
    gateway = IbGateway(per_second=100_000)
    gateway.faults.soon_s = 0.05
    await gateway.start()
    await gateway.quote("IBM", D("99.98"), D("100.02"))
    yield gateway
    await gateway.stop()


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
async def broker(gateway: IbGateway, reports: Reports, tmp_path: Path) -> AsyncIterator[IbkrBroker]:
    settings = IbkrSettings(
        port=gateway.port, timeout_s=0.5, commission_wait_s=0.15, messages_per_s=10_000, memory=tmp_path / "ids"
    )
    broker = IbkrBroker(settings, account=ACCOUNT, instruments={"IBM": Instrument("IBM")})
    await broker.connect(reports)
    yield broker
    await broker.disconnect()


def order(name: str, limit: str | None = None, qty: int = 100) -> BrokerOrder:
    kind = OrdType.MARKET if limit is None else OrdType.LIMIT
    px = None if limit is None else D(limit)
    return BrokerOrder(name, ACCOUNT, "IBM", Side.BUY, D(qty), kind, TimeInForce.DAY, px)


def change(orig: str, new: str, qty: int, limit: str) -> BrokerReplace:
    return BrokerReplace(new, orig, None, ACCOUNT, "IBM", D(qty), D(limit), None)


def cancel(name: str) -> BrokerCancel:
    return BrokerCancel(name, None, ACCOUNT, "IBM")


async def test_a_market_order_that_trades_without_any_status_is_accepted_and_filled(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    gateway.faults.quick_market = True
    await broker.submit(order("a1"))
    await reports.one(Filled)
    assert len(reports.of(Accepted, "a1")) == 1
    found = await broker.order_by_cl_ord_id("a1")
    assert found is not None
    assert (found.status, found.cum_qty) == (OrdStatus.FILLED, D(100))


@pytest.mark.parametrize(
    "sequence",
    [("open", "status", "commission", "exec"), ("status", "exec", "open", "commission"), ("exec", "commission")],
    ids="-".join,
)
async def test_the_messages_of_a_fill_may_come_in_any_order(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports, sequence: tuple[str, ...]
) -> None:
    gateway.books.sequence, gateway.faults.double_statuses = sequence, True
    await broker.submit(order("a1"))
    fill = await reports.one(Filled)
    assert (fill.execution.last_qty, fill.execution.fee) == (D(100), D(1))
    assert len(reports.of(Filled)) == 1
    assert len(reports.of(Accepted)) == 1


@pytest.mark.parametrize("note", ["preset", "warned", "competing", "outside", "locating"])
async def test_a_note_on_an_order_ends_nothing(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports, note: str
) -> None:
    gateway.faults.expect("submit", note)
    await broker.submit(order("a1", "99.00"))
    await reports.one(Accepted)
    await gateway.quote("IBM", D("98.95"), D("99.00"))
    await reports.one(Filled)
    assert not reports.of(Canceled)


@pytest.mark.parametrize("code", [103, 110, 135, 200, 320, 321, 391, 434, 435, 439, 441, 442, 443, 10243, 10244, 10268])
async def test_a_code_that_refuses_an_order_is_a_refusal_and_no_doubt(
    gateway: IbGateway, broker: IbkrBroker, code: int
) -> None:
    gateway.faults.expect("submit", "lost")
    sent = asyncio.create_task(broker.submit(order("a1", "99.00")))
    await until(lambda: [m for m in gateway.seen if m[0] == "3"])
    (message,) = [m for m in gateway.seen if m[0] == "3"]
    gateway.say([4, 2, message[1], code, "no", ""])
    with pytest.raises(RefusedError, match=str(code)):
        await sent


async def test_a_change_that_came_too_early_is_refused_and_the_order_stands(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit(order("a1", "99.00"))
    await reports.one(Accepted)
    gateway.faults.expect("replace", "busy")
    await broker.replace(change("a1", "a2", 200, "98.00"))
    await reports.one(ReplaceRejected)
    await broker.replace(change("a1", "a3", 200, "98.50"))
    await reports.one(Replaced)
    (held,) = gateway.books.orders.values()
    assert (held.qty, held.limit) == (D(200), D("98.5"))


async def test_a_cancel_that_a_fill_overtakes_while_it_is_pending_is_told_as_it_was(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit(order("a1", "99.00"))
    await reports.one(Accepted)
    gateway.faults.expect("cancel", "pending")
    await broker.cancel(cancel("a1"))
    await gateway.quote("IBM", D("98.95"), D("99.00"))
    await reports.one(Filled)
    await asyncio.sleep(0.1)
    assert not reports.of(Canceled)


@pytest.mark.parametrize("crosses", ["cancel", "replace"])
async def test_a_request_that_crosses_a_fill_is_refused_and_the_fill_stands(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports, crosses: str
) -> None:
    await broker.submit(order("a1", "99.00"))
    await reports.one(Accepted)
    gateway.faults.expect(crosses, "crossed")
    await (broker.cancel(cancel("a1")) if crosses == "cancel" else broker.replace(change("a1", "a2", 100, "98.00")))
    await reports.one(Filled)
    await reports.one(CancelRejected if crosses == "cancel" else ReplaceRejected)
    assert not reports.of(Canceled)


async def test_a_change_that_leaves_the_old_order_alive_is_told_as_a_gap(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit(order("a1", "99.00"))
    await reports.one(Accepted)
    gateway.faults.expect("replace", "doubled")
    with pytest.raises(AmbiguousError):
        await broker.replace(change("a1", "a2", 100, "98.00"))
    assert "a second one" in (await reports.one(Gap)).reason
    assert sorted(o.limit_px or 0 for o in await broker.open_orders()) == [D("98"), D("99")]


async def test_fills_while_the_broker_is_lost_are_in_the_books_when_it_is_back(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit(order("a1", "99.00"))
    await reports.one(Accepted)
    gateway.lose()
    await reports.one(Disconnected)
    with pytest.raises(NotConnectedError):
        await broker.submit(order("a2", "99.00"))
    await gateway.quote("IBM", D("98.95"), D("99.00"))
    gateway.restore()
    await broker.connect(reports)
    assert [(e.cl_ord_id, e.last_qty) for e in await broker.executions_since(0)] == [("a1", D(100))]
    assert [p.qty for p in await broker.positions()] == [D(100)]
    await broker.submit(order("a3", "98.00"))
    assert len(gateway.books.orders) == 2


async def test_a_fee_that_comes_late_is_not_lost(gateway: IbGateway, broker: IbkrBroker, reports: Reports) -> None:
    gateway.faults.commissions, gateway.faults.soon_s = "late", 0.25
    await broker.submit(order("a1"))
    assert (await reports.one(Filled)).execution.fee == 0
    corrected = await reports.one(Corrected)
    assert (corrected.execution.last_qty, corrected.execution.fee) == (D(100), D(1))


async def test_a_correction_is_one_of_the_fill_that_was_told(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit(order("a1"))
    fill = await reports.one(Filled)
    gateway.correct(gateway.books.executions[0], D(60), D("99.50"))
    corrected = await reports.one(Corrected)
    assert corrected.exec_id == fill.execution.exec_id
    assert (corrected.execution.last_qty, corrected.execution.last_px) == (D(60), D("99.50"))


async def test_numbers_that_begin_again_give_no_order_twice(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit(order("a1"))
    await reports.one(Filled)
    gateway.cut()
    gateway.roll_back()
    await reports.one(Disconnected)
    await broker.connect(reports)
    await broker.submit(order("a2"))
    await reports.one(Filled, cl_ord_id="a2")
    first, second = gateway.books.orders.values()
    assert second.order_id > first.order_id


async def test_the_next_number_is_above_those_of_other_clients(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    gateway.place_by_hand("IBM", "BUY", 100, limit=D("90"), client=3, order_id=4000)
    assert len(await broker.open_orders()) == 1
    await broker.submit(order("a1", "99.00"))
    await reports.one(Accepted)
    assert max(o.order_id for o in gateway.books.orders.values()) > 4000


async def test_an_order_by_hand_is_listed_and_its_fill_is_told_in_the_books(
    gateway: IbGateway, broker: IbkrBroker
) -> None:
    gateway.place_by_hand("IBM", "BUY", 100, limit=D("90"))
    gateway.place_by_hand("IBM", "BUY", 10)
    (open_one,) = await broker.open_orders()
    assert (open_one.qty, open_one.limit_px) == (D(100), D("90"))
    assert [e.last_qty for e in await broker.executions_since(0)] == [D(10)]


@pytest.mark.parametrize(
    ("zone", "name", "old"),
    [("US/Eastern", "", False), ("Asia/Tokyo", "", False), ("UTC", "", True), ("UTC", "Helix Standard Time", False)],
)
async def test_a_fill_is_told_whatever_the_gateway_calls_its_time_zone(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports, zone: str, name: str, old: bool
) -> None:
    gateway.books.zone, gateway.books.zone_name, gateway.books.old_times = zone, name, old
    await broker.submit(order("a1"))
    fill = (await reports.one(Filled)).execution
    assert abs(fill.ts_ns - gateway.books.executions[0].ts_ns) <= 1_000_000_000 or name
    assert [e.exec_id for e in await broker.executions_since(0)] == [fill.exec_id]


async def test_a_login_of_several_accounts_trades_the_one_of_the_profile_alone(
    reports: Reports, tmp_path: Path
) -> None:
    gateway = IbGateway(per_second=100_000, accounts=("DU1111111", ACCOUNT, "DU9999999"))
    gateway.id_first = gateway.books.presubmits = True
    await gateway.start()
    await gateway.quote("IBM", D("99.98"), D("100.02"))
    settings = IbkrSettings(port=gateway.port, timeout_s=0.5, messages_per_s=10_000, memory=tmp_path / "ids")
    broker = IbkrBroker(settings, account=ACCOUNT, instruments={"IBM": Instrument("IBM")})
    try:
        await broker.connect(reports)
        gateway.deliver("IBM", 700, D("100.00"))  # of the first account
        await broker.submit(order("a1", "100.02"))
        await reports.one(Filled)
        assert len(reports.of(Accepted)) == 1
        assert [p.qty for p in await broker.positions()] == [D(100)]
        assert (await broker.account()).cash == {"USD": D("1000000") - 10002 - 1}
        assert gateway.books.accounts[ACCOUNT].positions[8314].qty == 100
    finally:
        await broker.disconnect()
        await gateway.stop()
