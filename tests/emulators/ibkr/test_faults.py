"""The script of troubles: each does what it says, once, and the books stay true."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from tests.emulators.ibkr.hands import until
from tests.emulators.ibkr.raw import Lab, RawClient
from tests.emulators.ibkr.server import IbGateway
from tests.emulators.ibkr.test_wire import order_fields

D = Decimal


@pytest.fixture
async def client(lab: Lab, gateway: IbGateway) -> RawClient:
    return await lab.login(gateway)


def rest(number: int) -> list[object]:
    return order_fields(number, 176)


def trade(number: int, side: str = "BUY") -> list[object]:
    return order_fields(number, 176, type="MKT", limit="", side=side)


def kinds(rows: list[list[str]]) -> list[str]:
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("fault", "orders", "heard"),
    [
        ("lost", 0, []),
        ("unanswered", 1, []),
        ("error_after", 1, ["322"]),
        ("refused", 0, ["201", "5", "3"]),
        ("throttled", 0, ["100"]),
        ("preset", 1, ["5", "3", "10349"]),
        ("warned", 1, ["5", "3", "399"]),
        ("competing", 1, ["5", "3", "10197"]),
    ],
)
async def test_a_submit_meets_its_fate(
    gateway: IbGateway, client: RawClient, fault: str, orders: int, heard: list[str]
) -> None:
    gateway.faults.requests["submit"].append(fault)
    client.send(*rest(1))
    rows = await client.all()
    assert [row[3] if row[0] == "4" else row[0] for row in rows] == heard
    assert len(gateway.books.open_orders()) == orders
    client.send(*rest(2))
    assert kinds(await client.all()) == ["5", "3"]


@pytest.mark.parametrize(("fault", "orders"), [("reset_before", 0), ("reset_after", 1), ("torn", 1)])
async def test_a_submit_that_ends_the_connection(
    lab: Lab, gateway: IbGateway, client: RawClient, fault: str, orders: int
) -> None:
    gateway.faults.requests["submit"].append(fault)
    client.send(*rest(1))
    assert await client.next() == []
    again = await lab.login(gateway)
    again.send(16, 1)
    assert kinds(await again.all()) == [*["5", "3"] * orders, "53"]


async def test_a_late_submit_arrives_later(gateway: IbGateway, client: RawClient) -> None:
    gateway.faults.late_s = 0.05
    gateway.faults.requests["submit"].append("late")
    client.send(*rest(1))
    assert await client.all() == []
    await until(lambda: gateway.books.orders)
    assert kinds(await client.all()) == ["5", "3"]


async def test_an_answer_that_can_not_be_read_is_half_an_answer(gateway: IbGateway, client: RawClient) -> None:
    gateway.faults.requests["submit"].append("unreadable")
    client.send(*rest(1))
    opened, status = await client.all()
    assert (len(opened), opened[-1]) == (69, "\ufffdspoilt")
    assert len(status) == 7


@pytest.mark.parametrize(
    ("fault", "heard"),
    [
        ("dropped", ["5", "3"]),
        ("twice", ["5", "3", *["11", "5", "3", "59"] * 2]),
        ("novel", ["5", "3", "250", "11", "5", "3", "59"]),
    ],
)
async def test_a_fill_meets_its_fate(gateway: IbGateway, client: RawClient, fault: str, heard: list[str]) -> None:
    gateway.faults.updates["filled"].append(fault)
    client.send(*trade(1))
    assert kinds(await client.all()) == heard
    (order,) = gateway.books.orders.values()
    assert order.status == "Filled"


async def test_questions_may_be_answered_with_words_that_nobody_knows(gateway: IbGateway, client: RawClient) -> None:
    client.send(*trade(1))
    client.send(*rest(2))
    await client.all()
    asked = {"open": (16, 1), "completed": (99, "0"), "executions": (7, 3, 9, 0, *[""] * 6), "positions": (61, 1)}
    for kind, question in asked.items():
        gateway.faults.expect(kind, "novel")
        client.send(*question)
    rows = {row[0]: row for row in await client.all()}
    assert rows["250"] == ["250", "1", "helix"]
    assert (rows["5"][15], rows["5"][18], rows["3"][2]) == ("BRAND NEW", "BNW", "BrandNewStatus")
    assert (rows["101"][14], rows["11"][17], rows["61"][10]) == ("BRAND NEW", "HELIX", "HELIX")


async def test_a_swapped_report_comes_behind_the_next_one(gateway: IbGateway, client: RawClient) -> None:
    gateway.faults.updates["accepted"].append("swapped")
    client.send(*trade(1))
    assert kinds(await client.all()) == ["11", "5", "3", "59", "5", "3"]


async def test_a_delayed_report_comes_later(gateway: IbGateway, client: RawClient) -> None:
    gateway.faults.soon_s = 0.02
    gateway.faults.updates["filled"].append("delayed")
    client.send(*trade(1))
    assert kinds(await client.all()) == ["5", "3"]
    assert (await client.until(59))[2] == gateway.books.executions[0].exec_id


async def test_every_third_fill_is_dropped_with_all_of_its_messages(gateway: IbGateway, client: RawClient) -> None:
    gateway.faults.drop_fills = 3
    for number in range(1, 7):
        client.send(*trade(number))
    told = [row[14] for row in await client.all() if row[0] == "11"]
    assert told == [one.exec_id for at, one in enumerate(gateway.books.executions, 1) if at % 3]
    client.send(7, 3, 99, 0, "", "", "", "", "", "")
    assert kinds(await client.all()).count("11") == 6


async def test_single_messages_are_dropped_doubled_or_never_sent(gateway: IbGateway, client: RawClient) -> None:
    gateway.faults.drop_executions, gateway.faults.double_statuses = 2, True
    gateway.faults.commissions = "never"
    client.send(*trade(1))
    client.send(*trade(2))
    assert kinds(await client.all()) == ["5", "3", "3", "11", "5", "3", "3", "5", "3", "3", "5", "3", "3"]
    client.send(7, 3, 99, 0, "", "", "", "", "", "")
    assert kinds(await client.all()) == ["11", "11", "55"]


async def test_a_market_order_may_trade_without_any_status(gateway: IbGateway, client: RawClient) -> None:
    gateway.faults.quick_market = True
    client.send(*trade(1))
    assert kinds(await client.all()) == ["5", "11", "5", "59"]


async def test_a_late_commission_comes_after_the_rest(gateway: IbGateway, client: RawClient) -> None:
    gateway.faults.commissions, gateway.faults.soon_s = "late", 0.02
    client.send(*trade(1))
    assert kinds(await client.all()) == ["5", "3", "11", "5", "3"]
    assert (await client.until(59))[3] == "1"


async def test_silence_tells_nothing_and_answers_questions(gateway: IbGateway, client: RawClient) -> None:
    gateway.faults.silent = True
    client.send(*trade(1))
    assert await client.all() == []
    client.send(61, 1)
    positions, end = await client.all()
    assert (positions[-2], end) == ("100", ["62", "1"])


@pytest.mark.parametrize(("data_lost", "code", "streams"), [(True, "1101", 0), (False, "1102", 1)])
async def test_what_fills_while_the_broker_is_lost_is_never_told(
    gateway: IbGateway, client: RawClient, data_lost: bool, code: str, streams: int
) -> None:
    client.send(*rest(1))
    client.send(1, 11, 50, 8314, "", "", "", "0", "", "", "SMART", "", "", "", "", "0", "", "0", "0", "")
    await client.all()
    gateway.lose()
    assert (await client.next())[3] == "1100"
    await gateway.quote("IBM", D("99.40"), D("99.50"))
    client.send(*rest(2))
    assert await client.all() == []
    gateway.restore(data_lost=data_lost)
    rows = await client.all()
    assert rows[0][3] == code
    assert [row[1] for row in rows if row[0] == "11"] == ["-1"]  # of the order that waited
    assert [order.status for order in gateway.books.orders.values()] == ["Filled", "Filled"]
    assert gateway.data.streams == streams


async def test_a_restart_shuts_everybody_out_for_a_while_and_may_roll_numbers_back(
    lab: Lab, gateway: IbGateway, client: RawClient
) -> None:
    client.send(*rest(1))
    client.send(*trade(5))
    await client.all()
    restart = asyncio.create_task(gateway.restart(0.05, roll_back=True))
    assert await client.next() == []
    assert await (await lab.connect(gateway)).next() == []
    await restart
    again = await lab.login(gateway)
    again.send(8, 1, 1)
    assert await again.next() == ["9", "1", "2"]
    again.send(*rest(5))  # a number that was used before
    assert kinds(await again.all()) == ["5", "3"]
    assert [order.order_id for order in gateway.books.orders.values()] == [1, 5, 5]


async def test_a_storm_breaks_connections_after_the_greeting(lab: Lab, gateway: IbGateway) -> None:
    gateway.faults.storm = 2
    for answers in (0, 0, 2):
        assert len(await (await lab.connect(gateway)).next()) == answers


async def test_a_mute_gateway_takes_connections_and_says_nothing(lab: Lab, gateway: IbGateway) -> None:
    gateway.faults.mute = True
    client = await lab.connect(gateway)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.next(), 0.05)


async def test_anything_can_be_said_to_everybody(gateway: IbGateway, client: RawClient) -> None:
    gateway.system(2103, "Market data farm connection is broken:usfarm")
    gateway.say([777, "what", "is this"])
    assert [row[:4] for row in await client.all()] == [["4", "2", "-1", "2103"], ["777", "what", "is this"]]


async def test_numbers_must_be_above_those_of_all_orders_that_were_told(gateway: IbGateway, client: RawClient) -> None:
    gateway.place_by_hand("IBM", "BUY", 100, limit=D("90"), client=3, order_id=40)
    client.send(*rest(1))
    client.send(16, 1)
    client.send(*rest(39))
    assert [row[3] for row in await client.all() if row[0] == "4"] == ["103"]
