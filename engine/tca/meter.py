"""What one instrument's market did while somebody's order is measured: mids, volume, notional, and the mid at each
whole second. Fed by the quote cache, a few hundred nanoseconds an event.

A reading is a set of running sums, so that the difference of two readings says everything about the time between them:
volume and notional give the interval's VWAP, the sum of mids over their number its TWAP. They mean nothing across two
processes: a desk that was down in between doesn't know what traded.

Regular quotes and eligible prints only (as the cache passes them on): the mid in force is that of the last quote that
was neither locked nor crossed. Own executions are no prints here unless the feed prints them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from heapq import heapify, heappop, heappush
from typing import Final

import msgspec

from engine.market.volume import Traded
from engine.model.market import Bar, MarketEvent, Quote
from engine.model.money import ZERO

GRID_NS: Final = 1_000_000_000
"""Mids for a TWAP are taken at whole seconds of market time."""
KEPT: Final = 2048
"""How many of the newest states are kept at most ..."""
KEPT_NS: Final = 120_000_000_000
"""... and of how long: moments are asked for a quarter of a second late, reports may be later, behind a reconnect."""
_NEVER: Final = 2**63

Key = tuple[str, str, str]
"""Who asked, for what, and of which execution."""


class Sums(msgspec.Struct, frozen=True, gc=False):
    """The market at one moment. `mids` and `seconds`: sum and number of the mids at whole seconds, as far as counted:
    of a state those before it, of a reading those up to and with it."""

    ts_ns: int
    quote: Quote | None
    volume: Decimal
    notional: Decimal
    mids: Decimal
    seconds: int


class Meter:
    """One instrument. `note(key, sums, due)` is told of every moment that was asked for with `wait`, in order; None
    stands for one that is not known. `note_pwp(key, ts, price)`: likewise of `wait_pwp`."""

    __slots__ = (
        "_asked", "_dues", "_next_due", "_next_pwp", "_note", "_note_pwp", "_pwps", "_ring", "_state", "_traded", "stop"
    )  # fmt: skip

    def __init__(
        self,
        quote: Quote | None,
        now_ns: int,
        traded: Callable[[], Traded],
        note: Callable[[Key, Sums | None, int], None],
        note_pwp: Callable[[Key, int, Decimal], None],
    ) -> None:
        """Begins with the regular quote in force now. `traded` counts the instrument's volume, the newest print
        included."""
        self._traded = traded
        self._note = note
        self._note_pwp = note_pwp
        count = traded()
        since_ns = min(quote.ts_ns, now_ns) if quote is not None else now_ns
        self._state = Sums(since_ns, quote, count.volume, count.notional, ZERO, 0)
        """The market right after the newest event."""
        self._ring: deque[Sums] = deque((self._state,), maxlen=KEPT)
        self._asked = 0
        self._dues: list[tuple[int, int, Key]] = []
        self._next_due = _NEVER
        self._pwps: list[tuple[Decimal, int, Decimal, Decimal, Key]] = []
        """(volume at which it is reached, order of asking, notional at its beginning, volume wanted, key)"""
        self._next_pwp: Decimal | None = None
        self.stop: Callable[[], None] = lambda: None
        """Ends the subscription that feeds it."""

    @property
    def idle(self) -> bool:
        """Nobody waits for a moment or for volume."""
        return not self._dues and not self._pwps

    @property
    def newest_ns(self) -> int:
        """Market time of the newest event."""
        return self._state.ts_ns

    # -- what the market says -------------------------------------------------------------------------------------

    def on_event(self, event: MarketEvent) -> None:
        """Take one usable event."""
        if isinstance(event, Bar):
            return
        old = self._state
        ts_ns = event.ts_ns
        if ts_ns > self._next_due:
            self._settle(ts_ns - 1)
        if isinstance(event, Quote):
            quote: Quote | None = event
            volume, notional = old.volume, old.notional
        else:
            quote = old.quote
            count = self._traded()
            volume, notional = count.volume, count.notional
        before = old.ts_ns
        mids, seconds = old.mids, old.seconds
        if ts_ns <= before:
            ts_ns = before  # a print that the feed tells late belongs to what is known by now
        elif old.quote is not None:
            # Whole seconds from the old event on (one exactly at it included), to before the new one.
            passed = (ts_ns - 1) // GRID_NS - (before - 1) // GRID_NS
            if passed:
                mids += old.quote.mid * passed
                seconds += passed
        state = self._state = Sums(ts_ns, quote, volume, notional, mids, seconds)
        ring = self._ring
        ring.append(state)
        horizon = ts_ns - KEPT_NS
        while ring[1].ts_ns <= horizon:  # the newest of the older ones is in force until the horizon and beyond
            ring.popleft()
        if self._next_pwp is not None and volume >= self._next_pwp:
            self._reach(old, state)

    # -- moments ----------------------------------------------------------------------------------------------------

    def at(self, ts_ns: int) -> Sums | None:
        """The market at a moment that has passed; None where that is too long ago, or before the meter began."""
        state = self._state
        if state.ts_ns <= ts_ns:
            return _at(state, ts_ns)
        for state in reversed(self._ring):
            if state.ts_ns <= ts_ns:
                return _at(state, ts_ns)
        return None

    def wait(self, due_ns: int, key: Key) -> None:
        """Note the market at a moment, once every event up to it is known."""
        self._asked += 1
        heappush(self._dues, (due_ns, self._asked, key))
        self._next_due = self._dues[0][0]

    def settle(self, until_ns: int) -> None:
        """No event will come any more that is not after `until_ns`: note what was due by then."""
        if until_ns >= self._next_due:
            self._settle(until_ns)

    def _settle(self, until_ns: int) -> None:
        dues = self._dues
        while dues and dues[0][0] <= until_ns:
            due_ns, _, key = heappop(dues)
            self._note(key, self.at(due_ns), due_ns)
        self._next_due = dues[0][0] if dues else _NEVER

    # -- participation weighted prices ------------------------------------------------------------------------------

    def wait_pwp(self, begin: Sums, wanted: Decimal, key: Key) -> None:
        """Note the average price of the first `wanted` units traded since `begin`, once they have."""
        self._asked += 1
        target = begin.volume + wanted
        heappush(self._pwps, (target, self._asked, begin.notional, wanted, key))
        self._next_pwp = self._pwps[0][0]
        if target <= self._state.volume:
            self._catch_up(target)

    def _catch_up(self, target: Decimal) -> None:
        """So much has traded already: find the print that did it among the newest states."""
        newer = self._state
        for older in reversed(self._ring):
            if older.volume < target <= newer.volume:
                self._reach(older, newer)
                return
            newer = older
        # Too long ago to be known exactly.
        self._pwps = [waiting for waiting in self._pwps if waiting[0] > target]
        heapify(self._pwps)
        self._next_pwp = self._pwps[0][0] if self._pwps else None

    def forget_pwps(self) -> list[Key]:
        """Give up waiting for volume (the market has closed); returns who waited."""
        waited = [key for *_, key in self._pwps]
        self._pwps.clear()
        self._next_pwp = None
        return waited

    def _reach(self, old: Sums, new: Sums) -> None:
        """The print between two states took the volume past what some wait for; it counts in part for them."""
        pwps = self._pwps
        px = (new.notional - old.notional) / (new.volume - old.volume)
        while pwps and pwps[0][0] <= new.volume:
            target, _, began, wanted, key = heappop(pwps)
            notional = old.notional + (target - old.volume) * px
            self._note_pwp(key, new.ts_ns, (notional - began) / wanted)
        self._next_pwp = pwps[0][0] if pwps else None


def _at(state: Sums, ts_ns: int) -> Sums:
    """The market at a moment, when `state` is the newest one that is not after it."""
    mids, seconds = state.mids, state.seconds
    if state.quote is not None:
        more = ts_ns // GRID_NS - (state.ts_ns - 1) // GRID_NS
        if more > 0:
            mids += state.quote.mid * more
            seconds += more
    return Sums(ts_ns, state.quote, state.volume, state.notional, mids, seconds)
