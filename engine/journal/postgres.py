"""The journal on a PostgreSQL server: the same table, the same chain, one round trip and one durable commit a batch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Final

from engine.facts import Stamped
from engine.journal.chain import GENESIS, Head, Row
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError, JournalWriteError
from engine.journal.place import PostgresUrl
from engine.journal.postgres_schema import (
    SELECT_AFTER,
    SELECT_HASH,
    connect,
    driver,
    explained,
    lock,
    prepare_writer,
    read_head,
)
from engine.journal.store import behind, decode_rows, refuse_a_fork

if TYPE_CHECKING:
    from asyncpg import Connection

_INSERT: Final = (
    "INSERT INTO facts (seq, recorded_ns, market_ns, kind, payload, prev_hash, hash)"
    " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[])"
)
_PAGE: Final = 5000
_CLOSED: Final = "the journal is closed"
#: Between two tries to take the lock over from a session of our own that the server is still ending.
_RETRY_LOCK_S: Final = 0.05


class PostgresJournal:
    """One desk's journal in one schema of a database. The session holds an advisory lock: no second desk writes.

    A lost connection is made anew by the next `append`. The old session is ended first and its lock taken over, so
    that nothing of it can be committed after the new one has asked where the journal ends.
    """

    def __init__(self, url: PostgresUrl, codec: FactCodec, timeout_s: float) -> None:
        """Use `open`."""
        self._url = url
        self._codec = codec
        self._timeout_s = timeout_s
        self._connection: Connection | None = None
        self._session = 0
        """The server's process of the session that holds the lock, 0 before the first."""
        self._head = GENESIS
        self._in_doubt = False
        self._closed = False

    @classmethod
    async def open(cls, url: PostgresUrl, codec: FactCodec, *, timeout_s: float = 10.0) -> PostgresJournal:
        """Open (or make) the journal. Raises JournalError, one clear line, when it can't be used.

        `timeout_s`: patience with the server for each request; after it the connection counts as lost.
        """
        journal = cls(url, codec, timeout_s)
        await journal._connect()
        return journal

    @property
    def anchor(self) -> Head:
        """Where the journal begins: a server's journal keeps all its rows."""
        return GENESIS

    @property
    def head(self) -> Head:
        """The last row known to be durable."""
        return self._head

    async def append(self, rows: Sequence[Row]) -> Head:
        """Make the rows durable with one commit, all or none, and return the new head. As SqliteJournal.append:
        raises JournalWriteError when the same rows may be given again, JournalError when somebody else wrote."""
        if self._in_doubt or self._lost:
            rows = await self._settle(rows)
        if not rows:
            return self._head
        refuse_a_fork(self._url, self._head, rows[0])
        connection = self._live()
        self._in_doubt = True
        try:
            with explained(self._url, JournalWriteError):
                await connection.execute(_INSERT, *map(list, zip(*rows, strict=True)))
        except JournalWriteError as error:
            if isinstance(error.__cause__, driver().UniqueViolationError):
                raise JournalError(f"{self._url}: row {rows[0].seq} is there already: somebody else wrote") from error
            if not isinstance(error.__cause__, driver().PostgresError):
                connection.terminate()
            raise
        except asyncio.CancelledError:
            connection.terminate()
            raise
        self._in_doubt = False
        self._head = Head(rows[-1].seq, rows[-1].hash)
        return self._head

    async def _settle(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Where the journal ends may be unknown: ask the server, over a new connection if the old one is lost."""
        if self._lost:
            try:
                await self._connect()
            except JournalWriteError:
                raise
            except JournalError as error:
                raise JournalWriteError(str(error)) from error
        else:
            self._head = await read_head(self._url, self._live())
        self._in_doubt = False
        return behind(self._head, rows)

    async def read(self, after: Head = GENESIS) -> AsyncIterator[list[Stamped]]:
        """The facts behind `after`, decoded, in batches of at most 5,000, each row checked against the chain.

        Raises JournalError at the first row that was changed, lost or can't be decoded.
        """
        while True:
            with explained(self._url):
                found = await self._live().fetch(SELECT_AFTER, after.seq, _PAGE)
            rows = [Row(*row) for row in found]
            if not rows:
                return
            yield decode_rows(self._url, self._codec, after, rows)
            after = Head(rows[-1].seq, rows[-1].hash)

    async def hash_at(self, seq: int) -> str | None:
        """The hash that row `seq` carries; None when there is no such row. Seq 0 is the beginning. Raises
        JournalError."""
        if seq == GENESIS.seq:
            return GENESIS.hash
        with explained(self._url):
            found: str | None = await self._live().fetchval(SELECT_HASH, seq)
        return found

    async def checkpoint(self) -> None:
        """Nothing to do: the server sees to its own log."""

    async def setting(self, name: str) -> str:
        """What the server answers about a setting of this very session, e.g. synchronous_commit."""
        with explained(self._url):
            found: str = await self._live().fetchval("SELECT current_setting($1)", name)
        return found

    async def close(self) -> None:
        """Let the last commit finish and give the lock back. Closing twice is harmless."""
        self._closed = True
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            try:
                await connection.close(timeout=self._timeout_s)
            except (driver().PostgresError, driver().InterfaceError, OSError, TimeoutError):
                connection.terminate()

    # -- the connection ---------------------------------------------------------------------------------------------

    @property
    def _lost(self) -> bool:
        return not self._closed and (self._connection is None or self._connection.is_closed())

    def _live(self) -> Connection:
        if self._closed or self._connection is None:
            raise JournalWriteError(f"{self._url}: {_CLOSED}")
        return self._connection

    async def _connect(self) -> None:
        """A session that holds the lock, and where the journal ends. Raises JournalError."""
        connection = await connect(self._url, self._timeout_s, {})
        try:
            await self._take_lock(connection)
            await prepare_writer(self._url, connection)
            self._head = await read_head(self._url, connection)
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection
        self._session = connection.get_server_pid()

    async def _take_lock(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._timeout_s
        with explained(self._url):
            if self._session:
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE pid = $1 AND usename = current_user AND application_name = 'tradedesk'",
                    self._session,
                )
            while not await lock(connection):
                if not self._session or loop.time() >= deadline:
                    raise JournalError(f"{self._url}: is in use by another desk")
                await asyncio.sleep(_RETRY_LOCK_S)
