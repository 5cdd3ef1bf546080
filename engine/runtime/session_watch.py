"""Asks a broker for its hours of the day, at each connect and when a new day begins (TellsSessions), and posts what it
says beside what the calendar says. The core does the rest (engine.risk.told_sessions).

One question for each calendar that the desk's instruments trade by; what never closes is not asked about.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from engine import inputs as i
from engine.market.calendar import Calendar, CalendarError
from engine.protocol import TellsSessions

log = logging.getLogger("tradedesk.sessions")

#: How many instruments of a calendar are tried before it is given up.
_TRIES: Final = 3
_EVERY_S: Final = 5.0
_TIMEOUT_S: Final = 10.0


class SessionWatch:
    """One account's. `session`: the number of its connection, 0 while there is none; `calendars`: name -> (calendar,
    instruments of it); `trouble(text)`: it could not be told today."""

    def __init__(
        self,
        account: str,
        broker: str,
        adapter: TellsSessions,
        session: Callable[[], int],
        calendars: Mapping[str, tuple[Calendar, Sequence[str]]],
        market_ns: Callable[[], int],
        post: Callable[[i.SessionsTold], None],
        trouble: Callable[[str], None],
        *,
        every_s: float = _EVERY_S,
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        self._account, self._broker, self._adapter = account, broker, adapter
        self._session, self._calendars, self._market_ns = session, calendars, market_ns
        self._post, self._trouble = post, trouble
        self._every_s, self._timeout_s = every_s, timeout_s
        self._asked: dict[str, tuple[int, str]] = {}
        """Calendar -> the session and day for which it was answered."""
        self._failed: set[tuple[str, str]] = set()

    async def run(self) -> None:
        """For as long as the desk runs."""
        while True:
            number = self._session()
            if number:
                for name in self._calendars:
                    await self._look(name, number)
            await asyncio.sleep(self._every_s)

    async def _look(self, name: str, number: int) -> None:
        calendar, symbols = self._calendars[name]
        try:
            day = calendar.trading_day(self._market_ns())
            session = calendar.session_on(day)
        except CalendarError:
            return  # the desk itself takes no order then
        if self._asked.get(name) == (number, day.isoformat()):
            return
        ours = ((session.open_ns, session.close_ns),) if session is not None else ()
        try:
            async with asyncio.timeout(self._timeout_s):
                told = None
                for symbol in symbols[:_TRIES]:
                    told = await self._adapter.sessions(symbol, day, day)
                    if told is not None:
                        break
        except Exception as error:  # whatever an adapter raises, it is no answer; the next look asks again
            if number == self._session() and (name, day.isoformat()) not in self._failed:
                self._failed.add((name, day.isoformat()))
                words = str(error) or type(error).__name__
                self._trouble(f"{self._broker} did not tell its hours of {day} ({name}): {words}")
            return
        self._asked[name] = (number, day.isoformat())
        if told is not None:
            theirs = tuple((each.open_ns, each.close_ns) for each in told if each.date == day)
            self._post(i.SessionsTold(self._account, self._broker, name, day.isoformat(), ours, theirs))
