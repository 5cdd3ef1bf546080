"""The blotter's file: tables for reports and scripts, made from the journal and thrown away at will.

Quantities, prices and money are decimal text, times are ns UTC. The file is apart from the journal's, so
that writing it never holds the journal's lock.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from engine.journal.chain import GENESIS, Head
from engine.journal.errors import JournalError, JournalWriteError
from engine.journal.schema import explain

#: Table -> columns; the first `_KEYS[table]` of them are its key.
TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "orders": (
        "cl_ord_id", "id", "order_id", "account", "symbol", "side", "ord_type", "time_in_force", "order_qty",
        "cum_qty", "leaves_qty", "limit_px", "stop_px", "avg_px", "status", "parent", "tag", "text", "created",
        "updated", "legs", "group", "local", "trail", "external", "reduce_only",
    ),
    "fills": (
        "account", "exec_id", "cl_ord_id", "symbol", "side", "last_qty", "last_px", "fee", "ts", "broker", "busted",
        "seq",
    ),
    "trades": (
        "account", "strategy", "symbol", "opened_seq", "side", "qty", "entry_px", "exit_px", "gross_pnl", "fees",
        "net_pnl", "fills", "opened", "closed",
    ),
    "positions": (
        "account", "symbol", "qty", "avg_px", "last_px", "market_value", "unrealized_pnl", "realized_pnl",
        "currency", "updated",
    ),
    "daily_pnl": (
        "seq", "day", "start_equity", "equity", "flows", "day_pnl", "realized_pnl", "fees", "fills", "updated",
    ),
}  # fmt: skip
_KEYS: Final = {"orders": 1, "fills": 2, "trades": 4, "positions": 2, "daily_pnl": 1}
_VERSION: Final = 3

Value = str | int | None
Rows = dict[tuple[Value, ...], tuple[Value, ...]]
"""Key -> whole row, the newest of each."""


def _quoted(columns: Sequence[str]) -> str:
    """Names for SQL: one of them (group) is a word of it."""
    return ", ".join(f'"{column}"' for column in columns)


class Changes:
    """What a run of facts changed: rows to put, and trades of instruments to take out first. Not `wanted`: the
    facts are in the tables already, and no row need be made."""

    def __init__(self, *, wanted: bool = True) -> None:
        self.wanted = wanted
        self.rows: dict[str, Rows] = {table: {} for table in TABLES}
        self.refolded: set[tuple[str, str, str]] = set()

    def refold(self, key: tuple[str, str, str]) -> None:
        """Forget the trades of an instrument: a bust made others of them, which are put after this."""
        self.refolded.add(key)
        trades = self.rows["trades"]
        for known in [known for known in trades if known[:3] == key]:
            del trades[known]

    def put(self, table: str, row: Sequence[Value]) -> None:
        """Note a row; a later one with the same key replaces it."""
        whole = tuple(row)
        self.rows[table][whole[: _KEYS[table]]] = whole


class BlotterFile:
    """The open file, for its writer."""

    def __init__(self, path: Path) -> None:
        """Open it, made when absent and emptied when of an older version. Raises JournalError when it is
        damaged."""
        self._path = path
        try:
            if not path.exists():
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            self._database = sqlite3.connect(path, isolation_level=None, timeout=5.0)
        except OSError as error:
            raise JournalError(f"{path}: can't be opened: {error.strerror}") from error
        except sqlite3.Error as error:
            raise JournalError(explain(path, error)) from error
        try:
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            if self._database.execute("PRAGMA user_version").fetchone() != (_VERSION,):
                self.clear()
        except sqlite3.Error as error:
            self._database.close()
            raise JournalError(f"{explain(path, error)}; run `tradedesk journal rebuild`") from error

    def clear(self) -> None:
        """Begin anew: empty tables, nothing folded."""
        self._database.execute("BEGIN IMMEDIATE")
        for table, columns in TABLES.items():
            self._database.execute(f"DROP TABLE IF EXISTS {table}")
            names, key = _quoted(columns), _quoted(columns[: _KEYS[table]])
            self._database.execute(f"CREATE TABLE {table} ({names}, PRIMARY KEY ({key})) WITHOUT ROWID")
        self._database.execute("DROP TABLE IF EXISTS watermark")
        self._database.execute("CREATE TABLE watermark (seq INTEGER NOT NULL, hash TEXT NOT NULL)")
        self._database.execute("INSERT INTO watermark VALUES (?, ?)", GENESIS)
        self._database.execute(f"PRAGMA user_version={_VERSION}")
        self._database.execute("COMMIT")

    def watermark(self) -> Head:
        """The last fact that the tables contain."""
        return Head(*self._database.execute("SELECT seq, hash FROM watermark").fetchone())

    def write(self, changes: Changes, upto: Head) -> None:
        """Put the changes and move the watermark, all or nothing. Another process may have been faster: its
        rows are as new or newer, and stay. Raises JournalWriteError; the tables are then as they were."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            if self.watermark().seq < upto.seq:
                self._database.executemany(
                    "DELETE FROM trades WHERE account = ? AND strategy = ? AND symbol = ?", changes.refolded
                )
                for table, rows in changes.rows.items():
                    marks = ",".join("?" * len(TABLES[table]))
                    self._database.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows.values())
                self._database.execute("UPDATE watermark SET seq = ?, hash = ?", upto)
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise JournalWriteError(explain(self._path, error)) from error

    def close(self) -> None:
        """Release the file."""
        self._database.close()


def read_table(path: Path, table: str) -> list[dict[str, Value]]:
    """All rows of one table, by key, as column -> value. Raises JournalError; KeyError for an unknown
    table."""
    columns = TABLES[table]
    try:
        database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            found: Iterable[tuple[Value, ...]] = database.execute(
                f"SELECT {_quoted(columns)} FROM {table} ORDER BY {_quoted(columns[: _KEYS[table]])}"
            ).fetchall()
        finally:
            database.close()
    except sqlite3.Error as error:
        raise JournalError(f"{explain(path, error)}; run `tradedesk journal rebuild`") from error
    return [dict(zip(columns, row, strict=True)) for row in found]


def read_all(path: Path) -> tuple[Head, dict[str, list[tuple[Value, ...]]]]:
    """The watermark and all rows, as of one moment. Raises JournalError for what is no blotter of this version."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)) as database:
            database.execute("BEGIN")
            if database.execute("PRAGMA user_version").fetchone() != (_VERSION,):
                raise JournalError(f"{path}: is of another version; run `tradedesk journal rebuild`")
            rows = {
                table: database.execute(f"SELECT {_quoted(columns)} FROM {table}").fetchall()
                for table, columns in TABLES.items()
            }
            return Head(*database.execute("SELECT seq, hash FROM watermark").fetchone()), rows
    except sqlite3.Error as error:
        raise JournalError(f"{explain(path, error)}; run `tradedesk journal rebuild`") from error


def key_length(table: str) -> int:
    """How many of a table's first columns are its key."""
    return _KEYS[table]


def drop(path: Path) -> None:
    """Throw the file away; the next catch-up makes it anew."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
