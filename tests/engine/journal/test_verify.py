from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.journal.chain import GENESIS, Chain, Head, Row, row_hash
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError
from engine.journal.store import SqliteJournal
from engine.journal.verify import VerifyReport, verify_file
from tests.engine.journal.samples import head_of, order, rows_of, stamp, trading

ROWS = rows_of(trading(12))
HEAD = head_of(ROWS)


def make_journal(path: Path, rows: Sequence[Row] = ROWS) -> Path:
    async def write() -> None:
        journal = await SqliteJournal.open(path, FactCodec())
        await journal.append(rows)
        await journal.close()

    asyncio.run(write())
    return path


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_journal(tmp_path_factory.mktemp("intact") / "journal.sqlite3").read_bytes()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tampered") / "journal.sqlite3"


@pytest.fixture
def path(place: Path, intact: bytes) -> Path:
    place.write_bytes(intact)
    return place


def tamper(path: Path, change: Callable[[sqlite3.Connection], object]) -> None:
    """As somebody with write access does: take the guards away, change, put them back."""
    database = sqlite3.connect(path, isolation_level=None)
    guards = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in guards:
        database.execute(f"DROP TRIGGER {name}")
    change(database)
    for _, statement in guards:
        database.execute(statement)
    database.close()


def put(database: sqlite3.Connection, rows: Sequence[Row]) -> None:
    database.execute("DELETE FROM facts")
    database.executemany("INSERT INTO facts VALUES (?,?,?,?,?,?,?)", rows)


def broken_at(report: VerifyReport) -> tuple[int, str] | None:
    return (report.broken.seq, report.broken.problem) if report.broken is not None else None


def test_an_intact_journal_is_reported_with_its_head(path: Path) -> None:
    assert verify_file(path) == VerifyReport(12, HEAD)
    assert verify_file(path, HEAD, complete=True).ok
    assert verify_file(path, head_of(ROWS[:5])).ok


def test_an_empty_journal_is_intact(tmp_path: Path) -> None:
    assert verify_file(make_journal(tmp_path / "journal.sqlite3", [])) == VerifyReport(0, GENESIS)


async def test_a_running_desk_can_be_audited(path: Path) -> None:
    journal = await SqliteJournal.open(path, FactCodec())
    assert verify_file(path, HEAD, complete=True).ok
    more = rows_of([order(50)], after=HEAD)
    await journal.append(more)
    assert verify_file(path, HEAD) == VerifyReport(13, head_of(more))
    await journal.close()


@settings(max_examples=150)
@given(data=st.data())
def test_any_changed_column_is_found_at_its_row(place: Path, intact: bytes, data: st.DataObject) -> None:
    place.write_bytes(intact)
    row = data.draw(st.sampled_from(ROWS))
    column = data.draw(st.sampled_from(Row._fields[1:]))
    old = getattr(row, column)
    values: st.SearchStrategy[Any] = (
        st.integers(-(2**63), 2**63 - 1) | st.text() | st.binary() | st.floats(allow_nan=False)
    )
    new = data.draw(values.filter(lambda value: value != old))
    tamper(place, lambda database: database.execute(f"UPDATE facts SET {column} = ? WHERE seq = ?", (new, row.seq)))
    report = verify_file(place)
    assert report.broken is not None
    assert report.broken.seq == row.seq
    assert report.facts == row.seq - 1


@settings(max_examples=150)
@given(data=st.data())
def test_any_changed_byte_of_a_payload_or_hash_is_found_at_its_row(
    place: Path, intact: bytes, data: st.DataObject
) -> None:
    """Written into the file itself, past SQLite: every value of every byte, invalid UTF-8 too."""
    row = data.draw(st.sampled_from(ROWS))
    column = data.draw(st.sampled_from(("payload", "prev_hash", "hash")))
    # payload, prev_hash and hash lie behind each other in the row's record
    record = (row.payload + row.prev_hash + row.hash).encode()
    assert intact.count(record) == 1
    skipped = {"payload": "", "prev_hash": row.payload, "hash": row.payload + row.prev_hash}[column]
    start = intact.index(record) + len(skipped.encode())
    at = start + data.draw(st.integers(0, len(getattr(row, column).encode()) - 1))
    flipped = intact[at] ^ data.draw(st.integers(1, 255))
    place.write_bytes(intact[:at] + bytes([flipped]) + intact[at + 1 :])
    report = verify_file(place)
    assert report.broken is not None
    assert report.broken.seq == row.seq


@settings(max_examples=40)
@given(data=st.data())
def test_a_removed_row_is_found_where_it_is_missing(place: Path, intact: bytes, data: st.DataObject) -> None:
    place.write_bytes(intact)
    row = data.draw(st.sampled_from(ROWS))
    tamper(place, lambda database: database.execute("DELETE FROM facts WHERE seq = ?", (row.seq,)))
    if row.seq < len(ROWS):
        assert broken_at(verify_file(place)) == (row.seq, "missing")
    assert broken_at(verify_file(place, HEAD)) == (row.seq, "missing" if row.seq < len(ROWS) else "shortened")


@settings(max_examples=40)
@given(data=st.data())
def test_swapped_rows_are_found_at_the_first_of_them(place: Path, intact: bytes, data: st.DataObject) -> None:
    place.write_bytes(intact)
    first = data.draw(st.integers(0, len(ROWS) - 2))
    second = data.draw(st.integers(first + 1, len(ROWS) - 1))
    swapped = list(ROWS)
    swapped[first] = ROWS[second]._replace(seq=first + 1)
    swapped[second] = ROWS[first]._replace(seq=second + 1)
    tamper(place, lambda database: put(database, swapped))
    broken = verify_file(place).broken
    assert broken is not None
    assert broken.seq == first + 1


@settings(max_examples=40)
@given(start=st.integers(0, len(ROWS) - 1))
def test_a_tail_rewritten_with_good_hashes_is_found_by_an_exported_head(place: Path, intact: bytes, start: int) -> None:
    place.write_bytes(intact)
    before = head_of(ROWS[:start]) if start else GENESIS
    forged = Chain(FactCodec(), before).stamp(stamp([order(90 + n) for n in range(len(ROWS) - start)], before))
    tamper(place, lambda database: put(database, [*ROWS[:start], *forged]))
    assert verify_file(place).ok
    assert broken_at(verify_file(place, HEAD)) == (len(ROWS), "rewritten")


def test_rows_appended_after_the_last_export_are_found_when_it_was_said_to_be_complete(path: Path) -> None:
    more = rows_of([order(66)], after=HEAD)
    tamper(path, lambda database: put(database, [*ROWS, *more]))
    assert verify_file(path, HEAD).ok
    assert broken_at(verify_file(path, HEAD, complete=True)) == (13, "appended")


def test_a_row_appended_without_the_right_hash_is_found_without_an_export(path: Path) -> None:
    tamper(path, lambda database: put(database, [*ROWS, ROWS[-1]._replace(seq=13)]))
    assert broken_at(verify_file(path)) == (13, "unlinked")


def test_a_payload_that_is_no_fact_is_found_though_its_hash_is_right(path: Path) -> None:
    digest = row_hash(HEAD.hash, 13, 0, 0, b"alerts_acked", b"{nonsense")
    tamper(path, lambda database: put(database, [*ROWS, Row(13, 0, 0, "alerts_acked", "{nonsense", HEAD.hash, digest)]))
    report = verify_file(path)
    assert broken_at(report) == (13, "malformed")
    assert "alerts_acked" in str(report.broken)


def test_a_damaged_page_is_reported_with_what_was_intact_before_it(tmp_path: Path) -> None:
    path = make_journal(tmp_path / "journal.sqlite3", rows_of(trading(400)))
    whole = bytearray(path.read_bytes())
    whole[30 * 4096 : 31 * 4096] = b"\xa5" * 4096
    path.write_bytes(whole)
    report = verify_file(path)
    assert report.broken is not None
    assert report.broken.problem == "unreadable"
    assert report.broken.seq == report.facts + 1


def test_an_exported_head_that_can_not_be_is_refused(path: Path) -> None:
    with pytest.raises(JournalError, match="expected head 0:ab"):
        verify_file(path, Head(0, "ab"))


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("buy low, sell high\n" * 99)
    with pytest.raises(JournalError, match=r"notes\.txt: is not a SQLite database"):
        verify_file(tmp_path / "notes.txt")
