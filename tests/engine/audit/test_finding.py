"""A search of the journal: by symbol, tag, number, id and day, with what became of each order."""

from __future__ import annotations

from pathlib import Path

from engine import protocol as p
from engine.audit.finding import OrderSearch
from engine.facts import Stamped
from engine.ids import root_of
from engine.journal.chain import Chain
from engine.journal.codec import FactCodec
from engine.journal.reader import JournalReader
from engine.journal.store import SqliteJournal
from tests.engine.dealing import BUY, SELL, D, Dealing

DAY = "2023-11-14"


async def journal(tmp_path: Path) -> tuple[Path, Dealing]:
    desk = Dealing(hold="500").connect()
    first = desk.place(BUY, "100", "100.10", tag="dip")
    desk.fill(first, "60", "100")
    desk.fill(first, "40", "100.10")
    second = desk.place(BUY, "10", "90", symbol="AAPL")
    desk.cancel(second)
    desk.give(p.Canceled(second.cl_ord_id, desk.now.market_ns, "", D(0)))
    desk.place(SELL, "5", "120")
    rows = Chain(FactCodec()).stamp([Stamped(n, *at) for n, at in enumerate(desk.stamped, start=1)])
    path = tmp_path / "journal.sqlite3"
    store = await SqliteJournal.open(path, FactCodec())
    await store.append(rows)
    await store.close()
    return path, desk


async def test_orders_are_found_by_what_they_are_called_newest_first(tmp_path: Path) -> None:
    path, desk = await journal(tmp_path)
    orders = {order.id: order for order in desk.state.by_id.values()}
    broker_id = orders[1].order_id or ""

    def found(*words: str) -> list[int]:
        with JournalReader(path) as reader:
            return [order.id for order in OrderSearch(words, lambda ns: DAY).run(reader)]

    assert found("ibm") == [3, 1]
    assert found("#dip") == [1]
    assert found("2") == [2]
    assert found("ibm", DAY) == [3, 1]
    assert found("ibm", "2023-11-15") == []
    assert found(orders[1].cl_ord_id) == [1]
    assert found(broker_id) == [1]
    assert found("ibm", "#DIP") == [1]


async def test_each_says_what_became_of_it(tmp_path: Path) -> None:
    path, _ = await journal(tmp_path)
    with JournalReader(path) as reader:
        found = {order.id: order for order in OrderSearch((DAY,), lambda ns: DAY).run(reader)}
    assert (found[1].status, found[1].filled_qty, found[1].avg_px) == ("FILLED", 100, D("100.04"))
    assert (found[2].status, found[2].filled_qty, found[2].avg_px) == ("CANCELED", 0, None)
    assert (found[3].status, found[3].symbol, found[3].side) == ("", "IBM", SELL)


def test_the_root_of_an_id_is_what_replaces_are_added_to() -> None:
    assert root_of("D7K2abc000001r12") == "D7K2abc000001"
    assert root_of("D7K2abc000001") == "D7K2abc000001"
    assert root_of("D7K2abck0123456789r1") == "D7K2abck0123456789"
    assert root_of("somebody-else") == "somebody-else"
