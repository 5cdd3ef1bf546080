from __future__ import annotations

import random
import sqlite3
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from engine import facts as f
from engine.journal.blotter import TABLES, Value, drop, read_table
from engine.journal.chain import Chain
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError
from engine.journal.place import Place
from engine.journal.projections import Projector, catch_up, rebuild
from engine.journal.store import Journal, open_journal
from engine.model.enums import OrdType, Side
from engine.model.instrument import Instrument
from engine.model.order import OrderRequest
from engine.model.snapshot import Execution
from tests.engine.journal.conftest import Places
from tests.engine.journal.samples import START_NS, stamp

Row = dict[str, Value]


def d(text: str | int) -> Decimal:
    return Decimal(text)


class Books:
    """A desk that records facts as the core would, its journal and its blotter."""

    def __init__(self, folder: Path, place: Place, journal: Journal) -> None:
        self.place = place
        self.path = folder / "blotter.sqlite3"
        self.journal = journal
        self._chain = Chain(FactCodec(), journal.head)
        self._orders = 0
        self._executions = 0

    async def record(self, *facts: f.Fact) -> None:
        await self.journal.append(self._chain.stamp(stamp(facts, self._chain.head)))

    async def open(self, day: str = "2013-10-07") -> None:
        await self.record(
            f.DeskOpened("D7K2", "paper", "paper", "paper", "USD", "average", "h", "", "0.1.0"),
            f.InstrumentsLoaded((Instrument("AAPL"), Instrument("IBM"), Instrument("ES", multiplier=d(50)))),
            f.DayRolled(day, None, 0),
            f.AccountAdopted("paper", "USD", d(1_000_000)),
        )

    def order(self, side: Side, qty: int, symbol: str = "AAPL", strategy: str = "") -> f.OrderIntended:
        self._orders += 1
        request = OrderRequest("paper", symbol, side, d(qty), OrdType.LIMIT, d("10"), strategy=strategy, tag="t")
        return f.OrderIntended(self._orders, f"D7K2{self._orders:06}", request, d("10"), None)

    def fill(self, order: f.OrderIntended, qty: int, px: str, fee: str = "1") -> f.OrderFilled:
        return f.OrderFilled(self.execution(order, qty, px, fee))

    def execution(self, order: f.OrderIntended, qty: int, px: str, fee: str = "1") -> Execution:
        self._executions += 1
        request = order.request
        return Execution(
            f"E{self._executions}", order.cl_ord_id, f"P{order.id}", "paper", request.symbol, request.side,
            d(qty), d(px), START_NS + self._executions, d(fee),
        )  # fmt: skip

    def table(self, name: str) -> list[Row]:
        return read_table(self.path, name)

    def everything(self) -> dict[str, list[Row]]:
        return {name: self.table(name) for name in TABLES}


@pytest.fixture
async def books(tmp_path: Path, place: Place) -> AsyncIterator[Books]:
    journal = await open_journal(place, FactCodec())
    yield Books(tmp_path, place, journal)
    await journal.close()


async def test_an_order_is_shown_with_its_status_and_quantities(books: Books) -> None:
    await books.open()
    buy = books.order(Side.BUY, 100)
    await books.record(buy)
    catch_up(books.place, books.path)
    (row,) = books.table("orders")
    assert (row["status"], row["leaves_qty"], row["avg_px"]) == ("PENDING_NEW", "100", None)
    await books.record(f.OrderAccepted(buy.cl_ord_id, "P1"), books.fill(buy, 40, "10"), books.fill(buy, 20, "9.7"))
    catch_up(books.place, books.path)
    (row,) = books.table("orders")
    assert row == {
        "cl_ord_id": buy.cl_ord_id, "id": 1, "order_id": "P1", "account": "paper", "symbol": "AAPL", "side": "buy",
        "ord_type": "limit", "time_in_force": "day", "order_qty": "100", "cum_qty": "60", "leaves_qty": "40",
        "limit_px": "10", "stop_px": None, "avg_px": "9.9", "status": "PARTIALLY_FILLED", "parent": None, "tag": "t",
        "text": "", "created": START_NS + 5_000_000, "updated": START_NS + 8_000_000, "legs": "[]",
        "group": None, "local": 0, "trail": None, "external": 0, "reduce_only": 0,
    }  # fmt: skip
    await books.record(f.CancelIntended(buy.cl_ord_id, "ann", ""), f.OrderCanceled(buy.cl_ord_id, "by ann"))
    catch_up(books.place, books.path)
    (row,) = books.table("orders")
    assert (row["status"], row["leaves_qty"], row["text"]) == ("CANCELED", "0", "by ann")


async def test_a_replaced_order_stays_one_row(books: Books) -> None:
    await books.open()
    buy = books.order(Side.BUY, 100)
    new_id = buy.cl_ord_id + "x1"
    await books.record(buy, f.OrderAccepted(buy.cl_ord_id, "P1"))
    await books.record(f.ReplaceIntended(new_id, buy.cl_ord_id, d(80), d("9.5"), None, d("9.5"), "ann"))
    catch_up(books.place, books.path)
    assert [row["status"] for row in books.table("orders")] == ["PENDING_REPLACE"]
    await books.record(f.OrderReplaced(new_id, buy.cl_ord_id, "P2", d(80), d("9.5"), None))
    catch_up(books.place, books.path)
    (row,) = books.table("orders")
    assert (row["cl_ord_id"], row["order_qty"], row["limit_px"]) == (buy.cl_ord_id, "80", "9.5")


async def test_fills_trades_positions_and_the_day_agree(books: Books) -> None:
    await books.open()
    buy, sell = books.order(Side.BUY, 100), books.order(Side.SELL, 100)
    short = books.order(Side.SELL_SHORT, 2, "ES", strategy="mean")
    await books.record(buy, books.fill(buy, 100, "10"), sell, books.fill(sell, 60, "12"), books.fill(sell, 40, "11"))
    await books.record(short, books.fill(short, 2, "4000"))
    await books.record(f.MarksSampled((("ES", d("3989"), d("3990"), START_NS),), d("1001157"), d("1001157")))
    catch_up(books.place, books.path)
    assert [(row["exec_id"], row["last_qty"], row["busted"]) for row in books.table("fills")] == [
        ("E1", "100", 0), ("E2", "60", 0), ("E3", "40", 0), ("E4", "2", 0),
    ]  # fmt: skip
    trade, open_trade = books.table("trades")
    assert (trade["symbol"], trade["side"], trade["qty"], trade["entry_px"], trade["exit_px"]) == (
        "AAPL", "buy", "100", "10", "11.6",
    )  # fmt: skip
    assert (trade["gross_pnl"], trade["fees"], trade["net_pnl"]) == ("160.00", "3.00", "157.00")
    assert (open_trade["strategy"], open_trade["side"], open_trade["closed"]) == ("mean", "sell", None)
    flat, held = books.table("positions")
    assert (flat["symbol"], flat["qty"], flat["realized_pnl"]) == ("AAPL", "0", "157.00")
    assert (held["qty"], held["avg_px"], held["last_px"]) == ("-2", "4000", "3990")
    assert (held["unrealized_pnl"], held["realized_pnl"], held["currency"]) == ("1000.00", "-1.00", "USD")
    (day,) = books.table("daily_pnl")
    assert (day["day"], day["start_equity"], day["equity"]) == ("2013-10-07", "1000000.00", "1001157.00")
    assert (day["day_pnl"], day["realized_pnl"], day["fees"], day["fills"]) == ("1157.00", "156.00", "4.00", 4)


async def test_a_bust_takes_a_fill_back_everywhere(books: Books) -> None:
    await books.open()
    buy, sell = books.order(Side.BUY, 100), books.order(Side.SELL, 100)
    await books.record(buy, books.fill(buy, 100, "10"), sell, books.fill(sell, 100, "12"))
    catch_up(books.place, books.path)
    assert [row["net_pnl"] for row in books.table("trades")] == ["198.00"]
    await books.record(f.ExecutionBusted("paper", "E2"))
    catch_up(books.place, books.path)
    assert [row["busted"] for row in books.table("fills")] == [0, 1]
    (trade,) = books.table("trades")
    assert (trade["net_pnl"], trade["closed"]) == (None, None)
    (position,) = books.table("positions")
    assert (position["qty"], position["realized_pnl"]) == ("100", "-1.00")
    await books.record(f.ExecutionCorrected("paper", "E1", books.execution(buy, 100, "10.5")))
    catch_up(books.place, books.path)
    assert [row["busted"] for row in books.table("fills")] == [1, 1, 0]
    assert [row["entry_px"] for row in books.table("trades")] == ["10.5"]


async def test_each_day_keeps_its_own_result(books: Books) -> None:
    await books.open("2013-10-07")
    buy = books.order(Side.BUY, 100)
    await books.record(buy, books.fill(buy, 100, "10"))
    await books.record(f.DayRolled("2013-10-08", d(999_999), 0))
    sell = books.order(Side.SELL, 100)
    await books.record(sell, books.fill(sell, 100, "11", fee="2"))
    catch_up(books.place, books.path)
    first, second = books.table("daily_pnl")
    assert (first["day"], first["realized_pnl"], first["fees"], first["fills"]) == ("2013-10-07", "-1.00", "1.00", 1)
    assert (second["day"], second["realized_pnl"], second["fees"], second["fills"]) == (
        "2013-10-08",
        "98.00",
        "2.00",
        1,
    )


async def test_what_the_broker_held_before_is_a_trade_that_was_open(books: Books) -> None:
    await books.open()
    await books.record(f.PositionAdopted("paper", "IBM", d(30), d("180")))
    sell = books.order(Side.SELL, 30, "IBM")
    await books.record(sell, books.fill(sell, 30, "182"))
    catch_up(books.place, books.path)
    (trade,) = books.table("trades")
    assert (trade["entry_px"], trade["gross_pnl"], trade["net_pnl"]) == ("180", "60.00", "59.00")


# --- keeping up ----------------------------------------------------------------------------------------------------


async def trade_at_random(books: Books, rng: random.Random, steps: int) -> None:
    """A history that the core could have made: orders, fills, busts, marks, days."""
    working: list[f.OrderIntended] = []
    filled: list[str] = []
    for step in range(steps):
        what = rng.choice(("order", "fill", "fill", "cancel", "bust", "correct", "marks", "day", "reopen"))
        if what == "order" or not working:
            order = books.order(
                rng.choice(list(Side)), rng.randint(1, 9), rng.choice(("AAPL", "IBM", "ES")), "s" * (step % 2)
            )
            working.append(order)
            await books.record(order, f.OrderAccepted(order.cl_ord_id, f"P{order.id}"))
        elif what == "fill":
            fill = books.fill(rng.choice(working), rng.randint(1, 5), f"{rng.randint(900, 1100) / 100}", "0.35")
            filled.append(fill.execution.exec_id)
            await books.record(fill)
        elif what == "cancel":
            await books.record(f.OrderCanceled(working.pop().cl_ord_id, "by ann"))
        elif what == "bust" and filled:
            await books.record(f.ExecutionBusted("paper", filled.pop(rng.randrange(len(filled)))))
        elif what == "correct" and filled:
            execution = books.execution(rng.choice(working), 3, "10.01")
            await books.record(f.ExecutionCorrected("paper", filled.pop(), execution))
            filled.append(execution.exec_id)
        elif what == "marks":
            marks = tuple((symbol, d(rng.randint(9, 10)), d(11), START_NS + step) for symbol in ("AAPL", "ES"))
            await books.record(f.MarksSampled(marks, d(rng.randint(990_000, 1_010_000)), d(1_010_000)))
        elif what == "day":
            await books.record(f.DayRolled(f"day {step}", d(1_000_000), 0))
        elif what == "reopen":
            await books.open(f"day {step}, again")


@pytest.mark.parametrize("places", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", range(8))
async def test_tables_thrown_away_and_made_anew_are_the_same(books: Books, seed: int) -> None:
    rng = random.Random(seed)
    await books.open()
    lasting = Projector(books.place, books.path)
    for _ in range(12):
        await trade_at_random(books, rng, rng.randint(1, 20))
        head = (lasting if rng.random() < 0.5 else Projector(books.place, books.path)).catch_up()
        assert head == books.journal.head
    kept = books.everything()
    assert len(kept["fills"]) > 10
    assert len(kept["trades"]) > 2
    rebuild(books.place, books.path)
    assert books.everything() == kept
    lasting.catch_up()
    assert books.everything() == kept
    drop(books.path)
    lasting.catch_up()
    assert books.everything() == kept


@pytest.mark.parametrize("places", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", range(4))
async def test_positions_are_what_the_fills_that_stand_add_up_to(books: Books, seed: int) -> None:
    await books.open()
    await trade_at_random(books, random.Random(seed), 200)
    catch_up(books.place, books.path)
    held: dict[Value, Decimal] = {}
    for fill in books.table("fills"):
        if not fill["busted"]:
            sign = 1 if fill["side"] == "buy" else -1
            held[fill["symbol"]] = held.get(fill["symbol"], Decimal(0)) + sign * Decimal(str(fill["last_qty"]))
    shown = {row["symbol"]: Decimal(str(row["qty"])) for row in books.table("positions")}
    assert {symbol: qty for symbol, qty in shown.items() if qty} == {symbol: qty for symbol, qty in held.items() if qty}


async def test_tables_of_another_journal_are_made_anew(books: Books, places: Places, tmp_path: Path) -> None:
    await books.open()
    buy = books.order(Side.BUY, 100)
    await books.record(buy, books.fill(buy, 100, "10"))
    catch_up(books.place, books.path)
    other = await open_journal(places("other"), FactCodec())
    try:
        await Books(tmp_path / "other", places("other"), other).open()
        assert catch_up(places("other"), books.path) == other.head
    finally:
        await other.close()
    assert books.table("fills") == []


async def test_a_catch_up_with_nothing_new_writes_nothing(books: Books) -> None:
    await books.open()
    projector = Projector(books.place, books.path)
    projector.catch_up()
    before = books.path.stat().st_mtime_ns, books.path.stat().st_size
    assert projector.catch_up() == books.journal.head
    assert (books.path.stat().st_mtime_ns, books.path.stat().st_size) == before


async def test_the_blotter_never_holds_the_journals_lock(books: Books) -> None:
    await books.open()
    catch_up(books.place, books.path)
    reader = sqlite3.connect(books.path, isolation_level=None)
    reader.execute("BEGIN IMMEDIATE")
    await books.record(books.order(Side.BUY, 1))
    reader.close()
    assert catch_up(books.place, books.path) == books.journal.head
    assert books.path.stat().st_mode & 0o777 == 0o600


async def test_a_damaged_file_is_named_with_its_cure(books: Books) -> None:
    await books.open()
    books.path.write_bytes(b"not a database" * 400)
    with pytest.raises(JournalError, match=r"blotter\.sqlite3: .*; run `tradedesk journal rebuild`"):
        catch_up(books.place, books.path)
    with pytest.raises(JournalError, match=r"run `tradedesk journal rebuild`"):
        books.table("orders")
    assert rebuild(books.place, books.path) == books.journal.head
