"""Several tapes as one market: merged in time order, completed where only bars exist, started anywhere.

Order: by the time at which an event can be known (a bar: its end); at equal times trades, then quotes, then
bars; then the order in which the files were given.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol

from engine.market.calendar import Calendar, CalendarError
from engine.market.completion import CompletedBars, TickOf
from engine.market.tape import Tape
from engine.model.market import Bar, MarketEvent, Quote, Trade
from engine.model.money import CENT

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class StartTimeError(ValueError):
    """A replay can't start at the time asked for. Says what was given and what was expected."""


class Recording(Protocol):
    """Events in time order, a short list at a time, none of them before `first_ns`."""

    @property
    def first_ns(self) -> int: ...

    def batches(self) -> Iterator[list[MarketEvent]]: ...


def known_ns(event: MarketEvent) -> int:
    """When an event can be known."""
    return event.end_ns if isinstance(event, Bar) else event.ts_ns


def merge(recordings: Sequence[Recording]) -> Iterator[list[MarketEvent]]:
    """One stream of many. Reads at most one list of one recording for each it gives, maybe an empty one."""
    streams = [recording.batches() for recording in recordings]
    waiting: list[list[MarketEvent]] = [[] for _ in recordings]
    # Up to where each recording is known: nothing earlier can come from it any more.
    reach = {index: recording.first_ns for index, recording in enumerate(recordings)}
    while reach:
        shortest = min(reach, key=reach.__getitem__)
        yield _take(waiting, reach[shortest])
        batch = next(streams[shortest], None)
        if batch is None:
            del reach[shortest]
        elif batch:
            waiting[shortest] += batch
            reach[shortest] = known_ns(batch[-1])
    yield sorted((event for events in waiting for event in events), key=_order)


def _take(waiting: list[list[MarketEvent]], horizon_ns: int) -> list[MarketEvent]:
    """All waiting events before the horizon. Those at the horizon stay: more at the same time may follow."""
    ready: list[MarketEvent] = []
    for events in waiting:
        if events:
            cut = bisect_left(events, horizon_ns, key=known_ns)
            ready += events[:cut]
            del events[:cut]
    ready.sort(key=_order)
    return ready


def _order(event: MarketEvent) -> int:
    if isinstance(event, Quote):
        return event.ts_ns * 4 + 1
    return event.ts_ns * 4 if isinstance(event, Trade) else event.end_ns * 4 + 2


class Replay:
    """Checked tapes, ready to be played any number of times."""

    def __init__(self, tapes: Sequence[Tape], tick_of: TickOf = lambda symbol: CENT) -> None:
        """`tick_of`: the tick of a symbol of which only bars were recorded. `tapes` must not be empty."""
        self.tapes = tuple(tapes)
        self.symbols = tuple(dict.fromkeys(symbol for tape in tapes for symbol in tape.symbols))
        self.first_ns = min(tape.first_ns for tape in tapes)
        self.last_ns = max(tape.last_ns for tape in tapes)
        self._tick_of = tick_of

    def play(self, start_ns: int) -> Iterator[list[MarketEvent]]:
        """The events from `start_ns` on, in lists of which some may be empty.

        Before them, in one list, the newest earlier quote of each symbol, so that the book stands at the
        start. Raises TapeError where a file has changed since it was checked.
        """
        opening: dict[str, Quote] = {}
        batches = merge([self._completed(tape) for tape in self.tapes])
        for batch in batches:
            cut = bisect_left(batch, start_ns, key=known_ns)
            opening.update((event.symbol, event) for event in batch[:cut] if isinstance(event, Quote))
            if cut < len(batch):
                yield sorted(opening.values(), key=known_ns)
                yield batch[cut:]
                yield from batches
                return
            yield []
        yield sorted(opening.values(), key=known_ns)

    def start_ns(self, calendar: Calendar, text: str | None = None) -> int:
        """Where to start: as `text` says, else at the first regular open on the tape.

        Without an open on the tape, or when it begins within a session, that is its first event. `text` is
        a time of day on the exchange's clock, on the tape's first date; a date (its regular open); or an
        ISO time, on the exchange's clock unless it has an offset. Raises StartTimeError.
        """
        if text is None:
            return self._first_open_ns(calendar)
        start_ns = _parse_start(text.strip(), calendar, calendar.to_exchange_time(self.first_ns).date())
        if start_ns > self.last_ns:
            first, last = (calendar.to_exchange_time(ns) for ns in (self.first_ns, self.last_ns))
            raise StartTimeError(
                f"--from {text}: after the tape's end; it runs from {first:%Y-%m-%d %H:%M:%S} "
                f"to {last:%Y-%m-%d %H:%M:%S} exchange time ({calendar.zone.key})"
            )
        return max(start_ns, self.first_ns)

    def _first_open_ns(self, calendar: Calendar) -> int:
        try:
            open_ns = self.first_ns if calendar.is_open(self.first_ns) else calendar.next_open(self.first_ns)
        except CalendarError:
            return self.first_ns
        return open_ns if open_ns <= self.last_ns else self.first_ns

    def _completed(self, tape: Tape) -> Recording:
        if tape.kind != "bars":
            return tape
        beside = [other for other in self.tapes if other is not tape and _overlap(tape, other)]
        quoted = {symbol for other in beside if other.kind == "quotes" for symbol in other.symbols}
        traded = {symbol for other in beside if other.kind == "trades" for symbol in other.symbols}
        finer = {
            symbol
            for other in beside
            if other.kind == "bars" and other.interval_ns < tape.interval_ns
            for symbol in other.symbols
        }
        return CompletedBars(tape, quoted | finer, traded | finer, self._tick_of)


def _overlap(one: Tape, other: Tape) -> bool:
    return one.first_ns <= other.last_ns and other.first_ns <= one.last_ns


def _parse_start(text: str, calendar: Calendar, first_day: date) -> int:
    try:
        return calendar.parse_exchange_time(text, first_day)
    except CalendarError:
        pass
    try:
        if len(text) == len("2013-10-07"):
            day = date.fromisoformat(text)
            session = calendar.session_on(day)
            return session.open_ns if session is not None else calendar.parse_exchange_time("00:00", day)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise StartTimeError(
            f"--from {text}: neither a time of day (HH:MM or HH:MM:SS, exchange time), "
            "nor a date, nor an ISO time like 2013-10-07T10:00"
        ) from None
    local = moment if moment.tzinfo is not None else moment.replace(tzinfo=calendar.zone)
    return (local - _EPOCH) // timedelta(microseconds=1) * 1_000
