"""Parents and children, one-cancels-all: what the gateway makes of them, seen through ib_insync and in the books."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ib_insync import IB, Order, Trade

from tests.emulators.ibkr.commands import run
from tests.emulators.ibkr.hands import ibm, limit, until
from tests.emulators.ibkr.orders import Order as InBooks
from tests.emulators.ibkr.server import IbGateway

D = Decimal


@pytest.fixture
async def errors(ib: IB) -> list[int]:
    """The codes that come in."""
    codes: list[int] = []
    ib.errorEvent += lambda about, code, *rest: codes.append(code)
    return codes


async def quote(gateway: IbGateway, bid: str, ask: str, size: int = 1000) -> None:
    await gateway.quote("IBM", D(bid), D(ask), size)


async def bracket(ib: IB, entry: float = 99.0) -> list[Trade]:
    trades = [ib.placeOrder(ibm(), one) for one in ib.bracketOrder("BUY", 100, entry, 105.0, 95.0)]
    await until(lambda: trades[2].order.permId)
    return trades


def books(gateway: IbGateway) -> list[InBooks]:
    return list(gateway.books.orders.values())


def pair(kind: int, group: str = "g") -> list[Order]:
    return [limit("SELL", 100, px, ocaGroup=group, ocaType=kind) for px in (101.0, 102.0)]


def change(ib: IB, trade: Trade, **more: Any) -> None:
    """The order with other terms, on the wire, beside the library's own picture of it."""
    ib.client.placeOrder(trade.order.orderId, ibm(), Order(**{**trade.order.dict(), **more}))  # type: ignore[no-untyped-call]


async def opened(gateway: IbGateway, ib: IB, order: Order) -> InBooks:
    """The order, as the gateway tells it by now."""
    ib.placeOrder(ibm(), order)
    await until(lambda: any(o.order_id == order.orderId for o in books(gateway)))
    return next(o for o in books(gateway) if o.order_id == order.orderId)


async def test_children_get_their_group_from_the_gateway_and_keep_it_in_every_change(
    gateway: IbGateway, ib: IB, errors: list[int]
) -> None:
    parent, _, stop = await bracket(ib)
    under = books(gateway)[2]
    assert (under.group, under.values["ocaType"]) == (str(parent.order.permId), "3")
    mine: dict[str, Any] = {"auxPrice": 96.0, "transmit": True}
    for group, kind, code in (("mine", 3, 10326), (under.group, 2, 10327)):
        change(ib, stop, **mine, ocaGroup=group, ocaType=kind)
        await until(lambda code=code: code in errors)
        assert (under.aux, under.status) == (D(95), "PreSubmitted")
    change(ib, stop, **mine, ocaGroup=under.group, ocaType=3)
    await until(lambda: under.aux == D(96))


async def test_a_child_is_changed_without_its_parent_once_that_is_over(
    gateway: IbGateway, ib: IB, errors: list[int]
) -> None:
    _, _, stop = await bracket(ib)
    under = books(gateway)[2]
    await quote(gateway, "98.98", "99.00")
    await until(lambda: under.why_held == "trigger")
    change(ib, stop, auxPrice=96.0, ocaGroup=under.group, ocaType=3)
    await until(lambda: 135 in errors)
    assert under.status == "PreSubmitted"  # which the library takes for cancelled
    change(ib, stop, auxPrice=96.0, ocaGroup=under.group, ocaType=3, parentId=0)
    await until(lambda: under.aux == D(96))
    await quote(gateway, "105.00", "105.02")
    await until(lambda: under.status == "Cancelled")


@pytest.mark.parametrize(("how", "sold"), [("start", 30), ("wait", 0), ("drop", 0)])
async def test_a_part_of_a_parent_is_guarded_as_the_rules_say(gateway: IbGateway, ib: IB, how: str, sold: int) -> None:
    assert await run(gateway, f"part {how}") == "done"
    await bracket(ib)
    parent, profit, stop = books(gateway)
    await quote(gateway, "98.98", "99.00", 30)
    await until(lambda: parent.filled == 30)
    await quote(gateway, "94.00", "99.50")
    assert stop.filled == sold
    if how == "start":
        assert profit.leaves == 70
        return
    gateway.books.cancel(parent)
    assert (profit.status, stop.status) == (("Cancelled", "Filled") if how == "wait" else ("Cancelled", "Cancelled"))
    assert stop.filled == (30 if how == "wait" else 0)


async def test_what_is_left_of_a_part_stays_guarded_when_the_parent_ends(gateway: IbGateway, ib: IB) -> None:
    await bracket(ib)
    parent, profit, stop = books(gateway)
    await quote(gateway, "98.98", "99.00", 30)
    await quote(gateway, "105.00", "105.02", 10)
    assert (profit.filled, stop.qty) == (10, 90)
    gateway.books.cancel(parent)
    assert [(o.qty, o.leaves, o.is_open) for o in (profit, stop)] == [(30, 20, True), (20, 20, True)]
    await quote(gateway, "105.00", "105.02")
    assert (profit.status, stop.status) == ("Filled", "Cancelled")
    assert not gateway.books.accounts["DU1234567"].open()


async def test_a_parent_that_is_refused_when_it_is_passed_on_takes_its_children_along(
    gateway: IbGateway, ib: IB, errors: list[int]
) -> None:
    trades = [ib.placeOrder(ibm(), one) for one in ib.bracketOrder("BUY", 1_000_000, 99.0, 105.0, 95.0)]
    await until(lambda: 201 in errors and trades[2].orderStatus.status in ("Cancelled", "ApiCancelled"))
    assert [o.status for o in books(gateway)] == ["Inactive", "ApiCancelled", "ApiCancelled"]


async def test_to_cancel_one_of_a_group_is_to_cancel_them_all(gateway: IbGateway, ib: IB) -> None:
    _, profit, _ = await bracket(ib)
    ib.cancelOrder(profit.order)
    await until(lambda: profit.orderStatus.status == "Cancelled")
    assert [o.status for o in books(gateway)] == ["Submitted", "Cancelled", "Cancelled"]
    trades = [ib.placeOrder(ibm(), one) for one in pair(2)]
    await until(lambda: trades[1].order.permId)
    ib.cancelOrder(trades[0].order)
    await until(lambda: trades[1].orderStatus.status == "Cancelled")


@pytest.mark.parametrize(("kind", "both"), [(1, False), (2, False), (3, True)])
async def test_only_a_group_without_block_can_trade_twice(gateway: IbGateway, ib: IB, kind: int, both: bool) -> None:
    assert await run(gateway, "race 1") == "done"
    trades = [ib.placeOrder(ibm(), one) for one in pair(kind)]
    await until(lambda: trades[1].order.permId)
    await quote(gateway, "101.00", "101.02")
    assert [o.filled for o in books(gateway)] == [100, 100 if both else 0]


async def test_what_is_not_passed_on_is_listed_cancelled_before_it_leaves_and_gone_with_a_restart(
    gateway: IbGateway, ib: IB
) -> None:
    parent, profit, _ = ib.bracketOrder("BUY", 100, 100.02, 105.0, 95.0)
    trades = [ib.placeOrder(ibm(), one) for one in (parent, profit)]
    await until(lambda: profit.permId)
    assert {t.orderStatus.status for t in await ib.reqAllOpenOrdersAsync()} == {"PendingSubmit"}
    assert ", under " in (await run(gateway, "orders")).splitlines()[1]
    ib.cancelOrder(parent)
    await until(lambda: {t.orderStatus.status for t in trades} == {"ApiCancelled"})
    again = ib.bracketOrder("BUY", 100, 90.0, 105.0, 85.0)[0]
    await opened(gateway, ib, again)
    await gateway.restart(0)
    assert not gateway.books.open_orders()


async def test_a_child_may_come_too_fast_and_shares_the_fate_of_a_parent_that_is_under_way(
    gateway: IbGateway, ib: IB, errors: list[int]
) -> None:
    assert await run(gateway, "fault child orphaned") == "done"
    [ib.placeOrder(ibm(), one) for one in ib.bracketOrder("BUY", 100, 90.0, 105.0, 85.0)]
    await until(lambda: 10006 in errors and len(books(gateway)) == 2)
    assert {o.type for o in books(gateway)} == {"LMT", "STP"}
    gateway.faults.late_s = 0.02
    gateway.faults.expect("submit", "late")
    trades = [ib.placeOrder(ibm(), one) for one in ib.bracketOrder("BUY", 100, 90.0, 105.0, 85.0)]
    await until(lambda: trades[2].order.permId)
    assert [o.status for o in books(gateway)[2:]] == ["Submitted", "PreSubmitted", "PreSubmitted"]
