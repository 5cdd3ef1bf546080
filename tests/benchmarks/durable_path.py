"""The order path with the intent durable before the send: the same as order_path, through the pump and a real journal.

Each order (or group of 16) is decided, its facts are encoded, chained and committed (SQLite, WAL, synchronous=FULL, on
aiosqlite's thread), and only then it passes the gate to the exchange. The ack and the fill of an order are observations
that nobody waits for: they go to disk with the next commit, as they do in a desk that is busy. CPU is user + sys of all
threads. Wall is what an order waits from the submit to the send.

The floor commits one bare row a commit (16 in a group) of the size of an intent, with sqlite3 in this thread. Blocks of
both take turns, so that the disk's mood is the same for both.
"""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from pathlib import Path

from engine import inputs as i
from engine.inputs import Now
from engine.journal.chain import Chain
from engine.journal.codec import FactCodec
from engine.journal.store import SqliteJournal
from engine.runtime.pump import Pump
from tests.benchmarks.journal import Clock
from tests.benchmarks.memory_desk import QUOTE_EVERY, STEP_NS, MemoryDesk, marketable
from tests.benchmarks.result import Result, print_results

BLOCKS = 12
COMMITS = 200
GROUP = 16
INTENT = "x" * 420
"""As long as the JSON of an intent."""
_TABLE = (
    "CREATE TABLE facts (seq INTEGER PRIMARY KEY, recorded_ns INTEGER NOT NULL, market_ns INTEGER NOT NULL,"
    " kind TEXT NOT NULL, payload TEXT NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL)"
)


def run() -> list[Result]:
    """Measure everything here."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1000)
    with tempfile.TemporaryDirectory() as folder:
        alone_floor, alone = asyncio.run(_measure(Path(folder), 1))
        group_floor, group = asyncio.run(_measure(Path(folder), GROUP))
    p50 = alone_floor.wall(0.5)
    return [
        Result(
            "order path, intent durable before the send, CPU an order",
            alone.cpu_each(1),
            "us",
            alone_floor.cpu_each(1),
            150.0,
            peers="none does it",
        ),
        Result(
            f"the same, {GROUP} orders a commit, CPU an order",
            group.cpu_each(GROUP),
            "us",
            group_floor.cpu_each(GROUP),
            40.0,
            peers="none does it",
        ),
        Result("the same, submit to send, p50 wall (budget: 2 bare commits)", alone.wall(0.5), "us", p50, 2 * p50),
        Result("the same, submit to send, p99 wall", alone.wall(0.99), "us", alone_floor.wall(0.99)),
    ]


class DurableDesk:
    """A memory desk behind a pump and a journal."""

    def __init__(self, journal: SqliteJournal, group: int) -> None:
        self._memory = MemoryDesk()
        self._memory.desk.take()
        self._pump = Pump(self._memory.desk, Chain(FactCodec(), journal.head))
        self._journal = journal
        self._requests = marketable(run=group)
        self._group = group
        self._done = 0

    async def trade(self) -> float:
        """Place a group of orders; the wall seconds from the first submit to the send."""
        memory, pump = self._memory, self._pump
        begin = time.perf_counter()
        for request in islice(self._requests, self._group):
            pump.offer(i.PlaceOrder(request), Now(memory.ns, memory.ns))
            memory.ns += STEP_NS
        batch = pump.take()
        if batch is None:
            raise AssertionError("an order leaves facts")
        await self._journal.append(batch.rows)
        effects = pump.committed(batch, Now(memory.ns, memory.ns))
        waited = time.perf_counter() - begin
        memory.now = Now(memory.ns, memory.ns)
        memory.settle(effects)
        self._done += self._group
        return waited

    def quote(self) -> None:
        self._memory.quote()

    def check(self) -> None:
        """Raise when an order did not fill."""
        self._memory.check_flat(self._done)


async def _measure(folder: Path, group: int) -> tuple[Clock, Clock]:
    bare, ours = Clock(), Clock()
    floor = _bare(folder / f"bare{group}.sqlite3")
    journal = await SqliteJournal.open(folder / f"ours{group}.sqlite3", FactCodec())
    desk = DurableDesk(journal, group)
    rows = _rows(group)
    insert = f"INSERT INTO facts VALUES {','.join(['(?,?,?,?,?,?,?)'] * group)}"

    async def commit() -> float:
        begin = time.perf_counter()
        floor.execute(insert, next(rows))
        return time.perf_counter() - begin

    try:
        for block in range(BLOCKS + 2):
            floor.execute("PRAGMA wal_checkpoint(PASSIVE)")
            await journal.checkpoint()
            # The first blocks make the write-ahead logs grow; later ones write over them.
            await _block(commit, bare if block > 1 else Clock())
            await _block(desk.trade, ours if block > 1 else Clock(), group, desk.quote)
        desk.check()
    finally:
        await journal.close()
        floor.close()
    return bare, ours


async def _block(
    work: Callable[[], Awaitable[float]], clock: Clock, orders: int = 1, quote: Callable[[], None] | None = None
) -> None:
    begin = time.process_time()
    for n in range(COMMITS):
        if quote is not None and n * orders % QUOTE_EVERY < orders:
            quote()
        clock.walls.append(await work())
    clock.cpu += time.process_time() - begin


def _bare(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute(_TABLE)
    return database


def _rows(group: int) -> Iterator[list[object]]:
    """Parameters of one insert after the other."""
    seq = 0
    while True:
        row: list[object] = []
        for _ in range(group):
            seq += 1
            row += (seq, seq, seq, "order_intended", INTENT, "a" * 64, "b" * 64)
        yield row


if __name__ == "__main__":
    print_results(run())
