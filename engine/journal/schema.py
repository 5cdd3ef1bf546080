"""The journal's SQLite file: its table, how it is born, opened and refused. Synchronous.

SQLite's locks are the process's: a process that opens and closes the file by itself drops them all, and
another program's exit then deletes the WAL under a running desk. So nobody but SQLite opens the file once
it exists.
"""

from __future__ import annotations

import os
import sqlite3
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from engine.journal.chain import GENESIS, Head
from engine.journal.errors import JournalError, NoJournalError
from engine.journal.files import sync_folder
from engine.journal.migrations import migrate

#: Marks the file as ours in its header ("tdsk").
APPLICATION_ID: Final = 0x7464736B
SCHEMA_VERSION: Final = 2

_FACTS: Final = (
    "CREATE TABLE facts (seq INTEGER PRIMARY KEY, recorded_ns INTEGER NOT NULL, market_ns INTEGER NOT NULL,"
    " kind TEXT NOT NULL, payload TEXT NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL)",
    "CREATE TRIGGER facts_refuse_update BEFORE UPDATE ON facts"
    " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    "CREATE TRIGGER facts_refuse_delete BEFORE DELETE ON facts"
    " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
)
#: Where the journal begins, when days before it were archived: the last of their rows. Written at the file's birth.
_ANCHOR: Final = "CREATE TABLE anchor (seq INTEGER NOT NULL, hash TEXT NOT NULL)"
_ANCHOR_GUARDS: Final = tuple(
    f"CREATE TRIGGER anchor_refuse_{verb} BEFORE {verb.upper()} ON anchor"
    " BEGIN SELECT RAISE(ABORT, 'the anchor never changes'); END"
    for verb in ("insert", "update", "delete")
)
#: What makes the tables of each version that this program knows.
SCHEMAS: Final = types.MappingProxyType({1: _FACTS, 2: (*_FACTS, _ANCHOR, *_ANCHOR_GUARDS)})
#: What makes a version's tables those of the next one.
MIGRATIONS: Final = types.MappingProxyType({1: (_ANCHOR, *_ANCHOR_GUARDS)})
#: How often a file's tables and triggers have been changed (SQLite counts), by its version: made so, or migrated.
SCHEMA_CHANGES: Final = types.MappingProxyType({1: (3,), 2: (7,)})
SELECT_ANCHOR: Final = "SELECT seq, hash FROM anchor"
SELECT_HEAD: Final = "SELECT seq, hash FROM facts ORDER BY seq DESC LIMIT 1"
SELECT_HASH: Final = "SELECT hash FROM facts WHERE seq = ?"
#: A row that no reader meets, since it stands before the first.
SELECT_STRAY: Final = "SELECT seq FROM facts WHERE seq <= ? ORDER BY seq LIMIT 1"
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


class Opened(NamedTuple):
    """A journal's connection, in autocommit mode, for use by one thread at a time; where it begins and ends."""

    connection: sqlite3.Connection
    anchor: Head
    head: Head


def open_writer(path: Path, busy_timeout_s: float) -> Opened:
    """Open the journal for its one writer; make it first when there is none. One of an older version is backed up
    and brought up to date.

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
        version = _prepare(path, connection)
        _make_durable(path, connection)
        if version < SCHEMA_VERSION:
            migrate(path, connection, version, SCHEMA_VERSION, MIGRATIONS)
            _prepare(path, connection)
        connection.execute("BEGIN IMMEDIATE")
        anchor, head = read_anchor(path, connection), read_head(path, connection)
        connection.execute("ROLLBACK")
    return Opened(connection, anchor, head)


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
    except (sqlite3.Error, OSError, JournalError, UnicodeDecodeError) as error:
        if connection is not None:
            connection.close()
        if isinstance(error, UnicodeDecodeError):
            # SQLite quoted a damaged name in its complaint.
            raise JournalError(f"{path}: {_WHY[sqlite3.SQLITE_CORRUPT]}") from None
        if isinstance(error, sqlite3.Error):
            raise JournalError(explain(path, error)) from None
        if isinstance(error, OSError):
            raise JournalError(f"{path}: can't be opened: {error.strerror}") from None
        raise


def read_head(path: Path, connection: sqlite3.Connection) -> Head:
    """Where the journal ends. Raises JournalError for a last row that can't be linked to."""
    found = connection.execute(SELECT_HEAD).fetchone()
    return head_of(path, found) if found is not None else read_anchor(path, connection)


def read_anchor(path: Path, connection: sqlite3.Connection) -> Head:
    """The row before the journal's first: GENESIS unless days were archived. Raises JournalError."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return head_of(path, connection.execute(SELECT_ANCHOR).fetchone()) if version > 1 else GENESIS


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
    create(newborn)
    newborn.rename(path)
    sync_folder(path.parent)


def create(newborn: Path, anchor: Head = GENESIS, older: Path | None = None) -> None:
    """Make a journal in a file of that name, which is no journal's yet, with the rows of `older` behind `anchor`."""
    newborn.unlink(missing_ok=True)
    os.close(os.open(newborn, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    connection = sqlite3.connect(newborn, isolation_level=None, uri=True)
    try:
        connection.execute("PRAGMA journal_mode=MEMORY")  # the rename makes it atomic, not a rollback file
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        if older is not None:
            connection.execute("ATTACH DATABASE ? AS older", (f"{older.resolve().as_uri()}?mode=ro",))
        connection.execute("BEGIN")
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        for statement in SCHEMAS[SCHEMA_VERSION]:
            connection.execute(statement)
            if statement == _ANCHOR and anchor != GENESIS:
                connection.execute("INSERT INTO anchor VALUES (?, ?)", anchor)
        if older is not None:
            connection.execute("INSERT INTO facts SELECT * FROM older.facts WHERE seq > ? ORDER BY seq", (anchor.seq,))
        connection.execute("COMMIT")
    finally:
        connection.close()


def _tighten(path: Path) -> None:
    """Nobody else may read a desk's journal; SQLite gives -wal and -shm the same mode."""
    status = path.stat()
    if status.st_size == 0:
        raise JournalError(f"{path}: is empty; restore it from a backup, or remove it to begin a new journal")
    if status.st_mode & 0o077:
        path.chmod(0o600)


def _prepare(path: Path, connection: sqlite3.Connection) -> int:
    """The version of a journal of ours. Raises JournalError for any other file, and for versions that this program
    does not know."""
    # Bytes that are no UTF-8 must reach the hash check instead of ending the read.
    connection.text_factory = _as_text
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise JournalError(f"{path}: is not tradedesk's journal (application_id {application:#x})")
    if version not in SCHEMAS:
        raise JournalError(f"{path}: has schema version {version}; this program knows {SCHEMA_VERSION}")
    found = dict(connection.execute("SELECT name, sql FROM sqlite_master"))
    for statement in SCHEMAS[version]:
        name = statement.split()[2]
        if found.get(name) != statement:
            raise JournalError(f"{path}: {name} is missing or altered; expected: {statement}")
    return int(version)


def _as_text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _make_durable(path: Path, connection: sqlite3.Connection) -> None:
    """WAL with an fsync at each commit, read back: SQLite answers with what it really does."""
    (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA fullfsync=ON")  # macOS: through the drive's cache; without effect elsewhere
    connection.execute("PRAGMA checkpoint_fullfsync=ON")
    connection.execute("PRAGMA cell_size_check=ON")
    connection.execute("PRAGMA secure_delete=ON")  # what a page no longer uses is zero, and an audit can say so
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    if mode != "wal" or synchronous != 2:
        raise JournalError(
            f"{path}: commits would not be durable here: journal_mode={mode} synchronous={synchronous};"
            " expected wal and 2 (FULL). Keep the state folder on a local disk"
        )
