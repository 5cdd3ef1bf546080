"""The order path with the intent durable before the send: the same as order_path, through the pump and a real journal.

Each order (or group of 16) is decided, its fact is encoded, chained and committed (SQLite, WAL, synchronous=FULL, on
aiosqlite's thread), and only then it passes the gate to the exchange.

CPU (user + sys of all threads) is that of a busy desk: nobody waits for ack and fill, their facts go to disk with the
next commit. Wall, from the submit to the send, is that of a lone order: everything before it is on disk already.

The floor commits as many bare rows of like size (three an order; one for the wait of a lone order), with sqlite3 in
this thread. Blocks of both take turns, so that the disk's mood is the same for both.
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
from engine.effects import Effect
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
FACTS = 3
"""An order leaves: intent, ack, fill."""
PAYLOAD = "x" * 280
"""As long as the JSON of a fact is on average."""
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
        busy_floor, busy = asyncio.run(_measure(Path(folder), 1))
        group_floor, group = asyncio.run(_measure(Path(folder), GROUP))
        lone_floor, lone = asyncio.run(_measure(Path(folder), 1, lone=True))
    p50 = lone_floor.wall(0.5)
    return [
        Result(
            "order path, intent durable before the send, CPU an order",
            busy.cpu_each(1),
            "us",
            busy_floor.cpu_each(1),
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
        Result("a lone order, submit to send, p50 wall (budget: 2 bare commits)", lone.wall(0.5), "us", p50, 2 * p50),
        Result("a lone order, submit to send, p99 wall", lone.wall(0.99), "us", lone_floor.wall(0.99)),
    ]


class DurableDesk:
    """A memory desk behind a pump and a journal."""

    def __init__(self, journal: SqliteJournal, group: int, *, lone: bool) -> None:
        self._memory = MemoryDesk()
        self._memory.desk.take()
        self._pump = Pump(self._memory.desk, Chain(FactCodec(), journal.head))
        self._journal = journal
        self._requests = marketable(run=group)
        self._group = group
        self._lone = lone
        self._done = 0

    async def trade(self) -> float:
        """Place a group of orders; the wall seconds from the first submit to the send."""
        memory, pump = self._memory, self._pump
        begin = time.perf_counter()
        for request in islice(self._requests, self._group):
            pump.offer(i.PlaceOrder(request), Now(memory.ns, memory.ns))
            memory.ns += STEP_NS
        effects = await self._commit()
        waited = time.perf_counter() - begin
        memory.now = Now(memory.ns, memory.ns)
        memory.settle(effects)
        if self._lone:
            await self._commit()
        self._done += self._group
        return waited

    async def _commit(self) -> list[Effect]:
        """Make everything decided durable; what may be done now."""
        pump = self._pump
        batch = pump.take()
        if batch is None:
            raise AssertionError("an order, an ack and a fill leave facts")
        await self._journal.append(batch.rows)
        return pump.committed(batch, self._memory.now)

    def quote(self) -> None:
        self._memory.quote()

    def check(self) -> None:
        """Raise when an order did not fill."""
        self._memory.check_flat(self._done)


async def _measure(folder: Path, group: int, *, lone: bool = False) -> tuple[Clock, Clock]:
    bare, ours = Clock(), Clock()
    name = f"{group}{lone}.sqlite3"
    floor = _bare(folder / f"bare{name}")
    journal = await SqliteJournal.open(folder / f"ours{name}", FactCodec())
    desk = DurableDesk(journal, group, lone=lone)
    count = 1 if lone else group * FACTS
    rows = _rows(count)
    insert = f"INSERT INTO facts VALUES {','.join(['(?,?,?,?,?,?,?)'] * count)}"

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


def _rows(count: int) -> Iterator[list[object]]:
    """Parameters of one insert after the other."""
    seq = 0
    while True:
        row: list[object] = []
        for _ in range(count):
            seq += 1
            row += (seq, seq, seq, "order_intended", PAYLOAD, "a" * 64, "b" * 64)
        yield row


if __name__ == "__main__":
    print_results(run())
