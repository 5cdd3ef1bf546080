"""Market data: who is subscribed to what, and its ticks, live or delayed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from tests.emulators.ibkr.books import Quote
from tests.emulators.ibkr.contracts import ZERO, Listed
from tests.emulators.ibkr.session import Session

LIVE, FROZEN, DELAYED, DELAYED_FROZEN = 1, 2, 3, 4
BID_SIZE, BID, ASK, ASK_SIZE, LAST, LAST_SIZE, VOLUME, CLOSE = 0, 1, 2, 3, 4, 5, 8, 9
#: The same ticks where the data are delayed.
LATER = {BID: 66, ASK: 67, LAST: 68, BID_SIZE: 69, ASK_SIZE: 70, LAST_SIZE: 71, VOLUME: 74, CLOSE: 75}
STAMP, LATER_STAMP, HALTED, SHORTABLE, SHORTABLE_SHARES = 45, 88, 49, 46, 89
HARD_TO_BORROW, EASY_TO_BORROW = "2.0", "3.0"


@dataclass
class Tape:
    """What the last trade was, and whether trading is halted (0 no, 1 news, 2 volatility)."""

    last: Decimal | None = None
    last_size: Decimal = ZERO
    volume: Decimal = ZERO
    close: Decimal | None = None
    ts_ns: int = 0
    halted: int = 0
    shortable: int = 5_000_000
    """Shares that can be borrowed."""


@dataclass
class Subscription:
    session: Session
    req_id: int
    listed: Listed
    generic: tuple[str, ...]
    data_type: int

    def tick(self, kind: int) -> int:
        return LATER[kind] if self.data_type in (DELAYED, DELAYED_FROZEN) else kind


class MarketData:
    """`subscribed`: whether the account pays for live data; else there are delayed ones, for who asks for them."""

    def __init__(self, quotes: dict[int, Quote], now_ns: Callable[[], int]) -> None:
        self._quotes, self._now_ns = quotes, now_ns
        self.tapes: dict[int, Tape] = {}
        self.subscribed = True
        self.lines = 100
        """How many subscriptions a client may have."""
        self._open: dict[tuple[Session, int], Subscription] = {}

    def tape(self, listed: Listed) -> Tape:
        return self.tapes.setdefault(listed.con_id, Tape())

    @property
    def streams(self) -> int:
        return len(self._open)

    # -- subscribing ----------------------------------------------------------------------------------------------

    def ask(self, session: Session, req_id: int, listed: Listed, generic: str, *, snapshot: bool) -> None:
        if (session, req_id) in self._open:
            session.error(req_id, 102, "Duplicate ticker ID.")
            return
        if sum(one.session is session for one in self._open.values()) >= self.lines:
            session.error(req_id, 101, "Max number of tickers has been reached.")
            return
        kind = session.data_type
        if not self.subscribed:
            if kind not in (DELAYED, DELAYED_FROZEN):
                session.error(req_id, 354, "Requested market data is not subscribed. Delayed market data is available.")
                return
            session.error(req_id, 10167, "Requested market data is not subscribed. Displaying delayed market data.")
        elif kind in (DELAYED, DELAYED_FROZEN):
            kind = LIVE  # who pays gets live ones
        one = Subscription(session, req_id, listed, tuple(part for part in generic.split(",") if part), kind)
        session.say([81, req_id, listed.min_tick, "9c0001", 3 if listed.sec_type == "STK" else 0])
        session.say([58, 1, req_id, kind])
        self._tell_all(one)
        if snapshot:
            session.say([57, 1, req_id])
        else:
            self._open[session, req_id] = one

    def cancel(self, session: Session, req_id: int) -> None:
        if self._open.pop((session, req_id), None) is None:
            session.error(req_id, 300, f"Can't find EId with tickerId:{req_id}")

    def forget(self, session: Session | None = None) -> None:
        """One client's subscriptions are gone, or all."""
        for key in [key for key in self._open if session in (None, key[0])]:
            del self._open[key]

    # -- ticks ----------------------------------------------------------------------------------------------------

    def quoted(self, listed: Listed) -> None:
        for one in self._of(listed):
            self._tell_quote(one)

    def traded(self, listed: Listed, px: Decimal, size: Decimal) -> None:
        """A print in the market."""
        tape = self.tape(listed)
        tape.last, tape.last_size, tape.volume, tape.ts_ns = px, size, tape.volume + size, self._now_ns()
        for one in self._of(listed):
            self._tell_last(one)

    def halt(self, listed: Listed, how: int) -> None:
        self.tape(listed).halted = how
        for one in self._of(listed):
            one.session.say([45, 6, one.req_id, HALTED, how])

    def _of(self, listed: Listed) -> list[Subscription]:
        return [one for one in self._open.values() if one.listed.con_id == listed.con_id]

    def _tell_all(self, one: Subscription) -> None:
        tape = self.tape(one.listed)
        self._tell_quote(one)
        self._tell_last(one)
        if tape.close is not None:
            one.session.say([1, 6, one.req_id, one.tick(CLOSE), tape.close, "0", "0"])
        one.session.say([45, 6, one.req_id, HALTED, tape.halted])
        if "236" in one.generic:
            one.session.say([45, 6, one.req_id, SHORTABLE, EASY_TO_BORROW if tape.shortable else HARD_TO_BORROW])
            one.session.say([2, 6, one.req_id, SHORTABLE_SHARES, tape.shortable])

    def _tell_quote(self, one: Subscription) -> None:
        quote, say, req = self._quotes.get(one.listed.con_id), one.session.say, one.req_id
        if quote is None:
            say([1, 6, req, one.tick(BID), "-1", "0", "1"])  # no bid, no offer
            say([1, 6, req, one.tick(ASK), "-1", "0", "1"])
            return
        say([1, 6, req, one.tick(BID), quote.bid, quote.bid_size, "1"])
        say([2, 6, req, one.tick(BID_SIZE), quote.bid_size])
        say([1, 6, req, one.tick(ASK), quote.ask, quote.ask_size, "1"])
        say([2, 6, req, one.tick(ASK_SIZE), quote.ask_size])

    def _tell_last(self, one: Subscription) -> None:
        tape, say, req = self.tape(one.listed), one.session.say, one.req_id
        if tape.last is None:
            return
        stamp = LATER_STAMP if one.data_type in (DELAYED, DELAYED_FROZEN) else STAMP
        say([46, 6, req, stamp, tape.ts_ns // 1_000_000_000])
        say([1, 6, req, one.tick(LAST), tape.last, tape.last_size, "0"])
        say([2, 6, req, one.tick(LAST_SIZE), tape.last_size])
        say([2, 6, req, one.tick(VOLUME), tape.volume])
