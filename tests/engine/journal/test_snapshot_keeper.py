"""Snapshots are made while the desk trades, by a child, and at its end; whatever fails costs time and nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.journal.chain import Head
from engine.journal.codec import FactCodec
from engine.journal.snapshot_child import Job, start
from engine.journal.snapshots import load, newest_first, read_label
from engine.journal.store import SqliteJournal
from engine.runtime import snapshotting
from engine.runtime.recovery import fold
from engine.runtime.snapshotting import SnapshotKeeper
from engine.state import DeskState
from tests.engine.journal.histories import history
from tests.engine.journal.samples import head_of


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    journal = await SqliteJournal.open(tmp_path / "journal.sqlite3", FactCodec())
    await journal.append(history(3))
    yield journal
    await journal.close()


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(str(tmp_path / "journal.sqlite3"), str(tmp_path / "snapshots"))


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshotting, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(snapshotting, "SHORT_TAIL", 10)


async def test_a_child_makes_the_snapshot_that_a_fold_would_give(journal: SqliteJournal, job: Job) -> None:
    child = await asyncio.to_thread(start, job)
    _, said = await asyncio.to_thread(child.communicate)
    assert (child.returncode, said) == (0, b"")
    (path,) = newest_first(Path(job.snapshots))
    label, state = load(path)
    assert label.head == journal.head
    assert state.digest() == (await fold(journal)).digest()


async def test_a_child_says_in_one_line_what_is_wrong(tmp_path: Path) -> None:
    child = await asyncio.to_thread(start, Job(str(tmp_path / "none.sqlite3"), str(tmp_path)))
    _, said = await asyncio.to_thread(child.communicate)
    assert child.returncode == 1
    assert said.decode().splitlines() == [f"{tmp_path}/none.sqlite3: no such file; expected tradedesk's journal"]


async def test_a_snapshot_is_made_when_the_journal_has_grown_enough(journal: SqliteJournal, job: Job) -> None:
    keeper = SnapshotKeeper(job, every=len(history(3)))
    made = asyncio.Event()

    def head() -> Head:
        if newest_first(Path(job.snapshots)):
            made.set()
        return journal.head

    task = asyncio.create_task(keeper.run(head))
    async with asyncio.timeout(30):
        await made.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [read_label(path).head for path in newest_first(Path(job.snapshots))] == [journal.head]


async def test_at_the_end_the_state_is_written_down_as_it_is(journal: SqliteJournal, job: Job) -> None:
    state = await fold(journal)
    SnapshotKeeper(job, every=1000).at_stop(journal.head, state)
    (path,) = newest_first(Path(job.snapshots))
    assert load(path)[1].digest() == state.digest()
    assert (await fold(journal, Path(job.snapshots))).digest() == state.digest()


async def test_nothing_is_written_for_a_short_tail_an_unsettled_state_or_when_switched_off(
    journal: SqliteJournal, job: Job
) -> None:
    state = await fold(journal)
    SnapshotKeeper(job, every=0).at_stop(journal.head, state)
    SnapshotKeeper(job, every=1000).at_stop(None, state)
    SnapshotKeeper(job, every=1000).at_stop(head_of(history(3)[:9]), state)
    assert newest_first(Path(job.snapshots)) == []


def test_a_folder_that_takes_no_snapshot_makes_a_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = tmp_path / "snapshots"
    place.write_text("a file where the folder should be")
    caplog.set_level(logging.WARNING, "tradedesk.journal")
    SnapshotKeeper(Job("journal.sqlite3", str(place)), every=1000).at_stop(Head(5000, "ab" * 32), DeskState())
    assert f"snapshot: {place}/000000005000.snapshot: File exists" in caplog.messages
