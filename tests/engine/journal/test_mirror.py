from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.facts import ExecutionBusted, Fact
from engine.journal.chain import Chain
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError, JournalWriteError
from engine.journal.mirror import TradesMirror
from engine.journal.mirror_line import read_line
from engine.journal.place import Place
from engine.journal.store import Journal, open_journal
from tests.engine.journal.conftest import Places
from tests.engine.journal.samples import fill, order, stamp, trading


class Desk:
    """A journal that is written to, and its mirror."""

    def __init__(self, folder: Path, place: Place, journal: Journal) -> None:
        self.place = place
        self.path = folder / "trades.jsonl"
        self._journal = journal
        self._chain = Chain(FactCodec(), journal.head)

    async def record(self, facts: list[Fact]) -> None:
        await self._journal.append(self._chain.stamp(stamp(facts, self._chain.head)))

    def mirror(self) -> TradesMirror:
        return TradesMirror(self.place, self.path)

    def lines(self) -> list[bytes]:
        return self.path.read_bytes().splitlines(keepends=True)


@pytest.fixture
async def desk(tmp_path: Path, place: Place) -> AsyncIterator[Desk]:
    journal = await open_journal(place, FactCodec())
    yield Desk(tmp_path, place, journal)
    await journal.close()


async def test_every_fill_and_what_takes_it_back_is_mirrored_once(desk: Desk) -> None:
    mirror = desk.mirror()
    assert mirror.catch_up() == 0
    await desk.record([order(1), fill(1, 60), fill(1, 40)])
    assert mirror.catch_up() == 2
    assert mirror.catch_up() == 0
    await desk.record([order(2), ExecutionBusted("paper", "E1")])
    assert mirror.catch_up() == 1
    lines = [json.loads(line) for line in desk.lines()]
    assert [line["seq"] for line in lines] == [2, 3, 5]
    assert [line["kind"] for line in lines] == ["order_filled", "order_filled", "execution_busted"]
    assert lines[0]["fact"]["execution"]["last_qty"] == "60"
    assert desk.path.stat().st_mode & 0o777 == 0o600


async def test_a_line_proves_itself(desk: Desk) -> None:
    await desk.record(trading(9))
    desk.mirror().catch_up()
    for line in desk.lines():
        assert read_line(line) is not None
        assert read_line(line.replace(b'"190.50"', b'"191.50"')) is None
        assert read_line(line[:-9]) is None


async def test_a_restarted_desk_goes_on_where_the_mirror_ended(desk: Desk) -> None:
    await desk.record(trading(20))
    desk.mirror().catch_up()
    await desk.record(trading(20))
    desk.mirror().catch_up()
    whole = desk.path.read_bytes()
    desk.path.unlink()
    desk.mirror().catch_up()
    assert desk.path.read_bytes() == whole


@pytest.mark.parametrize("places", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", range(20))
async def test_a_tear_anywhere_is_mended_without_gap_or_double(desk: Desk, seed: int) -> None:
    await desk.record(trading(60))
    desk.mirror().catch_up()
    whole = desk.path.read_bytes()
    for at in (seed, random.Random(seed).randrange(len(whole))):
        for tail in (b"", b"\0" * 700, b"\0" * 700 + whole[at + 700 :]):
            desk.path.write_bytes(whole[:at] + tail)
            desk.mirror().catch_up()
            assert desk.path.read_bytes() == whole


@pytest.mark.parametrize("places", ["sqlite"], indirect=True)
async def test_a_mirror_larger_than_its_tail_is_resumed_too(desk: Desk) -> None:
    await desk.record([fill(number) for number in range(3000)])
    desk.mirror().catch_up()
    whole = desk.path.read_bytes()
    assert len(whole) > 1_200_000
    desk.path.write_bytes(whole[:-1234])
    desk.mirror().catch_up()
    assert desk.path.read_bytes() == whole


async def test_the_mirror_of_another_journal_is_left_alone(desk: Desk, places: Places) -> None:
    await desk.record(trading(9))
    desk.mirror().catch_up()
    whole = desk.path.read_bytes()
    other = await open_journal(places("other"), FactCodec())
    await other.append(Chain(FactCodec()).stamp(stamp([fill(1)])))
    await other.close()
    with pytest.raises(JournalError, match=r"trades\.jsonl: ends with row 9 of another journal"):
        TradesMirror(places("other"), desk.path).catch_up()
    assert desk.path.read_bytes() == whole


async def test_a_file_that_is_no_mirror_is_left_alone(desk: Desk) -> None:
    await desk.record(trading(9))
    desk.path.write_text("my own notes\n")
    with pytest.raises(JournalError, match="is not the mirror of a journal"):
        desk.mirror().catch_up()
    assert desk.path.read_text() == "my own notes\n"


async def test_a_mirror_that_can_not_be_written_says_so_and_goes_on_later(desk: Desk) -> None:
    mirror = desk.mirror()
    await desk.record(trading(9))
    desk.path.mkdir()
    with pytest.raises(JournalWriteError, match=r"trades\.jsonl: Is a directory"):
        mirror.catch_up()
    desk.path.rmdir()
    assert mirror.catch_up() == 3
