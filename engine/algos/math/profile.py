"""How a day's volume is spread over its session: learned from bars of earlier days, read off for any schedule.

Each session counts by its own calendar: a bar's place is its share of the session gone, so that a half day and a whole
one speak of the same places. Every day counts the same, whatever it traded (its volume is 1), and what is kept is the
mean of the days (or the median, made to sum to 1 again). Only sessions strictly before the day in question are used.

The opening and the closing auction print inside the first and the last bar. How much of those is auction is estimated
as what exceeds the bars next to it (`AUCTION_BARS` of them); it is told apart, so that a schedule can leave it to the
auction, or count it where it prints; a market that never closes has none. Decimals, no floats.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from statistics import median
from typing import Final, Literal

import msgspec

from engine.algos.apportion import apportion
from engine.market.calendar import Calendar, Session
from engine.model.market import Bar
from engine.model.money import ONE, ZERO

#: Places of a session that are told apart: the minutes of a session of six and a half hours.
PLACES: Final = 390
#: So many bars beside the first and the last one say what those would hold without their auction.
AUCTION_BARS: Final = 5
#: Shares are kept to this step.
STEP: Final = Decimal("1e-12")
_EXACT: Final = Decimal("1e-18")

Way = Literal["mean", "median"]


class ProfileError(ValueError):
    """There is no such profile; one line says what was found and what was expected."""


class VolumeProfile(msgspec.Struct, frozen=True):
    """Shares of a session's volume. The places and both auctions sum to 1 exactly."""

    edges: tuple[Fraction, ...]
    """Where places begin and end, as shares of the session gone: the first is 0, the last 1."""
    shares: tuple[Decimal, ...]
    """Volume of each place without the auctions: one fewer than edges."""
    opening: Decimal = ZERO
    """Share of the opening auction."""
    closing: Decimal = ZERO
    days: tuple[str, ...] = ()
    """ISO dates that it was learned from; none where it was given."""

    def weights(self, calendar: Calendar, edges_ns: Sequence[int], *, auctions: bool = True) -> tuple[Decimal, ...]:
        """What share of a day's volume each interval between neighbouring times should see, over as many sessions as it
        touches; 0 outside sessions. `auctions` counts them where they print: in the first and the last moment. Raises
        CalendarError beyond what the calendar knows."""
        found = [ZERO] * (len(edges_ns) - 1)
        places = [_decimal(edge) for edge in self.edges]
        done = (ZERO, *accumulate(self.shares))
        opening, closing = (self.opening, self.closing) if auctions else (ZERO, ZERO)
        for session in sessions_between(calendar, edges_ns[0], edges_ns[-1]):
            length = session.close_ns - session.open_ns
            until = []
            for at in edges_ns:
                gone = Decimal(min(max(at, session.open_ns), session.close_ns) - session.open_ns) / length
                index = min(bisect_right(places, gone), len(self.shares)) - 1
                low, high = places[index], places[index + 1]
                regular = done[index] + self.shares[index] * (gone - low) / (high - low)
                until.append(regular + (opening if gone else ZERO) + (closing if gone == 1 else ZERO))
            for n, (before, after) in enumerate(pairwise(until)):
                found[n] += after - before
        # What is equal must look equal to the last digit, or ties would be decided by rounding.
        return tuple(share.quantize(_EXACT) for share in found)


def sessions_between(calendar: Calendar, start_ns: int, end_ns: int) -> list[Session]:
    """The regular sessions that have a moment in common with start <= t < end, in order."""
    found = []
    at = start_ns
    while at < end_ns:
        session = calendar.session_of(at) or calendar.session_of(calendar.next_open(at))
        if session is None or session.open_ns >= end_ns:
            break
        found.append(session)
        at = session.close_ns
    return found


def learn(bars: Iterable[Bar], calendar: Calendar, before: date, way: Way = "mean") -> VolumeProfile:
    """The profile of the sessions strictly before `before` that these bars of one symbol cover.

    Bars may be of any length up to the session's; a minute without a bar saw no trade; bars outside sessions count
    nothing, nor do sessions without volume. Raises ProfileError where no session is left.
    """
    volumes: dict[date, tuple[Session, dict[int, Bar]]] = {}
    for bar in bars:
        session = calendar.session_of(bar.start_ns) if bar.volume else None
        if session is None or session.date >= before:
            continue
        known = volumes.setdefault(session.date, (session, {}))[1]
        if bar.start_ns in known:
            raise ProfileError(f"{bar.symbol} {session.date}: two bars begin at the same time; expected each bar once")
        known[bar.start_ns] = bar
    if not volumes:
        raise ProfileError(f"no session before {before} has a bar with volume; expected bars of at least one such day")
    found = [_shares_of(*volumes[day], calendar) for day in sorted(volumes)]
    places = [_middle([day[n] for day in found], way) for n in range(PLACES + 2)]
    if not any(places):
        raise ProfileError("no place of the session has volume on most days; take the mean of the days")
    opening, *shares, closing = _sum_to_1(places)
    edges = tuple(Fraction(n, PLACES) for n in range(PLACES + 1))
    return VolumeProfile(edges, tuple(shares), opening, closing, tuple(day.isoformat() for day in sorted(volumes)))


def given(weights: Sequence[Decimal]) -> VolumeProfile:
    """Weights of equally long parts of a session, as a profile. Raises ProfileError."""
    edges = tuple(Fraction(n, len(weights)) for n in range(len(weights) + 1)) if weights else ()
    return of_weights(edges, weights)


def of_weights(edges: Sequence[Fraction], weights: Sequence[Decimal]) -> VolumeProfile:
    """Weights of parts of a session between these places, which rise from 0 to 1. Raises ProfileError."""
    if not all(w.is_finite() and w >= 0 for w in weights) or not any(weights):
        raise ProfileError("weights must not be negative and one must be above 0")
    if len(edges) != len(weights) + 1 or edges[0] != 0 or edges[-1] != 1 or any(a >= b for a, b in pairwise(edges)):
        raise ProfileError("the parts of a session must follow each other from its open to its close")
    return VolumeProfile(tuple(edges), tuple(_sum_to_1(weights)))


def _shares_of(session: Session, bars: dict[int, Bar], calendar: Calendar) -> list[Decimal]:
    """One day: the opening auction, each place, the closing auction; sums to 1."""
    length = session.close_ns - session.open_ns
    whole = sum((bar.volume for bar in bars.values()), ZERO)
    places = [ZERO] * PLACES
    opening = closing = ZERO
    in_order = [bars[at] for at in sorted(bars)]
    has_auctions = len(in_order) > AUCTION_BARS and not calendar.is_open(session.close_ns)
    for bar in in_order:
        volume = bar.volume
        if has_auctions and bar.start_ns == session.open_ns:
            opening = _excess(bar, in_order[1:])
            volume -= opening
        elif has_auctions and bar.end_ns >= session.close_ns:
            closing = _excess(bar, in_order[-2::-1])
            volume -= closing
        # Ends of the bar, in units of which a place is `length` long.
        low, high = ((at - session.open_ns) * PLACES for at in (bar.start_ns, min(bar.end_ns, session.close_ns)))
        for place in range(low // length, min(-(-high // length), PLACES)):
            common = min(high, (place + 1) * length) - max(low, place * length)
            places[place] += volume * common / (high - low)
    return [part / whole for part in (opening, *places, closing)]


def _excess(bar: Bar, beside: Sequence[Bar]) -> Decimal:
    """What a bar holds above the mean of the bars beside it."""
    near = [other.volume for other in beside[:AUCTION_BARS]]
    return max(ZERO, bar.volume - sum(near, ZERO) / len(near))


def _middle(values: Sequence[Decimal], way: Way) -> Decimal:
    return median(values) if way == "median" else sum(values, ZERO) / len(values)


def _sum_to_1(parts: Sequence[Decimal]) -> list[Decimal]:
    whole = sum(parts, ZERO)
    return apportion(ONE, [part / whole for part in parts], STEP)


def _decimal(share: Fraction) -> Decimal:
    return Decimal(share.numerator) / Decimal(share.denominator)
