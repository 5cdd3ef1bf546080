"""A paper account's own books: one SQLite file, apart from the desk's journal, committed before each ack and
report.

WAL with synchronous=FULL. The file is locked for one process (a lock file beside it), since two brokers on
one set of books would contradict each other. A part of the file is kept free in advance, so that orders can
still be cancelled when the disk is full.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

import msgspec

from brokers.paper import schema
from brokers.paper.rows import Batch, Row, execution_of, legs_of, order_of, position_of
from engine.market.matching import PaperOrder, PaperPosition
from engine.model.digits import base36
from engine.model.money import plain
from engine.model.snapshot import Execution, OrderSnapshot

#: Space kept free in the file and its WAL: a few hundred cancels.
_RESERVE_BYTES: Final = 1 << 20
#: Checkpoint before the WAL outgrows its reserve (pages of 4 KiB).
_CHECKPOINT_PAGES: Final = 200
_SIDE_FILES: Final = ("", "-wal", "-shm")


class BooksError(Exception):
    """The books can't be opened, read or written. One line that names the file and what to do."""


class StoredBooks(msgspec.Struct):
    """What an exchange is restored from. `versions` are the accepted ids of each open order, by its seq."""

    book_id: str
    cash: dict[str, Decimal]
    fees: dict[str, Decimal]
    positions: list[PaperPosition]
    orders: list[PaperOrder]
    versions: dict[int, list[str]]
    order_seq: int
    exec_seq: int


class SqliteBooks:
    """Books in a file. Opens them, or opens new ones with `cash`; raises BooksError.

    `write`, `order` and `executions_since` belong to one thread (the writer's); `in` may be asked from
    another one.
    """

    def __init__(self, path: Path, *, account: str, currency: str, cash: Decimal) -> None:
        self.path = path
        self._used_mutex = threading.Lock()
        #: Ids taken up but perhaps not committed yet; the rest is in the file.
        self._fresh_ids: set[str] = set()
        with contextlib.ExitStack() as held:
            held.callback(_lock(path).close)
            with _as_books_error(path):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # SQLite's files get its mode
                self._writer = _connect(path, held)
                if not self._writer.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                    _create(self._writer, account, currency, cash)
                _check(path, self._writer, account, currency)
                self._writer.executescript(schema.LEGS_TABLE)
                _reserve(self._writer)
                self._reader = _connect(path, held)
            self._held = held.pop_all()

    def load(self) -> StoredBooks:
        """Everything an exchange needs to go on. Raises BooksError for books that contradict themselves."""
        with _as_books_error(self.path):
            query = self._writer.execute
            rows: list[Row] = query(
                f"SELECT {schema.ORDER_COLUMNS} FROM orders WHERE status IN ('NEW', 'PARTIALLY_FILLED') ORDER BY seq"
            ).fetchall()
            orders = [self._with_legs(order_of(row)) for row in rows]
            versions: dict[int, list[str]] = {order.seq: [] for order in orders}
            for cl_ord_id, seq in query(
                "SELECT cl_ord_id, order_seq FROM order_versions WHERE accepted AND order_seq IN "
                "(SELECT seq FROM orders WHERE status IN ('NEW', 'PARTIALLY_FILLED'))"
            ):
                versions[seq].append(cl_ord_id)
            cash = query("SELECT currency, cash, fees FROM account").fetchall()
            return StoredBooks(
                book_id=query("SELECT value FROM meta WHERE key = 'book_id'").fetchone()[0],
                cash={currency: Decimal(amount) for currency, amount, _ in cash},
                fees={currency: Decimal(fees) for currency, _, fees in cash if Decimal(fees)},
                positions=[
                    position_of(row) for row in query("SELECT symbol, multiplier, qty, cost, realized FROM positions")
                ],
                orders=orders,
                versions=versions,
                order_seq=query("SELECT coalesce(max(seq), 0) FROM orders").fetchone()[0],
                exec_seq=query("SELECT coalesce(max(seq), 0) FROM executions").fetchone()[0],
            )

    # --- ids ever used (matching.UsedIds) -------------------------------------------------------------------

    def __contains__(self, cl_ord_id: object, /) -> bool:
        with self._used_mutex:
            if cl_ord_id in self._fresh_ids:
                return True
        with _as_books_error(self.path):
            found = self._reader.execute("SELECT 1 FROM order_versions WHERE cl_ord_id = ?", (cl_ord_id,))
            return found.fetchone() is not None

    def add(self, cl_ord_id: str, /) -> None:
        """The id is used from now on; `write` makes it durable."""
        with self._used_mutex:
            self._fresh_ids.add(cl_ord_id)

    # --- the writer's thread --------------------------------------------------------------------------------

    def write(self, batches: Sequence[Batch]) -> None:
        """Commit the rows of one or more requests in one durable transaction, all or nothing. Raises
        BooksError.
        """
        connection = self._writer
        with _as_books_error(self.path):
            connection.execute("BEGIN IMMEDIATE")
            try:
                for batch in batches:
                    connection.executemany(schema.PUT_ORDER, batch.orders)
                    if batch.legs:
                        connection.executemany(schema.PUT_LEGS, batch.legs)
                    connection.executemany(schema.PUT_VERSION, batch.versions)
                    if batch.executions:
                        connection.executemany(schema.PUT_EXECUTION, batch.executions)
                        connection.executemany(schema.PUT_POSITION, batch.positions)
                        connection.executemany(schema.PUT_CASH, batch.cash)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        with self._used_mutex:
            for batch in batches:
                self._fresh_ids.difference_update(str(row[0]) for row in batch.versions)

    def order(self, cl_ord_id: str) -> OrderSnapshot | None:
        """The order, open or not, with this id as one of its accepted versions."""
        with _as_books_error(self.path):
            row = self._writer.execute(
                f"SELECT {schema.ORDER_COLUMNS} FROM orders WHERE seq = "
                "(SELECT order_seq FROM order_versions WHERE cl_ord_id = ? AND accepted)",
                (cl_ord_id,),
            ).fetchone()
            return None if row is None else self._with_legs(order_of(row)).snapshot()

    def _with_legs(self, order: PaperOrder) -> PaperOrder:
        row = self._writer.execute("SELECT legs FROM order_legs WHERE seq = ?", (order.seq,)).fetchone()
        if row is not None:
            order.legs = legs_of(row[0])
        return order

    def executions_since(self, since_ns: int, skip: int = 0, limit: int = 0) -> list[Execution]:
        """Executions at or after a market time, oldest first: `limit` of them (0: all) after the first `skip`."""
        with _as_books_error(self.path):
            rows = self._writer.execute(
                f"SELECT {schema.EXECUTION_COLUMNS} FROM executions WHERE ts_ns >= ? ORDER BY ts_ns, seq"
                " LIMIT ? OFFSET ?",
                (since_ns, limit or -1, skip),
            )
            return [execution_of(row) for row in rows]

    def durability(self) -> tuple[str, int]:
        """(journal_mode, synchronous) as the connection that writes reports them: ("wal", 2)."""
        mode = self._writer.execute("PRAGMA journal_mode").fetchone()[0]
        return str(mode), int(self._writer.execute("PRAGMA synchronous").fetchone()[0])

    def close(self) -> None:
        """Close the file and release its lock."""
        self._held.close()


def reset(path: Path) -> None:
    """Delete the books, so that the next start opens new ones. Raises BooksError while a broker uses them."""
    lock = _lock(path)
    try:
        for ending in _SIDE_FILES:
            Path(f"{path}{ending}").unlink(missing_ok=True)
    except OSError as error:
        raise BooksError(f"paper books {path}: can't be deleted: {error.strerror}") from None
    finally:
        lock.close()


class _Lock:
    """An exclusive lock on a file of its own. (Closing any handle on a database would drop SQLite's own
    locks.)
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def close(self) -> None:
        os.close(self._handle)


def _lock(path: Path) -> _Lock:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BooksError(f"paper books {path}: {error.strerror}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise BooksError(f"paper books {path}: another process uses them; stop it first") from None
    return _Lock(handle)


def _connect(path: Path, held: contextlib.ExitStack) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
    held.callback(connection.close)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    return connection


def _create(connection: sqlite3.Connection, account: str, currency: str, cash: Decimal) -> None:
    now_ns = time.time_ns()
    # Part of every execution id: books that are started anew must not repeat the ids of the old ones.
    book_id = base36(now_ns // 1_000_000)
    # One transaction: a crash leaves an empty file or complete books, never a part of them.
    connection.executescript(f"BEGIN IMMEDIATE; {schema.TABLES}")
    connection.executemany(
        "INSERT INTO meta(key, value) VALUES (?, ?)",
        [
            ("account", account),
            ("currency", currency),
            ("opening_cash", plain(cash)),
            ("book_id", book_id),
            ("created_ns", str(now_ns)),
        ],
    )
    connection.execute(schema.PUT_CASH, (currency, plain(cash), "0"))
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {schema.VERSION}")
    connection.execute("COMMIT")


def _check(path: Path, connection: sqlite3.Connection, account: str, currency: str) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] != schema.APPLICATION_ID:
        raise BooksError(f"paper books {path}: this is a database, but not a paper account's books")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != schema.VERSION:
        raise BooksError(f"paper books {path}: version {version}; this program reads {schema.VERSION}")
    stored = dict(connection.execute("SELECT key, value FROM meta"))
    for key, expected in (("account", account), ("currency", currency)):
        if stored.get(key) != expected:
            raise BooksError(
                f"paper books {path}: they are of {key} {stored.get(key)}, not {expected}; "
                "give the profile a state folder of its own, or reset the books"
            )


def _reserve(connection: sqlite3.Connection) -> None:
    """Make the file and its WAL grow now, while the disk has room, and leave the space unused."""
    with contextlib.suppress(sqlite3.OperationalError):  # no room for a reserve: trade without one
        connection.execute("INSERT INTO reserve VALUES (zeroblob(?))", (_RESERVE_BYTES,))
        connection.execute("DELETE FROM reserve")
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


@contextlib.contextmanager
def _as_books_error(path: Path) -> Iterator[None]:
    """Whatever SQLite or a damaged row makes of it: one line that names the file."""
    try:
        yield
    except (sqlite3.Error, OSError, ValueError, InvalidOperation, TypeError, KeyError) as error:
        raise BooksError(
            f"paper books {path}: {error}; restore the file, or start new books with `tradedesk paper reset`"
        ) from error
