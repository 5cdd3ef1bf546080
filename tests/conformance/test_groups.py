"""Brackets and one-cancels-other, as the desk keeps them with their legs at each broker as far as it can hold them, and
as the broker keeps them where it declares that.

Whatever crosses: the exits never sell more than the entry bought, and once it is quiet both books are the same."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec
import pytest

from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.model.order import OrderRequest
from engine.orders.order import Order
from tests.conformance.bench import ALIVE, Bench, On, Trouble
from tests.conformance.desk import RunningDesk, running_desk
from tests.conformance.hearing import needs

Keeper = Literal["desk", "broker"]
OVER = (OrdStatus.CANCELED, OrdStatus.REJECTED)


@pytest.fixture(params=["desk", "broker"])
def keeper(request: pytest.FixtureRequest, bench: Bench) -> Keeper:
    kept: Keeper = request.param
    if kept == "broker" and not bench.adapter().capabilities().groups:
        pytest.skip(f"{bench.name} holds no groups: they are the desk's own")
    return kept


def limit(bench: Bench, side: Side, px: str) -> OrderRequest:
    qty = Decimal(bench.lot)
    return OrderRequest(
        bench.account, bench.symbol, side, qty, OrdType.LIMIT, Decimal(px), time_in_force=TimeInForce.GTC
    )


def stop(bench: Bench, px: str) -> OrderRequest:
    made = limit(bench, Side.SELL, px)
    return msgspec.structs.replace(made, ord_type=OrdType.STOP, limit_px=None, stop_px=Decimal(px))


def bracket(desk: RunningDesk) -> list[Order]:
    bench = desk.bench
    return desk.place_group(
        "bracket", limit(bench, Side.BUY, "99.00"), limit(bench, Side.SELL, "101.00"), stop(bench, "97.00")
    )


def native(desk: RunningDesk) -> bool:
    return any(group.at_broker for group in desk.state.groups.values())


def holds_stops(desk: RunningDesk) -> bool:
    return OrdType.STOP in desk.gateway._adapter.capabilities().ord_types


async def entered(desk: RunningDesk, orders: list[Order], size: int = 1000) -> None:
    """The entry has filled, up to `size`, and what protects it is where it belongs."""
    entry, profit, loss = orders
    await desk.working(entry)
    await desk.market("98.50", "98.95", size)
    await desk.until(lambda: entry.cum_qty == min(size, desk.bench.lot), "the entry")
    await desk.market("99.10", "99.12")
    first = loss if holds_stops(desk) else profit
    size = first.qty if native(desk) else entry.cum_qty  # the broker itself keeps it to what has filled
    await desk.until(lambda: first.base is OrdStatus.NEW and first.qty == size, "the first exit at the broker")


@pytest.mark.parametrize("up", [True, False], ids=["profit", "loss"])
async def test_a_bracket_ends_flat_by_one_of_its_exits_and_the_other_is_cancelled(
    bench: Bench, keeper: Keeper, up: bool
) -> None:
    async with running_desk(bench, groups=keeper) as desk:
        orders = bracket(desk)
        await entered(desk, orders)
        await desk.market(*(("101.10", "101.12") if up else ("96.90", "96.92")))
        _, profit, loss = orders
        won, lost = (profit, loss) if up else (loss, profit)
        await desk.until(lambda: won.status is OrdStatus.FILLED, "the exit")
        await desk.until(lambda: lost.status in OVER, "the end of its partner")
        assert (await desk.agrees()).positions == {}


async def test_the_exits_of_a_part_that_filled_are_for_that_part(bench: Bench, keeper: Keeper) -> None:
    part = bench.lot // 4
    async with running_desk(bench, groups=keeper) as desk:
        orders = bracket(desk)
        await entered(desk, orders, part)
        entry, profit, loss = orders
        desk.cancel(entry)
        await desk.until(lambda: entry.status is OrdStatus.CANCELED, "the end of the entry")
        if native(desk) and not bench.starts_parts:
            await desk.until(lambda: "STOP_LOST" in desk.codes(), "the alarm that what was bought has no stop")
            assert {profit.status, loss.status} == {OrdStatus.CANCELED}
            assert (await desk.agrees()).positions == {bench.symbol: part}
            return
        await desk.market("96.90", "96.92")
        await desk.until(lambda: loss.status is OrdStatus.FILLED and profit.status in OVER, "the stop")
        assert loss.cum_qty == part
        assert (await desk.agrees()).positions == {}


async def test_of_two_that_cancel_each_other_one_sells_what_is_held_and_no_more(bench: Bench, keeper: Keeper) -> None:
    async with running_desk(bench, groups=keeper) as desk:
        desk.place()
        await desk.until(lambda: desk.state.position_qty(bench.account, bench.symbol) == bench.lot, "the position")
        profit, loss = desk.place_group("oco", limit(bench, Side.SELL, "101.00"), stop(bench, "97.00"))
        first = loss if holds_stops(desk) else profit
        await desk.working(first)
        # Both are touched, one after the other, faster than anybody can answer.
        await desk.market("96.90", "96.92", bench.lot // 4)
        await desk.market("101.10", "101.12")
        await desk.market("96.90", "96.92")
        await desk.until(lambda: desk.state.position_qty(bench.account, bench.symbol) == 0, "flat")
        assert (await desk.agrees()).positions == {}
        assert profit.cum_qty + loss.cum_qty == bench.lot


async def test_a_stop_that_the_broker_holds_works_while_nobody_is_connected(bench: Bench, keeper: Keeper) -> None:
    async with running_desk(bench, groups=keeper) as desk:
        if not holds_stops(desk):
            pytest.skip(f"{bench.name} holds no stops: they are dead while the desk is")
        orders = bracket(desk)
        await entered(desk, orders)
        with bench.unreachable():
            bench.drop()
            await desk.market("96.90", "96.92")
            await desk.until(lambda: not desk.gateway.connected, "the loss")
        await desk.agrees()
        assert [order.status for order in orders] == [OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.FILLED]
        assert bench.truth().positions == {}


# -- at the broker alone ------------------------------------------------------------------------------------------


def only_there(desk: RunningDesk) -> None:
    if "bracket" not in desk.gateway._adapter.capabilities().groups:
        pytest.skip(f"{desk.bench.name} holds no brackets: they are the desk's own")


def bracket_there(desk: RunningDesk) -> list[Order]:
    orders = bracket(desk)
    assert native(desk), [alert.text for alert in desk.state.alerts]
    return orders


async def test_what_an_entry_buys_while_nobody_is_connected_has_its_stop(bench: Bench) -> None:
    async with running_desk(bench) as desk:
        only_there(desk)
        orders = bracket_there(desk)
        for order in orders:
            await desk.working(order)
        with bench.unreachable():
            bench.drop()
            await desk.market("98.90", "98.95")
            await desk.market("96.90", "96.92")
            await desk.until(lambda: not desk.gateway.connected, "the loss")
        await desk.agrees()
        assert [order.status for order in orders] == [OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.FILLED]
        assert bench.truth().positions == {}


@pytest.mark.parametrize("trouble", ALIVE, ids=lambda trouble: trouble.value)
async def test_a_group_whose_hand_over_ended_in_doubt_is_whole_or_nothing_and_known_as_what_it_is(
    bench: Bench, trouble: Trouble
) -> None:
    needs(bench, trouble)
    async with running_desk(bench) as desk:
        only_there(desk)
        bench.trouble(trouble, On.SUBMIT)
        orders = bracket_there(desk)
        await desk.until(lambda: all(order.base is not OrdStatus.PENDING_NEW for order in orders), "a word of each")
        await desk.agrees()
        alive = {order.base for order in orders}
        assert alive == {OrdStatus.NEW} or not alive - set(OVER), [order.status for order in orders]
        if alive == {OrdStatus.NEW}:
            await entered(desk, orders)
            await desk.market("96.90", "96.92")
            await desk.until(lambda: orders[2].status is OrdStatus.FILLED and orders[1].status in OVER, "the stop")
        assert (await desk.agrees()).positions == {}


async def test_a_group_whose_entry_is_refused_is_over_here_as_there(bench: Bench) -> None:
    needs(bench, Trouble.REFUSED)
    async with running_desk(bench) as desk:
        only_there(desk)
        bench.trouble(Trouble.REFUSED, On.SUBMIT)
        orders = bracket_there(desk)
        await desk.until(lambda: all(order.status in OVER for order in orders), "the end of all")
        assert orders[0].status is OrdStatus.REJECTED
        assert (await desk.agrees()).positions == {}
