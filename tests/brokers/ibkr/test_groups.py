"""Brackets, oto and oco held by the gateway: what goes out, what comes back, what a broken or refused half leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from brokers.ibkr.adapter import IbkrBroker
from brokers.ibkr.settings import IbkrSettings
from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.order import BrokerCancel, BrokerGroup, BrokerOrder, BrokerReplace
from engine.model.package import Leg
from engine.protocol import (
    Accepted,
    AmbiguousError,
    Canceled,
    Filled,
    Gap,
    NotConnectedError,
    NotSupportedError,
    RefusedError,
    Rejected,
    Replaced,
    ReplaceRejected,
    Restated,
)
from tests.conformance.hearing import Reports, until
from tests.emulators.ibkr.orders import Order
from tests.emulators.ibkr.server import IbGateway

D = Decimal
ACCOUNT = "DU1234567"


@pytest.fixture
async def gateway() -> AsyncIterator[IbGateway]:
    gateway = IbGateway(per_second=100_000)
    await gateway.start()
    await gateway.quote("IBM", D("100.00"), D("100.02"))
    yield gateway
    await gateway.stop()


@pytest.fixture
def settings(gateway: IbGateway, tmp_path: Path, request: pytest.FixtureRequest) -> IbkrSettings:
    return IbkrSettings(
        port=gateway.port, timeout_s=0.4, commission_wait_s=0.1, messages_per_s=10_000, memory=tmp_path / "ids",
        leg_pause_s=getattr(request, "param", 0.02),
    )  # fmt: skip


@pytest.fixture
def reports() -> Reports:
    return Reports()


def made(settings: IbkrSettings) -> IbkrBroker:
    return IbkrBroker(settings, account=ACCOUNT, instruments={"IBM": Instrument("IBM")})


unhurried = pytest.mark.parametrize("settings", [0.4], indirect=True)
"""For what happens between two messages of a group: the adapter waits long for the word on the first."""


@pytest.fixture
async def broker(settings: IbkrSettings, reports: Reports) -> AsyncIterator[IbkrBroker]:
    broker = made(settings)
    await broker.connect(reports)
    yield broker
    await broker.disconnect()


def order(name: str, side: Side, limit: str | None = None, stop: str | None = None, qty: int = 100) -> BrokerOrder:
    kind = OrdType.STOP if stop else OrdType.LIMIT if limit else OrdType.MARKET
    prices = (D(limit) if limit else None, D(stop) if stop else None)
    return BrokerOrder(name, ACCOUNT, "IBM", side, D(qty), kind, TimeInForce.GTC, *prices)


def exits(qty: int = 100, target: str = "105.00") -> tuple[BrokerOrder, BrokerOrder]:
    return order("t1", Side.SELL, target, qty=qty), order("s1", Side.SELL, stop="95.00", qty=qty)


def bracket(entry: str | None = "99.00", qty: int = 100, target: str = "105.00") -> BrokerGroup:
    return BrokerGroup("bracket", order("e1", Side.BUY, entry, qty=qty), exits(qty, target))


def books(gateway: IbGateway) -> dict[str, Order]:
    return {order.ref: order for order in gateway.books.orders.values()}


def sent(gateway: IbGateway) -> list[Order]:
    return list(gateway.books.orders.values())


async def accepted(reports: Reports, *names: str) -> None:
    for name in names:
        await reports.one(Accepted, cl_ord_id=name)


async def test_a_bracket_goes_out_as_one_and_all_of_it_is_acknowledged_before_the_entry_fills(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    assert broker.group_refusal(bracket()) == ""
    await broker.submit_group(bracket())
    await accepted(reports, "e1", "t1", "s1")
    entry, target, stop = sent(gateway)
    assert [o.transmits for o in (entry, target, stop)] == [False, False, True]
    assert (target.parent_id, stop.parent_id) == (entry.order_id, entry.order_id)
    assert [o.order_id for o in (target, stop)] == [entry.order_id + 1, entry.order_id + 2]
    assert {o.cl_ord_id: o.status for o in await broker.open_orders()} == dict.fromkeys(
        ("e1", "t1", "s1"), OrdStatus.NEW
    )
    await gateway.quote("IBM", D("98.98"), D("99.00"))
    await reports.one(Filled, cl_ord_id="e1")
    await gateway.quote("IBM", D("105.00"), D("105.02"))
    await reports.one(Filled, cl_ord_id="t1")
    assert (await reports.one(Canceled, cl_ord_id="s1")).cum_qty == 0
    assert not gateway.books.accounts[ACCOUNT].open()


async def test_an_oto_starts_its_one_leg(gateway: IbGateway, broker: IbkrBroker, reports: Reports) -> None:
    await broker.submit_group(BrokerGroup("oto", order("e1", Side.BUY), (exits()[1],)))
    await reports.one(Filled, cl_ord_id="e1")
    await accepted(reports, "s1")
    await gateway.quote("IBM", D("94.00"), D("94.02"))
    await reports.one(Filled, cl_ord_id="s1")


async def test_of_an_oco_the_stop_goes_first_and_what_one_executes_is_taken_off_the_other(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit(order("p1", Side.BUY))
    await broker.submit_group(BrokerGroup("oco", None, exits()))
    await accepted(reports, "t1", "s1")
    _, stop, target = sent(gateway)
    assert (stop.ref, stop.values["ocaType"], stop.group) == ("s1", "2", target.group)
    await gateway.quote("IBM", D("105.00"), D("105.02"), 40)
    assert (await reports.one(Restated, cl_ord_id="s1")).qty == 60
    (leg,) = [o for o in await broker.open_orders() if o.cl_ord_id == "s1"]
    assert leg.qty == 60
    await gateway.quote("IBM", D("94.00"), D("94.02"))
    await reports.one(Filled, cl_ord_id="s1")
    await reports.one(Canceled, cl_ord_id="t1")
    assert not gateway.books.accounts[ACCOUNT].open()


async def test_to_cancel_the_entry_is_to_cancel_its_legs_and_to_cancel_a_leg_its_partner(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit_group(bracket())
    await accepted(reports, "e1", "t1", "s1")
    await broker.cancel(BrokerCancel("t1", None, ACCOUNT, "IBM"))
    await reports.one(Canceled, cl_ord_id="s1")
    assert books(gateway)["e1"].is_open
    await broker.cancel(BrokerCancel("e1", None, ACCOUNT, "IBM"))
    await reports.one(Canceled, cl_ord_id="e1")
    for name in ("t1", "s1"):
        over = await broker.order_by_cl_ord_id(name)
        assert over is not None
        assert over.status is OrdStatus.CANCELED


@pytest.mark.parametrize("filled", [False, True], ids=["before", "after"])
async def test_a_leg_is_changed_in_its_group_whether_its_entry_waits_or_has_filled(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports, filled: bool
) -> None:
    await broker.submit_group(bracket())
    await accepted(reports, "s1")
    if filled:
        await gateway.quote("IBM", D("98.98"), D("99.00"))
        await reports.one(Filled, cl_ord_id="e1")
    await broker.replace(BrokerReplace("s1r1", "s1", None, ACCOUNT, "IBM", D(100), None, D("97.00")))
    changed = await reports.one(Replaced, ReplaceRejected)
    assert isinstance(changed, Replaced), changed
    stop = books(gateway)["s1"]
    assert (stop.aux, stop.group) == (D(97), books(gateway)["t1"].group)
    await gateway.quote("IBM", D("98.98"), D("99.00"))
    await gateway.quote("IBM", D("105.00"), D("105.02"))
    assert (await reports.one(Canceled)).cl_ord_id == "s1r1"
    assert not gateway.books.accounts[ACCOUNT].open()


async def test_a_change_that_would_leave_the_group_is_refused_and_the_order_lives_on(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit_group(bracket())
    await accepted(reports, "s1")
    books(gateway)["s1"].values["ocaGroup"] = "renamed"  # and nobody was told
    await broker.replace(BrokerReplace("s1r1", "s1", None, ACCOUNT, "IBM", D(100), None, D("97.00")))
    assert "10326" in (await reports.one(ReplaceRejected)).reason
    assert books(gateway)["s1"].is_open


async def test_a_part_of_the_entry_is_guarded_and_its_legs_shrink_to_the_part_when_it_ends(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit_group(bracket())
    await accepted(reports, "s1")
    await gateway.quote("IBM", D("98.98"), D("99.00"), 30)
    await reports.one(Filled, cl_ord_id="e1")
    await broker.cancel(BrokerCancel("e1", None, ACCOUNT, "IBM"))
    for name in ("t1", "s1"):
        assert (await reports.one(Restated, cl_ord_id=name)).qty == 30
    await gateway.quote("IBM", D("94.00"), D("94.02"))
    assert (await reports.one(Filled, cl_ord_id="s1")).execution.last_qty == 30
    assert not gateway.books.accounts[ACCOUNT].open()


async def test_both_of_a_group_without_block_may_fill_and_both_are_told(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit_group(bracket("100.02"))
    await reports.one(Filled, cl_ord_id="e1")
    gateway.books.rules.races = 1
    await gateway.quote("IBM", D("105.00"), D("105.02"))
    await reports.one(Filled, cl_ord_id="t1")
    await reports.one(Filled, cl_ord_id="s1")
    assert {p.symbol: p.qty for p in await broker.positions()} == {"IBM": -100}


# -- refused ------------------------------------------------------------------------------------------------------


async def test_of_an_entry_that_is_refused_nothing_is_left(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    with pytest.raises(RefusedError, match="110"):
        await broker.submit_group(bracket("99.001"))
    assert not sent(gateway)
    assert reports.all == []


async def test_an_entry_that_the_account_can_t_carry_takes_its_legs_along(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit_group(bracket(qty=1_000_000))
    assert "201" in (await reports.one(Rejected, cl_ord_id="e1")).reason
    for name in ("t1", "s1"):
        await reports.one(Canceled, cl_ord_id=name)
    assert not gateway.books.open_orders()


async def test_legs_of_which_nothing_is_said_when_their_entry_is_refused_are_looked_for_and_over(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    gateway.faults.updates["canceled"].extend(("dropped", "dropped"))
    with pytest.raises(AmbiguousError, match="said nothing"):
        await broker.submit_group(bracket(qty=1_000_000))
    await reports.one(Rejected, cl_ord_id="e1")
    assert "legs" in (await reports.one(Gap)).reason
    gateway.answers.midnight_ns = gateway.now_ns()  # nor are they listed as done
    over = await broker.order_by_cl_ord_id("s1")
    assert over is not None
    assert over.status is OrdStatus.CANCELED


async def test_without_its_last_leg_a_bracket_is_taken_back_and_refused(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    gateway.faults.requests["child"].extend(("", "orphaned"))
    with pytest.raises(RefusedError, match="10006"):
        await broker.submit_group(bracket())
    assert [o.status for o in sent(gateway)] == ["ApiCancelled", "ApiCancelled"]
    assert reports.all == []


async def test_a_target_that_is_refused_in_time_takes_the_bracket_back(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    with pytest.raises(RefusedError, match="110"):
        await broker.submit_group(bracket(target="105.001"))
    assert [o.status for o in sent(gateway)] == ["ApiCancelled"]
    assert reports.all == []


async def test_what_can_t_be_taken_back_stays_in_doubt(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    gateway.faults.requests["child"].extend(("", "orphaned"))
    gateway.faults.requests["cancel"].extend(("lost", "lost"))
    with pytest.raises(AmbiguousError, match="10006"):
        await broker.submit_group(bracket())
    assert "10006" in (await reports.one(Rejected)).reason
    assert reports.of(Rejected)[0].cl_ord_id == "s1"


async def test_of_an_oco_the_one_is_refused_and_the_other_stays(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    await broker.submit(order("p1", Side.BUY))
    await broker.submit_group(BrokerGroup("oco", None, exits(target="105.001")))
    assert "110" in (await reports.one(Rejected, cl_ord_id="t1")).reason
    await accepted(reports, "s1")
    assert books(gateway)["s1"].is_open
    bad = BrokerGroup("oco", None, (order("t2", Side.SELL, "105.00"), order("s2", Side.SELL, stop="95.001")))
    with pytest.raises(RefusedError, match="110"):
        await broker.submit_group(bad)
    assert "t2" not in books(gateway)


# -- broken and doubtful ------------------------------------------------------------------------------------------


async def test_a_session_that_breaks_in_the_middle_leaves_doubt_and_the_next_one_takes_back_what_lies_there(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    gateway.faults.requests["submit"].append("reset_after")
    with pytest.raises(AmbiguousError):
        await broker.submit_group(bracket())
    assert [o.status for o in sent(gateway)] == ["PendingSubmit"]
    await broker.connect(reports)
    end = await reports.one(Canceled, cl_ord_id="e1")
    assert "never passed on" in end.reason
    for name in ("t1", "s1"):
        leg = await broker.order_by_cl_ord_id(name)
        assert leg is not None
        assert leg.status is OrdStatus.CANCELED
    assert not gateway.books.open_orders()


async def test_a_new_process_knows_each_order_of_a_group_by_its_own_id(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports, settings: IbkrSettings
) -> None:
    await broker.submit_group(bracket())
    await accepted(reports, "s1")
    await broker.disconnect()
    await gateway.quote("IBM", D("98.98"), D("99.00"))
    again, heard = made(settings), Reports()
    again.remember_groups([bracket()])
    await again.connect(heard)
    assert {o.cl_ord_id for o in await again.open_orders()} == {"t1", "s1"}
    assert [e.cl_ord_id for e in await again.executions_since(0)] == ["e1"]
    await again.replace(BrokerReplace("s1r1", "s1", None, ACCOUNT, "IBM", D(100), None, D("97.00")))
    assert (await heard.one(Replaced)).stop_px == D("97.00")
    await again.cancel(BrokerCancel("s1r1", None, ACCOUNT, "IBM"))
    await heard.one(Canceled, cl_ord_id="t1")
    await again.disconnect()


async def test_what_is_silent_is_in_doubt_and_nothing_goes_out_twice(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    gateway.faults.requests["child"].extend(("", "unanswered"))
    with pytest.raises(AmbiguousError, match="said nothing"):
        await broker.submit_group(bracket())
    assert len(sent(gateway)) == 3
    with pytest.raises(AmbiguousError, match="before"):
        await broker.submit_group(bracket())
    assert len(sent(gateway)) == 3
    await broker.disconnect()
    with pytest.raises(NotConnectedError):
        await broker.submit_group(BrokerGroup("oto", order("e9", Side.BUY), (order("s9", Side.SELL, stop="95"),)))


async def test_whoever_gives_up_waiting_leaves_no_half_of_a_group(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    gateway.faults.requests["submit"].append("unanswered")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await broker.submit_group(bracket())
    await until(lambda: len(sent(gateway)) == 3)
    await accepted(reports, "s1")


async def test_what_waits_for_its_turn_is_cancelled_as_a_whole(
    gateway: IbGateway, settings: IbkrSettings, reports: Reports
) -> None:
    gateway.faults.requests["what_if"].append("unanswered")
    slow = msgspec.structs.replace(settings, what_if_above=D(1), what_if_wait_s=0.05)
    broker = made(slow)
    await broker.connect(reports)
    task = asyncio.ensure_future(broker.submit_group(bracket()))
    await asyncio.sleep(0.01)
    await broker.cancel(BrokerCancel("s1", None, ACCOUNT, "IBM"))
    with pytest.raises(RefusedError, match="before it was sent"):
        await task
    assert not sent(gateway)
    with pytest.raises(RefusedError, match="margin"):
        await broker.submit_group(bracket(qty=1_000_000))
    assert not sent(gateway)
    await broker.disconnect()


# -- what is not given to it --------------------------------------------------------------------------------------


def test_what_is_not_taken_is_said_in_a_sentence(settings: IbkrSettings) -> None:
    broker = made(settings)
    change = msgspec.structs.replace
    entry, (target, stop) = order("e1", Side.BUY, "99.00"), exits()
    assert broker.group_refusal(BrokerGroup("oco", None, (target, stop))) == ""
    assert broker.group_refusal(BrokerGroup("oto", entry, (stop,))) == ""
    package = (Leg("IBM", Side.BUY, 1), Leg("AAPL", Side.SELL, 1))
    for group, words in (
        (BrokerGroup("bracket", change(entry, legs=package), (target, stop)), "packages"),
        (BrokerGroup("bracket", change(entry, via="adaptive"), (target, stop)), "algorithm"),
        (BrokerGroup("bracket", change(entry, qty=D(50)), (target, stop)), "sizes"),
        (BrokerGroup("bracket", change(entry, time_in_force=TimeInForce.IOC), (target, stop)), "ioc"),
        (BrokerGroup("bracket", change(entry, time_in_force=TimeInForce.OPG), (target, stop)), "auction"),
        (BrokerGroup("bracket", entry, (change(target, time_in_force=TimeInForce.FOK), stop)), "rest"),
        (BrokerGroup("bracket", entry, (change(target, symbol="AAPL"), stop)), "instruments"),
        (BrokerGroup("bracket", entry, (change(target, side=Side.BUY), stop)), "side"),
        (BrokerGroup("bracket", None, (target, stop)), "no bracket"),
        (BrokerGroup("oco", None, (target,)), "no oco"),
        (BrokerGroup("oto", entry, (change(stop, qty=D("0.5")),)), "sizes"),
        (BrokerGroup("oto", change(entry, qty=D("0.5")), (change(stop, qty=D("0.5")),)), "fractions"),
    ):
        said = broker.group_refusal(group)
        assert words in said, said
        assert "nothing was sent" not in said


async def test_what_is_not_taken_is_not_sent(gateway: IbGateway, broker: IbkrBroker) -> None:
    group = bracket()
    assert group.entry is not None
    ioc = msgspec.structs.replace(group, entry=msgspec.structs.replace(group.entry, time_in_force=TimeInForce.IOC))
    with pytest.raises(NotSupportedError, match="nothing was sent"):
        await broker.submit_group(ioc)
    assert not sent(gateway)


@unhurried
async def test_a_link_to_ib_that_is_lost_in_the_middle_is_no_half_of_a_group_either(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    task = asyncio.ensure_future(broker.submit_group(bracket()))
    gateway.faults.requests["submit"].append("unanswered")
    await until(lambda: sent(gateway))
    gateway.system(1100, "lost")
    with pytest.raises(AmbiguousError):
        await task
    assert [o.status for o in sent(gateway)] == ["PendingSubmit"]
    gateway.sessions[0].deaf_to.clear()
    gateway.restore()
    await until(lambda: broker._session is not None and broker._session.restored.is_set())
    await broker.connect(reports)
    assert "never passed on" in (await reports.one(Canceled, cl_ord_id="e1")).reason
    assert not gateway.books.open_orders()


async def test_an_order_that_ib_made_smaller_is_still_the_version_that_it_was_changed_to(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports, settings: IbkrSettings
) -> None:
    await broker.submit(order("p1", Side.BUY))
    await broker.submit_group(BrokerGroup("oco", None, exits()))
    await accepted(reports, "t1", "s1")
    await broker.replace(BrokerReplace("s1r1", "s1", None, ACCOUNT, "IBM", D(100), None, D("97.00")))
    await reports.one(Replaced)
    await gateway.quote("IBM", D("105.00"), D("105.02"), 40)
    assert (await reports.one(Restated, cl_ord_id="s1r1")).qty == 60
    await broker.disconnect()
    again = made(settings)
    await again.connect(Reports())
    assert {o.cl_ord_id: o.qty for o in await again.open_orders()} == {"t1": 100, "s1r1": 60}
    await again.disconnect()


@unhurried
async def test_half_of_a_group_that_arrives_after_its_session_is_taken_back_when_it_is_seen(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    gateway.faults.late_s = 0.1
    gateway.faults.expect("submit", "late")
    task = asyncio.ensure_future(broker.submit_group(bracket()))
    await until(lambda: gateway.sessions[0].fates)
    gateway.cut()
    with pytest.raises(AmbiguousError):
        await task
    await broker.connect(reports)
    assert await broker.open_orders() == []
    await until(lambda: sent(gateway))
    await broker.open_orders()
    assert "never passed on" in (await reports.one(Canceled, cl_ord_id="e1")).reason
    assert not gateway.books.open_orders()


@unhurried
async def test_a_look_at_the_orders_takes_nothing_back_that_is_on_its_way(
    gateway: IbGateway, broker: IbkrBroker, reports: Reports
) -> None:
    gateway.faults.requests["submit"].append("unanswered")
    task = asyncio.ensure_future(broker.submit_group(bracket()))
    await until(lambda: sent(gateway))
    gateway.sessions[0].deaf_to.clear()
    await broker.open_orders()
    await task
    await accepted(reports, "e1", "t1", "s1")
    assert len(gateway.books.open_orders()) == 3
