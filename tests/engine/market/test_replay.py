"""Playing tapes: time order across files, bars completed into a market, where a replay starts, its clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.calendar import Calendar
from engine.market.clock import ReplayClock
from engine.market.completion import quote_at_close
from engine.market.replay import Replay, StartTimeError, known_ns, merge
from engine.market.tape import SessionRules, open_tapes
from engine.model.market import Bar, MarketEvent, Quote, Trade

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
ONE = Decimal(1)
NYSE = Calendar.load("XNYS")
RULES = SessionRules(lambda symbol: NYSE)
QUOTES = "ts_utc,symbol,bid,bid_size,ask,ask_size\n"
TRADES = "ts_utc,symbol,price,size,exchange,conditions_hex,suspicious\n"
BARS = "ts_utc,symbol,open,high,low,close,volume\n"


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def replay_of(tmp_path: Path, **texts: str) -> Replay:
    paths = [tmp_path / f"{name}.csv" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text)
    return Replay(open_tapes(paths, RULES))


def played(replay: Replay, start_ns: int) -> list[MarketEvent]:
    return [event for batch in replay.play(start_ns) for event in batch]


class Recorded:
    """A recording made of lists, as a tape would give them."""

    def __init__(self, batches: list[list[MarketEvent]]) -> None:
        self._batches = batches
        self.first_ns = next((known_ns(event) for batch in batches for event in batch), 0)

    def batches(self) -> Iterator[list[MarketEvent]]:
        yield from ([*batch] for batch in self._batches)


# --- order ------------------------------------------------------------------------------------------------

KINDS: dict[int, Callable[[str, int], MarketEvent]] = {
    0: lambda symbol, ts: Trade(symbol, ONE, ONE, ts),
    1: lambda symbol, ts: Quote(symbol, ONE, ONE + ONE, None, None, ts),
    2: lambda symbol, ts: Bar(symbol, ONE, ONE, ONE, ONE, ONE, ts - 5, 5),
}


@st.composite
def recordings(draw: st.DrawFn) -> list[list[list[MarketEvent]]]:
    """Up to four files of one kind each, cut into pieces anywhere; few distinct times, so that ties abound."""
    files = []
    for number in range(draw(st.integers(1, 4))):
        kind = KINDS[draw(st.integers(0, 2))]
        times = sorted(draw(st.lists(st.integers(5, 12), max_size=12)))
        events: list[MarketEvent] = [kind(f"{number}:{place}", ts) for place, ts in enumerate(times)]
        cuts = sorted(draw(st.lists(st.integers(0, len(events)), max_size=4)))
        files.append([events[a:b] for a, b in pairwise([0, *cuts, len(events)])])
    return files


@given(recordings())
def test_a_merge_is_the_stable_sort_of_all_files_however_they_come_in_pieces(
    files: list[list[list[MarketEvent]]],
) -> None:
    rank: dict[type, int] = {Trade: 0, Quote: 1, Bar: 2}
    everything = [event for file in files for batch in file for event in batch]
    expected = sorted(everything, key=lambda event: (known_ns(event), rank[type(event)]))
    merged = [event for batch in merge([Recorded(file) for file in files]) for event in batch]
    assert merged == expected


def test_three_symbols_of_the_shared_data_come_in_time_order_and_complete(shared_data: Path) -> None:
    files = [shared_data / "equities/quotes_1s" / f"{name}_20131007.csv.gz" for name in ("SPY", "IBM", "BAC")]
    tapes = open_tapes(files, RULES)
    times = [known_ns(event) for event in played(Replay(tapes), 0)]
    assert len(times) == 27_409 + 11_676 + 18_817
    assert times == sorted(times)


def test_trades_come_before_quotes_of_the_same_instant(tmp_path: Path) -> None:
    replay = replay_of(
        tmp_path,
        quotes=QUOTES + "2013-10-07T13:30:01.000Z,A,1.00,1,1.01,1\n",
        trades=TRADES + "2013-10-07T13:30:01.000Z,A,1.01,5,N,1,0\n",
    )
    assert [type(event) for event in played(replay, 0)] == [Trade, Quote]


def test_two_days_given_in_the_wrong_order_play_in_the_right_one(shared_data: Path) -> None:
    folder = shared_data / "equities/quotes_1m"
    replay = Replay(open_tapes([folder / "IBM_20131008.csv.gz", folder / "IBM_20131007.csv.gz"], RULES))
    times = [known_ns(event) for event in played(replay, 0)]
    assert times == sorted(times)
    assert len(times) == 554 + 594


# --- a market made of bars --------------------------------------------------------------------------------


def test_a_symbol_of_which_only_bars_exist_gets_quotes_and_volume_at_each_bars_end(tmp_path: Path) -> None:
    replay = replay_of(tmp_path, bars=BARS + "2013-10-07T13:30:00Z,A,10.00,10.05,9.99,10.02,700\n")
    end = ns("2013-10-07T13:31:00")
    trade, quote, bar = played(replay, 0)
    assert trade == Trade("A", Decimal("10.02"), Decimal(700), end)
    assert quote == Quote("A", Decimal("10.01"), Decimal("10.02"), None, None, end, MINUTE)
    assert isinstance(bar, Bar)
    assert bar.end_ns == end


def test_recorded_quotes_and_trades_are_not_doubled_from_bars(shared_data: Path) -> None:
    equities = shared_data / "equities"
    name = "IBM_20131008.csv.gz"
    tapes = open_tapes([equities / kind / name for kind in ("bars_1m", "quotes_1m", "trades_tick")], RULES)
    events = played(Replay(tapes), 0)
    counts = [sum(isinstance(event, kind) for event in events) for kind in (Bar, Quote, Trade)]
    assert counts == [424, 594, 33_381]


def test_recorded_quotes_leave_the_volume_to_the_bars(shared_data: Path) -> None:
    equities = shared_data / "equities"
    tapes = open_tapes([equities / kind / "IBM_20131008.csv.gz" for kind in ("bars_1m", "quotes_1m")], RULES)
    events = played(Replay(tapes), 0)
    bar_volume = sum(event.volume for event in events if isinstance(event, Bar))
    assert sum(event.size for event in events if isinstance(event, Trade)) == bar_volume
    assert sum(isinstance(event, Quote) for event in events) == 594


def test_only_the_shortest_bars_of_a_symbol_make_its_market(shared_data: Path) -> None:
    equities = shared_data / "equities"
    tapes = open_tapes([equities / "bars_1m/SPY_20131007.csv.gz", equities / "bars_1d/SPY.csv.gz"], RULES)
    events = played(Replay(tapes), ns("2013-10-07T00:00:00"))
    day = [event for event in events if known_ns(event) < ns("2013-10-08T00:00:00")]
    assert sum(isinstance(event, Quote) for event in day) == sum(
        isinstance(event, Bar) and event.interval_ns == MINUTE for event in day
    )


@given(open_=st.integers(1, 40_000), close=st.integers(1, 40_000), tick=st.sampled_from(["0.01", "0.05", "0.0001"]))
def test_a_quote_made_from_a_bar_is_regular_one_tick_wide_and_touches_the_close(
    open_: int, close: int, tick: str
) -> None:
    step = Decimal(tick)
    bar = Bar("A", open_ * step, max(open_, close) * step, min(open_, close) * step, close * step, ONE, 0, 60)
    quote = quote_at_close(bar, step)
    assert quote.is_regular
    assert quote.ask - quote.bid == step
    assert bar.close in (quote.bid, quote.ask)
    assert quote.bid % step == 0


def test_a_close_off_the_tick_lies_within_the_quote() -> None:
    bar = Bar("A", ONE, ONE, ONE, Decimal("10.0150"), ONE, 0, 60)
    quote = quote_at_close(bar, Decimal("0.01"))
    assert (quote.bid, quote.ask) == (Decimal("10.01"), Decimal("10.02"))


# --- where a replay starts --------------------------------------------------------------------------------


@pytest.fixture
def day(shared_data: Path) -> Replay:
    folder = shared_data / "equities/quotes_1s"
    return Replay(open_tapes([folder / f"{name}_20131007.csv.gz" for name in ("SPY", "IBM")], RULES))


def test_a_replay_starts_at_the_first_regular_open_on_the_tape(day: Replay) -> None:
    assert day.start_ns(NYSE) == ns("2013-10-07T13:30:00")


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("10:00", "2013-10-07T14:00:00"),
        ("9:45:30", "2013-10-07T13:45:30"),
        ("2013-10-07", "2013-10-07T13:30:00"),
        ("2013-10-07T11:00", "2013-10-07T15:00:00"),
        ("2013-10-07T11:00:00Z", "2013-10-07T11:00:00"),
        ("03:00", "2013-10-07T08:00:01"),  # before the tape: its first event
    ],
)
def test_a_start_can_be_a_time_of_day_a_date_or_an_iso_time(day: Replay, text: str, start: str) -> None:
    assert day.start_ns(NYSE, text) == ns(start)


@pytest.mark.parametrize("text", ["25:00", "noon", "2013-13-01", "10", ""])
def test_a_start_that_is_no_time_is_refused(day: Replay, text: str) -> None:
    with pytest.raises(StartTimeError, match=f"--from {text}: neither a time of day"):
        day.start_ns(NYSE, text)


def test_a_start_after_the_end_is_refused_with_the_tapes_span(day: Replay) -> None:
    expected = "after the tape's end; it runs from 2013-10-07 04:00:01 to 2013-10-07 20:00:01 exchange time"
    with pytest.raises(StartTimeError, match=expected):
        day.start_ns(NYSE, "2013-10-08")


def test_a_tape_that_begins_within_a_session_or_has_none_starts_at_its_first_event(tmp_path: Path) -> None:
    within = replay_of(tmp_path, a=QUOTES + "2013-10-07T15:00:00.500Z,A,1.00,1,1.01,1\n")
    evening = replay_of(tmp_path, b=QUOTES + "2013-10-07T22:00:00.500Z,A,1.00,1,1.01,1\n")
    assert within.start_ns(NYSE) == within.first_ns
    assert evening.start_ns(NYSE) == evening.first_ns
    assert evening.start_ns(Calendar.load("24x7")) == evening.first_ns


def test_the_book_stands_at_the_start_with_the_newest_earlier_quotes(day: Replay) -> None:
    start = ns("2013-10-07T13:30:00")
    lists = [batch for batch in day.play(start) if batch]
    assert [(event.symbol, known_ns(event)) for event in lists[0]] == [
        ("IBM", ns("2013-10-07T13:29:46")),
        ("SPY", ns("2013-10-07T13:29:59")),
    ]
    rest = [event for batch in lists[1:] for event in batch]
    assert min(known_ns(event) for event in rest) == start
    assert sum(event.symbol == "SPY" for event in rest) == len(
        [event for event in played(day, 0) if event.symbol == "SPY" and known_ns(event) >= start]
    )


def test_a_replay_can_be_played_again(day: Replay) -> None:
    late = ns("2013-10-07T23:00:00")
    assert played(day, late) == played(day, late)


# --- its clock --------------------------------------------------------------------------------------------


class Stopwatch:
    """A monotonic source that moves when told."""

    def __init__(self) -> None:
        self.ns = 1_000

    def __call__(self) -> int:
        return self.ns


def test_tape_time_runs_at_its_speed_and_stops_before_an_event_that_was_not_delivered() -> None:
    watch = Stopwatch()
    clock = ReplayClock(100 * SECOND, Decimal("2.5"), watch)
    assert clock.now_ns() == 100 * SECOND
    clock.allow(110 * SECOND)
    assert clock.wait_ns(110 * SECOND) == 4 * SECOND
    watch.ns += 2 * SECOND
    assert clock.now_ns() == 105 * SECOND
    watch.ns += 10 * SECOND
    assert clock.now_ns() == 110 * SECOND
    assert clock.wait_ns(110 * SECOND) == 0


def test_a_replay_that_fell_behind_goes_on_at_its_pace_instead_of_rushing() -> None:
    watch = Stopwatch()
    clock = ReplayClock(0, Decimal(1), watch)
    clock.allow(SECOND)
    watch.ns += 60 * SECOND
    clock.allow(2 * SECOND)
    assert clock.now_ns() == SECOND
    assert clock.wait_ns(2 * SECOND) == SECOND


def test_as_fast_as_possible_means_from_event_to_event() -> None:
    watch = Stopwatch()
    clock = ReplayClock(0, Decimal(0), watch)
    for ts in (5 * SECOND, 90 * SECOND):
        clock.allow(ts)
        assert clock.wait_ns(ts) == 0
        assert clock.now_ns() == ts
    watch.ns += 60 * SECOND
    assert clock.now_ns() == 90 * SECOND


def test_a_paused_clock_stands_still_and_goes_on_from_there() -> None:
    watch = Stopwatch()
    clock = ReplayClock(0, Decimal(1), watch)
    clock.allow(100 * SECOND)
    watch.ns += 10 * SECOND
    clock.pause()
    watch.ns += 50 * SECOND
    assert clock.paused
    assert clock.now_ns() == 10 * SECOND
    assert clock.wait_ns(100 * SECOND) is None
    clock.resume()
    watch.ns += 5 * SECOND
    assert clock.now_ns() == 15 * SECOND


def test_the_speed_can_change_on_the_way() -> None:
    watch = Stopwatch()
    clock = ReplayClock(0, Decimal(1), watch)
    clock.allow(100 * SECOND)
    watch.ns += 10 * SECOND
    clock.set_speed(Decimal(10))
    watch.ns += 2 * SECOND
    assert clock.now_ns() == 30 * SECOND


@given(
    st.lists(st.tuples(st.sampled_from(["allow", "wait", "pause", "resume", "speed"]), st.integers(0, 9)), max_size=40)
)
def test_tape_time_never_goes_back_and_never_passes_what_was_allowed(steps: list[tuple[str, int]]) -> None:
    watch = Stopwatch()
    clock = ReplayClock(0, Decimal(1), watch)
    allowed = before = 0
    for step, amount in steps:
        match step:
            case "allow":
                allowed = max(allowed, before + amount * SECOND)
                clock.allow(before + amount * SECOND)
            case "wait":
                watch.ns += amount * SECOND
            case "pause":
                clock.pause()
            case "resume":
                clock.resume()
            case "speed":
                clock.set_speed(Decimal(amount) / 2)
        now = clock.now_ns()
        assert before <= now <= allowed
        before = now


@pytest.mark.parametrize("speed", ["-1", "NaN", "Infinity"])
def test_a_speed_that_is_none_is_refused(speed: str) -> None:
    with pytest.raises(ValueError, match="expected 0"):
        ReplayClock(0, Decimal(speed), Stopwatch())
