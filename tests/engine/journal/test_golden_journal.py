"""Journals that earlier versions left: opened, migrated, verified and folded to what they folded to then."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from engine.facts import Stamped
from engine.journal import schema
from engine.journal.chain import GENESIS, Head, Row, row_hash
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError
from engine.journal.reader import JournalReader
from engine.journal.store import SqliteJournal, open_journal
from engine.journal.verify import verify_file
from engine.journal.verify_pages import verify_pages
from engine.runtime.recovery import fold
from tests.engine.journal.conftest import Places
from tests.engine.journal.golden_journal import lay_down, names, rows_of, tables, tables_of
from tests.engine.journal.samples import head_of

#: Words for people may become better ones.
WORDS = ("text",)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("version", schema.SCHEMAS)
async def test_an_old_journal_is_read_as_it_was_meant(tmp_path: Path, name: str, version: int) -> None:
    rows = rows_of(name)
    path = lay_down(tmp_path / "journal.sqlite3", rows, version)
    before = tables(path, tmp_path / "before.sqlite3")
    journal = await SqliteJournal.open(path, FactCodec())
    state = await fold(journal)
    await journal.close()
    assert state.last_recorded_ns == rows[-1].recorded_ns
    assert verify_file(path, head_of(rows), complete=True).ok
    assert verify_pages(path).faults == ()
    assert sum(file.startswith("journal.v") for file in os.listdir(tmp_path)) == (version < schema.SCHEMA_VERSION)
    after = tables(path, tmp_path / "after.sqlite3")
    assert after == before
    for table, old in tables_of(name).items():
        assert len(after[table]) == len(old), table
        for one, other in zip(old, after[table], strict=True):
            assert {key: other[key] for key in one if key not in WORDS} == {
                key: value for key, value in one.items() if key not in WORDS
            }


@pytest.mark.parametrize("name", names())
async def test_an_old_journal_on_a_server_folds_to_the_same(places: Places, name: str) -> None:
    rows = rows_of(name)
    journal = await open_journal(places(), FactCodec())
    await journal.append(rows)
    state = await fold(journal)
    await journal.close()
    assert state.last_recorded_ns == rows[-1].recorded_ns
    assert verify_file(places(), head_of(rows), complete=True).ok


@pytest.mark.parametrize("name", names())
async def test_old_kinds_are_brought_up_to_date_when_they_are_read_and_their_rows_stay(
    tmp_path: Path, name: str
) -> None:
    """As if alerts had had another kind and another name for their words when that journal was written."""
    new = [
        Stamped(row.seq, row.recorded_ns, row.market_ns, FactCodec().decode(row.kind, row.payload))
        for row in rows_of(name)
    ]

    def older(kind: str, payload: str) -> tuple[str, str]:
        if kind != "alert_raised":
            return kind, payload
        return "alert", payload.replace('"kind":"alert_raised"', '"kind":"alert"').replace('"text":', '"words":')

    def upcast(fields: dict[str, Any]) -> dict[str, Any]:
        return {
            **{key: value for key, value in fields.items() if key != "words"},
            "text": fields["words"],
            "kind": "alert_raised",
        }

    rows, head = [], GENESIS
    for row in rows_of(name):
        kind, payload = older(row.kind, row.payload)
        digest = row_hash(head.hash, row.seq, row.recorded_ns, row.market_ns, kind.encode(), payload.encode())
        rows.append(Row(row.seq, row.recorded_ns, row.market_ns, kind, payload, head.hash, digest))
        head = Head(row.seq, digest)
    path = lay_down(tmp_path / "journal.sqlite3", rows, 1)

    journal = await SqliteJournal.open(path, FactCodec({"alert": upcast}))
    assert [fact async for batch in journal.read() for fact in batch] == new
    await journal.close()
    with JournalReader(path) as reader:
        assert list(reader.rows()) == rows


async def test_a_journal_of_a_newer_program_is_refused_in_one_clear_line(tmp_path: Path) -> None:
    rows = rows_of(names()[0])
    path = lay_down(tmp_path / "journal.sqlite3", rows, 2)
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version=99")
    database.close()
    whole = path.read_bytes()
    with pytest.raises(JournalError) as error:
        await SqliteJournal.open(path, FactCodec())
    assert str(error.value) == f"{path}: has schema version 99; this program knows {schema.SCHEMA_VERSION}"
    assert path.read_bytes() == whole, "and nothing was changed"
