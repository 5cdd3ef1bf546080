"""Searches the journal for orders of any day, in a thread of its own: what `find` shows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from engine.journal.place import Place
from engine.model.found import FoundOrder


class OrderFinder:
    """Reads beside a running desk, one search after the other; takes no lock."""

    def __init__(self, journal: Place) -> None:
        self._journal = journal
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="order-search")

    def find(self, words: tuple[str, ...], date_of: Callable[[int], str]) -> Future[tuple[FoundOrder, ...]]:
        """The future may raise JournalError."""
        return self._thread.submit(self._find, words, date_of)

    def _find(self, words: tuple[str, ...], date_of: Callable[[int], str]) -> tuple[FoundOrder, ...]:
        # With the first search, in its own thread: the first paint waits for no database.
        from engine.audit.finding import OrderSearch
        from engine.journal.reader import JournalReader

        with JournalReader(self._journal) as reader:
            return tuple(OrderSearch(words, date_of).run(reader))

    def close(self) -> None:
        """End the thread; searches that wait are dropped."""
        self._thread.shutdown(wait=False, cancel_futures=True)
