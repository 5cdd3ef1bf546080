"""Reads orders' lives from the journal in a thread of its own: what order details show, live and in time travel."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import takewhile

from engine.audit.search import before
from engine.audit.trail import life
from engine.journal.codec import FactCodec
from engine.journal.place import Place
from engine.journal.reader import JournalReader
from engine.publish.fact_text import Narrator
from engine.views import FactLine


class OrderLives:
    """Reads beside a running desk, one question after the other; takes no lock."""

    def __init__(self, journal: Place, until: Callable[[], int | None] = lambda: None) -> None:
        """`until` gives the newest fact that may be told; None: all there are."""
        self._journal = journal
        self._until = until
        self._codec = FactCodec()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="order-life")

    def life_of(self, cl_ord_id: str, created_ns: int) -> Future[tuple[FactLine, ...]]:
        """Every fact that names the order with this root cl_ord_id, made at `created_ns` (wall), in order. The future
        may raise JournalError."""
        return self._thread.submit(self._read, cl_ord_id, created_ns)

    def _read(self, cl_ord_id: str, created_ns: int) -> tuple[FactLine, ...]:
        narrator, until = Narrator(), self._until()
        with JournalReader(self._journal) as reader:
            rows = reader.rows(before(reader, created_ns))
            if until is not None:
                rows = takewhile(lambda row: row.seq <= until, rows)
            found = life(rows, self._codec, cl_ord_id)
        return tuple(narrator.line(row, fact) for row, fact in found)

    def close(self) -> None:
        """End the thread; questions that wait are dropped."""
        self._thread.shutdown(wait=False, cancel_futures=True)
