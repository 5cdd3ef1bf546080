"""Groups that a broker holds as a whole: each order is known by its own id in all that is told and listed, the exits
never sell more than was bought, and of a hand-over that ends in doubt the whole group is there or nothing of it."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from engine.model.enums import OrdStatus, Side
from engine.model.order import BrokerGroup, BrokerOrder, Contingency
from engine.protocol import (
    Accepted,
    AmbiguousError,
    BrokerAdapter,
    BrokerError,
    Canceled,
    Filled,
    RefusedError,
    Rejected,
    Replaced,
    TakesGroups,
)
from tests.conformance.bench import AMBIGUOUS, Bench, On, Trouble
from tests.conformance.hearing import Reports, cancel, needs, order, replace, until

WORKING = ("NEW", "PARTIALLY_FILLED")
OPEN = frozenset({OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED, OrdStatus.PENDING_NEW})


def holds(adapter: BrokerAdapter, contingency: Contingency) -> TakesGroups:
    """Skip where the broker has no such groups."""
    declared = adapter.capabilities().groups
    if contingency not in declared:
        pytest.skip(f"{adapter.name} declares no {contingency}: the desk holds it")
    assert isinstance(adapter, TakesGroups)
    return adapter


def exits(bench: Bench) -> tuple[BrokerOrder, BrokerOrder]:
    return order(bench, "t1", side=Side.SELL, limit="101.00"), order(bench, "s1", side=Side.SELL, stop="97.00")


def bracket(bench: Bench, entry: str = "99.00") -> BrokerGroup:
    return BrokerGroup("bracket", order(bench, "e1", limit=entry), exits(bench))


async def placed(bench: Bench, adapter: BrokerAdapter, reports: Reports) -> None:
    """A bracket, acknowledged in all its parts."""
    await holds(adapter, "bracket").submit_group(bracket(bench))
    for name in ("e1", "t1", "s1"):
        await reports.one(Accepted, cl_ord_id=name)


async def entered(bench: Bench, reports: Reports) -> None:
    """The entry has filled, and the market is between the exits."""
    await bench.quote("98.90", "98.95")
    await reports.one(Filled, cl_ord_id="e1")
    await bench.quote("99.10", "99.12")


def working(bench: Bench) -> set[str]:
    return {order.ids[0] for order in bench.truth().orders if order.status in WORKING}


def held(bench: Bench) -> Decimal:
    return bench.truth().positions.get(bench.symbol, Decimal(0))


async def test_what_is_declared_is_taken_and_what_is_not_is_refused_in_words(
    bench: Bench, adapter: BrokerAdapter
) -> None:
    declared = adapter.capabilities().groups
    assert bool(declared) is isinstance(adapter, TakesGroups)
    if not isinstance(adapter, TakesGroups):
        return
    target, stop = exits(bench)
    for group in (
        bracket(bench),
        BrokerGroup("oto", order(bench, "e1", limit="99.00"), (stop,)),
        BrokerGroup("oco", None, (target, stop)),
    ):
        assert (adapter.group_refusal(group) == "") is (group.contingency in declared)


async def test_a_bracket_rests_at_the_broker_with_each_order_under_its_own_id(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    await placed(bench, adapter, reports)
    listed = {found.cl_ord_id: found for found in await adapter.open_orders()}
    assert {name: found.qty for name, found in listed.items()} == dict.fromkeys(("e1", "t1", "s1"), bench.lot)
    assert (listed["t1"].limit_px, listed["s1"].stop_px) == (Decimal("101.00"), Decimal("97.00"))
    assert len({found.order_id for found in listed.values()}) == 3
    for name, side in (("e1", Side.BUY), ("t1", Side.SELL), ("s1", Side.SELL)):
        found = await adapter.order_by_cl_ord_id(name)
        assert found is not None
        assert (found.cl_ord_id, found.side, found.cum_qty) == (name, side, 0)
        assert found.status in OPEN
    # The exits do nothing before the entry.
    await bench.quote("101.50", "101.52")
    await asyncio.sleep(0.05)
    assert reports.executions == []


@pytest.mark.parametrize("up", [True, False], ids=["profit", "loss"])
async def test_the_exit_that_the_market_reaches_closes_and_the_other_one_ends(
    bench: Bench, adapter: BrokerAdapter, reports: Reports, up: bool
) -> None:
    await placed(bench, adapter, reports)
    await entered(bench, reports)
    await bench.quote(*(("101.10", "101.12") if up else ("96.90", "96.92")))
    won, lost = ("t1", "s1") if up else ("s1", "t1")
    assert (await reports.one(Filled, cl_ord_id=won)).execution.last_qty == bench.lot
    await reports.one(Canceled, cl_ord_id=lost)
    assert (held(bench), working(bench)) == (0, set())
    assert [execution.cl_ord_id for execution in await adapter.executions_since(0)] == ["e1", won]


async def test_an_oto_starts_its_leg_when_its_entry_fills(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    group = BrokerGroup("oto", order(bench, "e1", limit="99.00"), (exits(bench)[1],))
    await holds(adapter, "oto").submit_group(group)
    await reports.one(Accepted, cl_ord_id="s1")
    await entered(bench, reports)
    await bench.quote("96.90", "96.92")
    await reports.one(Filled, cl_ord_id="s1")
    assert held(bench) == 0


@pytest.mark.parametrize("up", [True, False], ids=["profit", "loss"])
async def test_of_an_oco_one_fills_and_the_other_one_ends(
    bench: Bench, adapter: BrokerAdapter, reports: Reports, up: bool
) -> None:
    takes = holds(adapter, "oco")
    await adapter.submit(order(bench, "p1"))
    await reports.one(Filled)
    await takes.submit_group(BrokerGroup("oco", None, exits(bench)))
    for name in ("t1", "s1"):
        await reports.one(Accepted, cl_ord_id=name)
    await bench.quote(*(("101.10", "101.12") if up else ("96.90", "96.92")))
    won, lost = ("t1", "s1") if up else ("s1", "t1")
    await reports.one(Filled, cl_ord_id=won)
    await reports.one(Canceled, cl_ord_id=lost)
    assert (held(bench), working(bench)) == (0, set())


async def test_a_target_that_fills_in_part_and_a_stop_that_follows_sell_what_is_held_and_no_more(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    await placed(bench, adapter, reports)
    await entered(bench, reports)
    await bench.quote("101.10", "101.12", bench.lot // 4)
    await reports.one(Filled, cl_ord_id="t1")
    await until(lambda: sum(e.last_qty for e in reports.executions) >= bench.lot + bench.lot // 4, "the part")
    await bench.quote("96.90", "96.92")
    await until(lambda: held(bench) <= 0 or not working(bench), "the end")
    assert held(bench) >= 0
    sold = [e.last_qty for e in await adapter.executions_since(0) if e.side is not Side.BUY]
    assert sum(sold) == bench.lot - held(bench)


async def test_a_part_of_the_entry_is_never_oversold(bench: Bench, adapter: BrokerAdapter, reports: Reports) -> None:
    await placed(bench, adapter, reports)
    await bench.quote("98.90", "98.95", bench.lot // 4)
    await reports.one(Filled, cl_ord_id="e1")
    await bench.quote("99.10", "99.12")
    await adapter.cancel(cancel(bench, "e1"))
    await reports.one(Canceled, cl_ord_id="e1")
    await bench.quote("96.90", "96.92")
    await asyncio.sleep(0.05)
    await bench.quote("101.10", "101.12")
    await asyncio.sleep(0.05)
    assert 0 <= held(bench) <= bench.lot // 4
    # What is told of the exits is what became of them.
    for name in ("t1", "s1"):
        found, true = await adapter.order_by_cl_ord_id(name), bench.truth().order(name)
        assert found is not None
        assert true is not None
        assert (found.cum_qty, found.status in OPEN) == (true.cum_qty, name in working(bench))


async def test_to_cancel_the_entry_is_to_cancel_the_group(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    await placed(bench, adapter, reports)
    await adapter.cancel(cancel(bench, "e1"))
    for name in ("e1", "t1", "s1"):
        await reports.one(Canceled, cl_ord_id=name)
    assert working(bench) == set()


async def test_an_exit_is_changed_and_cancelled_by_its_own_id(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    await placed(bench, adapter, reports)
    await entered(bench, reports)
    await adapter.replace(replace(bench, "t1", "t1r1", bench.lot, "100.50"))
    assert (await reports.one(Replaced)).limit_px == Decimal("100.50")
    found = await adapter.order_by_cl_ord_id("t1r1")
    assert found is not None
    assert (found.cl_ord_id, found.limit_px) == ("t1r1", Decimal("100.50"))
    await adapter.cancel(cancel(bench, "s1"))
    await reports.one(Canceled, cl_ord_id="s1")
    assert held(bench) == bench.lot


async def test_an_exit_that_was_changed_still_ends_with_its_partner(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    await placed(bench, adapter, reports)
    await entered(bench, reports)
    await adapter.replace(replace(bench, "t1", "t1r1", bench.lot, "100.50"))
    await reports.one(Replaced)
    await bench.quote("96.90", "96.92")
    await reports.one(Filled, cl_ord_id="s1")
    assert (await reports.one(Canceled)).cl_ord_id == "t1r1"
    assert (held(bench), working(bench)) == (0, set())


async def test_a_new_process_knows_the_exits_and_protects_what_filled_while_nobody_was_there(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    await placed(bench, adapter, reports)
    await adapter.disconnect()
    await bench.quote("98.90", "98.95")
    await bench.quote("99.10", "99.12")
    assert held(bench) == bench.lot
    again, heard = bench.adapter(), Reports()
    assert isinstance(again, TakesGroups)
    again.remember_groups([bracket(bench)])
    await again.connect(heard)
    try:
        assert {found.cl_ord_id for found in await again.open_orders()} == {"t1", "s1"}
        assert [execution.cl_ord_id for execution in await again.executions_since(0)] == ["e1"]
        found = await again.order_by_cl_ord_id("s1")
        assert found is not None
        assert (found.cl_ord_id, found.stop_px) == ("s1", Decimal("97.00"))
        await bench.quote("96.90", "96.92")
        assert (await heard.one(Filled)).execution.cl_ord_id == "s1"
        await heard.one(Canceled, cl_ord_id="t1")
    finally:
        await again.disconnect()


async def test_a_group_whose_entry_is_refused_is_dead_as_a_whole(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    takes = holds(adapter, "bracket")
    try:
        await takes.submit_group(bracket(bench, "99.001"))
        reason = (await reports.one(Rejected, cl_ord_id="e1")).reason
    except RefusedError as error:
        reason = str(error)
    assert reason
    assert working(bench) == set()
    assert await adapter.open_orders() == []


@pytest.mark.parametrize("trouble", AMBIGUOUS, ids=lambda trouble: trouble.value)
async def test_a_hand_over_in_doubt_left_the_whole_group_or_nothing_of_it(
    bench: Bench, adapter: BrokerAdapter, reports: Reports, trouble: Trouble
) -> None:
    needs(bench, trouble)
    takes = holds(adapter, "bracket")
    bench.trouble(trouble, On.SUBMIT)
    try:
        await takes.submit_group(bracket(bench))
        ended: BrokerError | None = None
    except BrokerError as error:
        ended = error
    await asyncio.sleep(max(bench.late_s - bench.timeout_s, 0) + 0.1 if trouble is Trouble.LATE else 0)
    # A new session, as the desk opens one before it asks.
    takes.remember_groups([bracket(bench)])
    await adapter.connect(reports)
    await until(lambda: working(bench) in (set(), {"e1", "t1", "s1"}), f"all or nothing, not {working(bench)}")
    if ended is None:
        assert working(bench) == {"e1", "t1", "s1"}
    elif not isinstance(ended, AmbiguousError):
        assert working(bench) == set()
    for name in ("e1", "t1", "s1"):
        found = await adapter.order_by_cl_ord_id(name)
        assert (found is not None and found.status in OPEN) is (name in working(bench))
    if working(bench) or not adapter.capabilities().unique_ids_enforced:
        with pytest.raises(BrokerError):  # nothing goes out twice
            await takes.submit_group(bracket(bench))
    if working(bench):
        assert len(await adapter.open_orders()) == 3
        await entered(bench, reports)
        await bench.quote("96.90", "96.92")
        await until(lambda: held(bench) == 0 and not working(bench), "the exit")


async def test_a_session_that_breaks_while_a_bracket_works_leaves_it_working(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    await placed(bench, adapter, reports)
    bench.drop()
    await entered_alone(bench)
    await bench.quote("101.10", "101.12")
    await until(lambda: held(bench) == 0 and not working(bench), "the exit")
    takes = holds(adapter, "bracket")
    takes.remember_groups([bracket(bench)])
    await adapter.connect(reports)
    assert [execution.cl_ord_id for execution in await adapter.executions_since(0)] == ["e1", "t1"]
    over = {name: await adapter.order_by_cl_ord_id(name) for name in ("e1", "t1", "s1")}
    assert {name: found.status for name, found in over.items() if found is not None} == {
        "e1": OrdStatus.FILLED,
        "t1": OrdStatus.FILLED,
        "s1": OrdStatus.CANCELED,
    }


async def entered_alone(bench: Bench) -> None:
    await bench.quote("98.90", "98.95")
    await bench.quote("99.10", "99.12")
    assert held(bench) == bench.lot
