"""Who keeps the books of a venue: takes what changed, makes it durable, answers from what is durable, in
order.

Every entry is finished in the order in which it was made, a question after all changes before it, and nothing
is finished after a failure: so a report never goes out before its commit, and never overtakes an earlier one.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from brokers.paper.books import BooksError, SqliteBooks
from brokers.paper.memory import MemoryBooks
from brokers.paper.messages import Answer
from brokers.paper.rows import Batch, batch_of
from engine.market.matching import Changes, Ledger
from engine.model.snapshot import Execution, OrderSnapshot

Question = Callable[["Archive"], Answer]
Finished = Callable[[Answer | None, BooksError | None], None]
"""Called with the question's answer (None without a question), or with what went wrong."""


class Archive(Protocol):
    """What can be asked of books."""

    def order(self, cl_ord_id: str) -> OrderSnapshot | None: ...

    def executions_since(self, since_ns: int, skip: int = 0, limit: int = 0) -> list[Execution]: ...


class Keeper(Protocol):
    """Keeps the books of one venue."""

    def enter(self, changes: Changes | None, ledger: Ledger, ask: Question | None, done: Finished) -> None:
        """Store what changed, then ask, then call `done`; `done` may be called before this returns."""
        ...

    def close(self) -> None:
        """Finish what was entered, then close the books."""
        ...


class MemoryKeeper:
    """Keeps books in memory, at once."""

    def __init__(self, books: MemoryBooks) -> None:
        self._books = books

    def enter(self, changes: Changes | None, ledger: Ledger, ask: Question | None, done: Finished) -> None:
        if changes is not None:
            self._books.keep(changes)
        done(None if ask is None else ask(self._books), None)

    def close(self) -> None:
        """Memory needs no closing."""


class InlineKeeper:
    """Commits in the caller's thread, before `enter` returns. For one that can afford to wait for the disk."""

    def __init__(self, books: SqliteBooks) -> None:
        self._books = books
        self._failure: BooksError | None = None

    def enter(self, changes: Changes | None, ledger: Ledger, ask: Question | None, done: Finished) -> None:
        answer: Answer | None = None
        if self._failure is None:
            try:
                if changes is not None:
                    self._books.write([batch_of(changes, ledger)])
                answer = None if ask is None else ask(self._books)
            except BooksError as error:
                self._failure = error
        done(answer, self._failure)

    def close(self) -> None:
        self._books.close()


class _Entry(msgspec.Struct, gc=False):
    batch: Batch | None
    ask: Question | None
    done: Finished


class ThreadKeeper:
    """Commits in a thread of its own, so that no event loop waits for a disk; what piles up shares one
    commit.

    `hand_back` runs a callable in the caller's thread, later (an event loop's call_soon_threadsafe); one hop
    finishes all entries of a commit.
    """

    def __init__(self, books: SqliteBooks, hand_back: Callable[[Callable[[], None]], object]) -> None:
        self._books = books
        self._hand_back = hand_back
        self._entries: deque[_Entry | None] = deque()
        self._pending = 0
        self._wake = threading.Semaphore(0)
        self._failure: BooksError | None = None
        self._thread = threading.Thread(target=self._work, name="paper-books", daemon=True)
        self._thread.start()

    def enter(self, changes: Changes | None, ledger: Ledger, ask: Question | None, done: Finished) -> None:
        if changes is None and ask is None and not self._pending:
            done(None, self._failure)
            return
        self._pending += 1
        self._entries.append(_Entry(None if changes is None else batch_of(changes, ledger), ask, done))
        self._wake.release()

    def close(self) -> None:
        self._entries.append(None)
        self._wake.release()
        self._thread.join()
        self._books.close()

    def _work(self) -> None:
        closing = False
        while not closing:
            self._wake.acquire()
            group: list[_Entry] = []
            while self._entries:
                entry = self._entries.popleft()
                if entry is None:
                    closing = True
                    break
                group.append(entry)
            if group:
                self._hand_back(self._settle(group))

    def _settle(self, group: Sequence[_Entry]) -> Callable[[], None]:
        """Commit the group, answer its questions; returns what is left to do in the caller's thread."""
        failure, answers = self._failure, list[Answer | None]()
        if failure is None:
            try:
                batches = [entry.batch for entry in group if entry.batch is not None]
                if batches:
                    self._books.write(batches)
                answers = [None if entry.ask is None else entry.ask(self._books) for entry in group]
            except BooksError as error:
                failure = self._failure = error

        def finish() -> None:
            for at, entry in enumerate(group):
                entry.done(None if failure is not None else answers[at], failure)
                # Only now: what `done` enters must not overtake the rest of the group.
                self._pending -= 1

        return finish
