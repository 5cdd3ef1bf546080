"""Reading a journal on a PostgreSQL server, synchronously, for audits, projections and the mirror."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final, TypeVar

from engine.journal.chain import GENESIS, Head, Row
from engine.journal.place import PostgresUrl
from engine.journal.postgres_schema import (
    SELECT_AFTER,
    SELECT_HASH,
    SELECT_STRAY,
    check_table,
    connect,
    driver,
    explained,
    read_head,
)

if TYPE_CHECKING:
    from asyncpg import Connection

T = TypeVar("T")

_TIMEOUT_S: Final = 60.0


class PostgresSource:
    """A read-only session, driven by an event loop in a thread of its own: its methods only wait."""

    def __init__(self, url: PostgresUrl) -> None:
        """Raises JournalError, one clear line, for what is no journal."""
        driver()
        self.name: object = url
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="journal reader", daemon=True)
        self._thread.start()
        try:
            self._connection = self._wait_for(self._open())
        except BaseException:
            self._end()
            raise

    def _wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _open(self) -> Connection:
        connection = await connect(self._url, _TIMEOUT_S, {"default_transaction_read_only": "on"})
        try:
            await check_table(self._url, connection)
        except BaseException:
            connection.terminate()
            raise
        return connection

    def anchor(self) -> Head:
        """A server's journal keeps all its rows."""
        return GENESIS

    def head(self) -> Head:
        """Where the journal ends now."""
        return self._wait_for(read_head(self._url, self._connection))

    def hash_at(self, seq: int) -> str | None:
        """The hash that row `seq` carries; None when there is no such row."""
        with explained(self._url):
            found: str | None = self._wait_for(self._connection.fetchval(SELECT_HASH, seq))
        return found

    def page(self, after_seq: int, most: int) -> list[Row]:
        """At most so many rows behind `after_seq`, in order."""
        with explained(self._url):
            return [Row(*row) for row in self._wait_for(self._connection.fetch(SELECT_AFTER, after_seq, most))]

    def stray(self, anchor_seq: int) -> int | None:
        """A row that no page shows: before the journal's beginning, or there twice."""
        with explained(self._url):
            found: int | None = self._wait_for(self._connection.fetchval(SELECT_STRAY, anchor_seq))
        return found

    def close(self) -> None:
        """End the session."""
        self._wait_for(self._close())
        self._end()

    async def _close(self) -> None:
        try:
            await self._connection.close(timeout=1)
        except (driver().PostgresError, driver().InterfaceError, OSError, TimeoutError):
            self._connection.terminate()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
