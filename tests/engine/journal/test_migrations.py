"""A journal of an older version is copied, then brought up to date; its facts stay as they are."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine.journal import schema
from engine.journal.chain import Row
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError
from engine.journal.reader import JournalReader
from engine.journal.store import SqliteJournal
from engine.journal.verify import verify_file
from engine.journal.verify_pages import verify_pages
from tests.engine.journal.samples import head_of, rows_of, trading

ROWS = rows_of(trading(30))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal as version 1 left it."""
    path = tmp_path / "journal.sqlite3"
    database = sqlite3.connect(path, isolation_level=None)
    database.execute(f"PRAGMA application_id={schema.APPLICATION_ID}")
    database.execute("PRAGMA user_version=1")
    for statement in schema.SCHEMAS[1]:
        database.execute(statement)
    database.executemany("INSERT INTO facts VALUES (?,?,?,?,?,?,?)", ROWS)
    database.close()
    return path


def version(path: Path) -> int:
    database = sqlite3.connect(path)
    (found,) = database.execute("PRAGMA user_version").fetchone()
    database.close()
    return int(found)


def rows(path: Path) -> list[Row]:
    with JournalReader(path) as reader:
        return list(reader.rows())


def copies(path: Path) -> list[Path]:
    return sorted(path.parent.glob("journal.v*"))


async def opened(path: Path) -> None:
    journal = await SqliteJournal.open(path, FactCodec())
    assert journal.head == head_of(ROWS)
    await journal.close()


async def test_an_old_journal_is_copied_once_and_brought_up_to_date(path: Path) -> None:
    for _ in range(2):
        await opened(path)
    assert version(path) == schema.SCHEMA_VERSION
    assert rows(path) == ROWS
    assert verify_file(path, head_of(ROWS), complete=True).ok
    (copy,) = copies(path)
    assert (version(copy), rows(copy)) == (1, ROWS)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert copy.name.startswith("journal.v1-2")


def test_an_audit_reads_an_old_journal_as_it_is(path: Path) -> None:
    assert verify_file(path, head_of(ROWS), complete=True).ok
    assert version(path) == 1
    assert copies(path) == []


async def test_without_room_for_the_copy_nothing_is_begun(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("engine.journal.migrations.sync_file", full)
        with pytest.raises(JournalError, match=r"journal\.sqlite3: can't be backed up .* No space left"):
            await opened(path)
    assert version(path) == 1
    assert [file.name for file in path.parent.iterdir() if "v1" in file.name] == []
    await opened(path)


async def test_a_migration_that_fails_leaves_the_old_journal(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {1: (*schema.MIGRATIONS[1], "CREATE NONSENSE")}
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", broken)
        with pytest.raises(JournalError, match=r"journal\.sqlite3: .*NONSENSE"):
            await opened(path)
    assert (version(path), rows(path)) == (1, ROWS)
    await opened(path)


async def test_a_migrated_journal_is_built_like_a_new_one(path: Path, tmp_path: Path) -> None:
    await opened(path)
    new = tmp_path / "new" / "journal.sqlite3"
    await (await SqliteJournal.open(new, FactCodec())).close()
    tables = []
    for file in (path, new):
        database = sqlite3.connect(file)
        tables.append(database.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall())
        database.close()
    assert tables[0] == tables[1]
    assert verify_pages(path).faults == verify_pages(new).faults == ()


def test_an_old_journal_has_no_fault_as_it_is(path: Path) -> None:
    assert verify_pages(path).faults == ()
