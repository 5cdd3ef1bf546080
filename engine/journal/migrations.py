"""Bringing a journal's tables up to date, after a backup of the file. Facts themselves are never rewritten: old ones
are upcast when they are read (engine.journal.codec)."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.journal.errors import JournalError
from engine.journal.files import sync_file, sync_folder


def migrate(
    path: Path, connection: sqlite3.Connection, version: int, wanted: int, migrations: Mapping[int, Sequence[str]]
) -> None:
    """Copy the journal beside itself, then make it one of the `wanted` version, whole or not at all.

    `migrations`: statements that lead from each version to the next. Raises JournalError when the copy can't be made
    (nothing was changed then), sqlite3.Error when a statement fails (rolled back).
    """
    back_up(path, connection, version)
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in range(version, wanted):
            for statement in migrations[step]:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version={wanted}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def back_up(path: Path, connection: sqlite3.Connection, version: int) -> Path:
    """A copy of an open journal, durable on return, named after its version and the time: journal.v1-TIME.sqlite3.
    Raises JournalError."""
    at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    copy = path.with_name(f"{path.stem}.v{version}-{at}{path.suffix}")
    draft = path.with_name(f".{copy.name}")
    try:
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        try:
            target = sqlite3.connect(draft)
            try:
                connection.backup(target)
                target.execute("PRAGMA journal_mode=DELETE")  # a copy in one file
            finally:
                target.close()
            sync_file(handle)
        finally:
            os.close(handle)
        draft.rename(copy)
        sync_folder(path.parent)
    except (OSError, sqlite3.Error) as error:
        draft.unlink(missing_ok=True)
        raise JournalError(f"{path}: can't be backed up before its migration, so it was not begun: {error}") from None
    return copy
