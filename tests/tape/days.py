"""The recorded days: events of one session, minute bars of other days, and the benchmarks that they give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path

import msgspec

from engine.algos.math.past import Past
from engine.market.calendar import Calendar, Session
from engine.market.history import History
from engine.market.history_files import HistoryFiles
from engine.market.minutes import read_minutes
from engine.market.replay import Replay
from engine.market.tape import SessionRules, open_tapes
from engine.model.market import Quote, Trade

SYMBOLS = ("SPY", "IBM", "BAC")
DAYS = (date(2013, 10, 7), date(2013, 10, 8))
MINUTE_NS = 60_000_000_000


@cache
def nyse() -> Calendar:
    """The exchange's calendar."""
    return Calendar.load("XNYS")


class Day(msgspec.Struct, frozen=True):
    """One symbol's session: its events, the newest quote before the open first."""

    symbol: str
    session: Session
    events: tuple[Quote | Trade, ...]

    def changed(self, after_ns: int, change: Callable[[Trade], Trade | None]) -> Day:
        """The same day with other prints after a moment (None: the print did not happen)."""
        events = [change(event) if type(event) is Trade and event.ts_ns > after_ns else event for event in self.events]
        return msgspec.structs.replace(self, events=tuple(event for event in events if event is not None))


def load(data: Path, symbol: str, day: date, until_ns: int | None = None) -> Day:
    """Quotes of each second and every print, from the open to the close (or until a moment)."""
    session = nyse().session_on(day)
    assert session is not None
    name = f"{symbol}_{day:%Y%m%d}.csv.gz"
    files = [data / "equities" / kind / name for kind in ("quotes_1s", "trades_tick")]
    replay = Replay(open_tapes(files, SessionRules(lambda symbol: nyse())))
    end_ns = session.close_ns if until_ns is None else until_ns
    events: list[Quote | Trade] = []
    for batch in replay.play(session.open_ns):
        wanted = [event for event in batch if isinstance(event, Quote | Trade) and event.ts_ns < end_ns]
        events += wanted
        if len(wanted) < len(batch):
            break
    return Day(symbol, session, tuple(events))


def past(data: Path, symbol: str, day: date) -> tuple[Past, History]:
    """What the other days say: minute bars and daily bars before this day."""
    files = sorted((data / "equities" / "bars_1m").glob(f"{symbol}_*.csv.gz"))
    history = HistoryFiles(day).read([data / "equities" / "bars_1d" / f"{symbol}.csv.gz"]).history
    return Past(read_minutes(files), lambda symbol: nyse()), history


class Benchmarks(msgspec.Struct, frozen=True):
    """Of the market while an algo ran."""

    arrival: Decimal
    vwap: Decimal
    twap: Decimal
    volume: Decimal


def benchmarks(day: Day, start_ns: int, end_ns: int) -> Benchmarks:
    """Arrival: mid at the start. VWAP: of every eligible print of the interval, ours not included (paper fills print
    nowhere). TWAP: mean of the mids of every second."""
    quotes = [event for event in day.events if isinstance(event, Quote) and event.is_regular]
    prints = [e for e in day.events if isinstance(e, Trade) and e.eligible and start_ns <= e.ts_ns < end_ns]
    volume = sum((each.size for each in prints), Decimal(0))
    notional = sum((each.size * each.price for each in prints), Decimal(0))
    before = [quote for quote in quotes if quote.ts_ns <= start_ns]
    return Benchmarks(before[-1].mid, notional / volume, _mean_mid(quotes, start_ns, end_ns), volume)


def _mean_mid(quotes: Sequence[Quote], start_ns: int, end_ns: int) -> Decimal:
    whole = Decimal(0)
    for quote, following in pairwise([*quotes, None]):
        assert quote is not None
        begin = max(quote.ts_ns, start_ns)
        end = min(following.ts_ns if following is not None else end_ns, end_ns)
        if end > begin:
            whole += quote.mid * (end - begin)
    return whole / (end_ns - start_ns)
