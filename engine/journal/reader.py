"""Reading a journal beside its desk, for audits, the trades mirror, projections and time travel."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

from engine.facts import Stamped
from engine.journal.chain import GENESIS, Head, Row
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError
from engine.journal.schema import SELECT_AFTER, SELECT_HASH, explain, open_reader, read_head
from engine.journal.store import decode_rows

_PAGE: Final = 5000


class JournalReader:
    """A read-only view of a journal file, synchronous; a context manager. It sees what is committed and
    never delays the writer: each page of rows is a short transaction of its own."""

    def __init__(self, path: Path) -> None:
        """Raises JournalError, one clear line, for a file that is no journal."""
        self._path = path
        self._connection = open_reader(path)

    def __enter__(self) -> JournalReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def head(self) -> Head:
        """Where the journal ends now."""
        try:
            return read_head(self._path, self._connection)
        except sqlite3.Error as error:
            raise JournalError(explain(self._path, error)) from error

    def hash_at(self, seq: int) -> str | None:
        """The hash that row `seq` carries; None when there is no such row. Seq 0 is the beginning."""
        if seq == GENESIS.seq:
            return GENESIS.hash
        try:
            found = self._connection.execute(SELECT_HASH, (seq,)).fetchone()
        except sqlite3.Error as error:
            raise JournalError(explain(self._path, error)) from error
        return str(found[0]) if found is not None else None

    def rows(self, after_seq: int = 0, kinds: frozenset[str] | None = None) -> Iterator[Row]:
        """Rows behind `after_seq` in order, as they stand (not checked), of all kinds or only of
        `kinds`."""
        for page in self._pages(after_seq):
            for row in page:
                if kinds is None or row.kind in kinds:
                    yield row

    def facts(self, codec: FactCodec, after: Head = GENESIS) -> Iterator[tuple[list[Stamped], Head]]:
        """Facts behind `after`, decoded and checked, in batches, each with the head that it ends at. Raises
        JournalError where the chain breaks."""
        for page in self._pages(after.seq):
            facts = decode_rows(self._path, codec, after, page)
            after = Head(page[-1].seq, page[-1].hash)
            yield facts, after

    def _pages(self, after_seq: int) -> Iterator[list[Row]]:
        while True:
            try:
                found = self._connection.execute(SELECT_AFTER, (after_seq, _PAGE)).fetchall()
            except sqlite3.Error as error:
                raise JournalError(explain(self._path, error)) from error
            page = [Row._make(row) for row in found]
            if not page:
                return
            yield page
            after_seq = page[-1].seq

    def close(self) -> None:
        """Release the file."""
        self._connection.close()
