"""A desk on a served paper broker whose books change behind its back: break, REDUCING, alarm, booking, equal again."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from brokers.paper.remote import RemotePaper
from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.order import BrokerOrder
from engine.protocol import AmbiguousError, NotConnectedError, Report
from tests.crash.world import World
from tests.desk.product import Product

ACCOUNT = "PAPER"
PATIENCE_S = 60.0


class Desk(World):
    """The world of the crash tests with a shell, and a broker that can be stopped."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, market_seed=3)
        self.product = Product(home)

    def until(self, done: Callable[[], object], what: str) -> None:
        self.wait(done, what, PATIENCE_S)

    def buy(self, line: str) -> dict[str, Any]:
        """Place an order; a locked quote of the moment is waited for."""
        deadline = time.monotonic() + PATIENCE_S
        while not (answer := self.ask("order", line=line, yes=True)).ok:
            assert time.monotonic() < deadline, answer.error
            time.sleep(0.2)
        result: dict[str, Any] = answer.result
        return result

    def look(self, verb: str) -> Any:
        return self.ask(verb).result

    def held(self, symbol: str) -> str:
        return next((row["qty"] for row in self.look("positions") if row["symbol"] == symbol), "0")

    def edit_books(self, statement: str, *values: object) -> None:
        """Change the broker's books while it is down."""
        self.stop_broker()
        with sqlite3.connect(self.books, isolation_level=None) as connection:
            assert connection.execute(statement, values).rowcount == 1
        connection.close()
        self.start_broker()


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("d"))
    try:
        desk.start_broker()
        desk.start_desk()
        yield desk
    finally:
        desk.close()


def place_elsewhere(desk: Desk, order: BrokerOrder) -> None:
    """Another client of the same account places an order and leaves. The desk comes back at once and ends its session,
    perhaps before the order was read: then once more."""

    async def session() -> None:
        def ignore(report: Report) -> None:
            pass

        client = RemotePaper(desk.broker_socket, account=ACCOUNT)
        await client.connect(ignore)
        with contextlib.suppress(AmbiguousError, NotConnectedError):
            await client.submit(order)
        await client.disconnect()

    def is_in_the_books() -> bool:
        with contextlib.closing(sqlite3.connect(f"file:{desk.books}?mode=ro", uri=True)) as books:
            found = books.execute("SELECT count(*) FROM orders WHERE cl_ord_id = ?", (order.cl_ord_id,))
            return bool(found.fetchone()[0])

    while not is_in_the_books():
        asyncio.run(session())


@pytest.mark.timeout(180)
def test_a_split_in_the_brokers_books_is_explained_reduces_is_booked_and_both_sides_are_equal(desk: Desk) -> None:
    order = desk.buy("buy 100 ibm mkt")
    desk.until(lambda: desk.held("IBM") == "100", f"order {order['id']} to fill")

    desk.edit_books("UPDATE positions SET qty = '700' WHERE symbol = 'IBM'")
    desk.until(lambda: desk.look("breaks"), "the break")

    (found,) = desk.look("breaks")
    assert (found["kind"], found["key"], found["ours"], found["theirs"]) == ("position", "IBM", "100", "700")
    assert "probably a split 7:1" in found["explanation"]
    refused = desk.ask("order", line="buy 1 ibm mkt", yes=True)
    assert "REDUCING" in str(refused.result["denials"])

    said = desk.product.shell("reconcile")
    assert said.returncode == 1
    assert "1 break between us and the broker" in said.stderr
    assert "> book split IBM 7:1 reason TEXT" in said.stdout
    assert max(len(line) for line in said.stdout.splitlines()) <= 80

    booked = desk.product.shell("book", "split ibm 7:1 reason 7-for-1 as announced", "--confirm", "BOOK", "--id", "k1")
    assert booked.returncode == 0, booked.stderr
    assert "IBM 100 -> 700" in booked.stdout
    again = desk.product.shell("book", "split ibm 7:1 reason 7-for-1 as announced", "--confirm", "BOOK", "--id", "k1")
    assert "booked before as 1" in again.stdout

    equal = desk.product.shell("reconcile")
    assert (equal.returncode, equal.stderr) == (0, "")
    assert "no breaks" in equal.stdout
    assert desk.held("IBM") == "700"
    assert desk.buy("buy 1 ibm mkt")["accepted"], "no longer REDUCING"


@pytest.mark.timeout(180)
def test_an_order_of_another_client_is_shown_as_external_and_can_be_cancelled(desk: Desk) -> None:
    desk.until(lambda: desk.look("status")["brokers"][0]["connected"], "the session")
    far = BrokerOrder("EXTERNAL1", ACCOUNT, "IBM", Side.BUY, 10, OrdType.LIMIT, TimeInForce.GTC, 1)  # type: ignore[arg-type]
    place_elsewhere(desk, far)
    desk.until(lambda: desk.look("orders"), "the order to be adopted")
    (row,) = desk.look("orders")
    assert (row["cl_ord_id"], row["external"], row["status"], row["leaves_qty"]) == ("EXTERNAL1", True, "NEW", "10")
    desk.until(lambda: desk.ask("cxl", line=f"cxl {row['id']}").ok, "the cancel to be taken")
    desk.until(lambda: desk.look("orders")[0]["status"] == "CANCELED", "the cancel")
