"""Time travel in a journal of 100,000 facts: the way forward, the ways backward, and an order's life. CPU seconds of
the thread that does it; the floor of the way forward is reading the same rows from SQLite."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Final

from console.order_lives import OrderLives
from engine.facts import Stamped
from engine.journal.chain import Chain
from engine.journal.codec import FactCodec
from engine.journal.reader import JournalReader
from engine.journal.store import SqliteJournal
from engine.replay.days import days_of
from engine.replay.journal_source import JournalSource
from engine.replay.tape import JournalTape
from tests.benchmarks.recovery import trading_facts
from tests.benchmarks.result import Result, print_results

FACTS: Final = 100_000
START_NS: Final = 1_700_000_000_000_000_000
STEP_NS: Final = 250_000_000


def run() -> list[Result]:
    """Measure everything here."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite3"
        asyncio.run(_write(path))
        with JournalReader(path) as reader:
            return _measure(path, reader)


async def _write(path: Path) -> None:
    chain, facts = Chain(FactCodec()), trading_facts()
    journal = await SqliteJournal.open(path, FactCodec())
    while (at := chain.head.seq) < FACTS:
        batch = [
            Stamped(seq, START_NS + seq * STEP_NS, START_NS + seq * STEP_NS, fact)
            for seq, fact in enumerate(islice(facts, min(4_000, FACTS - at)), at + 1)
        ]
        await journal.append(chain.stamp(batch))
    await journal.close()


def _measure(path: Path, reader: JournalReader) -> list[Result]:
    codec = FactCodec()
    listing = _timed(lambda: days_of(reader.rows(), codec))
    tape = JournalTape(JournalSource(reader, codec))

    def to(seq: int) -> float:
        return _timed(lambda: list(tape.to_seq(seq)))

    to(1)
    tape.keep()
    forward = to(FACTS)
    back, again = to(FACTS - 1), to(FACTS - 2)
    half = to(FACTS // 2)
    beginning = to(10)
    lives = OrderLives(path)
    created_ns = START_NS + (FACTS - 10_000) * STEP_NS
    root = _order_behind(reader, codec, FACTS - 10_000)
    life = min(_wall(lambda: lives.life_of(root, created_ns).result()) for _ in range(3))
    lives.close()
    return [
        Result("time travel: fold 100,000 facts, checked", forward, "s CPU", _reading(path)),
        Result("time travel: first step back from the end of 100,000", back, "s CPU"),
        Result("time travel: each further step back", again, "s CPU"),
        Result("time travel: back to the middle", half, "s CPU"),
        Result("time travel: back to the day's beginning", beginning, "s CPU"),
        Result("time travel: list the days of 100,000 facts", listing, "s CPU"),
        Result("life of an order made 10,000 facts ago, wall", life, "s"),
    ]


def _order_behind(reader: JournalReader, codec: FactCodec, seq: int) -> str:
    row = next(reader.rows(seq, frozenset({"order_intended"})))
    return str(getattr(codec.decode(row.kind, row.payload), "cl_ord_id", ""))


def _reading(path: Path) -> float:
    database = sqlite3.connect(path)
    try:
        return _timed(lambda: sum(1 for _ in database.execute("SELECT * FROM facts ORDER BY seq")))
    finally:
        database.close()


def _timed(work: Callable[[], object]) -> float:
    begin = time.thread_time()
    work()
    return time.thread_time() - begin


def _wall(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


if __name__ == "__main__":
    print_results(run())
