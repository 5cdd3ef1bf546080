"""Feeds: what is due is delivered, in order and on time, and whatever ends a feed is told."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal
from pathlib import Path

import pytest

from engine.market.calendar import Calendar
from engine.market.clock import ReplayClock, WallMarketClock
from engine.market.quotes import QuoteCache
from engine.market.replay import Replay, known_ns
from engine.market.simulated import SimulatedMarket
from engine.market.tape import TapeError, open_tapes
from engine.model.market import MarketEvent, Quote
from engine.risk.limits import Limits
from engine.runtime.clock import WallClock, monotonic_ns
from engine.runtime.feed import ReplayFeed, SimulatedFeed

SECOND = 1_000_000_000
FAST = Decimal(0)
QUOTES = "ts_utc,symbol,bid,bid_size,ask,ask_size\n"
NYSE = Calendar.load("XNYS")


class Desk:
    """Takes what a feed says, and lets a test wait for it."""

    def __init__(self) -> None:
        self.events: list[MarketEvent] = []
        self.errors: list[Exception] = []
        self.ended = False
        self._changed = asyncio.Event()

    def take(self, event: MarketEvent) -> None:
        self.events.append(event)
        self._changed.set()

    def on_end(self) -> None:
        self.ended = True
        self._changed.set()

    def on_error(self, error: Exception) -> None:
        self.errors.append(error)
        self._changed.set()

    async def until_over(self) -> None:
        while not (self.ended or self.errors):
            await self._next()

    async def until(self, count: int) -> None:
        while len(self.events) < count:
            await self._next()

    async def _next(self) -> None:
        self._changed.clear()
        await asyncio.wait_for(self._changed.wait(), 60)


def row(second: int, symbol: str = "A") -> str:
    return f"2013-10-07T14:{second // 60:02}:{second % 60:02}.000Z,{symbol},1.00,1,1.01,1\n"


def replay_of(tmp_path: Path, rows: str) -> Replay:
    path = tmp_path / "tape.csv"
    path.write_text(QUOTES + rows)
    return Replay(open_tapes([path]))


def feed_of(replay: Replay, desk: Desk, speed: Decimal = FAST, start_ns: int = 0) -> tuple[ReplayFeed, ReplayClock]:
    clock = ReplayClock(start_ns or replay.first_ns, speed, monotonic_ns)
    return ReplayFeed(replay, clock, desk.on_end, desk.on_error), clock


# --- a tape -----------------------------------------------------------------------------------------------


async def test_three_symbols_of_a_real_day_arrive_from_the_open_on_and_then_the_end(shared_data: Path) -> None:
    files = [shared_data / "equities/quotes_1s" / f"{name}_20131007.csv.gz" for name in ("SPY", "IBM", "BAC")]
    replay = Replay(open_tapes(files))
    desk, cache = Desk(), QuoteCache(Limits.defaults())
    feed, clock = feed_of(replay, desk, start_ns=replay.start_ns(NYSE))
    ahead: list[MarketEvent] = []

    def sink(event: MarketEvent) -> None:
        if known_ns(event) > clock.now_ns():
            ahead.append(event)
        cache.on_event(event)
        desk.take(event)

    await feed.subscribe(replay.symbols, sink)
    await desk.until_over()
    assert (desk.ended, desk.errors, ahead) == (True, [], [])
    assert [event.symbol for event in desk.events[:3]] == ["IBM", "SPY", "BAC"]
    assert len(desk.events) == 53_902
    assert [cache.book(symbol).out_of_order for symbol in replay.symbols] == [0, 0, 0]
    assert clock.now_ns() == replay.last_ns


async def test_a_replay_lets_the_loop_go_on_all_the_time(shared_data: Path) -> None:
    replay = Replay(open_tapes([shared_data / "equities/quotes_1s/SPY_20131007.csv.gz"]))
    desk = Desk()
    feed, _ = feed_of(replay, desk)
    await feed.subscribe(replay.symbols, desk.take)
    turns = 0
    while not desk.ended:
        await asyncio.sleep(0)
        turns += 1
    assert turns >= 5


async def test_events_are_paced_by_the_speed(tmp_path: Path) -> None:
    desk = Desk()
    replay = replay_of(tmp_path, row(0) + row(20) + row(40))
    begin = time.monotonic()
    feed, clock = feed_of(replay, desk, Decimal(100))
    await feed.subscribe(["A"], desk.take)
    await desk.until_over()
    assert time.monotonic() - begin >= 0.4
    assert clock.now_ns() == known_ns(desk.events[-1])


async def test_a_paused_replay_delivers_nothing_more_until_it_is_resumed(tmp_path: Path) -> None:
    desk = Desk()
    feed, clock = feed_of(replay_of(tmp_path, row(0) + row(1) + row(2)), desk, Decimal(100))

    def pause_after_first(event: MarketEvent) -> None:
        if not desk.events:
            clock.pause()
            asyncio.get_running_loop().call_later(0.2, clock.resume)
        desk.take(event)

    begin = time.monotonic()
    await feed.subscribe(["A"], pause_after_first)
    await desk.until_over()
    assert time.monotonic() - begin >= 0.19
    assert len(desk.events) == 3


async def test_only_subscribed_symbols_are_delivered_each_to_its_own_sink(tmp_path: Path) -> None:
    rows = "".join(row(second, symbol) for second in range(3) for symbol in "ABC")
    desk, other = Desk(), Desk()
    feed, _ = feed_of(replay_of(tmp_path, rows), desk)
    await feed.subscribe(["A"], desk.take)
    await feed.subscribe(["B", "ZZZ"], other.take)
    await desk.until_over()
    assert {event.symbol for event in desk.events} == {"A"}
    assert {event.symbol for event in other.events} == {"B"}
    assert len(desk.events) == len(other.events) == 3


async def test_who_subscribes_late_begins_with_the_quote_in_force(tmp_path: Path) -> None:
    rows = row(0, "A") + row(0, "B") + row(1, "B") + row(2, "A") + row(3, "B")
    desk, late = Desk(), Desk()
    feed, clock = feed_of(replay_of(tmp_path, rows), desk)

    def pause_at_second(event: MarketEvent) -> None:
        desk.take(event)
        if len(desk.events) == 2:
            clock.pause()

    await feed.subscribe(["A"], pause_at_second)
    await desk.until(2)
    await feed.subscribe(["B"], late.take)
    assert [event.ts_ns for event in late.events if isinstance(event, Quote)] == [desk.events[1].ts_ns - SECOND]  # type: ignore[union-attr]
    clock.resume()
    await desk.until_over()
    assert len(late.events) == 2


async def test_a_tape_that_goes_bad_on_the_way_is_told(tmp_path: Path) -> None:
    replay = replay_of(tmp_path, row(0) + row(1))
    (tmp_path / "tape.csv").write_text(QUOTES + row(0) + "oops\n")
    desk = Desk()
    feed, _ = feed_of(replay, desk)
    await feed.subscribe(["A"], desk.take)
    await desk.until_over()
    [error] = desk.errors
    assert isinstance(error, TapeError)
    assert "tape.csv: line 3: 1 fields" in str(error)
    assert not desk.ended


async def test_a_sink_that_fails_ends_the_feed_aloud(tmp_path: Path) -> None:
    desk = Desk()
    feed, _ = feed_of(replay_of(tmp_path, row(0)), desk)

    def broken(event: MarketEvent) -> None:
        raise RuntimeError("no room")

    await feed.subscribe(["A"], broken)
    await desk.until_over()
    assert [str(error) for error in desk.errors] == ["no room"]


async def test_a_closed_feed_is_silent_and_can_be_closed_again(tmp_path: Path) -> None:
    desk = Desk()
    feed, _ = feed_of(replay_of(tmp_path, row(0) + row(60)), desk, Decimal(1))
    await feed.close()
    await feed.subscribe(["A"], desk.take)
    await desk.until(1)
    await feed.close()
    await feed.close()
    assert (len(desk.events), desk.ended, desk.errors) == (1, False, [])


async def test_the_fastest_replay_waits_for_the_engine(shared_data: Path) -> None:
    replay = Replay(open_tapes([shared_data / "equities/quotes_1s/SPY_20131007.csv.gz"]))
    desk = Desk()
    waits: list[int] = []

    async def drained() -> None:
        waits.append(len(desk.events))

    clock = ReplayClock(replay.first_ns, FAST, monotonic_ns)
    feed = ReplayFeed(replay, clock, desk.on_end, desk.on_error, drained)
    await feed.subscribe(["SPY"], desk.take)
    await desk.until_over()
    assert len(waits) >= 5
    assert len(desk.events) == 27_409


# --- the simulated market ---------------------------------------------------------------------------------


class FastClock:
    """Market time that runs ahead when a test says so."""

    def __init__(self) -> None:
        self._wall = WallClock()
        self.ahead_ns = 0

    def now_ns(self) -> int:
        return self._wall.wall_ns() + self.ahead_ns


async def test_the_simulated_market_arrives_as_it_happens_and_is_complete() -> None:
    market, desk = SimulatedMarket(3), Desk()
    clock = WallMarketClock(WallClock().wall_ns)
    feed = SimulatedFeed(market, clock, desk.on_error)
    early: list[MarketEvent] = []

    def sink(event: MarketEvent) -> None:
        if known_ns(event) > clock.now_ns():
            early.append(event)
        desk.take(event)

    await feed.subscribe(market.symbols, sink)
    await desk.until(150)
    await feed.close()
    assert (early, desk.errors) == ([], [])
    opening, rest = desk.events[:12], desk.events[12:]
    assert {event.symbol for event in opening} == set(market.symbols)
    assert rest == SimulatedMarket(3).events(known_ns(rest[0]), known_ns(rest[-1]) + 1)


async def test_a_symbol_added_later_begins_with_its_quote_and_one_unknown_stays_silent() -> None:
    market, desk, late = SimulatedMarket(3), Desk(), Desk()
    clock = WallMarketClock(WallClock().wall_ns)
    feed = SimulatedFeed(market, clock, desk.on_error)
    await feed.subscribe(["SPY"], desk.take)
    await desk.until(2)
    await feed.subscribe(["IBM", "ZZZ"], late.take)
    assert [event.symbol for event in late.events] == ["IBM"]
    await late.until(4)
    await feed.close()
    assert {event.symbol for event in late.events} == {"IBM"}
    assert desk.errors == []


async def test_after_a_long_sleep_of_the_machine_the_market_goes_on_from_now_and_says_so() -> None:
    market, desk, clock = SimulatedMarket(3, ["SPY"]), Desk(), FastClock()
    gaps: list[tuple[int, int]] = []
    feed = SimulatedFeed(market, clock, desk.on_error, lambda start, end: gaps.append((start, end)))
    await feed.subscribe(["SPY"], desk.take)
    await desk.until(2)
    clock.ahead_ns = 3_600 * SECOND
    woke_ns = clock.now_ns()
    while not desk.events or known_ns(desk.events[-1]) < woke_ns:
        await desk.until(len(desk.events) + 1)
    await feed.close()
    [(start, end)] = gaps
    assert end - start > 3_590 * SECOND
    assert len(desk.events) < 100


async def test_a_simulated_markets_failing_sink_is_told() -> None:
    desk = Desk()
    feed = SimulatedFeed(SimulatedMarket(3, ["SPY"]), WallMarketClock(WallClock().wall_ns), desk.on_error)

    def broken(event: MarketEvent) -> None:
        raise RuntimeError("no room")

    await feed.subscribe(["SPY"], broken)
    await desk.until_over()
    assert [str(error) for error in desk.errors] == ["no room"]


# --- wall time --------------------------------------------------------------------------------------------


def test_wall_time_never_goes_back_when_the_systems_clock_does(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = WallClock()
    before = clock.wall_ns()
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() - 3_600 * SECOND)
    assert clock.wall_ns() >= before
    assert clock.skew_ns() == pytest.approx(-3_600 * SECOND, abs=SECOND)
