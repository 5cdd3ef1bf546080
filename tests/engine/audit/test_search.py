"""Places in a journal: by time, and where an order begins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from engine import facts as f
from engine.audit import search
from engine.audit.search import OrderBegins, before, find_order
from engine.facts import Fact, Stamped
from engine.journal.chain import Chain
from engine.journal.codec import FactCodec
from engine.journal.reader import JournalReader
from engine.journal.store import SqliteJournal
from tests.engine.audit.test_trail import OTHER, ROOT, change, intent

CODEC = FactCodec()


async def journal(folder: Path, facts: Sequence[Fact], every: int = 10) -> JournalReader:
    """A journal of these facts, `every` so many ns one."""
    path = folder / "journal.sqlite3"
    store = await SqliteJournal.open(path, CODEC)
    stamped = [Stamped(seq, seq * every, seq, fact) for seq, fact in enumerate(facts, 1)]
    await store.append(Chain(CODEC).stamp(stamped))
    await store.close()
    return JournalReader(path)


async def test_all_that_was_recorded_since_stands_behind_the_place_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_NEAR", 8)
    with await journal(tmp_path, [f.AlertsAcked(n, "") for n in range(300)]) as reader:
        for recorded_ns in (0, 1, 10, 11, 1_234, 1_240, 2_999, 3_000, 3_001, 9_999):
            place = before(reader, recorded_ns)
            since = next((row.seq for row in reader.rows() if row.recorded_ns >= recorded_ns), 301)
            assert since - 9 <= place < since


async def test_an_empty_journal_has_its_one_place(tmp_path: Path) -> None:
    with await journal(tmp_path, []) as reader:
        assert before(reader, 5) == 0
        assert find_order(reader, CODEC, "1") is None


FACTS: list[Fact] = [
    intent(ROOT, 1),
    f.OrderAccepted(ROOT, "P-900"),
    change(f"{ROOT}r1", ROOT),
    f.OrderReplaced(f"{ROOT}r1", ROOT, "P-901", intent().request.qty, None, None),
    *[f.AlertsAcked(n, "") for n in range(40)],
    f.DayRolled("2026-11-21", None, 0),
    intent(OTHER, 1),
    f.OrderAccepted(OTHER, "777"),
]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (ROOT, ROOT),
        (f"{ROOT}r1", ROOT),
        ("P-900", ROOT),
        ("P-901", ROOT),
        ("1", OTHER),
        (OTHER, OTHER),
        ("2", None),
        ("777", None),
        ("P-9", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("span", [2, 4096])
async def test_an_order_is_found_by_its_newest_number_its_ids_and_the_brokers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, found: str | None, span: int
) -> None:
    monkeypatch.setattr(search, "_NEAR", span)
    with await journal(tmp_path, FACTS) as reader:
        begins = find_order(reader, CODEC, name)
    seq = {ROOT: 1, OTHER: 46}
    assert begins == (None if found is None else OrderBegins(found, seq[found] * 10))
