"""The journal's SQLite file: its table, how it is born, opened and refused. Synchronous.

SQLite's locks are the process's: a process that opens and closes the file by itself drops them all, and
another program's exit then deletes the WAL under a running desk. So nobody but SQLite opens the file once
it exists.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from engine.journal.chain import GENESIS, Head
from engine.journal.errors import JournalError, NoJournalError
from engine.journal.files import sync_folder

#: Marks the file as ours in its header ("tdsk").
APPLICATION_ID: Final = 0x7464736B
SCHEMA_VERSION: Final = 1

_NAMES: Final = ("facts", "facts_refuse_update", "facts_refuse_delete")
_SCHEMA: Final = (
    "CREATE TABLE facts (seq INTEGER PRIMARY KEY, recorded_ns INTEGER NOT NULL, market_ns INTEGER NOT NULL,"
    " kind TEXT NOT NULL, payload TEXT NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL)",
    "CREATE TRIGGER facts_refuse_update BEFORE UPDATE ON facts"
    " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    "CREATE TRIGGER facts_refuse_delete BEFORE DELETE ON facts"
    " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
)
SELECT_HEAD: Final = "SELECT seq, hash FROM facts ORDER BY seq DESC LIMIT 1"
SELECT_HASH: Final = "SELECT hash FROM facts WHERE seq = ?"
SELECT_AFTER: Final = (
    "SELECT seq, recorded_ns, market_ns, kind, payload, prev_hash, hash FROM facts WHERE seq > ? ORDER BY seq LIMIT ?"
)

_WHY: Final = {
    sqlite3.SQLITE_BUSY: "is locked by another process",
    sqlite3.SQLITE_LOCKED: "is locked by another process",
    sqlite3.SQLITE_FULL: "can't be written: the disk is full",
    sqlite3.SQLITE_IOERR: "can't be read or written: input/output error",
    sqlite3.SQLITE_READONLY: "can't be written: no permission",
    sqlite3.SQLITE_PERM: "can't be opened: no permission",
    sqlite3.SQLITE_CANTOPEN: "can't be opened; expected a readable file in a writable folder",
    sqlite3.SQLITE_CORRUPT: "is damaged (torn or overwritten); restore it from a backup",
    sqlite3.SQLITE_NOTADB: "is not a SQLite database; expected tradedesk's journal",
}


def explain(path: Path, error: sqlite3.Error) -> str:
    """One line for the user: the file and what is wrong with it."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return f"{path}: {_WHY[code]} ({error})" if code in _WHY else f"{path}: {error}"


class AtomicConnection(sqlite3.Connection):
    """A connection whose `executemany` is all or nothing, in one call: one hop to the database's thread."""

    def executemany(self, sql: str, rows: object, /) -> sqlite3.Cursor:
        self.execute("BEGIN IMMEDIATE")
        try:
            cursor = super().executemany(sql, rows)  # type: ignore[arg-type]
            self.execute("COMMIT")
        except BaseException:
            if self.in_transaction:
                self.execute("ROLLBACK")
            raise
        return cursor


def open_writer(path: Path, busy_timeout_s: float) -> tuple[sqlite3.Connection, Head]:
    """Open the journal for its one writer, in autocommit mode; make it first when there is none. Returns
    the connection, for use by one thread at a time, and where the journal ends.

    Raises JournalError for a file that is damaged, not ours, empty, locked, or on a disk where SQLite can't
    promise that a commit is durable.
    """
    with _explained(path):
        if not path.exists():
            _create(path)
        _tighten(path)
        connection = sqlite3.connect(
            path,
            timeout=busy_timeout_s,
            isolation_level=None,
            factory=AtomicConnection,
            check_same_thread=False,
        )
    with _explained(path, connection):
        _prepare(path, connection)
        _make_durable(path, connection)
        connection.execute("BEGIN IMMEDIATE")
        head = read_head(path, connection)
        connection.execute("ROLLBACK")
    return connection, head


def open_reader(path: Path) -> sqlite3.Connection:
    """Open the journal for reading only; it never waits for a running desk, nor delays it."""
    with _explained(path):
        if not path.exists():
            raise NoJournalError(f"{path}: no such file; expected tradedesk's journal")
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
    with _explained(path, connection):
        _prepare(path, connection)
    return connection


@contextmanager
def _explained(path: Path, connection: sqlite3.Connection | None = None) -> Iterator[None]:
    """Turn what goes wrong into JournalError, and close what was opened."""
    try:
        yield
    except (sqlite3.Error, OSError, JournalError) as error:
        if connection is not None:
            connection.close()
        if isinstance(error, sqlite3.Error):
            raise JournalError(explain(path, error)) from None
        if isinstance(error, OSError):
            raise JournalError(f"{path}: can't be opened: {error.strerror}") from None
        raise


def read_head(path: Path, connection: sqlite3.Connection) -> Head:
    """Where the journal ends. Raises JournalError for a last row that can't be linked to."""
    found = connection.execute(SELECT_HEAD).fetchone()
    return head_of(path, found)


def head_of(path: object, found: tuple[object, object] | None) -> Head:
    """The head that a row of SELECT_HEAD stands for. `path` names the journal in errors."""
    if found is None:
        return GENESIS
    seq, digest = found
    if not isinstance(seq, int) or not isinstance(digest, str) or not _is_hash(digest):
        raise JournalError(f"{path}: seq {seq}: {digest!r} is no hash; run `tradedesk audit verify`")
    return Head(seq, digest)


def _is_hash(text: str) -> bool:
    return len(text) == 64 and not text.strip("0123456789abcdef")


def _create(path: Path) -> None:
    """Make an empty journal under another name and rename it: a journal of zero bytes is never a new
    one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    left_behind = path.with_name(path.name + "-wal")
    if left_behind.exists() and left_behind.stat().st_size > 0:
        # SQLite would replay it into the new file. (An audit leaves an empty one behind.)
        raise JournalError(f"{path}: is missing, but {left_behind.name} is there; restore both from a backup")
    newborn = path.with_name(path.name + ".new")
    newborn.unlink(missing_ok=True)
    os.close(os.open(newborn, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    connection = sqlite3.connect(newborn, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=MEMORY")  # the rename makes it atomic, not a rollback file
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("BEGIN")
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute("COMMIT")
    finally:
        connection.close()
    newborn.rename(path)
    sync_folder(path.parent)


def _tighten(path: Path) -> None:
    """Nobody else may read a desk's journal; SQLite gives -wal and -shm the same mode."""
    status = path.stat()
    if status.st_size == 0:
        raise JournalError(f"{path}: is empty; restore it from a backup, or remove it to begin a new journal")
    if status.st_mode & 0o077:
        path.chmod(0o600)


def _prepare(path: Path, connection: sqlite3.Connection) -> None:
    """Raise JournalError unless the file is a journal of ours, of a version that this program knows."""
    # Bytes that are no UTF-8 must reach the hash check instead of ending the read.
    connection.text_factory = _as_text
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise JournalError(f"{path}: is not tradedesk's journal (application_id {application:#x})")
    if version != SCHEMA_VERSION:
        raise JournalError(f"{path}: has schema version {version}; this program knows {SCHEMA_VERSION}")
    found = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name = 'facts'"))
    for name, statement in zip(_NAMES, _SCHEMA, strict=True):
        if found.get(name) != statement:
            raise JournalError(f"{path}: {name} is missing or altered; expected: {statement}")


def _as_text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _make_durable(path: Path, connection: sqlite3.Connection) -> None:
    """WAL with an fsync at each commit, read back: SQLite answers with what it really does."""
    (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA fullfsync=ON")  # macOS: through the drive's cache; without effect elsewhere
    connection.execute("PRAGMA checkpoint_fullfsync=ON")
    connection.execute("PRAGMA cell_size_check=ON")
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    if mode != "wal" or synchronous != 2:
        raise JournalError(
            f"{path}: commits would not be durable here: journal_mode={mode} synchronous={synchronous};"
            " expected wal and 2 (FULL). Keep the state folder on a local disk"
        )
