"""`find`: orders of any day, searched beside the screen, and their lives."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from decimal import Decimal

from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.found import FoundOrder
from engine.views import FactLine
from tests.support.console_app import console
from tests.support.desk_views import ACCOUNT, BUSY, ORDERS, at

DAY_NS = 86_400_000_000_000
OLD = FoundOrder(
    7, "K7Q2M9X3000001", at("10:00:00") - DAY_NS, at("10:00:00") - DAY_NS, ACCOUNT, "IBM", Side.BUY, OrdType.LIMIT,
    TimeInForce.DAY, Decimal(200), Decimal("181.50"), None, Decimal(200), Decimal("181.4925"), "FILLED", "dip", None,
    "ann", False,
)  # fmt: skip


class Search:
    def __init__(self) -> None:
        self.words: list[tuple[str, ...]] = []
        self.answer: Future[tuple[FoundOrder, ...]] = Future()

    def __call__(self, words: tuple[str, ...], date_of: Callable[[int], str]) -> Future[tuple[FoundOrder, ...]]:
        self.words.append(words)
        return self.answer


def life_of(cl_ord_id: str, created_ns: int) -> Future[tuple[FactLine, ...]]:
    told: Future[tuple[FactLine, ...]] = Future()
    told.set_result((FactLine(3, created_ns, created_ns, "order_intended", f"{cl_ord_id} intended", "ab" * 32),))
    return told


async def test_orders_of_any_day_are_found_by_command_and_enter_tells_their_life() -> None:
    search = Search()
    async with console(BUSY, (80, 24), find_orders=search, life_of=life_of) as c:
        await c.command("find ibm #dip")
        await c.press("enter")
        await c.until("searching the journal")
        assert search.words == [("ibm", "#dip")]
        search.answer.set_result((OLD,))
        await c.until("1 found")
        row = c.row_of("2013-10-06").split()
        assert row[:8] == ["2013-10-06", "10:00:00", "7", "IBM", "BUY", "200", "200", "181.50"]
        await c.press("enter")
        await c.until("K7Q2M9X3000001 intended")
        assert "#7 of 2013-10-06: BUY 200 IBM LMT" in c.text()


async def test_an_order_of_today_opens_as_ever() -> None:
    search = Search()
    today = FoundOrder(
        31, ORDERS[0].cl_ord_id, OLD.created_ns, OLD.market_ns, ACCOUNT, "IBM", Side.BUY, OrdType.LIMIT,
        TimeInForce.DAY, Decimal(143), None, None, Decimal(0), None, "", "", 3, "ann", False,
    )  # fmt: skip
    async with console(BUSY, (80, 24), find_orders=search, life_of=life_of) as c:
        search.answer.set_result((today,))
        await c.command("find 31")
        await c.press("enter")
        await c.until("1 found")
        await c.press("enter")
        await c.until("#31 BUY 143 IBM LMT")


async def test_nothing_found_says_so() -> None:
    search = Search()
    async with console(BUSY, (80, 24), find_orders=search) as c:
        search.answer.set_result(())
        await c.command("find xyz")
        await c.press("enter")
        await c.until("no order fits xyz")
