"""One changed, removed, swapped or appended row is found with its number, in SQLite and on a PostgreSQL server."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from engine.journal.chain import Row
from engine.journal.codec import FactCodec
from engine.journal.head_copy import Copied
from engine.journal.place import Place, PostgresUrl
from engine.journal.store import open_journal
from engine.journal.verify import verify_file
from tests.engine.journal.samples import head_of, order, rows_of, trading
from tests.support.postgres import Server

ROWS = rows_of(trading(30))
Sql = Callable[[str], None]


@pytest.fixture
async def journal(place: Place) -> Place:
    journal = await open_journal(place, FactCodec())
    await journal.append(ROWS)
    await journal.close()
    return place


@pytest.fixture
def sql(request: pytest.FixtureRequest, journal: Place) -> Sql:
    """Runs a statement as somebody does who may do everything: without the guards, which are put back."""
    if isinstance(journal, PostgresUrl):
        server: Server = request.getfixturevalue("postgres_server")
        guards = ("ALTER TABLE facts DISABLE TRIGGER ALL", "ALTER TABLE facts ENABLE TRIGGER ALL")

        def on_server(statement: str) -> None:
            server.run(journal, guards[0], statement, guards[1])

        return on_server

    def in_file(statement: str) -> None:
        assert isinstance(journal, Path)
        database = sqlite3.connect(journal, isolation_level=None)
        triggers = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            database.execute(f"DROP TRIGGER {name}")
        database.execute(statement)
        for _, trigger in triggers:
            database.execute(trigger)
        database.close()

    return in_file


def found(journal: Place, *copies: Copied) -> int | None:
    broken = verify_file(journal, copies=copies).broken
    return None if broken is None else broken.seq


def literals(row: Sequence[object]) -> str:
    return ", ".join(str(value) if isinstance(value, int) else f"'{value}'" for value in row)


@pytest.mark.parametrize("column", Row._fields[1:])
def test_a_changed_column_is_found_at_its_row(journal: Place, sql: Sql, column: str) -> None:
    rng = random.Random(column)
    seq = rng.randint(1, 30)
    changed = f"{column} + 1" if column.endswith("_ns") else f"replace({column}, substr({column}, 3, 1), '~')"
    sql(f"UPDATE facts SET {column} = {changed} WHERE seq = {seq}")
    assert found(journal) == seq


@pytest.mark.parametrize("seq", [1, 2, 17, 29])
def test_a_removed_row_is_found_at_its_number(journal: Place, sql: Sql, seq: int) -> None:
    sql(f"DELETE FROM facts WHERE seq = {seq}")
    assert found(journal) == seq


def test_a_removed_last_row_is_found_by_a_copied_head(journal: Place, sql: Sql) -> None:
    sql("DELETE FROM facts WHERE seq = 30")
    assert found(journal) is None
    assert found(journal, Copied("", head_of(ROWS))) == 30


@pytest.mark.parametrize(("one", "other"), [(1, 2), (4, 5), (3, 28)])
def test_swapped_rows_are_found_at_the_first(journal: Place, sql: Sql, one: int, other: int) -> None:
    for old, new in ((one, 1000), (other, one), (1000, other)):
        sql(f"UPDATE facts SET seq = {new} WHERE seq = {old}")
    assert found(journal) == one


@pytest.mark.parametrize("seq", [0, -1, -(2**40), 31, 32, 2**40])
def test_a_copied_row_under_another_number_is_found(journal: Place, sql: Sql, seq: int) -> None:
    sql(f"INSERT INTO facts VALUES ({literals(ROWS[11]._replace(seq=seq))})")
    assert found(journal) == (seq if seq <= 31 else 31)


def test_an_appended_row_with_a_good_hash_is_found_by_the_stop_before_it(journal: Place, sql: Sql) -> None:
    forged = rows_of([order(77)], after=head_of(ROWS))[0]
    sql(f"INSERT INTO facts VALUES ({literals(forged)})")
    assert found(journal) is None, "the chain alone can't know"
    assert found(journal, Copied("", head_of(ROWS), "closed")) == 31


async def test_a_row_that_is_there_twice_is_found_on_a_server(postgres_server: Server) -> None:
    """Where the key was dropped; at the end of a page no reader would meet the second one."""
    url = postgres_server.new_schema()
    rows = rows_of(trading(5001))
    journal = await open_journal(url, FactCodec())
    await journal.append(rows)
    await journal.close()
    postgres_server.run(
        url,
        "ALTER TABLE facts DROP CONSTRAINT facts_pkey",
        f"INSERT INTO facts VALUES ({literals(rows[4999])})",
    )
    assert found(url) == 5000
