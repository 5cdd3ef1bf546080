"""Packages of options: one order of ours, a package and an order for each leg there."""

from __future__ import annotations

from decimal import Decimal

from brokers.alpaca.adapter import AlpacaBroker
from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.model.order import BrokerOrder, BrokerReplace
from engine.model.package import Leg
from engine.model.snapshot import Execution
from engine.protocol import Accepted, Filled, Gap, Replaced
from tests.brokers.alpaca.conftest import broker_of
from tests.conformance.hearing import Reports
from tests.emulators.alpaca.server import AlpacaServer

LOW, HIGH = "AAPL270115C00200000", "AAPL270115C00210000"
LEGS = (Leg(LOW, Side.BUY), Leg(HIGH, Side.SELL, 2))


def package(ident: str, qty: int, limit: str) -> BrokerOrder:
    return BrokerOrder(
        ident, "PA3EMULATED", "AAPL270115C200/-2xAAPL270115C210", Side.BUY, Decimal(qty), OrdType.LIMIT,
        TimeInForce.DAY, Decimal(limit), legs=LEGS,
    )  # fmt: skip


async def quoted(server: AlpacaServer, size: int = 1000) -> None:
    await server.quote(LOW, Decimal("8.00"), Decimal("8.20"), size)
    await server.quote(HIGH, Decimal("3.00"), Decimal("3.10"), size)


def seen(executions: list[Execution]) -> list[tuple[str, str, str, Decimal, Decimal]]:
    return [(e.cl_ord_id, e.symbol, e.side.value, e.last_qty, e.last_px) for e in executions]


async def test_each_legs_executions_are_the_packages_in_parts_and_for_a_process_that_knows_nothing(
    server: AlpacaServer, broker: AlpacaBroker, heard: Reports
) -> None:
    await quoted(server, 4)
    await broker.submit(package("p1", 3, "2.20"))
    await heard.one(Accepted, cl_ord_id="p1")
    await heard.until(lambda reports: len(reports.executions) >= 2)
    assert seen(heard.executions) == [
        ("p1", LOW, "buy", Decimal(2), Decimal("8.20")),
        ("p1", HIGH, "sell", Decimal(4), Decimal("3.00")),
    ]
    await quoted(server)
    await heard.until(lambda reports: len({each.exec_id for each in reports.executions}) >= 4)
    assert heard.of(Gap) == []
    booked = {each.exec_id: each for each in heard.executions}
    assert sum(each.last_qty for each in booked.values() if each.symbol == HIGH) == 6
    assert {p.symbol: p.qty for p in await broker.positions()} == {LOW: 3, HIGH: -6}
    await broker.disconnect()

    later = broker_of(server)
    await later.connect(Reports())
    assert {each.exec_id: each for each in await later.executions_since(0)} == booked
    found = await later.order_by_cl_ord_id("p1")
    assert found is not None
    assert (found.status, found.cum_qty, found.legs) == (OrdStatus.FILLED, 3, LEGS)
    await later.disconnect()


async def test_a_package_that_rests_is_one_order_and_can_be_changed(
    server: AlpacaServer, broker: AlpacaBroker, heard: Reports
) -> None:
    await quoted(server)
    await broker.submit(package("p1", 3, "-0.40"))
    await heard.one(Accepted, cl_ord_id="p1")
    await broker.replace(
        BrokerReplace("p1r1", "p1", None, "PA3EMULATED", LOW, Decimal(2), Decimal("0.10"), None)
    )  # fmt: skip
    assert (await heard.one(Replaced)).cl_ord_id == "p1r1"
    await broker.disconnect()
    later = broker_of(server)
    await later.connect(Reports())
    (found,) = await later.open_orders()
    assert (found.cl_ord_id, found.root_cl_ord_id, found.legs) == ("p1r1", "p1", LEGS)
    assert (found.qty, found.limit_px, found.side) == (2, Decimal("0.10"), Side.BUY)
    await later.disconnect()


async def test_the_update_of_a_leg_by_itself_is_no_order_of_ours(
    server: AlpacaServer, broker: AlpacaBroker, heard: Reports
) -> None:
    await quoted(server)
    await broker.submit(package("p1", 1, "-0.40"))
    await heard.one(Accepted, cl_ord_id="p1")
    (made,) = server.books.orders.values()
    server.books.tell("new", made.legs[0])
    server.books.tell("fill", made.legs[0], {"price": "8.20", "qty": "1"})
    server.books.cancel(made)
    await heard.until(lambda reports: len(reports.all) >= 2)
    assert heard.of(Filled) == []
    assert heard.of(Gap) == []
