"""Which market the desk trades in this run: the simulated one, recorded tapes, or the broker's own quotes.

Everything that can be wrong with a tape or a start time is found here, before anything is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec

from engine.algos.math.past import Past
from engine.market.calendar import Calendar
from engine.market.clock import MarketClock, ReplayClock, WallMarketClock
from engine.market.history import WINDOW, History
from engine.market.history_files import HistoryFiles
from engine.market.minutes import read_minutes, split_files
from engine.market.replay import Replay
from engine.market.sim_futures import future_names
from engine.market.sim_names import ALL_NAMES
from engine.market.simulated import SimulatedMarket
from engine.market.tape import SessionRules, open_tapes
from engine.model.corporate import CorporateAction
from engine.model.instrument import Instrument
from engine.model.money import CENT
from engine.model.option import listed_option
from engine.runtime.clock import WallClock, monotonic_ns

DAY_NS = 86_400_000_000_000
FOREX, ALWAYS, FUTURES = "24x5", "24x7", "CME"
EXTENDED_FROM, EXTENDED_TO = "04:00", "20:00"


class MarketSetup(msgspec.Struct):
    """One run's market: its clock, its sessions, its label, and what to play.

    session_closed(symbol, ns, extended) is "" when an order may go out; trading_day(ns) gives (label, end ns);
    session(ns) names the session for the status line.
    """

    label: str
    run_label: str
    clock: MarketClock
    instruments: tuple[Instrument, ...]
    session_closed: Callable[[str, int, bool], str]
    trading_day: Callable[[int], tuple[str, int]]
    session: Callable[[int], str]
    calendar: Calendar
    """Whose clock the times of day are on that users type and read."""
    watched: tuple[str, ...]
    session_bounds: Callable[[str, int], tuple[int, int] | None] = lambda symbol, ns: None
    """(open, close) ns of the regular session that is on or comes next; None where nothing ever opens or closes."""
    history: History = History.empty()
    """Daily closes and volumes of the days before this run."""
    past: Past = Past.unknown()
    """How volume lies over a day, and how far prices move within it, learned from intraday bars of earlier days."""
    odd: tuple[str, ...] = ()
    """What looks odd in that history, of the instruments that may be traded."""
    sim: SimulatedMarket | None = None
    real: bool = False
    """The market itself, by the wall clock, from a data source of its own."""
    replay: Replay | None = None
    exchanges: Mapping[str, tuple[Calendar, tuple[str, ...]]] = {}
    """Calendars whose hours a broker is asked about, each with its instruments; none where the market is not the real
    one."""


def simulated(
    universe: Sequence[Instrument], seed: int, wall: WallClock, market: SimulatedMarket | None = None
) -> MarketSetup:
    """The embedded market: always open, says SIM, a function of (seed, time). `market`: with other names."""
    market = market or SimulatedMarket(seed, names=(*ALL_NAMES, *future_names(universe)))
    calendar = Calendar.always_open("SIM", zone="America/New_York")
    ours = {instrument.symbol: instrument for instrument in universe}
    days = _days_before(calendar, wall.wall_ns())
    instruments = tuple(ours.values())
    return MarketSetup(
        label="SIM",
        run_label="",
        clock=WallMarketClock(wall.wall_ns),
        instruments=instruments,
        session_closed=lambda symbol, ns, extended: "",
        trading_day=lambda ns: _day_of(calendar, ns),
        session=lambda ns: "regular",
        calendar=calendar,
        watched=tuple(symbol for symbol in market.symbols if symbol in ours),
        history=market.history(days),
        past=Past(market.minutes(days[-2][1]), lambda symbol: calendar),
        sim=market,
    )


def real(
    universe: Sequence[Instrument],
    label: str,
    wall: WallClock,
    past: Sequence[Path] = (),
    actions: Sequence[CorporateAction] = (),
    days_of: Callable[[Sequence[str], date], History] | None = None,
) -> MarketSetup:
    """The market itself: wall time, and the sessions of each instrument's exchange. Where `past` has no daily bars,
    `days_of` the source's own is asked for them. Raises CalendarError, TapeError."""
    by_symbol = {instrument.symbol: instrument for instrument in universe}
    hours = _Hours(by_symbol)
    main = hours.calendars["XNYS"]
    intraday, daily = split_files(past)
    today = main.to_exchange_time(wall.wall_ns()).date()
    before = HistoryFiles(today, actions).read(daily)
    history = before.history if daily or days_of is None else days_of(tuple(by_symbol), today)
    return MarketSetup(
        label=label,
        run_label="",
        clock=WallMarketClock(wall.wall_ns),
        instruments=tuple(by_symbol.values()),
        session_closed=hours.closed,
        trading_day=lambda ns: _day_of(main, ns),
        session=lambda ns: hours.name(main, ns),
        calendar=main,
        watched=tuple(by_symbol),
        session_bounds=hours.bounds,
        history=history,
        past=Past(read_minutes(intraday), hours.calendar_of),
        odd=tuple(line for line in before.odd if line.split(maxsplit=1)[0].rstrip(":") in by_symbol),
        real=True,
        exchanges={
            name: (calendar, tuple(i.symbol for i in by_symbol.values() if i.calendar == name))
            for name, calendar in hours.calendars.items()
            if name not in (FOREX, ALWAYS)
        },
    )


class _Hours:
    """When each instrument may be traded, by the calendar of its exchange. Raises CalendarError."""

    def __init__(self, instruments: Mapping[str, Instrument]) -> None:
        self._instruments = instruments
        self.calendars = {name: Calendar.load(name) for name in {i.calendar for i in instruments.values()} | {"XNYS"}}

    def calendar_of(self, symbol: str) -> Calendar:
        instrument = self._instruments.get(symbol) or listed_option(symbol, self._instruments)
        return self.calendars[instrument.calendar if instrument is not None else "XNYS"]

    def closed(self, symbol: str, ns: int, extended: bool) -> str:
        calendar = self.calendar_of(symbol)
        if calendar.is_open(ns) or (extended and _is_extended(calendar, ns)):
            return ""
        return f"{symbol}: the market is closed at {calendar.to_exchange_time(ns):%Y-%m-%d %H:%M:%S} exchange time"

    def bounds(self, symbol: str, ns: int) -> tuple[int, int] | None:
        calendar = self.calendar_of(symbol)
        found = calendar.session_of(ns) or calendar.session_of(calendar.next_open(ns))
        return (found.open_ns, found.close_ns) if found is not None else None

    def name(self, main: Calendar, ns: int) -> str:
        if main.is_open(ns):
            return "regular"
        return "extended" if _is_extended(main, ns) else "closed"


def replayed(
    universe: Sequence[Instrument],
    files: Sequence[Path],
    from_time: str | None,
    speed: Decimal,
    wall: WallClock,
    past: Sequence[Path] = (),
    actions: Sequence[CorporateAction] = (),
) -> MarketSetup:
    """Recorded tapes at a speed, with the days before them from the bars of `past`, daily and intraday. Raises
    TapeError, StartTimeError, CalendarError: one clear line each."""
    by_symbol = {instrument.symbol: instrument for instrument in universe}
    hours = _Hours(by_symbol)
    calendar_of = hours.calendar_of

    def tick_of(symbol: str) -> Decimal:
        instrument = by_symbol.get(symbol)
        return instrument.tick if instrument is not None else CENT

    replay = Replay(open_tapes(files, SessionRules(calendar_of)), tick_of)
    main = calendar_of(replay.symbols[0])
    start_ns = replay.start_ns(main, from_time)
    day = main.to_exchange_time(start_ns).date()
    intraday, daily = split_files(past)
    before = HistoryFiles(day, actions).read(daily)
    pace = "max" if speed == 0 else f"x{speed.normalize():f}"
    opened = datetime.fromtimestamp(wall.wall_ns() / 1e9, UTC)

    return MarketSetup(
        label=f"REPLAY {day} {pace}",
        run_label=f"replay {opened:%Y%m%dT%H%M%S}",
        clock=ReplayClock(start_ns, speed, monotonic_ns),
        instruments=tuple(by_symbol.values()),
        session_closed=hours.closed,
        trading_day=lambda ns: _day_of(main, ns),
        session=lambda ns: hours.name(main, ns),
        calendar=main,
        watched=replay.symbols,
        session_bounds=hours.bounds,
        history=before.history,
        past=Past(read_minutes(intraday), calendar_of),
        odd=tuple(line for line in before.odd if line.split(maxsplit=1)[0].rstrip(":") in by_symbol),
        replay=replay,
    )


def _days_before(calendar: Calendar, now_ns: int) -> list[tuple[str, int]]:
    """(ISO date, its midnight's end in seconds) of the days before this one, as many as a history uses."""
    today = calendar.to_exchange_time(now_ns)
    midnight = datetime.combine(today.date(), datetime.min.time(), tzinfo=today.tzinfo)
    return [
        ((midnight - timedelta(days=back)).date().isoformat(), int((midnight - timedelta(days=back - 1)).timestamp()))
        for back in range(WINDOW + 1, 0, -1)
    ]


def _day_of(calendar: Calendar, ns: int) -> tuple[str, int]:
    """(trading day, when the next one may begin: midnight on the exchange's clock; in FX at 17:00 in New York)."""
    if calendar.name == FOREX:
        return calendar.trading_day(ns).isoformat(), calendar.day_end_ns(ns)
    local = calendar.to_exchange_time(ns)
    midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), tzinfo=local.tzinfo)
    return calendar.trading_day(ns).isoformat(), int(midnight.timestamp()) * 1_000_000_000


def _is_extended(calendar: Calendar, ns: int) -> bool:
    if calendar.name in (FOREX, FUTURES):
        return False  # all their hours are regular ones
    day = calendar.to_exchange_time(ns).date()
    if calendar.session_on(day) is None:
        return False
    begin = calendar.parse_exchange_time(EXTENDED_FROM, day)
    return begin <= ns < calendar.parse_exchange_time(EXTENDED_TO, day)
