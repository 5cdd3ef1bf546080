"""The journal on disk: one append-only SQLite table, one durable commit a batch, written by one task."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final, Protocol

import aiosqlite

from engine.facts import Stamped
from engine.journal.chain import GENESIS, Head, Row, check
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError, JournalWriteError
from engine.journal.place import Place, PostgresUrl
from engine.journal.schema import SELECT_AFTER, SELECT_HASH, SELECT_HEAD, explain, head_of, open_writer

_INSERT: Final = "INSERT INTO facts (seq, recorded_ns, market_ns, kind, payload, prev_hash, hash) VALUES "
_ROW: Final = "(?,?,?,?,?,?,?)"
#: Rows of one INSERT: SQLite binds at most 32,766 values. Larger batches take a transaction of their own.
_MOST_ROWS: Final = 4000
_PAGE: Final = 5000
_CLOSED: Final = "the journal is closed"


class Journal(Protocol):
    """What the pump asks of a journal. One task appends; one append at a time."""

    @property
    def anchor(self) -> Head:
        """Where the journal begins: GENESIS, or the last row that was archived."""
        ...

    @property
    def head(self) -> Head:
        """The last row known to be durable."""
        ...

    async def append(self, rows: Sequence[Row]) -> Head:
        """Make the rows durable, all or none."""
        ...

    def read(self, after: Head = GENESIS) -> AsyncIterator[list[Stamped]]:
        """The facts behind `after`, in order, in batches."""
        ...

    async def hash_at(self, seq: int) -> str | None:
        """The hash that row `seq` carries; None when there is no such row."""
        ...

    async def checkpoint(self) -> None:
        """House-keeping for idle moments."""
        ...

    async def close(self) -> None:
        """Release the file."""
        ...


class SqliteJournal:
    """The embedded journal: SQLite, WAL, synchronous=FULL, on aiosqlite's thread."""

    def __init__(self, path: Path, database: aiosqlite.Connection, anchor: Head, head: Head, codec: FactCodec) -> None:
        """Use `open`."""
        self._anchor = anchor
        self._path = path
        self._database = database
        self._codec = codec
        self._head = head
        self._in_doubt = False
        self._statements: dict[int, str] = {}

    @classmethod
    async def open(cls, path: Path, codec: FactCodec, *, busy_timeout_s: float = 1.0) -> SqliteJournal:
        """Open (or make) the journal at `path`. Raises JournalError, one clear line, when it can't be used.

        `busy_timeout_s`: patience with another process that holds the write lock, here and in `append`.
        """
        connection, anchor, head = await asyncio.to_thread(open_writer, path, busy_timeout_s)
        # Opened beforehand, since aiosqlite leaves its thread behind when opening fails.
        return cls(path, await aiosqlite.Connection(lambda: connection, iter_chunk_size=64), anchor, head, codec)

    @property
    def anchor(self) -> Head:
        """Where the journal begins: GENESIS, or the last row that was archived."""
        return self._anchor

    @property
    def head(self) -> Head:
        """The last row known to be durable."""
        return self._head

    async def append(self, rows: Sequence[Row]) -> Head:
        """Make the rows durable with one commit, all or none, and return the new head.

        The rows must follow the head. Raises JournalWriteError when the disk refuses: nothing counts as
        written, and the same rows, perhaps with more behind them, are to be given again: after a failed or
        cancelled append the next one asks the disk first what became of it. Raises JournalError when the
        rows don't link to what is on disk (somebody else wrote).
        """
        if self._in_doubt:
            rows = await self._settle(rows)
        if not rows:
            return self._head
        refuse_a_fork(self._path, self._head, rows[0])
        self._in_doubt = True
        try:
            await self._insert(rows)
        except sqlite3.IntegrityError as error:
            raise JournalError(f"{self._path}: row {rows[0].seq} is there already: somebody else wrote") from error
        except sqlite3.Error as error:
            raise JournalWriteError(explain(self._path, error)) from error
        except ValueError as error:
            raise JournalWriteError(f"{self._path}: {_CLOSED}") from error
        self._in_doubt = False
        self._head = Head(rows[-1].seq, rows[-1].hash)
        return self._head

    async def _insert(self, rows: Sequence[Row]) -> None:
        """One hop to the database's thread, one commit (autocommit, or executemany's own transaction)."""
        count = len(rows)
        if count > _MOST_ROWS:
            await self._database.executemany(_INSERT + _ROW, rows)
            return
        statement = self._statements.get(count)
        if statement is None:
            statement = _INSERT + ",".join([_ROW] * count)
            if count <= 64:
                self._statements[count] = statement
        values = rows[0] if count == 1 else list(chain.from_iterable(rows))
        await self._database.execute_fetchall(statement, values)

    async def _settle(self, rows: Sequence[Row]) -> Sequence[Row]:
        """After an append whose outcome is not known: take the head from the disk, drop what is there."""
        try:
            found = list(await self._database.execute_fetchall(SELECT_HEAD))
        except sqlite3.Error as error:
            raise JournalWriteError(explain(self._path, error)) from error
        except ValueError as error:
            raise JournalWriteError(f"{self._path}: {_CLOSED}") from error
        self._head = head_of(self._path, tuple(found[0])) if found else self._anchor
        self._in_doubt = False
        return behind(self._head, rows)

    async def read(self, after: Head = GENESIS) -> AsyncIterator[list[Stamped]]:
        """The facts behind `after`, decoded, in batches of at most 5,000, each row checked against the
        chain.

        Raises JournalError at the first row that was changed, lost, archived or can't be decoded.
        """
        if after.seq < self._anchor.seq:
            raise JournalError(f"{self._path}: rows {after.seq + 1} to {self._anchor.seq} are archived")
        while True:
            try:
                found = await self._database.execute_fetchall(SELECT_AFTER, (after.seq, _PAGE))
            except sqlite3.Error as error:
                raise JournalError(explain(self._path, error)) from error
            except ValueError as error:
                raise JournalError(f"{self._path}: {_CLOSED}") from error
            rows = [Row._make(row) for row in found]
            if not rows:
                return
            yield decode_rows(self._path, self._codec, after, rows)
            after = Head(rows[-1].seq, rows[-1].hash)

    async def hash_at(self, seq: int) -> str | None:
        """The hash that row `seq` carries; None when there is no such row. Seq 0 is the beginning. Raises
        JournalError."""
        if seq == self._anchor.seq or seq == GENESIS.seq:
            return self._anchor.hash if seq else GENESIS.hash
        try:
            found = list(await self._database.execute_fetchall(SELECT_HASH, (seq,)))
        except sqlite3.Error as error:
            raise JournalError(explain(self._path, error)) from error
        except ValueError as error:
            raise JournalError(f"{self._path}: {_CLOSED}") from error
        return str(found[0][0]) if found else None

    async def checkpoint(self) -> None:
        """Move what was written into the database proper; for idle moments. Else one commit in some hundred
        does it, and takes milliseconds longer. Raises JournalWriteError; nothing is lost then.
        """
        try:
            await self._database.execute_fetchall("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error as error:
            raise JournalWriteError(explain(self._path, error)) from error
        except ValueError as error:
            raise JournalWriteError(f"{self._path}: {_CLOSED}") from error

    async def pragmas(self) -> dict[str, object]:
        """What SQLite answers about this very connection: journal_mode and synchronous (2 = FULL)."""
        names = ("journal_mode", "synchronous")
        answers = [await self._database.execute_fetchall(f"PRAGMA {name}") for name in names]
        return {name: next(iter(rows))[0] for name, rows in zip(names, answers, strict=True)}

    async def close(self) -> None:
        """Let the last commit finish and release the file. Closing twice is harmless."""
        await self._database.close()


def behind(head: Head, rows: Sequence[Row]) -> Sequence[Row]:
    """Those of `rows` that are not on disk yet, when `head` is where the disk ends."""
    for place, row in enumerate(rows):
        if (row.seq, row.hash) == head:
            return rows[place + 1 :]
    return rows


def refuse_a_fork(path: object, head: Head, first: Row) -> None:
    """Raise JournalError unless `first` links to `head`."""
    if first.seq != head.seq + 1 or first.prev_hash != head.hash:
        raise JournalError(f"{path}: row {first.seq} does not follow row {head.seq}, the last on disk")


def decode_rows(path: object, codec: FactCodec, after: Head, rows: Sequence[Row]) -> list[Stamped]:
    """The facts of rows that follow `after`. Raises JournalError naming the first row that is not
    intact."""
    decode = codec.decode
    facts = []
    for row in rows:
        broken = check(after, row)
        if broken is not None:
            raise JournalError(f"{path}: {broken}; run `tradedesk audit verify`")
        try:
            fact = decode(row.kind, row.payload)
        except JournalError as error:
            raise JournalError(f"{path}: seq {row.seq}: {error}") from None
        facts.append(Stamped(row.seq, row.recorded_ns, row.market_ns, fact))
        after = Head(row.seq, row.hash)
    return facts


async def open_journal(place: Place, codec: FactCodec) -> Journal:
    """Open (or make) the journal at that place for its one writer. Raises JournalError, one clear line."""
    if isinstance(place, PostgresUrl):
        # Here, so that a desk without a server loads nothing of it.
        from engine.journal.postgres import PostgresJournal

        return await PostgresJournal.open(place, codec)
    return await SqliteJournal.open(place, codec)
