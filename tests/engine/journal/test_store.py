# ruff: noqa: ASYNC240 - a test may wait for the disk

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from engine.facts import Fact, Stamped
from engine.journal.chain import GENESIS, Chain, Head, Row
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError, JournalWriteError
from engine.journal.reader import JournalReader
from engine.journal.store import SqliteJournal
from tests.engine.journal.samples import head_of, order, rows_of, stamp, trading


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "paper" / "journal.sqlite3"


@asynccontextmanager
async def opened(path: Path, busy_timeout_s: float = 0.05) -> AsyncIterator[SqliteJournal]:
    journal = await SqliteJournal.open(path, FactCodec(), busy_timeout_s=busy_timeout_s)
    try:
        yield journal
    finally:
        await journal.close()


async def everything(journal: SqliteJournal, after: Head = GENESIS) -> list[Stamped]:
    return [fact async for batch in journal.read(after) for fact in batch]


async def written(path: Path, facts: list[Fact]) -> list[Row]:
    rows = rows_of(facts)
    async with opened(path) as journal:
        await journal.append(rows)
    return rows


def on_disk(path: Path) -> list[Row]:
    with JournalReader(path) as reader:
        return list(reader.rows())


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """No file of this process can grow beyond `room` bytes: real writes really fail."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


# --- what a desk does with it
# -------------------------------------------------------------------------------------


async def test_an_idle_desk_keeps_its_wal_short(path: Path) -> None:
    facts, chain = stamp(trading(3000)), Chain(FactCodec())
    async with opened(path) as journal:
        for start in range(0, 3000, 100):
            await journal.append(chain.stamp(facts[start : start + 100]))
            await journal.checkpoint()
        assert path.with_name("journal.sqlite3-wal").stat().st_size < 500_000
        assert await everything(journal) == facts


# --- what others see of it
# ----------------------------------------------------------------------------------------


async def test_scripts_find_the_documented_columns(path: Path) -> None:
    await written(path, trading(3))
    with sqlite3.connect(path) as database:
        cursor = database.execute("SELECT * FROM facts ORDER BY seq")
        names = [column[0] for column in cursor.description]
        found = cursor.fetchall()
    database.close()
    assert names == ["seq", "recorded_ns", "market_ns", "kind", "payload", "prev_hash", "hash"]
    assert [row[0] for row in found] == [1, 2, 3]
    assert found[0][5] == "0" * 64
    assert found[1][5] == found[0][6]
    assert found[0][6] == found[0][6].lower()


async def test_an_independent_connection_reads_wal_back_and_ours_is_synchronous_full(path: Path) -> None:
    """journal_mode belongs to the file, synchronous to each connection: the writer's own answer is asked
    for."""
    async with opened(path) as journal:
        await journal.append(rows_of([order(1)]))
        other = sqlite3.connect(path)
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        other.close()
        assert await journal.pragmas() == {"journal_mode": "wal", "synchronous": 2}


async def test_nobody_else_can_read_the_files(path: Path) -> None:
    async with opened(path) as journal:
        await journal.append(rows_of([order(1)]))
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("journal.sqlite3", "journal.sqlite3-wal", "journal.sqlite3-shm"), 0o600)
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_a_journal_that_others_could_read_is_closed_to_them(path: Path) -> None:
    await written(path, trading(1))
    path.chmod(0o644)
    async with opened(path):
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "statement", ["UPDATE facts SET kind = 'x'", "DELETE FROM facts", "DELETE FROM facts WHERE seq = 1"]
)
async def test_a_row_can_be_neither_changed_nor_removed_by_plain_sql(path: Path, statement: str) -> None:
    rows = await written(path, trading(3))
    database = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        database.execute(statement)
    database.close()
    assert on_disk(path) == rows


async def test_an_audit_can_not_write(path: Path) -> None:
    await written(path, trading(1))
    with JournalReader(path) as reader:
        assert reader.head().seq == 1
    with pytest.raises(JournalError, match="no such file"):
        JournalReader(path.with_name("other.sqlite3"))
    assert not path.with_name("other.sqlite3").exists()


# --- files that are refused
# ---------------------------------------------------------------------------------------


async def refusal(path: Path) -> str:
    """What the desk and an audit say to a file; both must refuse it, in one line that names it."""
    with pytest.raises(JournalError) as writing:
        async with opened(path):
            pass
    with pytest.raises(JournalError) as reading:
        on_disk(path)
    for error in (writing, reading):
        assert "\n" not in str(error.value)
        assert str(error.value).startswith(f"{path}: ")
    return str(writing.value)


async def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"seq,recorded_ns,market_ns,kind\n" * 100)
    assert "is not a SQLite database" in await refusal(path)
    assert path.read_bytes().startswith(b"seq,")


async def test_a_folder_in_its_place_is_refused(path: Path) -> None:
    path.mkdir(parents=True)
    assert "can't be opened" in await refusal(path)


async def test_an_empty_file_is_never_taken_for_a_new_journal(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.touch()
    with pytest.raises(JournalError, match=r"is empty; restore it from a backup"):
        async with opened(path):
            pass
    assert path.stat().st_size == 0


async def test_the_database_of_another_program_is_refused(path: Path) -> None:
    path.parent.mkdir(parents=True)
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE facts (seq INTEGER PRIMARY KEY)")
    database.close()
    assert "is not tradedesk's journal" in await refusal(path)


async def test_a_journal_of_a_newer_version_is_refused(path: Path) -> None:
    await written(path, trading(1))
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version=3")
    database.close()
    assert "has schema version 3; this program knows 2" in await refusal(path)


async def test_a_journal_without_its_guards_is_refused(path: Path) -> None:
    await written(path, trading(1))
    database = sqlite3.connect(path)
    database.execute("DROP TRIGGER facts_refuse_delete")
    database.close()
    assert "facts_refuse_delete is missing or altered" in await refusal(path)


async def test_a_journal_cut_short_is_refused(path: Path) -> None:
    await written(path, trading(200))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "is damaged" in await refusal(path)


async def test_a_page_of_garbage_stops_the_fold_where_it_is(path: Path) -> None:
    await written(path, trading(200))
    whole = bytearray(path.read_bytes())
    whole[8 * 4096 : 9 * 4096] = b"\xa5" * 4096
    path.write_bytes(whole)
    with pytest.raises(JournalError, match=r"journal\.sqlite3: "):
        async with opened(path) as journal:
            await everything(journal)


async def test_a_changed_row_stops_the_fold_at_its_place(path: Path) -> None:
    await written(path, trading(20))
    whole = path.read_bytes()
    assert whole.count(b'"last_qty":"100"') > 1
    path.write_bytes(whole.replace(b'"last_qty":"100"', b'"last_qty":"900"'))
    with pytest.raises(JournalError, match=r"seq 3: changed: .*audit verify"):
        async with opened(path) as journal:
            await everything(journal)


async def test_bytes_that_are_no_text_stop_the_fold_at_their_place(path: Path) -> None:
    await written(path, trading(20))
    path.write_bytes(path.read_bytes().replace(b'"last_qty":"100"', b'"last_qty":"\xff00"'))
    with pytest.raises(JournalError, match="seq 3: changed"):
        async with opened(path) as journal:
            await everything(journal)


async def test_a_lost_file_is_not_replaced_under_its_old_wal(path: Path) -> None:
    async with opened(path) as journal:
        await journal.append(rows_of([order(1)]))
        wal = path.with_name("journal.sqlite3-wal").read_bytes()
    path.unlink()
    path.with_name("journal.sqlite3-wal").write_bytes(wal)
    with pytest.raises(JournalError, match=r"is missing, but journal\.sqlite3-wal is there"):
        async with opened(path):
            pass


async def test_a_journal_born_half_is_born_again(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.with_name("journal.sqlite3.new").write_bytes(b"half")
    async with opened(path) as journal:
        assert journal.head == GENESIS


HOLDER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held_by_another_process(path: Path) -> Iterator[None]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield
        holder.communicate()


async def test_a_journal_locked_by_another_process_is_refused(path: Path) -> None:
    await written(path, trading(1))
    with held_by_another_process(path), pytest.raises(JournalError, match="is locked by another process"):
        async with opened(path):
            pass


# --- writes that fail
# ---------------------------------------------------------------------------------------------


async def test_a_batch_that_met_a_lock_can_be_given_again(path: Path) -> None:
    rows = rows_of(trading(6))
    async with opened(path) as journal:
        await journal.append(rows[:3])
        with held_by_another_process(path), pytest.raises(JournalWriteError, match="is locked by another"):
            await journal.append(rows[3:])
        assert journal.head == head_of(rows[:3])
        await journal.append(rows[3:])
    assert on_disk(path) == rows


@pytest.mark.parametrize("count", [3, 300, 9000])
async def test_nothing_of_a_batch_is_kept_when_the_disk_is_full(path: Path, count: int) -> None:
    rows = rows_of(trading(3 + count))
    async with opened(path) as journal:
        await journal.append(rows[:3])
        wal = path.with_name("journal.sqlite3-wal")
        with full_disk(wal.stat().st_size + 1000):
            for _ in range(3):
                with pytest.raises(JournalWriteError, match=r"journal\.sqlite3: can't be"):
                    await journal.append(rows[3:])
            assert on_disk(path) == rows[:3]
        await journal.append(rows[3:])
        assert journal.head == head_of(rows)
    assert on_disk(path) == rows


async def test_after_a_failure_more_may_follow_the_same_rows(path: Path) -> None:
    rows = rows_of(trading(9))
    async with opened(path) as journal:
        await journal.append(rows[:3])
        with full_disk(1000), pytest.raises(JournalWriteError):
            await journal.append(rows[3:6])
        await journal.append(rows[3:])
    assert on_disk(path) == rows


async def test_a_second_writer_is_noticed(path: Path) -> None:
    rows = rows_of(trading(6))
    async with opened(path) as journal:
        await journal.append(rows[:2])
        async with opened(path) as intruder:
            await intruder.append(rows_of([order(77)], after=head_of(rows[:2])))
        with pytest.raises(JournalError, match="row 3 is there already: somebody else wrote"):
            await journal.append(rows[2:])
        with pytest.raises(JournalError, match="row 3 does not follow row 3"):
            await journal.append(rows[2:])
