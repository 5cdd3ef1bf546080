"""The journal as a tape: any moment, in either direction, is the fold up to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import facts as f
from engine.evolve import evolve
from engine.facts import Stamped
from engine.inputs import Now
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError
from engine.journal.reader import JournalReader
from engine.journal.store import SqliteJournal
from engine.replay import tape as tape_module
from engine.replay.journal_source import JournalSource
from engine.replay.quotes import SampledQuotes
from engine.replay.tape import JournalTape
from engine.state import DeskState
from tests.engine.journal.samples import head_of, rows_of, stamp, trading

FACTS = stamp(trading(300))
MARK = ("IBM", Decimal("190.45"), Decimal("190.52"), 5)


class Source:
    """Facts in memory, in batches of seven; counts how often it is asked."""

    def __init__(self, facts: Sequence[Stamped]) -> None:
        self.facts = list(facts)

    def after(self, seq: int) -> Iterator[Sequence[Stamped]]:
        for at in range(seq, len(self.facts), 7):
            yield self.facts[at : at + 7]


def digests(facts: Sequence[Stamped]) -> list[str]:
    """The digest after each fact, and before the first."""
    state = DeskState()
    found = [state.digest()]
    for stamped in facts:
        evolve(state, stamped.fact, stamped.recorded_ns, stamped.market_ns)
        found.append(state.digest())
    return found


DIGESTS = digests(FACTS)


@pytest.fixture(autouse=True)
def _short_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ways of a few facts count as long ones, so that all that is done for long ones is done."""
    monkeypatch.setattr(tape_module, "LONG", 40)
    monkeypatch.setattr(tape_module, "NEAR", 10)
    monkeypatch.setattr(tape_module, "BREATH", 25)


def go(tape: JournalTape, seq: int) -> None:
    for _ in tape.to_seq(seq):
        continue


@given(st.lists(st.integers(0, 310), min_size=1, max_size=8), st.sets(st.integers(0, 7)))
def test_any_way_leads_to_the_same_moment(goals: list[int], kept: set[int]) -> None:
    tape = JournalTape(Source(FACTS))
    for number, goal in enumerate(goals):
        go(tape, goal)
        assert tape.seq == min(goal, 300)
        assert tape.state.digest() == DIGESTS[tape.seq]
        if number in kept:
            tape.keep()


def test_a_way_that_is_given_up_stands_at_a_true_moment() -> None:
    tape = JournalTape(Source(FACTS))
    for goal, left_at in ((300, 25), (290, 50), (45, 25)):
        assert next(tape.to_seq(goal)) == tape.seq == left_at
        assert tape.state.digest() == DIGESTS[left_at]


def test_single_steps_go_on_where_a_seek_ended() -> None:
    tape = JournalTape(Source(FACTS))
    go(tape, 100)
    coming = tape.peek()
    assert coming is not None
    assert tape.step() is coming is tape.last
    assert tape.seq == 101


def test_the_tape_of_a_journal_that_grows_goes_on() -> None:
    source = Source(FACTS[:100])
    tape = JournalTape(source)
    go(tape, 300)
    assert (tape.seq, tape.peek(), tape.step()) == (100, None, None)
    source.facts = list(FACTS)
    assert tape.peek() is FACTS[100]
    go(tape, 300)
    assert tape.state.digest() == DIGESTS[300]


@pytest.mark.parametrize("seq", [0, 1, 2, 150, 299, 300, 301])
def test_facts_are_found_forward_and_backward_without_folding(seq: int) -> None:
    def is_fill(stamped: Stamped) -> bool:
        return isinstance(stamped.fact, f.OrderFilled)

    tape = JournalTape(Source(FACTS))
    fills = [stamped.seq for stamped in FACTS if is_fill(stamped)]
    assert tape.find_after(seq, is_fill) == next((at for at in fills if at > seq), None)
    assert tape.find_before(seq, is_fill) == next((at for at in reversed(fills) if at < seq), None)
    assert tape.seq == 0


async def journal(path: Path, facts: Sequence[f.Fact]) -> Path:
    store = await SqliteJournal.open(path, FactCodec())
    await store.append(rows_of(facts))
    await store.close()
    return path


async def test_a_journal_on_disk_is_read_beside_its_writer_and_as_it_grows(tmp_path: Path) -> None:
    facts = trading(300)
    rows = rows_of(facts)
    store = await SqliteJournal.open(tmp_path / "journal.sqlite3", FactCodec())
    await store.append(rows[:200])
    with JournalReader(tmp_path / "journal.sqlite3") as reader:
        tape = JournalTape(JournalSource(reader, FactCodec()))
        go(tape, 300)
        assert tape.state.digest() == DIGESTS[200]
        await store.append(rows[200:])
        go(tape, 300)
        assert tape.state.digest() == DIGESTS[300]
        go(tape, 70)
        assert tape.state.digest() == DIGESTS[70]
    await store.close()


async def test_a_changed_row_ends_the_tape_with_its_place(tmp_path: Path) -> None:
    rows = rows_of(trading(20))
    rows[11] = rows[11]._replace(payload=rows[11].payload.replace("AAPL", "MSFT"))
    store = await SqliteJournal.open(tmp_path / "journal.sqlite3", FactCodec())
    await store.append(rows)
    assert store.head == head_of(rows)
    await store.close()
    with JournalReader(tmp_path / "journal.sqlite3") as reader:
        tape = JournalTape(JournalSource(reader, FactCodec()))
        with pytest.raises(JournalError, match="seq 12: changed"):
            go(tape, 20)


def test_a_mark_is_fresh_while_it_is_being_sampled() -> None:
    facts = [f.MarksSampled((MARK,), None, None), f.AlertsAcked(1, ""), f.MarksSampled((), Decimal(1), None)]
    tape = JournalTape(Source(stamp(facts)))
    quotes = SampledQuotes(tape)
    assert quotes.usable("IBM", 0) is None
    assert quotes.row("IBM", 0, Decimal("0.01")).bid is None

    sample = tape.step()
    assert sample is not None
    quotes.now = Now(sample.recorded_ns, sample.market_ns)
    quote = quotes.usable("IBM", quotes.now.market_ns)
    assert quote is not None
    assert (quote.bid, quote.ask, quote.ts_ns) == MARK[1:]
    assert quotes.usable("AAPL", quotes.now.market_ns) is None

    quotes.now = Now(sample.recorded_ns + 3_000_000_000, sample.market_ns)
    assert quotes.usable("IBM", quotes.now.market_ns) is None
    assert quotes.last_regular("IBM") == quote
    assert quotes.row("IBM", quotes.now.market_ns, Decimal("0.01")).stale

    go(tape, 3)
    assert tape.last is not None
    quotes.now = Now(tape.last.recorded_ns, tape.last.market_ns)
    assert quotes.usable("IBM", quotes.now.market_ns) is None
