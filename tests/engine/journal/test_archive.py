"""Old days leave the journal and stay provable: archive and journal are one chain, one state, one blotter."""

from __future__ import annotations

import gzip
import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine import facts as f
from engine.journal.archive import Archive, archive_folder
from engine.journal.archiving import archive
from engine.journal.blotter import TABLES, read_table
from engine.journal.chain import Chain, Head, Row
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError
from engine.journal.folding import fold_into
from engine.journal.mirror import TradesMirror
from engine.journal.mirror_line import write_line
from engine.journal.projections import catch_up, rebuild
from engine.journal.reader import JournalReader
from engine.journal.schema import create
from engine.journal.snapshots import newest_first
from engine.journal.store import SqliteJournal
from engine.journal.verify import verify_file
from engine.runtime.recovery import fold
from engine.state import DeskState
from tests.engine.journal.foreign import as_of_another_program
from tests.engine.journal.histories import facts_of, history
from tests.engine.journal.samples import head_of, order, stamp


class Desk:
    """A journal of several days on disk, as it was before anything was archived."""

    def __init__(self, folder: Path, rows: Sequence[Row]) -> None:
        self.path = folder / "journal.sqlite3"
        self.snapshots = folder / "snapshots"
        self.folder = archive_folder(self.path)
        self.rows = list(rows)
        self.days = [row for row in rows if row.kind == "day_rolled"]

    def archive(self, day: int) -> int:
        """Archive what came before that day; returns the anchor's seq."""
        return archive(self.path, self.snapshots, self.days[day].recorded_ns).anchor.seq

    async def digest(self) -> str:
        journal = await SqliteJournal.open(self.path, FactCodec())
        try:
            return (await fold(journal, self.snapshots, self.folder)).digest()
        finally:
            await journal.close()

    @property
    def truth(self) -> str:
        state = DeskState()
        fold_into(state, facts_of(self.rows))
        return state.digest()

    def on_disk(self) -> list[Row]:
        with JournalReader(self.path) as reader:
            return list(reader.rows())

    def kept_in_the_journal(self) -> list[int]:
        database = sqlite3.connect(self.path)
        found = [seq for (seq,) in database.execute("SELECT seq FROM facts ORDER BY seq")]
        database.close()
        return found

    def archives(self) -> list[Path]:
        return sorted(self.folder.glob("*.jsonl.gz"))


@pytest.fixture
async def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path, next(rows for rows in map(history, range(60)) if days_in(rows) >= 4))
    journal = await SqliteJournal.open(desk.path, FactCodec())
    await journal.append(desk.rows)
    await journal.close()
    return desk


def days_in(rows: Sequence[Row]) -> int:
    return sum(row.kind == "day_rolled" for row in rows)


async def test_archived_days_and_the_journal_are_one_chain_and_one_state(desk: Desk) -> None:
    anchor = desk.archive(2)
    assert desk.rows[anchor].kind == "day_rolled"
    assert desk.kept_in_the_journal() == list(range(anchor + 1, len(desk.rows) + 1))
    assert desk.on_disk() == desk.rows
    assert verify_file(desk.path, head_of(desk.rows), complete=True).ok
    assert await desk.digest() == desk.truth


async def test_the_next_days_follow_in_an_archive_of_their_own(desk: Desk) -> None:
    first, second = desk.archive(1), desk.archive(3)
    assert [(a.first, a.last) for a in map(Archive, desk.archives())] == [(1, first), (first + 1, second)]
    assert desk.on_disk() == desk.rows
    assert verify_file(desk.path, head_of(desk.rows), complete=True).ok
    assert await desk.digest() == desk.truth


async def test_the_desk_goes_on_behind_the_anchor(desk: Desk) -> None:
    desk.archive(2)
    journal = await SqliteJournal.open(desk.path, FactCodec())
    assert journal.head == head_of(desk.rows)
    more = Chain(FactCodec(), journal.head).stamp(stamp([order(900)], journal.head))
    await journal.append(more)
    assert await journal.hash_at(journal.anchor.seq) == journal.anchor.hash
    assert await journal.hash_at(1) is None
    with pytest.raises(JournalError, match=r"rows 1 to \d+ are archived"):
        await fold(journal)
    await journal.close()
    assert desk.on_disk() == [*desk.rows, *more]


async def test_blotter_and_mirror_see_no_difference(desk: Desk, tmp_path: Path) -> None:
    blotter, mirror = tmp_path / "blotter.sqlite3", tmp_path / "trades.jsonl"
    catch_up(desk.path, blotter)
    TradesMirror(desk.path, mirror).catch_up()
    tables = {name: read_table(blotter, name) for name in TABLES}
    lines = mirror.read_bytes()
    desk.archive(3)
    assert catch_up(desk.path, blotter) == head_of(desk.rows)
    assert TradesMirror(desk.path, mirror).catch_up() == 0
    rebuild(desk.path, blotter)
    mirror.unlink()
    TradesMirror(desk.path, mirror).catch_up()
    assert {name: read_table(blotter, name) for name in TABLES} == tables
    assert mirror.read_bytes() == lines


async def test_one_changed_byte_of_an_archive_is_found_with_its_place(desk: Desk) -> None:
    desk.archive(2)
    (path,) = desk.archives()
    text = gzip.decompress(path.read_bytes())
    lines = text.splitlines(keepends=True)
    where = text.index(lines[5]) + 40
    path.write_bytes(gzip.compress(text[:where] + bytes([text[where] ^ 1]) + text[where + 1 :]))
    broken = verify_file(desk.path).broken
    assert broken is not None
    assert broken.seq <= 5
    assert f"{path.name}: line 6" in str(broken)


@pytest.mark.parametrize("harm", ["removed", "cut", "swapped", "dropped"])
async def test_an_archive_that_is_not_whole_is_found(desk: Desk, harm: str) -> None:
    anchor = desk.archive(2)
    (path,) = desk.archives()
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    if harm == "removed":
        path.unlink()
    elif harm == "cut":
        path.write_bytes(path.read_bytes()[:-30])
    elif harm == "swapped":
        path.write_bytes(gzip.compress(b"".join([*lines[:4], lines[5], lines[4], *lines[6:]])))
    else:
        path.write_bytes(gzip.compress(b"".join(lines[:-1])))
    broken = verify_file(desk.path).broken
    assert broken is not None
    assert broken.seq <= anchor
    assert await desk.digest() == desk.truth  # the snapshot beside it needs no archive


async def test_the_archive_of_another_journal_is_found(desk: Desk, tmp_path: Path) -> None:
    anchor = desk.archive(2)
    (path,) = desk.archives()
    state = f.DeskOpened("X", "paper", "A", "paper", "USD", "average", "h", "", "0")
    forged = Chain(FactCodec()).stamp(stamp([state] * anchor))
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(gzip.compress(lines[0] + b"".join(write_line(row) + b"\n" for row in forged)))
    broken = verify_file(desk.path).broken
    assert broken is not None
    assert broken.seq <= anchor + 1


# --- without the snapshot of the anchor


async def test_after_an_upgrade_the_archived_days_are_folded_anew(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.archive(2)
    for path in newest_first(desk.folder):
        as_of_another_program(path)
    assert await desk.digest() == desk.truth
    for path in desk.archives():
        path.unlink()
    caplog.set_level(logging.WARNING, "tradedesk.journal")
    assert await desk.digest() == desk.truth
    assert "made by another version of this program" in caplog.text


async def test_without_archive_and_snapshot_the_start_is_refused_and_says_what_is_missing(desk: Desk) -> None:
    desk.archive(2)
    for path in desk.folder.iterdir():
        path.unlink()
    with pytest.raises(JournalError, match=r"rows 1 to \d+ are archived, and no archive there holds row 1"):
        await desk.digest()


async def test_without_a_snapshot_nothing_is_archived(desk: Desk) -> None:
    (desk.folder / f"{desk.days[2].seq - 1:012d}.snapshot").mkdir(parents=True)  # in its way
    with pytest.raises(JournalError, match="no snapshot can be made to begin from, so nothing was moved"):
        desk.archive(2)
    assert desk.kept_in_the_journal() == list(range(1, len(desk.rows) + 1))


# --- what is refused, and what an interruption leaves


async def test_a_date_before_which_no_day_ended_archives_nothing(desk: Desk) -> None:
    with pytest.raises(JournalError, match="there is no whole day to archive"):
        archive(desk.path, desk.snapshots, desk.rows[-1].recorded_ns + 1)
    desk.archive(1)
    with pytest.raises(JournalError, match="there is no whole day to archive"):
        desk.archive(1)
    assert desk.on_disk() == desk.rows


async def test_a_journal_that_is_not_intact_is_not_archived(desk: Desk) -> None:
    database = sqlite3.connect(desk.path)
    for trigger in ("facts_refuse_update",):
        database.execute(f"DROP TRIGGER {trigger}")
    database.execute("UPDATE facts SET payload = replace(payload, ':', ': ') WHERE seq = 7")
    database.execute(
        "CREATE TRIGGER facts_refuse_update BEFORE UPDATE ON facts"
        " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
    )
    database.commit()
    database.close()
    with pytest.raises(JournalError, match="seq 7: changed"):
        desk.archive(2)
    assert not desk.folder.exists()


async def test_a_journal_that_somebody_has_open_is_not_shortened(desk: Desk) -> None:
    journal = await SqliteJournal.open(desk.path, FactCodec())
    with pytest.raises(JournalError, match=r"is in use|is locked"):
        desk.archive(2)
    await journal.close()
    assert desk.kept_in_the_journal() == list(range(1, len(desk.rows) + 1))
    desk.archive(2)
    assert desk.on_disk() == desk.rows


@pytest.mark.parametrize("step", ["_snapshot", "_shorten", "_close_for_others", "create"])
async def test_an_interruption_at_any_step_leaves_the_journal_as_it_was(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def pulled(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"engine.journal.archiving.{step}", pulled)
        with pytest.raises(KeyboardInterrupt):
            desk.archive(2)
    assert desk.on_disk() == desk.rows
    assert verify_file(desk.path, head_of(desk.rows), complete=True).ok
    assert await desk.digest() == desk.truth
    desk.archive(3)
    assert desk.on_disk() == desk.rows
    assert await desk.digest() == desk.truth


async def test_the_anchor_can_be_neither_changed_nor_removed_by_plain_sql(desk: Desk) -> None:
    desk.archive(2)
    database = sqlite3.connect(desk.path)
    for statement in ("UPDATE anchor SET seq = 1", "DELETE FROM anchor", "INSERT INTO anchor VALUES (1, 'x')"):
        with pytest.raises(sqlite3.IntegrityError, match="the anchor never changes"):
            database.execute(statement)
    database.close()


async def test_a_forged_anchor_does_not_hide_rows_that_were_cut_off(desk: Desk) -> None:
    """Who removes the beginning and says that it was archived has no archive to show."""
    cut = desk.rows[20]
    create(desk.path.with_name("forged"), Head(cut.seq, cut.hash), desk.path)
    desk.path.unlink()
    desk.path.with_name("forged").rename(desk.path)
    broken = verify_file(desk.path, head_of(desk.rows)).broken
    assert broken is not None
    assert broken.seq == 1
    assert "rows 1 to 21 are archived" in str(broken)
