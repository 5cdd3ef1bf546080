"""What every journal does, wherever it is kept: each test here runs on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from engine import facts as f
from engine.facts import Fact, Stamped
from engine.journal.chain import GENESIS, Chain, Head, Row
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError, JournalWriteError
from engine.journal.place import Place
from engine.journal.reader import JournalReader
from engine.journal.store import Journal, open_journal
from engine.journal.verify import VerifyReport, verify_file
from engine.model.enums import AlertLevel
from tests.engine.journal.samples import head_of, order, rows_of, stamp, trading


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[Journal]:
    journal = await open_journal(place, FactCodec())
    try:
        yield journal
    finally:
        await journal.close()


async def everything(journal: Journal, after: Head = GENESIS) -> list[Stamped]:
    return [fact async for batch in journal.read(after) for fact in batch]


async def written(place: Place, facts: list[Fact]) -> list[Row]:
    rows = rows_of(facts)
    async with opened(place) as journal:
        await journal.append(rows)
    return rows


def on_disk(place: Place) -> list[Row]:
    with JournalReader(place) as reader:
        return list(reader.rows())


async def test_facts_come_back_in_order_after_a_restart(place: Place) -> None:
    facts = stamp(trading(20))
    chain = Chain(FactCodec())
    async with opened(place) as journal:
        assert journal.head == GENESIS
        assert await everything(journal) == []
        for start in range(0, 20, 5):
            head = await journal.append(chain.stamp(facts[start : start + 5]))
            assert head == chain.head == journal.head
    async with opened(place) as journal:
        assert journal.head == chain.head
        assert await everything(journal) == facts


async def test_a_fold_can_start_behind_any_row(place: Place) -> None:
    rows = await written(place, trading(10))
    async with opened(place) as journal:
        assert [fact.seq for fact in await everything(journal, after=head_of(rows[:7]))] == [8, 9, 10]
        assert await everything(journal, after=head_of(rows)) == []


async def test_a_fold_from_a_snapshot_of_another_journal_is_refused(place: Place) -> None:
    await written(place, trading(10))
    async with opened(place) as journal:
        with pytest.raises(JournalError, match="seq 8: unlinked"):
            await everything(journal, after=Head(7, "ab" * 32))


@pytest.mark.parametrize("count", [1, 64, 65, 4000, 4001, 12_345])
async def test_a_batch_of_any_size_is_appended_whole(place: Place, count: int) -> None:
    rows = rows_of(trading(count + 2))
    async with opened(place) as journal:
        await journal.append(rows[:1])
        await journal.append(rows[1:-1])
        await journal.append(rows[-1:])
        assert len(await everything(journal)) == count + 2


async def test_an_empty_batch_changes_nothing(place: Place) -> None:
    async with opened(place) as journal:
        assert await journal.append([]) == GENESIS


async def test_closing_twice_is_harmless_and_then_it_is_closed(place: Place) -> None:
    async with opened(place) as journal:
        await journal.close()
        await journal.close()
        with pytest.raises(JournalWriteError, match="the journal is closed"):
            await journal.append(rows_of([order(1)]))
        with pytest.raises(JournalError, match="the journal is closed"):
            await everything(journal)


async def test_an_audit_reads_beside_a_running_desk(place: Place) -> None:
    rows = rows_of(trading(6))
    async with opened(place) as journal:
        await journal.append(rows[:3])
        with JournalReader(place) as reader:
            assert reader.head() == head_of(rows[:3])
            await journal.append(rows[3:])
            assert reader.head() == head_of(rows)
            [(facts, head)] = reader.facts(FactCodec())
            assert [fact.seq for fact in facts] == [1, 2, 3, 4, 5, 6]
            assert head == head_of(rows)
            assert reader.hash_at(2) == rows[1].hash
            assert reader.hash_at(7) is None
        await journal.append(rows_of([order(9)], after=head_of(rows)))
    assert len(on_disk(place)) == 7


async def test_an_append_that_nobody_waited_for_is_not_repeated(place: Place) -> None:
    """The pump's patience ended; the commit went through all the same."""
    rows = rows_of(trading(6))
    async with opened(place) as journal:
        impatient = asyncio.create_task(journal.append(rows[:3]))
        await asyncio.sleep(0)  # the batch is on its way to the database's thread
        impatient.cancel()
        await asyncio.gather(impatient, return_exceptions=True)
        assert impatient.cancelled()
        assert await journal.append(rows) == head_of(rows)
    assert on_disk(place) == rows


async def test_rows_that_leave_a_gap_are_refused(place: Place) -> None:
    rows = rows_of(trading(6))
    async with opened(place) as journal:
        await journal.append(rows[:2])
        with pytest.raises(JournalError, match="row 4 does not follow row 2"):
            await journal.append(rows[3:])
        with pytest.raises(JournalError, match="row 1 does not follow row 2"):
            await journal.append(rows[:2])
        await journal.append(rows[2:])
    assert on_disk(place) == rows


async def test_every_row_can_be_asked_for_its_hash(place: Place) -> None:
    rows = await written(place, trading(3))
    async with opened(place) as journal:
        assert await journal.hash_at(0) == GENESIS.hash
        assert await journal.hash_at(2) == rows[1].hash
        assert await journal.hash_at(4) is None


async def test_an_audit_verifies_all_of_it(place: Place) -> None:
    rows = await written(place, trading(12))
    assert verify_file(place, head_of(rows), complete=True) == VerifyReport(12, head_of(rows))


async def test_text_of_any_kind_survives(place: Place) -> None:
    odd = f.AlertRaised(1, AlertLevel.NOTICE, "X", 'nul \0, quote ", euro €, clef 𝄞, tab \t')
    await written(place, [odd])
    async with opened(place) as journal:
        assert [stamped.fact for stamped in await everything(journal)] == [odd]
    assert verify_file(place).ok
