"""The paper account's own books: durable, restored as they were, and clear about what is wrong with them."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokers.paper.books import BooksError, SqliteBooks, reset
from brokers.paper.keeper import InlineKeeper, MemoryKeeper, ThreadKeeper
from brokers.paper.memory import MemoryBooks
from brokers.paper.messages import Answer, AskExecutions, AskOrder, Executions, Failed, OneOrder, Taken
from brokers.paper.opening import open_books, restored_exchange
from brokers.paper.settings import PaperSettings
from brokers.paper.venue import PaperVenue
from engine.market.matching import FillConfig, PaperExchange, never_closes
from engine.model.enums import OrdStatus, Side
from engine.protocol import AmbiguousError, Disconnected, NotConnectedError, Report
from tests.brokers.paper.support import (
    ACCOUNT,
    BAC,
    FAST,
    IBM,
    START_NS,
    Clock,
    Reports,
    cancel,
    order,
    paper_broker,
    quote,
    replace,
)

CASH = Decimal(5_000_000)


def opened(path: Path, account: str = ACCOUNT, currency: str = "USD", cash: Decimal = CASH) -> SqliteBooks:
    return SqliteBooks(path, account=account, currency=currency, cash=cash)


def venue_on(books: SqliteBooks, settings: PaperSettings = FAST, now_ns: int = START_NS) -> PaperVenue:
    exchange = restored_exchange(books.load(), books, settings, [IBM, BAC], never_closes, Random(1))
    return PaperVenue(exchange, InlineKeeper(books), now_ns)


def ask(venue: PaperVenue, request: object) -> Answer:
    answers: list[Answer] = []
    venue.handle(request, venue.exchange.now_ns, answers.append)  # type: ignore[arg-type]
    (answer,) = answers
    return answer


def test_new_books_open_with_the_cash_that_is_configured(tmp_path: Path) -> None:
    books = opened(tmp_path / "deep" / "er" / "p", cash=Decimal("1234.50"))
    assert books.load().cash == {"USD": Decimal("1234.50")}
    books.close()
    books = opened(tmp_path / "deep" / "er" / "p", cash=Decimal(9))
    assert books.load().cash == {"USD": Decimal("1234.50")}, "the opening cash is for new books only"
    books.close()


def test_commits_are_synchronous_in_wal_mode(tmp_path: Path) -> None:
    books = opened(tmp_path / "p")
    assert books.durability() == ("wal", 2)
    books.close()


def test_what_was_answered_is_in_the_file_already(tmp_path: Path) -> None:
    books = opened(tmp_path / "p")
    venue = venue_on(books)
    venue.on_market(quote(START_NS, "100.00", "100.02"))
    seen: list[int] = []

    def count(table: str) -> int:
        with contextlib.closing(sqlite3.connect(tmp_path / "p")) as other:
            return int(other.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def on_report(report: Report) -> None:
        seen.append(count("executions"))

    venue.on_report = on_report
    venue.handle(order("a1"), START_NS, lambda answer: seen.append(count("orders")))
    assert seen == [1, 1, 1], "answer, accepted, filled"
    venue.close()


def test_books_are_used_by_one_process_at_a_time(tmp_path: Path) -> None:
    books = opened(tmp_path / "p")
    with pytest.raises(BooksError, match="another process uses them"):
        opened(tmp_path / "p")
    with pytest.raises(BooksError, match="another process uses them"):
        reset(tmp_path / "p")
    books.close()
    opened(tmp_path / "p").close()


def test_a_reset_starts_anew_and_never_repeats_an_id(tmp_path: Path) -> None:
    def trade_once() -> list[str]:
        venue = venue_on(opened(tmp_path / "p"))
        venue.on_market(quote(START_NS, "100.00", "100.02"))
        assert isinstance(ask(venue, order("a1")), Taken)
        found = ask(venue, AskExecutions(0))
        venue.close()
        assert isinstance(found, Executions)
        return [e.exec_id for e in found.executions] + [e.order_id for e in found.executions]

    first = trade_once()
    reset(tmp_path / "p")
    second = trade_once()
    assert len(first) == len(second) == 2
    assert not set(first) & set(second)
    reset(tmp_path / "p")
    reset(tmp_path / "p")
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.write_bytes(b"x" * 5000), "file is not a database"),
        (lambda path: path.write_bytes(path.read_bytes()[:6000]), "malformed"),
        (lambda path: sql(path, "PRAGMA application_id = 7"), "not a paper account's books"),
        (lambda path: sql(path, "PRAGMA user_version = 99"), "version 99; this program reads 1"),
        (lambda path: sql(path, "UPDATE account SET cash = 'lots'"), "restore the file, or start new books"),
        (lambda path: sql(path, "UPDATE orders SET side = 'both'"), "'both' is not a valid Side"),
        (lambda path: sql(path, "DROP TABLE positions"), "no such table: positions"),
    ],
)
def test_books_that_are_damaged_give_one_line_that_names_the_file(
    tmp_path: Path, spoil: Callable[[Path], None], message: str
) -> None:
    path = tmp_path / "p"
    venue = venue_on(opened(path))
    ask(venue, order("a1", limit="90.00"))
    venue.close()
    spoil(path)
    with pytest.raises(BooksError) as raised:
        opened_and_loaded(path)
    line = str(raised.value)
    assert line.startswith(f"paper books {path}: ")
    assert message in line
    assert "\n" not in line


def opened_and_loaded(path: Path) -> None:
    books = opened(path)
    try:
        books.load()
    finally:
        books.close()


def sql(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_books_of_another_account_or_currency_are_refused(tmp_path: Path) -> None:
    opened(tmp_path / "p").close()
    with pytest.raises(BooksError, match="they are of account PAPER, not OTHER"):
        opened(tmp_path / "p", account="OTHER")
    with pytest.raises(BooksError, match="they are of currency USD, not EUR"):
        opened(tmp_path / "p", currency="EUR")
    opened(tmp_path / "p").close()


def test_a_folder_that_can_t_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BooksError, match=r"paper books .*file/p: "):
        opened(tmp_path / "file" / "p")


# --- restart ------------------------------------------------------------------------------------------------------

steps = st.lists(
    st.tuples(
        st.sampled_from(["quote", "quote", "submit", "submit", "stop", "cancel", "replace"]),
        st.integers(0, 8),
        st.integers(-4, 4),
        st.sampled_from([30, 100, 250]),
        st.sampled_from(Side),
    ),
    min_size=5,
    max_size=40,
)


@settings(max_examples=40)  # each opens three files
@given(steps, st.integers(1, 39))
def test_an_exchange_restored_from_the_file_is_the_one_that_was_closed(
    tmp_path_factory: pytest.TempPathFactory, script: list[tuple[str, int, int, int, Side]], cut: int
) -> None:
    """Both go on alike, too, from the first quotes on; resting orders have been at the back of their queues."""
    path = tmp_path_factory.mktemp("books") / "p"
    setup = PaperSettings(fills=FillConfig(commission_per_share=Decimal("0.005"), slippage_bps=Decimal(1)))
    clock = Clock()
    venue = venue_on(opened(path), setup)

    def step(number: int, kind: str, target: int, offset: int, size: int, side: Side) -> None:
        price = f"{(10_000 + offset) / 100:.2f}"
        name = f"c{number}"
        clock.tick()
        if kind == "quote":
            venue.on_market(quote(clock(), price, f"{(10_001 + offset) / 100:.2f}", size, size))
        elif kind == "submit":
            venue.handle(order(name, side, size, price), clock(), lambda answer: None)
        elif kind == "stop":
            venue.handle(order(name, side, size, stop=price), clock(), lambda answer: None)
        elif kind == "cancel":
            venue.handle(cancel(f"c{target}"), clock(), lambda answer: None)
        else:
            venue.handle(replace(f"c{target}", name, size, price), clock(), lambda answer: None)

    def picture() -> list[object]:
        exchange = venue.exchange
        found = ask(venue, AskExecutions(0))
        every_id = [ask(venue, AskOrder(f"c{number}")) for number in range(len(script))]
        return [exchange.open_orders(), exchange.positions(), exchange.account_snapshot(), found, every_id]

    for number, (kind, target, offset, size, side) in enumerate(script[:cut]):
        step(number, kind, target, offset, size, side)
    before = picture()
    venue.close()
    venue = venue_on(opened(path), setup, clock())
    assert picture() == before
    for number, (kind, target, offset, size, side) in enumerate(script[cut:], start=cut):
        step(number, kind, target, offset, size, side)
    after = picture()
    venue.close()
    venue = venue_on(opened(path), setup, clock())
    assert picture() == after
    venue.close()


# --- books in memory ------------------------------------------------------------------------------------------------


def test_books_in_memory_answer_the_same(tmp_path: Path) -> None:
    def play(venue: PaperVenue) -> list[object]:
        reports: list[Report] = []
        venue.on_report = reports.append
        venue.on_market(quote(START_NS, "100.00", "100.02", ask_size=60))
        answers = [
            ask(venue, request)
            for request in (
                order("a1"),
                order("a1"),
                order("a2", limit="99.00"),
                replace("a2", "a3", 10, "99.01"),
                cancel("a2"),
                AskOrder("a2"),
                AskOrder("a3"),
                AskOrder("zz"),
                AskExecutions(0),
            )
        ]
        return [answers, reports]

    stored = venue_on(opened(tmp_path / "p"))
    memory = MemoryBooks()
    exchange = PaperExchange(
        [IBM, BAC],
        FAST.fills,
        Random(1),
        account=ACCOUNT,
        cash={"USD": CASH},
        used_ids=memory,
        book_id="BOOK",
    )
    there = play(PaperVenue(exchange, MemoryKeeper(memory), START_NS))
    here = play(stored)
    found = ask(stored, AskExecutions(0))
    stored.close()
    assert isinstance(found, Executions)
    book_id = found.executions[0].exec_id[1:].partition("-")[0]
    assert str(here).replace(book_id, "BOOK") == str(there)


# --- when the disk fails --------------------------------------------------------------------------------------------


async def test_a_failed_commit_answers_nothing_ends_the_session_and_leaves_the_file_as_it_was(
    tmp_path: Path,
) -> None:
    clock, reports = Clock(), Reports()
    broker = paper_broker(tmp_path / "p", clock)
    await broker.connect(reports)
    await broker.submit(order("a1", limit="90.00"))
    await reports.count(1)
    # A trigger that refuses every row stands for a disk that takes nothing.
    sql(tmp_path / "p", "CREATE TRIGGER full BEFORE INSERT ON orders BEGIN SELECT raise(ABORT, 'disk full'); END")
    with pytest.raises(AmbiguousError, match="disk full"):
        await broker.submit(order("a2", limit="90.00"))
    assert reports.kinds == ["Accepted", "Disconnected"]
    (lost,) = [r for r in reports.all if isinstance(r, Disconnected)]
    assert "disk full" in lost.reason
    with pytest.raises(NotConnectedError):
        await broker.submit(order("a3", limit="90.00"))
    broker.on_market(quote(clock.tick(), "80.00", "80.01"))
    sql(tmp_path / "p", "DROP TRIGGER full")
    await broker.connect(reports)
    assert [o.cl_ord_id for o in await broker.open_orders()] == ["a1"], "what was not committed never was"
    await broker.submit(order("a2", limit="90.00"))
    await broker.disconnect()


async def test_nothing_is_finished_after_a_failure_nor_out_of_order(tmp_path: Path) -> None:
    books = opened(tmp_path / "p")
    loop = asyncio.get_running_loop()
    exchange = restored_exchange(books.load(), books, FAST, [IBM], never_closes, Random(1))
    venue = PaperVenue(exchange, ThreadKeeper(books, loop.call_soon_threadsafe), START_NS)
    answers: list[tuple[str, str]] = []
    everything = asyncio.Event()

    def reply(name: str) -> Callable[[Answer], None]:
        def note(answer: Answer) -> None:
            answers.append((name, type(answer).__name__))
            if len(answers) == 20:
                everything.set()

        return note

    for number in range(10):
        venue.handle(order(f"a{number}", limit="90.00"), START_NS, reply(f"a{number}"))
    await _settled(venue)
    sql(tmp_path / "p", "CREATE TRIGGER full BEFORE INSERT ON orders BEGIN SELECT raise(ABORT, 'disk full'); END")
    for number in range(10, 20):
        venue.handle(order(f"a{number}", limit="90.00"), START_NS, reply(f"a{number}"))
    async with asyncio.timeout(10):
        await everything.wait()
    assert answers == [(f"a{n}", "Taken" if n < 10 else "Failed") for n in range(20)]
    assert venue.failure is not None
    venue.close()
    books = opened(tmp_path / "p")
    assert [o.cl_ord_id for o in books.load().orders] == [f"a{n}" for n in range(10)]
    books.close()


async def _settled(venue: PaperVenue) -> None:
    done = asyncio.Event()
    venue.settled(done.set)
    async with asyncio.timeout(10):
        await done.wait()


FULL_DISK = """
import os, resource, sys
from pathlib import Path
from brokers.paper.messages import Taken
from tests.brokers.paper.support import cancel, order
from tests.brokers.paper.test_books import ask, opened, venue_on

path = Path(sys.argv[1])
venue = venue_on(opened(path))
for number in range(300):
    assert isinstance(ask(venue, order(f"c{number}", limit="90.00")), Taken)
venue.close()  # a WAL that has grown by itself is gone
venue = venue_on(opened(path))
largest = max(os.stat(f"{path}{ending}").st_size for ending in ("", "-wal"))
resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
cancelled = 0
while cancelled < 300 and isinstance(ask(venue, cancel(f"c{cancelled}")), Taken):
    cancelled += 1
print(cancelled, len(venue.exchange.open_orders()))
"""


def test_orders_can_be_cancelled_when_the_files_can_t_grow_any_more(tmp_path: Path) -> None:
    """A full disk, as a limit on the size of files: the books have kept some space for themselves."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "p")], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["300", "0"]
    venue = venue_on(opened(tmp_path / "p"))
    assert venue.exchange.open_orders() == []
    found = ask(venue, AskOrder("c299"))
    venue.close()
    assert isinstance(found, OneOrder)
    assert found.order is not None
    assert found.order.status is OrdStatus.CANCELED


def test_requests_after_a_failure_are_not_handed_over(tmp_path: Path) -> None:
    venue = venue_on(opened(tmp_path / "p"))
    sql(tmp_path / "p", "CREATE TRIGGER full BEFORE INSERT ON orders BEGIN SELECT raise(ABORT, 'disk full'); END")
    kinds = []
    for name in ("a1", "a2"):
        answer = ask(venue, order(name, limit="90.00"))
        assert isinstance(answer, Failed)
        kinds.append(answer.kind.value)
    assert kinds == ["ambiguous", "not_connected"]
    venue.close()


def test_settings_that_make_no_sense_name_their_key(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="latency_ms: 50-5"):
        PaperSettings(latency_ms=(50, 5))
    with pytest.raises(ValueError, match="cash: -1"):
        PaperSettings(cash=Decimal(-1))
    with pytest.raises(ValueError, match="account: is empty"):
        PaperSettings(account="")
    open_books(tmp_path / "p", PaperSettings()).close()
