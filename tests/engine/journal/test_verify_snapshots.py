"""An audit finds a snapshot that says anything else than its facts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.journal.chain import Row
from engine.journal.codec import FactCodec
from engine.journal.folding import fold_into
from engine.journal.place import Place
from engine.journal.snapshots import damage_of, save
from engine.journal.store import open_journal
from engine.journal.verify_snapshots import SnapshotsReport, verify_snapshots
from engine.state import DeskState
from tests.engine.journal.histories import facts_of, history
from tests.engine.journal.samples import head_of

ROWS: Sequence[Row] = history(3)


def state_after(seq: int) -> DeskState:
    state = DeskState()
    fold_into(state, facts_of(ROWS[:seq]))
    return state


@pytest.fixture
async def journal(place: Place) -> Place:
    journal = await open_journal(place, FactCodec())
    await journal.append(ROWS)
    await journal.close()
    return place


def test_snapshots_that_are_what_their_facts_fold_to_are_counted(journal: Place, tmp_path: Path) -> None:
    assert verify_snapshots(journal, [tmp_path / "none"]) == SnapshotsReport(0)
    for folder, seq in (("a", 20), ("a", 60), ("b", 40), ("b", len(ROWS))):
        save(tmp_path / folder, head_of(ROWS[:seq]), state_after(seq), 0)
    assert verify_snapshots(journal, [tmp_path / "a", tmp_path / "b"]) == SnapshotsReport(4)


def test_a_snapshot_with_another_position_is_named(journal: Place, tmp_path: Path) -> None:
    save(tmp_path, head_of(ROWS[:20]), state_after(20), 0)
    forged = state_after(60)
    forged.equity = Decimal("1000000000")
    path = save(tmp_path, head_of(ROWS[:60]), forged, 0)
    report = verify_snapshots(journal, [tmp_path])
    assert report == SnapshotsReport(1, f"{path}: is not the state that facts 1 to 60 fold to; remove it")


def test_snapshots_of_another_journal_are_no_concern(journal: Place, tmp_path: Path) -> None:
    save(tmp_path, head_of(history(4)[:20]), DeskState(), 0)
    assert verify_snapshots(journal, [tmp_path]) == SnapshotsReport(0)


@given(data=st.data())
def test_a_changed_byte_of_a_snapshot_is_named(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("snapshot")
    path = save(folder, head_of(ROWS[:60]), state_after(60), 0)
    whole = bytearray(path.read_bytes())
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(whole)
    assert "is damaged" in (damage_of(path) or "")


def test_a_damaged_snapshot_is_named_though_no_start_would_use_it(journal: Place, tmp_path: Path) -> None:
    path = save(tmp_path, head_of(ROWS[:60]), state_after(60), 0)
    path.write_bytes(path.read_bytes()[:-1])
    wrong = verify_snapshots(journal, [tmp_path]).wrong
    assert wrong.startswith(f"{path}: is damaged")
