from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.facts import OrderAccepted, Stamped
from engine.journal.chain import GENESIS, Chain, Head, Row, verify
from engine.journal.codec import FactCodec
from tests.engine.journal.samples import any_journal, head_of, order, rows_of, stamp, trading


def test_the_hash_can_be_recomputed_from_its_description() -> None:
    """What docs/decisions/journal-on-disk.md promises to a script that shares no code with us."""
    row = rows_of([OrderAccepted("D7K200000001", "P1")])[0]
    kind = b"order_accepted"
    payload = b'{"kind":"order_accepted","cl_ord_id":"D7K200000001","order_id":"P1"}'
    hashed = b"tradedesk fact 1" + bytes(32)
    hashed += b"".join(number.to_bytes(8, "big", signed=True) for number in row[:3])
    hashed += len(kind).to_bytes(4, "big") + len(payload).to_bytes(4, "big") + kind + payload
    assert row.payload.encode() == payload
    assert row.hash == hashlib.sha256(hashed).hexdigest()


def test_the_hash_of_the_first_format_never_changes() -> None:
    row = rows_of([OrderAccepted("D7K200000001", "P1")])[0]
    assert row.hash == "c992170d6ad6d8f9ec47013d89e0bab7108d682cf2614a4281a97504abb93204"


def test_rows_follow_each_other_over_several_batches() -> None:
    chain = Chain(FactCodec())
    facts = stamp(trading(10))
    rows = chain.stamp(facts[:3]) + chain.stamp([]) + chain.stamp(facts[3:])
    assert rows == Chain(FactCodec()).stamp(facts)
    assert chain.head == head_of(rows)
    assert verify(rows) is None


def test_a_chain_goes_on_where_another_process_stopped() -> None:
    first = rows_of(trading(4))
    second = rows_of([order(9)], after=head_of(first))
    assert second[0].prev_hash == first[-1].hash
    assert verify(first + second) is None


def test_a_fact_out_of_its_place_moves_nothing() -> None:
    chain = Chain(FactCodec())
    good, bad = stamp(trading(2))[0], Stamped(3, 1, 1, order(1))
    with pytest.raises(ValueError, match="fact 3 can't follow fact 1"):
        chain.stamp([good, bad])
    assert chain.head == GENESIS


@given(any_journal(), st.data())
def test_a_changed_column_is_found_at_its_row(rows: list[Row], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.sampled_from(Row._fields[1:]))
    old = getattr(rows[place], column)
    other: st.SearchStrategy[Any] = st.integers(-(2**63), 2**63 - 1) if isinstance(old, int) else st.text()
    new = data.draw(other.filter(lambda value: value != old))
    damaged = [*rows[:place], rows[place]._replace(**{column: new}), *rows[place + 1 :]]
    broken = verify(damaged)
    assert broken is not None
    assert broken.seq == rows[place].seq


@given(any_journal(), st.data())
def test_one_changed_character_is_found_at_its_row(rows: list[Row], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.sampled_from(("kind", "payload", "prev_hash", "hash")))
    text = getattr(rows[place], column)
    at = data.draw(st.integers(0, len(text) - 1))
    new = data.draw(st.characters(codec="utf-8").filter(lambda letter: letter != text[at]))
    changed = rows[place]._replace(**{column: text[:at] + new + text[at + 1 :]})
    broken = verify([*rows[:place], changed, *rows[place + 1 :]])
    assert broken is not None
    assert broken.seq == rows[place].seq


@given(any_journal(least=2), st.data())
def test_a_removed_row_is_found_where_it_is_missing(rows: list[Row], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(rows) - 2))
    broken = verify(rows[:place] + rows[place + 1 :])
    assert broken is not None
    assert (broken.seq, broken.problem) == (rows[place].seq, "missing")


@given(any_journal(least=2), st.data())
def test_swapped_contents_are_found_at_the_first_of_the_two(rows: list[Row], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(rows) - 2))
    second = data.draw(st.integers(first + 1, len(rows) - 1))
    swapped = list(rows)
    swapped[first] = rows[second]._replace(seq=rows[first].seq)
    swapped[second] = rows[first]._replace(seq=rows[second].seq)
    broken = verify(swapped)
    assert broken is not None
    assert broken.seq == rows[first].seq


@given(any_journal(least=2), st.data())
def test_a_row_hashed_anew_breaks_the_link_of_the_next(rows: list[Row], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(rows) - 2))
    before = head_of(rows[:place]) if place else GENESIS
    forged = Chain(FactCodec(), before).stamp([Stamped(rows[place].seq, 0, 0, order(666))])[0]
    if forged.hash == rows[place].hash:
        return
    broken = verify([*rows[:place], forged, *rows[place + 1 :]])
    assert broken is not None
    assert (broken.seq, broken.problem) == (rows[place].seq + 1, "unlinked")


@given(any_journal())
def test_an_intact_journal_verifies_from_any_of_its_rows(rows: list[Row]) -> None:
    for start in range(len(rows)):
        before = head_of(rows[:start]) if start else GENESIS
        assert verify(rows[start:], before) is None


@pytest.mark.parametrize(
    ("column", "value"),
    [("recorded_ns", "1"), ("recorded_ns", None), ("market_ns", 2**64), ("payload", b"{}"), ("kind", 7)],
)
def test_a_column_of_another_type_is_malformed(column: str, value: object) -> None:
    row = Row(**{**rows_of([order(1)])[0]._asdict(), column: value})
    broken = verify([row])
    assert broken is not None
    assert (broken.seq, broken.problem) == (1, "malformed")


def test_a_head_is_written_as_one_word() -> None:
    assert str(Head(17, "ab")) == "17:ab"
