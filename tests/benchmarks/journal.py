"""What durability costs: a fact on disk, alone and in groups of 16, beside one bare SQLite commit; and
reading back.

Wall time is what an order waits; CPU time (user + sys, both threads) is what it takes from everything else.
Floor and ours take turns in blocks on files of the same table, so that the disk's mood is the same for
both.
"""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from itertools import chain as flatten
from itertools import islice
from pathlib import Path
from typing import TypeVar

from engine.facts import Fact, OrderAccepted, OrderFilled, OrderIntended, Stamped
from engine.journal.chain import Chain
from engine.journal.codec import FactCodec
from engine.journal.store import SqliteJournal
from engine.journal.verify import verify_file
from engine.model.enums import OrdType, Side
from engine.model.market import Quote
from engine.model.order import OrderRequest
from engine.model.snapshot import Execution
from tests.benchmarks.result import Result, print_results

Item = TypeVar("Item")

BLOCKS = 12
COMMITS = 150
GROUP = 16
READ = 200_000
START_NS = 1_700_000_000_000_000_000

_TABLE = (
    "CREATE TABLE facts (seq INTEGER PRIMARY KEY, recorded_ns INTEGER NOT NULL, market_ns INTEGER NOT NULL,"
    " kind TEXT NOT NULL, payload TEXT NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL)"
)
_ROW = "(?,?,?,?,?,?,?)"


class Clock:
    """Wall seconds of each piece of work, and the CPU seconds of all."""

    def __init__(self) -> None:
        self.walls: list[float] = []
        self.cpu = 0.0

    def wall(self, share: float) -> float:
        """The wall time, in microseconds, that `share` of the pieces stay below."""
        walls = sorted(self.walls)
        return walls[int(len(walls) * share)] * 1e6

    def cpu_each(self, facts: int) -> float:
        """CPU microseconds a fact, `facts` of them in each piece."""
        return self.cpu / len(self.walls) / facts * 1e6


def run() -> list[Result]:
    """Measure everything here."""
    with tempfile.TemporaryDirectory() as folder:
        gc.collect()
        gc.disable()
        try:
            return asyncio.run(_measure(Path(folder)))
        finally:
            gc.enable()


async def _measure(folder: Path) -> list[Result]:
    results = []
    for group in (1, GROUP):
        bare, ours = await _commits(folder, group)
        name = "durable fact" if group == 1 else f"{group} durable facts, one commit"
        results += [
            Result(f"{name}: p50 wall", ours.wall(0.5), "us", bare.wall(0.5), 2 * bare.wall(0.5)),
            Result(f"{name}: p99 wall", ours.wall(0.99), "us", bare.wall(0.99)),
            Result(f"{name}: CPU a fact", ours.cpu_each(group), "us", bare.cpu_each(group)),
        ]
    results.append(_stamping())
    return results + await _reading(folder)


async def _commits(folder: Path, group: int) -> tuple[Clock, Clock]:
    """The floor (rows made beforehand, sqlite3 in this thread) and ours (facts encoded, hashed, one hop,
    commit)."""
    rows = _bare_rows(group)
    bare, ours = Clock(), Clock()
    floor = _bare(folder / f"bare{group}.sqlite3")
    insert = f"INSERT INTO facts VALUES {','.join([_ROW] * group)}"
    async with _opened(folder / f"ours{group}.sqlite3") as journal:
        chain, facts = Chain(FactCodec()), _trading()

        async def append(batch: list[Stamped]) -> None:
            await journal.append(chain.stamp(batch))

        async def commit(row: list[object]) -> None:
            floor.execute(insert, row)

        for block in range(BLOCKS + 2):
            # As the shell does when it is idle. The first blocks make the WALs grow; later ones write over
            # them.
            floor.execute("PRAGMA wal_checkpoint(PASSIVE)")
            await journal.checkpoint()
            await _block(commit, list(islice(rows, COMMITS)), bare if block > 1 else Clock())
            first = chain.head.seq
            batches = [_stamped(facts, first + done * group, group) for done in range(COMMITS)]
            await _block(append, batches, ours if block > 1 else Clock())
    floor.close()
    return bare, ours


async def _block(work: Callable[[Item], Awaitable[None]], items: list[Item], clock: Clock) -> None:
    cpu = time.process_time()
    for item in items:
        begin = time.perf_counter()
        await work(item)
        clock.walls.append(time.perf_counter() - begin)
    clock.cpu += time.process_time() - cpu


def _bare(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute(_TABLE)
    return database


def _bare_rows(group: int) -> Iterator[list[object]]:
    """Parameters of one insert after the other, of the size of ours."""
    facts, codec, seq = _trading(), FactCodec(), 0
    while True:
        stamped = _stamped(facts, seq, group)
        encoded = [codec.encode(each.fact) for each in stamped]
        yield list(
            flatten.from_iterable(
                (each.seq, each.recorded_ns, each.market_ns, kind, payload.decode(), "a" * 64, "b" * 64)
                for each, (kind, payload) in zip(stamped, encoded, strict=True)
            )
        )
        seq += group


def _stamping() -> Result:
    """Encoding and hashing alone."""
    facts = _stamped(_trading(), 0, 20_000)
    best = float("inf")
    for _ in range(5):
        begin = time.process_time()
        Chain(FactCodec()).stamp(facts)
        best = min(best, time.process_time() - begin)
    return Result("encode and chain a fact, CPU", best / len(facts) * 1e6, "us", None, 5.0)


async def _reading(folder: Path) -> list[Result]:
    """Facts a second from disk, decoded and checked against the chain; the floor selects the same rows."""
    path = folder / "read.sqlite3"
    chain, facts = Chain(FactCodec()), _trading()
    async with _opened(path) as journal:
        while chain.head.seq < READ:
            await journal.append(chain.stamp(_stamped(facts, chain.head.seq, 4000)))
    floor = _best(lambda: _select(path))
    async with _opened(path) as journal:
        begin = time.perf_counter()
        count = 0
        async for batch in journal.read():
            count += len(batch)
        ours = time.perf_counter() - begin
    begin = time.perf_counter()
    report = verify_file(path)
    verified = time.perf_counter() - begin
    if not report.ok or count != report.facts:
        raise AssertionError(f"the journal of the benchmark is broken: {report}")
    return [
        Result("read for the fold", count / ours, "facts/s", count / floor, 33_334, more_is_better=True),
        Result("audit verify", count / verified, "facts/s", count / floor, None, more_is_better=True),
    ]


def _select(path: Path) -> None:
    database = sqlite3.connect(path)
    for _ in database.execute("SELECT * FROM facts ORDER BY seq"):
        pass
    database.close()


def _best(work: Callable[[], None]) -> float:
    best = float("inf")
    for _ in range(3):
        begin = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begin)
    return best


@asynccontextmanager
async def _opened(path: Path) -> AsyncIterator[SqliteJournal]:
    journal = await SqliteJournal.open(path, FactCodec())
    try:
        yield journal
    finally:
        await journal.close()


def _trading() -> Sequence[Fact]:
    """What one order leaves behind: intent, ack, fill."""
    request = OrderRequest("paper", "AAPL", Side.BUY, Decimal(100), OrdType.LIMIT, Decimal("190.50"), user="ann")
    quote = Quote("AAPL", Decimal("190.49"), Decimal("190.51"), Decimal(300), Decimal(200), START_NS)
    execution = Execution(
        "E00000001", "D7K200000001", "P00000001", "paper", "AAPL", Side.BUY, Decimal(100), Decimal("190.50"),
        START_NS, Decimal("0.35"), broker="paper",
    )  # fmt: skip
    intent = OrderIntended(1, "D7K200000001", request, Decimal("190.50"), quote)
    return (intent, OrderAccepted("D7K200000001", "P00000001"), OrderFilled(execution))


def _stamped(facts: Sequence[Fact], after: int, count: int) -> list[Stamped]:
    return [
        Stamped(seq, START_NS + seq, START_NS, facts[seq % len(facts)]) for seq in range(after + 1, after + count + 1)
    ]


if __name__ == "__main__":
    print_results(run())
