from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.facts import Stamped
from engine.journal.chain import GENESIS, Chain, Row, verify
from engine.journal.codec import FactCodec
from engine.journal.double import JournalDouble
from engine.journal.errors import JournalError, JournalWriteError
from engine.journal.store import SqliteJournal
from engine.journal.verify import verify_file
from tests.engine.journal.power_cut import Disk
from tests.engine.journal.samples import head_of, order, rows_of, stamp, trading


@pytest.mark.parametrize("seed", range(12))
async def test_a_power_cut_loses_no_committed_fact_and_keeps_no_half_batch(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    journal = await SqliteJournal.open(tmp_path / "journal.sqlite3", FactCodec())
    chain = Chain(FactCodec())
    facts = stamp(trading(150))
    disk, committed, cuts = Disk.synced(tmp_path / "journal.sqlite3"), 0, 0
    while committed < len(facts):
        batch = facts[committed : committed + rng.randint(1, 12)]
        await journal.append(chain.stamp(batch))
        later = Disk.synced(tmp_path / "journal.sqlite3")
        for _ in range(3):
            report = verify_file(disk.cut(later, rng).put(tmp_path / "cut" / "journal.sqlite3"))
            assert report.ok, report.broken
            assert report.facts in (committed, committed + len(batch))
            cuts += 1
        report = verify_file(later.put(tmp_path / "cut" / "journal.sqlite3"), chain.head, complete=True)
        assert report.ok, report.broken
        disk, committed = later, committed + len(batch)
    await journal.close()
    assert cuts > 20


async def test_the_desk_goes_on_after_a_power_cut(tmp_path: Path) -> None:
    rows = rows_of(trading(9))
    journal = await SqliteJournal.open(tmp_path / "journal.sqlite3", FactCodec())
    await journal.append(rows[:4])
    disk = Disk.synced(tmp_path / "journal.sqlite3")
    await journal.append(rows[4:])
    await journal.close()

    after = await SqliteJournal.open(disk.put(tmp_path / "after" / "journal.sqlite3"), FactCodec())
    assert after.head == head_of(rows[:4])
    others = rows_of([order(70)], after=after.head)
    await after.append(others)
    await after.close()
    assert verify_file(tmp_path / "after" / "journal.sqlite3", head_of(others), complete=True).ok


async def test_a_power_cut_around_a_checkpoint_loses_nothing(tmp_path: Path) -> None:
    """Enough facts for SQLite to move its WAL into the database several times."""
    path = tmp_path / "journal.sqlite3"
    journal = await SqliteJournal.open(path, FactCodec())
    chain = Chain(FactCodec())
    facts = stamp(trading(24_000))
    checkpoints, before = 0, path.stat().st_size
    for start in range(0, len(facts), 1500):
        await journal.append(chain.stamp(facts[start : start + 1500]))
        checkpoints += path.stat().st_size != before
        before = path.stat().st_size
        cut = Disk.synced(path).put(tmp_path / "cut" / "journal.sqlite3")
        assert verify_file(cut, chain.head, complete=True).ok
    await journal.close()
    assert checkpoints > 1


# --- the double
# -----------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(("append", "sync", "crash", "fault")), max_size=40), st.randoms())
def test_the_double_keeps_what_was_synced_and_only_whole_batches(steps: list[str], rng: random.Random) -> None:
    codec = FactCodec()
    journal, chain = JournalDouble(codec), Chain(codec)
    promised: list[Row] = []
    waiting: list[list[Row]] = []
    for step in steps:
        match step:
            case "append":
                batch = chain.stamp(stamp(trading(rng.randint(1, 5)), chain.head))
                journal.append(batch)
                waiting.append(batch)
            case "sync":
                assert journal.sync() == chain.head
                promised += [row for batch in waiting for row in batch]
                waiting.clear()
            case "fault":
                journal.fault = "no space left"
                with pytest.raises(JournalWriteError, match="no space left"):
                    journal.sync()
                journal.fault = ""
                assert journal.pending == len(waiting)
            case "crash":
                kept = rng.randint(0, len(waiting))
                journal.crash(kept)
                promised += [row for batch in waiting[:kept] for row in batch]
                waiting.clear()
                chain = Chain(codec, journal.head)
        assert journal.rows == promised
    assert verify(journal.rows) is None


def test_the_double_reads_back_what_it_holds() -> None:
    journal, facts = JournalDouble(FactCodec()), stamp(trading(6))
    rows = Chain(FactCodec()).stamp(facts)
    assert list(journal.read()) == []
    journal.append(rows[:4])
    journal.append([])
    assert journal.head == GENESIS
    journal.sync()
    journal.append(rows[4:])
    assert _facts(journal) == facts[:4]
    journal.sync()
    assert _facts(journal) == facts
    assert [fact for batch in journal.read(head_of(rows[:5])) for fact in batch] == facts[5:]


def test_the_double_refuses_rows_out_of_place_and_everything_under_a_fault() -> None:
    journal, rows = JournalDouble(FactCodec()), rows_of(trading(4))
    journal.fault = "no space left"
    with pytest.raises(JournalWriteError, match="no space left"):
        journal.append(rows)
    journal.fault = ""
    journal.append(rows[:2])
    with pytest.raises(JournalError, match="row 4 does not follow row 2"):
        journal.append(rows[3:])
    assert journal.pending == 1


def _facts(journal: JournalDouble) -> list[Stamped]:
    return [fact for batch in journal.read() for fact in batch]
