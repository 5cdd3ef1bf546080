"""How long a start folds: a journal of 1,000,000 facts, from its beginning and from a snapshot 5,000 facts old.

283,000 orders in 50 instruments, most of them filled, with the marks of a second for every third; a day every 5,000
orders. The floor of the long way is reading the same rows from SQLite; of the short way, unpickling the same orders
and executions (no format that is safe to read makes them faster).
"""

from __future__ import annotations

import asyncio
import gc
import pickle
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Final

from engine import facts as f
from engine.facts import Fact, Stamped
from engine.journal.chain import Chain
from engine.journal.codec import FactCodec
from engine.journal.folding import fold_into
from engine.journal.snapshots import newest_first, save
from engine.journal.store import SqliteJournal
from engine.journal.uncollected import uncollected
from engine.model.enums import OrdType, Side
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.order import OrderRequest
from engine.model.snapshot import Execution
from engine.runtime.recovery import fold
from engine.state import DeskState
from tests.benchmarks.result import Result, print_results

FACTS: Final = 1_000_000
TAIL: Final = 5_000
START_NS: Final = 1_700_000_000_000_000_000
SYMBOLS: Final = tuple(f"S{number:02d}" for number in range(50))


def run() -> list[Result]:
    """Measure everything here."""
    return asyncio.run(_measure())


async def _measure() -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        path, snapshots = Path(folder) / "journal.sqlite3", Path(folder) / "snapshots"
        await _write(path, snapshots)
        size = newest_first(snapshots)[0].stat().st_size
        journal = await SqliteJournal.open(path, FactCodec())
        try:
            short, state = await _timed(fold(journal, snapshots))
            digest = state.digest()
            floor = _unpickling(state)
            del state
            gc.collect()
            full, state = await _timed(fold(journal))
            if state.digest() != digest:
                raise AssertionError("the two ways end in different states")
        finally:
            await journal.close()
        reading = _reading(path)
    return [
        Result("recovery of 1,000,000 facts from a snapshot", short, "s", floor, 3.0),
        Result("recovery of 1,000,000 facts from the beginning", full, "s", reading, 30.0),
        Result("size of the snapshot", size / 1e6, "MB"),
    ]


async def _timed(work: Awaitable[DeskState]) -> tuple[float, DeskState]:
    begin = time.perf_counter()
    state = await work
    return time.perf_counter() - begin, state


async def _write(path: Path, snapshots: Path) -> None:
    """The journal, and a snapshot of it when it was a little shorter."""
    chain, facts, state = Chain(FactCodec()), trading_facts(), DeskState()
    journal = await SqliteJournal.open(path, FactCodec())
    with uncollected():
        while (at := chain.head.seq) < FACTS:
            batch = [
                Stamped(seq, START_NS + seq * 1_000_000, START_NS + seq, fact)
                for seq, fact in enumerate(islice(facts, min(4_000, FACTS - at)), at + 1)
            ]
            await journal.append(chain.stamp(batch))
            if at < FACTS - TAIL:
                fold_into(state, batch)
                head = chain.head
    save(snapshots, head, state, START_NS)
    await journal.close()


def _reading(path: Path) -> float:
    begin = time.perf_counter()
    database = sqlite3.connect(path)
    for _ in database.execute("SELECT * FROM facts ORDER BY seq"):
        pass
    database.close()
    return time.perf_counter() - begin


def _unpickling(state: DeskState) -> float:
    data = pickle.dumps((list(state.orders.values()), list(state.seen_executions.values())), 5)
    with uncollected():
        begin = time.perf_counter()
        pickle.loads(data)
        return time.perf_counter() - begin


def trading_facts() -> Iterator[Fact]:
    """Orders without end: 7 in 10 filled at once, 2 in two parts, 1 cancelled."""
    yield f.DeskOpened("D7K2", "paper", "PAPER", "paper", "USD", "average", "hash", "", "0")
    yield f.InstrumentsLoaded(tuple(Instrument(symbol) for symbol in SYMBOLS))
    yield f.LimitsLoaded("hash", {})
    yield f.AccountAdopted("PAPER", "USD", Decimal(5_000_000))
    number = 0
    while True:
        number += 1
        yield from _order(number)
        if number % 3 == 0:
            marks = tuple((s, Decimal("190.49"), Decimal("190.51"), START_NS + number) for s in SYMBOLS[:10])
            yield f.MarksSampled(marks, Decimal(5_000_000) + number % 7, Decimal(5_000_100))
        if number % 5_000 == 0:
            yield f.DayRolled(f"day {number // 5_000}", Decimal(5_000_000), START_NS + number)


def _order(number: int) -> Iterator[Fact]:
    symbol, cl_ord_id, order_id = SYMBOLS[number % 50], f"D7K2{number:010d}", f"P{number:010d}"
    side = Side.BUY if number // 50 % 2 else Side.SELL_SHORT
    px = Decimal(19_000 + number % 500) / 100
    request = OrderRequest("PAPER", symbol, side, Decimal(100), OrdType.LIMIT, px, user="ann")
    quote = Quote(symbol, px - Decimal("0.01"), px + Decimal("0.01"), Decimal(300), Decimal(200), START_NS + number)
    yield f.OrderIntended(number, cl_ord_id, request, px, quote)
    yield f.OrderAccepted(cl_ord_id, order_id)
    if number % 10 == 0:
        yield f.CancelIntended(cl_ord_id, "ann", "by hand")
        yield f.OrderCanceled(cl_ord_id, "by request", Decimal(0))
        return
    for part in (40, 60) if number % 5 == 0 else (100,):
        execution = Execution(
            f"E{number:010d}.{part}", cl_ord_id, order_id, "PAPER", symbol, side, Decimal(part), px,
            START_NS + number, Decimal("0.35"), broker="paper",
        )  # fmt: skip
        yield f.OrderFilled(execution)


if __name__ == "__main__":
    print_results(run())
