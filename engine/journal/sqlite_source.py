"""Reading a journal in a SQLite file, beside the desk that writes it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from engine.journal.chain import Head, Row
from engine.journal.errors import JournalError
from engine.journal.schema import SELECT_AFTER, SELECT_HASH, SELECT_STRAY, explain, open_reader, read_anchor, read_head


class SqliteSource:
    """A read-only connection. It never delays the writer: each page is a short transaction of its own."""

    def __init__(self, path: Path) -> None:
        """Raises JournalError, one clear line, for a file that is no journal."""
        self.name: object = path
        self._path = path
        self._connection = open_reader(path)

    def anchor(self) -> Head:
        """The last row that was archived; GENESIS: none was."""
        try:
            return read_anchor(self._path, self._connection)
        except sqlite3.Error as error:
            raise JournalError(explain(self._path, error)) from error

    def head(self) -> Head:
        """Where the journal ends now."""
        try:
            return read_head(self._path, self._connection)
        except sqlite3.Error as error:
            raise JournalError(explain(self._path, error)) from error

    def hash_at(self, seq: int) -> str | None:
        """The hash that row `seq` carries; None when there is no such row."""
        try:
            found = self._connection.execute(SELECT_HASH, (seq,)).fetchone()
        except sqlite3.Error as error:
            raise JournalError(explain(self._path, error)) from error
        return str(found[0]) if found is not None else None

    def page(self, after_seq: int, most: int) -> list[Row]:
        """At most so many rows behind `after_seq`, in order."""
        try:
            return [Row._make(row) for row in self._connection.execute(SELECT_AFTER, (after_seq, most))]
        except sqlite3.Error as error:
            raise JournalError(explain(self._path, error)) from error

    def stray(self, anchor_seq: int) -> int | None:
        """A row that no page shows: before the journal's beginning."""
        try:
            found = self._connection.execute(SELECT_STRAY, (anchor_seq,)).fetchone()
        except sqlite3.Error as error:
            raise JournalError(explain(self._path, error)) from error
        return int(found[0]) if found is not None else None

    def close(self) -> None:
        """Release the file."""
        self._connection.close()
