"""A snapshot is the state, or it is passed over: what a desk recovers does not depend on there being one."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.facts import Stamped
from engine.journal.chain import Head, Row
from engine.journal.codec import FactCodec
from engine.journal.folding import fold_into, fold_reader
from engine.journal.reader import JournalReader
from engine.journal.snapshots import Label, SnapshotError, fingerprint, load, newest_first, read_label, save
from engine.journal.state_codec import StateCodecError, decode, encode
from engine.journal.store import SqliteJournal
from engine.runtime.recovery import fold
from engine.state import DeskState
from tests.engine.journal.foreign import as_of_another_program
from tests.engine.journal.histories import facts_of, history
from tests.engine.journal.samples import anything_of, head_of

SEEDS = range(40)
START_NS = 1_700_000_000_000_000_000


def folded(facts: Sequence[Stamped]) -> DeskState:
    state = DeskState()
    fold_into(state, facts)
    return state


class Desk:
    """A journal on disk with a folder for its snapshots."""

    def __init__(self, folder: Path, journal: SqliteJournal, rows: Sequence[Row]) -> None:
        self.path = folder / "journal.sqlite3"
        self.snapshots = folder / "snapshots"
        self.journal = journal
        self.rows = rows
        self.facts = facts_of(rows)

    def save(self, upto: int) -> Path:
        """Snapshot the state after row `upto`."""
        return save(self.snapshots, head_of(self.rows[:upto]), folded(self.facts[:upto]), START_NS)

    async def recovered(self) -> str:
        return (await fold(self.journal, self.snapshots)).digest()

    @property
    def truth(self) -> str:
        return folded(self.facts).digest()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    rows = history(3)
    journal = await SqliteJournal.open(tmp_path / "journal.sqlite3", FactCodec())
    await journal.append(rows)
    yield Desk(tmp_path, journal, rows)
    await journal.close()


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.WARNING, "tradedesk.journal")
    return caplog


# -- the state as bytes -----------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.sampled_from(SEEDS), st.data())
def test_a_fold_broken_off_and_taken_up_from_bytes_ends_in_the_same_state(seed: int, data: st.DataObject) -> None:
    facts = facts_of(history(seed))
    cut = data.draw(st.integers(0, len(facts)), label="cut")
    before = folded(facts[:cut])
    after = decode(encode(before))
    assert after.digest() == before.digest()
    fold_into(after, facts[cut:])
    assert after.digest() == folded(facts).digest()


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_one_object_is_one_object_again(seed: int) -> None:
    before = folded(facts_of(history(seed)))
    after = decode(encode(before))
    assert list(after.orders) == list(before.orders)
    for name in ("open_orders", "unknown", "unproven", "by_order_id", "by_id"):
        ours, theirs = getattr(after, name), getattr(before, name)
        assert list(ours) == list(theirs)
        assert [o.cl_ord_id for o in ours.values()] == [o.cl_ord_id for o in theirs.values()]
        assert all(order is after.orders[order.cl_ord_id] for order in ours.values())
    for place in {(o.symbol, o.side.is_buy) for o in before.open_orders.values()}:
        ours = after.resting.at(place[0], is_buy=place[1])
        assert set(ours) == set(before.resting.at(place[0], is_buy=place[1]))
        assert all(order is after.orders[order.cl_ord_id] for order in ours.values())
    for algo in after.algos.values():
        assert all(child is after.orders[root] for root, child in algo.open_children.items())
    assert list(after.active) == list(before.active)
    assert all(position is after.positions[key] for key, position in after.active.items())
    assert all(e is after.seen_executions[e.account, e.exec_id] for e in after.fills)
    assert list(after.seen_executions) == list(before.seen_executions)
    assert repr(after.seen_executions) == repr(before.seen_executions)
    assert repr(after.orders) == repr(before.orders)
    assert repr(after.positions) == repr(before.positions)


FIELDS = {
    field.name: anything_of(field.type)
    for field in msgspec.structs.fields(DeskState)
    if field.name not in ("limits", "resting")
}


@pytest.mark.parametrize("name", FIELDS)
@settings(max_examples=8)
@given(data=st.data())
def test_anything_that_a_field_may_hold_survives(name: str, data: st.DataObject) -> None:
    before = DeskState()
    bound, value = getattr(before, name), data.draw(FIELDS[name])
    setattr(before, name, deque(value, bound.maxlen) if isinstance(bound, deque) else value)
    told = [getattr(state, name) for state in (before, decode(encode(before)))]
    one, other = (repr(sorted(value) if isinstance(value, set) else value) for value in told)
    assert one == other


def test_numbers_keep_their_digits_and_queues_their_bounds() -> None:
    state = DeskState()
    state.day_equity = Decimal("1.50")
    state.marks["AAPL"] = (Decimal("190.10"), Decimal("190.2"), 5)
    after = decode(encode(state))
    assert str(after.day_equity) == "1.50"
    assert [str(px) for px in after.marks["AAPL"][:2]] == ["190.10", "190.2"]
    assert (after.fills.maxlen, after.alerts.maxlen, after.sent_ns.maxlen) == (2000, 500, 4096)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_state_are_refused(data: bytes) -> None:
    with pytest.raises(StateCodecError):
        decode(data)


# -- the files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
async def test_recovery_from_a_snapshot_and_the_tail_equals_the_full_fold(desk: Desk, share: float) -> None:
    desk.save(max(1, int(len(desk.rows) * share)))
    assert await desk.recovered() == desk.truth
    with JournalReader(desk.path) as reader:
        head, state = fold_reader(reader, FactCodec(), [desk.snapshots])
    assert (head, state.digest()) == (desk.journal.head, desk.truth)


async def test_recovery_reads_only_what_lies_behind_the_snapshot(desk: Desk) -> None:
    path = desk.save(len(desk.rows) - 5)
    label, state = load(path)
    read = [len(batch) async for batch in desk.journal.read(label.head)]
    assert read == [5]
    assert state.digest() == folded(desk.facts[:-5]).digest()


async def test_the_newest_of_several_snapshots_is_used_and_two_are_kept(desk: Desk) -> None:
    for upto in (20, 40, 60):
        desk.save(upto)
    assert [read_label(path).seq for path in newest_first(desk.snapshots)] == [60, 40]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in newest_first(desk.snapshots))


@pytest.mark.parametrize("place", [0, 30, 100, 250, -1])
async def test_a_snapshot_with_one_changed_byte_is_passed_over_with_one_line(
    desk: Desk, said: pytest.LogCaptureFixture, place: int
) -> None:
    desk.save(40)
    path = desk.save(60)
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    assert await desk.recovered() == desk.truth
    (line,) = said.messages
    assert path.name in line


async def test_a_snapshot_cut_short_is_passed_over(desk: Desk, said: pytest.LogCaptureFixture) -> None:
    path = desk.save(60)
    for size in (0, 10, 200, path.stat().st_size - 1):
        path.write_bytes(path.read_bytes()[:size])
        assert await desk.recovered() == desk.truth
    assert len(said.messages) == 4


async def test_a_snapshot_of_another_journal_is_passed_over(desk: Desk, said: pytest.LogCaptureFixture) -> None:
    other = history(4)
    save(desk.snapshots, head_of(other[:50]), folded(facts_of(other[:50])), START_NS)
    assert await desk.recovered() == desk.truth
    assert "the journal holds no such row 50" in said.text
    assert len(said.messages) == 1


async def test_a_snapshot_ahead_of_the_journal_is_in_nobodys_way(desk: Desk) -> None:
    save(desk.snapshots, Head(10_000, "ab" * 32), folded(desk.facts), START_NS)
    assert await desk.recovered() == desk.truth
    for upto in (60, 80):
        desk.save(upto)
        assert [read_label(path).seq for path in newest_first(desk.snapshots)] == [10_000, upto]
        assert await desk.recovered() == desk.truth


async def test_a_snapshot_by_other_code_is_passed_over(desk: Desk, said: pytest.LogCaptureFixture) -> None:
    path = as_of_another_program(desk.save(60))
    assert await desk.recovered() == desk.truth
    assert "was made by another version of this program" in said.text
    with pytest.raises(SnapshotError, match="another version"):
        load(path)
    label, state = load(path, of_any_program=True)
    assert (label.seq, state.digest()) == (60, folded(desk.facts[:60]).digest())


async def test_files_that_are_no_snapshots_are_left_alone(desk: Desk, said: pytest.LogCaptureFixture) -> None:
    desk.save(60)
    (desk.snapshots / "notes.txt").write_text("mine")
    (desk.snapshots / "x.snapshot").write_text("mine")
    desk.save(61)
    assert await desk.recovered() == desk.truth
    assert (desk.snapshots / "notes.txt").exists()
    assert (desk.snapshots / "x.snapshot").exists()
    assert not said.messages


def test_a_label_says_where_the_snapshot_belongs(tmp_path: Path) -> None:
    path = save(tmp_path, Head(12, "cd" * 32), DeskState(), START_NS)
    assert read_label(path) == Label(12, "cd" * 32, fingerprint(), START_NS)
