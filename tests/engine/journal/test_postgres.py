"""What only a server can do to a journal: end sessions, refuse, be reached by others, be missing."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError, JournalWriteError
from engine.journal.place import PostgresUrl, place_of, text_of
from engine.journal.postgres import PostgresJournal
from engine.journal.reader import JournalReader
from engine.journal.snapshot_child import Job, start
from engine.journal.snapshots import load, newest_first
from engine.journal.verify import verify_file
from engine.runtime.recovery import fold
from tests.engine.journal.histories import history
from tests.engine.journal.samples import head_of, order, rows_of, trading
from tests.support import postgres
from tests.support.postgres import Server

pytestmark = pytest.mark.xdist_group("postgres")

SECRET = "postgresql://ann:sw0rdfish@db.example:5433/desk?password=sw0rdfish&search_path=live"


@pytest.fixture
def url(postgres_server: Server) -> PostgresUrl:
    return postgres_server.new_schema()


@asynccontextmanager
async def opened(url: PostgresUrl, timeout_s: float = 10.0) -> AsyncIterator[PostgresJournal]:
    journal = await PostgresJournal.open(url, FactCodec(), timeout_s=timeout_s)
    try:
        yield journal
    finally:
        await journal.close()


def on_disk(url: PostgresUrl) -> list[object]:
    with JournalReader(url) as reader:
        return list(reader.rows())


# --- one desk


async def test_a_second_desk_is_refused_while_the_first_one_runs(url: PostgresUrl) -> None:
    async with opened(url) as journal:
        with pytest.raises(JournalError, match="is in use by another desk"):
            async with opened(url):
                pass
        await journal.append(rows_of([order(1)]))
    async with opened(url) as journal:
        assert journal.head.seq == 1


async def test_desks_in_two_schemas_of_one_database_do_not_meet(postgres_server: Server) -> None:
    async with opened(postgres_server.new_schema()) as one, opened(postgres_server.new_schema()) as other:
        await one.append(rows_of(trading(3)))
        await other.append(rows_of(trading(5)))
        assert (one.head.seq, other.head.seq) == (3, 5)


async def test_rows_that_somebody_else_wrote_are_noticed(url: PostgresUrl, postgres_server: Server) -> None:
    rows = rows_of(trading(6))
    async with opened(url) as journal:
        await journal.append(rows[:2])
        intruder = rows_of([order(77)], after=head_of(rows[:2]))[0]
        values = ",".join(f"'{value}'" for value in intruder)
        postgres_server.run(url, f"INSERT INTO facts VALUES ({values})")
        with pytest.raises(JournalError, match="row 3 is there already: somebody else wrote"):
            await journal.append(rows[2:])
        with pytest.raises(JournalError, match="row 3 does not follow row 3"):
            await journal.append(rows[2:])


# --- sessions that end


async def test_a_desk_whose_session_was_ended_goes_on_with_the_next_append(
    url: PostgresUrl, postgres_server: Server
) -> None:
    rows = rows_of(trading(9))
    async with opened(url) as journal:
        await journal.append(rows[:3])
        end_sessions(postgres_server)
        with pytest.raises(JournalWriteError):
            await journal.append(rows[3:6])
        assert await journal.append(rows[3:]) == head_of(rows)
    assert on_disk(url) == rows


async def test_a_batch_that_was_committed_before_the_answer_was_lost_is_not_written_twice(
    url: PostgresUrl, postgres_server: Server
) -> None:
    rows = rows_of(trading(9))
    async with opened(url) as journal:
        await journal.append(rows[:3])
        waiting = asyncio.create_task(journal.append(rows[3:6]))
        await asyncio.sleep(0)
        end_sessions(postgres_server)
        (outcome,) = await asyncio.gather(waiting, return_exceptions=True)
        again = rows[3:] if isinstance(outcome, JournalWriteError) else rows[6:]
        # The end of the session may reach the client only with its next request: then it is given once more.
        try:
            head = await journal.append(again)
        except JournalWriteError:
            head = await journal.append(again)
        assert head == head_of(rows)
    assert on_disk(url) == rows


async def test_a_server_that_hangs_is_given_up_and_its_commit_can_not_come_later(
    url: PostgresUrl, postgres_server: Server
) -> None:
    rows = rows_of(trading(6))
    async with opened(url, timeout_s=0.5) as journal:
        await journal.append(rows[:3])
        # Another session's lock stands for a disk that does not answer.
        holder = postgres_server.hold(url, "LOCK TABLE facts IN EXCLUSIVE MODE")
        with holder, pytest.raises(JournalWriteError):
            await journal.append(rows[3:])
        assert await journal.append(rows[3:]) == head_of(rows)
    assert on_disk(url) == rows


async def test_a_server_that_loses_its_power_has_every_batch_that_it_confirmed_and_the_desk_goes_on() -> None:
    rows = rows_of(trading(60))
    with postgres.running() as server:
        url = server.new_schema()
        async with opened(url) as journal:
            for start in range(0, 20, 5):
                await journal.append(rows[start : start + 5])
            server.crash()
            with pytest.raises(JournalWriteError):
                await journal.append(rows[20:30])
            assert await journal.append(rows[20:30]) == head_of(rows[:30])
            waiting = asyncio.create_task(journal.append(rows[30:]))
            await asyncio.sleep(0)
            server.crash()
            await asyncio.gather(waiting, return_exceptions=True)
            kept = len(on_disk(url))
            assert kept in (30, 60), "a batch is there or it is not"
        assert on_disk(url) == rows[:kept]
        assert verify_file(url, head_of(rows[:kept]), complete=True).ok


async def test_a_server_that_is_gone_is_named_without_the_password(tmp_path: Path) -> None:
    gone = PostgresUrl(f"postgresql://ann:sw0rdfish@/desk?host={tmp_path}")
    with pytest.raises(JournalError) as error:
        async with opened(gone):
            pass
    assert str(error.value).startswith(f"postgresql://ann@/desk?host={tmp_path}: ")
    assert "sw0rdfish" not in str(error.value)
    assert "\n" not in str(error.value)


def end_sessions(server: Server) -> None:
    server.run(
        server.url(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name='tradedesk'"
    )


# --- what is kept safe, and what is refused


@pytest.mark.parametrize("statement", ["UPDATE facts SET kind = 'x'", "DELETE FROM facts", "TRUNCATE facts"])
async def test_a_row_can_be_neither_changed_nor_removed_by_plain_sql(
    url: PostgresUrl, postgres_server: Server, statement: str
) -> None:
    rows = rows_of(trading(3))
    async with opened(url) as journal:
        await journal.append(rows)
    with pytest.raises(Exception, match="append-only"):
        postgres_server.run(url, statement)
    assert on_disk(url) == rows


async def test_a_row_changed_behind_the_guards_is_found_in_its_place(url: PostgresUrl, postgres_server: Server) -> None:
    async with opened(url) as journal:
        await journal.append(rows_of(trading(9)))
    postgres_server.run(
        url,
        "ALTER TABLE facts DISABLE TRIGGER ALL",
        "UPDATE facts SET payload = replace(payload, '190.50', '191.50') WHERE seq = 4",
        "ALTER TABLE facts ENABLE TRIGGER ALL",
    )
    broken = verify_file(url).broken
    assert broken is not None
    assert (broken.seq, broken.problem) == (4, "changed")
    async with opened(url) as journal:
        with pytest.raises(JournalError, match="seq 4: changed"):
            await fold(journal)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("DROP TRIGGER facts_refuse_change ON facts", "triggers that refuse changes are missing"),
        ("ALTER TABLE facts DISABLE TRIGGER facts_refuse_truncate", "triggers that refuse changes are missing"),
        ("ALTER TABLE facts ADD COLUMN note text", "the table facts is altered"),
        ("COMMENT ON TABLE facts IS 'tradedesk journal 2'", "says 'tradedesk journal 2'"),
    ],
)
async def test_an_altered_table_is_refused_by_the_desk_and_by_an_audit(
    url: PostgresUrl, postgres_server: Server, change: str, words: str
) -> None:
    async with opened(url):
        pass
    postgres_server.run(url, change)
    with pytest.raises(JournalError, match=words):
        async with opened(url):
            pass
    with pytest.raises(JournalError, match=words):
        on_disk(url)


def test_an_audit_of_an_empty_schema_makes_no_table(url: PostgresUrl, postgres_server: Server) -> None:
    with pytest.raises(JournalError, match="has no table facts"):
        on_disk(url)
    assert postgres_server.run(url, "SELECT to_regclass('facts')")[0][0] is None


async def test_commits_are_durable_also_where_the_role_is_told_otherwise(postgres_server: Server) -> None:
    role = PostgresUrl(f"{postgres_server.new_schema().secret}&synchronous_commit=off")
    async with opened(role) as journal:
        assert await journal.setting("synchronous_commit") == "on"


# --- snapshots beside it


async def test_a_child_folds_the_journal_of_a_server_too(url: PostgresUrl, tmp_path: Path) -> None:
    async with opened(url) as journal:
        await journal.append(history(3))
        child = await asyncio.to_thread(start, Job(text_of(url), str(tmp_path)))
        _, said = await asyncio.to_thread(child.communicate)
        assert (child.returncode, said) == (0, b"")
        (path,) = newest_first(tmp_path)
        assert load(path)[1].digest() == (await fold(journal)).digest() == (await fold(journal, tmp_path)).digest()


# --- the URL


def test_a_url_shows_where_and_never_the_password() -> None:
    url = PostgresUrl(SECRET)
    assert str(url) == "postgresql://ann@db.example:5433/desk?search_path=live"
    for text in (str(url), repr(url), f"{url}", json.dumps({"url": str(url)})):
        assert "sw0rdfish" not in text
    assert url.secret == SECRET
    assert place_of(text_of(url)) == url
    assert place_of("/a/journal.sqlite3") == Path("/a/journal.sqlite3")


@pytest.mark.parametrize("text", ["mysql://u:sw0rdfish@h/d", "postgres://u:sw0rd#fish@h/d", "postgres://u:p@h:port/d"])
def test_what_is_no_url_of_a_server_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError) as error:
        PostgresUrl(text)
    assert "sw0rd" not in str(error.value)
    assert error.value.__cause__ is None


async def test_without_the_driver_the_extra_is_named(url: PostgresUrl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(JournalError, match=r"not installed; pip install 'tradedesk\[postgres\]'"):
        async with opened(url):
            pass
    with pytest.raises(JournalError, match=r"tradedesk\[postgres\]"):
        on_disk(url)
