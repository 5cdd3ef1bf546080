"""The day as a curve: as it was seen, and after a restart with what the journal knows of the time before."""

from __future__ import annotations

from pathlib import Path

from engine.facts import Stamped
from engine.journal.chain import Chain
from engine.journal.codec import FactCodec
from engine.journal.store import SqliteJournal
from engine.publish.day_curve import day_curve
from engine.replay.tracks import earlier_tracks
from tests.engine.dealing import BUY, D, Dealing


def bought() -> Dealing:
    """100 IBM at 100, which are then worth 99.95, 101.95 and 100.95 each, for five seconds."""
    desk = Dealing().connect()
    order = desk.place(BUY, "100", "100.10")
    desk.fill(order, "100", "100")
    for bid in ("99.95", "101.95", "100.95"):
        desk.quote("IBM", bid, f"{D(bid) + D('0.10')}")
        pass_s(desk, 5, bid)
    return desk


def pass_s(desk: Dealing, seconds: int, bid: str) -> None:
    for _ in range(seconds):
        desk.now = type(desk.now)(desk.now.wall_ns + 1_000_000_000, desk.now.market_ns + 1_000_000_000)
        desk.quote("IBM", bid, f"{D(bid) + D('0.10')}")
        desk.desk.advance(desk.now)
        desk._take()


def test_the_curve_tells_high_low_and_the_falls_from_a_high() -> None:
    curve = day_curve(bought().desk)
    (row,) = curve.rows
    assert [value for _, value in row.points] == [D(-5)] * 5 + [D(195)] * 5 + [D(95)] * 5
    assert (row.newest, row.high, row.low) == (D("95.00"), D("195.00"), D("-5.00"))
    assert (row.drawdown, row.max_drawdown) == (D("100.00"), D("100.00"))
    assert (curve.day_equity, curve.currency) == (D(1_000_000), "USD")
    assert not curve.whole


async def test_after_a_restart_the_journal_fills_up_the_time_before(tmp_path: Path) -> None:
    desk = bought()
    rows = Chain(FactCodec()).stamp([Stamped(n, *at) for n, at in enumerate(desk.stamped, start=1)])
    store = await SqliteJournal.open(tmp_path / "journal.sqlite3", FactCodec())
    await store.append(rows)
    await store.close()
    again = desk.restart()
    pass_s(again, 3, "100.45")
    earlier = earlier_tracks(tmp_path / "journal.sqlite3", len(rows), 0, again.state.day_equity, {"IBM"})
    again.desk.tracks.adopt(again.state.day, earlier)
    curve = day_curve(again.desk)
    values = [value for _, value in curve.rows[0].points]
    assert values[-1] == D(45)
    assert {D(-5), D(195), D(95)} <= set(values)
    assert curve.rows[0].max_drawdown == D("150.00")
    assert curve.whole
    assert again.desk.tracks.mids["IBM"].points[0][1] == D("100.00")


def test_what_the_journal_can_not_tell_leaves_the_curve_begin_with_this_run() -> None:
    desk = bought()
    desk.desk.tracks.adopt(desk.state.day, None)
    assert not day_curve(desk.desk).whole
