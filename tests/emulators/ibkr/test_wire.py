"""The protocol itself, through raw sockets: greeting, versions, numbers of fields, who gets in, the pace."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.emulators.ibkr.raw import Lab
from tests.emulators.ibkr.server import IbGateway

PLAIN = ("8314", "IBM", "STK", "", "0.0", "", "", "SMART", "", "USD", "", "")


def order_fields(order_id: int, version: int, **values: str) -> list[object]:
    """A placeOrder of a plain share order, field by field in the order of the published message."""
    of = {"side": "BUY", "qty": "100", "type": "LMT", "limit": "99.5", "ref": "r1", "what_if": "0"} | values
    later = sum(version >= since for since in (158, 160, 162, 166, 169))
    return [
        3, order_id, *PLAIN, "", "", of["side"], of["qty"], of["type"], of["limit"], "", "DAY", "", "", "O", "0",
        of["ref"], "1", "0", "0", "0", "0", "0", "0", "0",
        "", "0.0", "", "", "", "", "", *([""] if version < 177 else []), "", "0", "", "-1", "0", "", "", "0", "", "",
        "0", "0", "", "0", "", "", "", "", "", "0", "", "", "", "",
        "0", "", "", "", "", "", "", "", "", "", "", "0", "", "", "0", "0",
        "", "", of["what_if"], "", "0", "0", "0", "0", "", "", "", "", "", "", "0", "", "", "", "", "", "", "", "",
        "0", "0", "0", "0", *[""] * later,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("span", "server", "agreed"),
    [("v157..176", 176, 176), ("v100..157", 176, 157), ("v157..225", 176, 176), ("v157..178 +PACEAPI", 300, 178)],
)
async def test_the_newest_version_that_both_know_is_agreed(lab: Lab, span: str, server: int, agreed: int) -> None:
    gateway = await lab.gateway(version=server)
    client = await lab.connect(gateway, span)
    answer = await client.next()
    assert len(answer) == 2
    assert int(answer[0]) == agreed
    client.send(71, 2, 5, "")
    assert (await client.next())[:2] == ["15", "1"]
    assert await client.next() == ["9", "1", "1"]


async def test_a_client_that_is_too_old_is_shut_out(lab: Lab, gateway: IbGateway) -> None:
    client = await lab.connect(gateway, "v100..120")
    assert await client.next() == []


@pytest.mark.parametrize(("version", "fields"), [(157, 128), (176, 136), (177, 135), (178, 135)])
async def test_a_plain_order_of_each_version_is_read_and_told_in_full(lab: Lab, version: int, fields: int) -> None:
    gateway = await lab.gateway(version=version)
    client = await lab.login(gateway, span="v157..178")
    client.send(*order_fields(1, version))
    opened, status = await client.until(5), await client.until(3)
    assert len(opened) == fields
    assert opened[2:5] == ["8314", "IBM", "STK"]
    assert opened[13:17] == ["BUY", "100", "LMT", "99.5"]
    assert status[:5] == ["3", "1", "Submitted", "0", "100"]


async def test_an_order_with_a_field_too_many_or_too_few_is_not_read(lab: Lab, gateway: IbGateway) -> None:
    client = await lab.login(gateway)
    whole = order_fields(1, 176)
    for wrong in (whole[:-1], [*whole, "1"], [*whole[:17], "many", *whole[18:]]):
        client.send(*wrong)
        assert (await client.until(4))[3] == "320"
    assert not gateway.books.orders


async def test_a_client_id_in_use_is_refused_and_the_connection_ends(lab: Lab, gateway: IbGateway) -> None:
    first, second = await lab.login(gateway, 3), await lab.connect(gateway)
    await second.next()
    second.send(71, 2, 3, "")
    assert (await second.next())[:4] == ["4", "2", "-1", "326"]
    assert await second.next() == []
    assert await first.all() == []


async def test_too_many_messages_in_a_second_are_answered_with_100_and_then_the_end(lab: Lab) -> None:
    gateway = await lab.gateway(per_second=50)
    client = await lab.login(gateway)
    for _ in range(60):
        client.send(8, 1, 1)
    codes = []
    while fields := await client.next():
        codes.append(fields[3] if fields[0] == "4" else fields[0])
    assert codes.count("9") == 49
    assert codes[-3:] == ["100"] * 3


async def test_a_read_only_gateway_takes_no_order_and_tells_of_none(lab: Lab) -> None:
    gateway = await lab.gateway(read_only=True)
    client = await lab.login(gateway)
    for message in (order_fields(1, 176), [4, 1, 1, ""], [58, 1], [5, 1], [99, "0"]):
        client.send(*message)
        assert (await client.until(4))[3] == "321"
    client.send(61, 1)
    assert await client.next() == ["62", "1"]


async def test_numbers_of_orders_may_not_be_used_again(lab: Lab, gateway: IbGateway) -> None:
    client = await lab.login(gateway)
    client.send(*order_fields(5, 176, type="MKT", limit=""))
    await client.until(59)
    for again, code in ((5, "104"), (4, "103")):
        client.send(*order_fields(again, 176))
        assert (await client.until(4))[3] == code
    client.send(8, 1, 1)
    assert await client.next() == ["9", "1", "6"]
    gateway.roll_back()
    client.send(8, 1, 1)
    assert await client.next() == ["9", "1", "1"]


async def test_the_messages_of_a_fill_come_in_the_order_that_is_set(lab: Lab, gateway: IbGateway) -> None:
    client = await lab.login(gateway)
    client.send(*order_fields(1, 176, type="MKT", limit=""))
    assert [fields[0] for fields in await client.all()] == ["5", "3", "11", "5", "3", "59"]
    gateway.books.sequence = ("open", "status", "exec", "commission")
    client.send(*order_fields(2, 176, type="MKT", limit=""))
    assert [fields[0] for fields in await client.all()] == ["5", "3", "5", "3", "11", "59"]


async def test_orders_of_others_are_seen_by_who_asks_for_all_and_by_the_master(lab: Lab) -> None:
    gateway = await lab.gateway(master=9)
    mine, master = await lab.login(gateway, 1), await lab.login(gateway, 9)
    gateway.place_by_hand("IBM", "BUY", 100, limit=Decimal("90"), ref="hand")
    mine.send(5, 1)
    assert await mine.all() == [["53", "1"]]
    mine.send(16, 1)
    rows = await mine.all()
    assert [row[0] for row in rows] == ["5", "3", "53"]
    assert (rows[0][1], rows[0][24], rows[1][9]) == ("0", "0", "0")
    assert [row[0] for row in await master.all()] == ["5", "3"]
    mine.send(*order_fields(1, 176))
    await mine.until(3)
    assert [(row[0], row[1]) for row in await master.all()] == [("5", "1"), ("3", "1")]
    master.send(4, 1, 1, "")
    assert (await master.until(4))[3] == "10147"


async def test_client_0_binds_orders_by_hand_and_can_cancel_them(lab: Lab, gateway: IbGateway) -> None:
    order = gateway.place_by_hand("IBM", "BUY", 100, limit=Decimal("90"))
    client = await lab.login(gateway, 0)
    client.send(15, 1, 1)
    assert [row[0] for row in await client.all()] == ["100", "5", "3"]
    client.send(4, 1, order.order_id, "")
    assert (await client.until(3))[2] == "Cancelled"
    assert order.status == "Cancelled"
