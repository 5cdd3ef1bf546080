"""The journal of a history on a real SQLite file: the program's own schema and commits, read back at each start."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from engine.facts import Stamped
from engine.journal.chain import GENESIS, Head, Row
from engine.journal.codec import FactCodec
from engine.journal.double import JournalDouble
from engine.journal.schema import SELECT_AFTER, open_writer
from engine.journal.store import decode_rows


class SqliteDisk(JournalDouble):
    """A JournalDouble whose durable rows are a file's: each sync is one commit, each read comes from the disk. A crash
    closes the file without a word, as a killed process does."""

    def __init__(self, codec: FactCodec, path: Path) -> None:
        super().__init__(codec)
        self._path = path
        self._database: sqlite3.Connection | None = None

    def sync(self) -> Head:
        self._refuse_under_fault()
        rows = [tuple(row) for batch in self._pending for row in batch]
        if rows:
            marks = ",".join(["(?,?,?,?,?,?,?)"] * len(rows))
            self._open().execute(
                f"INSERT INTO facts (seq, recorded_ns, market_ns, kind, payload, prev_hash, hash) VALUES {marks}",
                [value for row in rows for value in row],
            )
        return super().sync()

    def read(self, after: Head = GENESIS) -> Iterator[list[Stamped]]:
        found = [Row._make(row) for row in self._open().execute(SELECT_AFTER, (after.seq, -1))]
        assert found == self.rows[after.seq :], "what was synced is not what the file holds"
        if found:
            yield decode_rows(self._path, self._codec, after, found)

    def crash(self, kept: int = 0) -> None:
        """Pending batches are lost; the file is opened anew by the next process."""
        super().crash(kept)
        self.close()

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            self._database, _, _ = open_writer(self._path, 5.0)
        return self._database
