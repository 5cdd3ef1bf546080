"""A broker's own hours: said where they differ from the calendar, and the stricter of both holds for market orders."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date

import pytest

from engine import facts as f
from engine import inputs as i
from engine.market.calendar import Calendar, Session
from engine.model.enums import AlertLevel, Side
from engine.runtime.session_watch import SessionWatch
from tests.engine.assets.floor import ACCOUNT, SECOND, START, Floor

HOUR = 3600 * SECOND
DAY = "2025-06-02"
OURS = ((START - 2 * HOUR, START + 4 * HOUR),)


def told(floor: Floor, theirs: tuple[tuple[int, int], ...], calendar: str = "XNYS", account: str = ACCOUNT) -> None:
    floor.give(i.SessionsTold(account, "alpaca", calendar, DAY, OURS, theirs))


def alerts(floor: Floor) -> list[tuple[AlertLevel, str]]:
    found = [fact for _, _, fact in floor.journal if isinstance(fact, f.AlertRaised)]
    return [(fact.level, fact.code) for fact in found if fact.code.startswith("SESSION_")]


def market(floor: Floor) -> list[str]:
    return [denial.code for denial in floor.order(Side.BUY, "1", "AAPL").denials]


def test_hours_that_agree_are_kept_and_nothing_is_said() -> None:
    floor = Floor()
    told(floor, OURS)
    told(floor, OURS)
    assert len([fact for _, _, fact in floor.journal if isinstance(fact, f.SessionsTold)]) == 1
    assert alerts(floor) == []
    assert market(floor) == []


@pytest.mark.parametrize("theirs", [(), ((START - 2 * HOUR, START - HOUR),)], ids=["closed", "early close"])
def test_a_market_that_the_broker_calls_closed_takes_no_market_order(theirs: tuple[tuple[int, int], ...]) -> None:
    floor = Floor()
    told(floor, theirs)
    assert alerts(floor) == [(AlertLevel.ALARM, "SESSION_DIFFERS")]
    assert market(floor) == ["SESSION_CLOSED"]
    assert floor.order(Side.BUY, "1", "AAPL", "201.00").denials == ()
    assert [d.code for d in floor.order(Side.BUY, "1", "BTCUSD").denials] == []

    told(floor, OURS)
    assert alerts(floor)[1:] == [(AlertLevel.NOTICE, "SESSION_AGREES")]
    assert market(floor) == []


def test_what_differs_later_in_the_day_stops_nothing_now_and_the_day_s_end_ends_it() -> None:
    floor = Floor()
    told(floor, ((OURS[0][0], START + 2 * HOUR),))
    assert market(floor) == []
    floor.ns = START + 2 * HOUR
    assert market(floor) == ["SESSION_CLOSED"]
    floor.ns = START + 4 * HOUR
    assert market(floor) == []  # it is the calendar's matter again


def test_another_account_s_broker_says_nothing_of_this_one() -> None:
    floor = Floor()
    told(floor, (), account="OTHER")
    assert market(floor) == []


class Told:
    """A broker at the protocol's edge."""

    def __init__(self) -> None:
        self.days: dict[date, Session] = {}
        self.broken = False
        self.asked: list[tuple[str, date]] = []

    async def sessions(self, symbol: str, first: date, last: date) -> Sequence[Session] | None:
        self.asked.append((symbol, first))
        if self.broken:
            raise OSError("no route")
        return None if symbol == "OTC" else [self.days[first]] if first in self.days else []


async def test_it_is_asked_at_each_connect_and_on_each_new_day() -> None:
    nyse = Calendar.load("XNYS")
    monday, tuesday = nyse.session_on(date(2025, 6, 2)), nyse.session_on(date(2025, 6, 3))
    assert monday is not None
    assert tuesday is not None
    broker, posted, troubles, session, now = Told(), [], [], [0], [monday.open_ns]
    broker.days = {monday.date: monday}
    broker.broken = True
    watch = SessionWatch(
        ACCOUNT, "alpaca", broker, lambda: session[0], {"XNYS": (nyse, ("OTC", "AAPL"))}, lambda: now[0],
        posted.append, troubles.append, every_s=0.001,
    )  # fmt: skip
    task = asyncio.create_task(watch.run())

    async def pause() -> None:
        for _ in range(20):
            await asyncio.sleep(0.001)

    await pause()
    assert broker.asked == []
    session[0] = 1
    await pause()
    assert len(troubles) == 1
    assert "no route" in troubles[0]
    broker.broken = False
    await pause()
    hours = ((monday.open_ns, monday.close_ns),)
    assert posted == [i.SessionsTold(ACCOUNT, "alpaca", "XNYS", "2025-06-02", hours, hours)]
    assert broker.asked[-1] == ("AAPL", monday.date)
    now[0] = tuesday.open_ns
    await pause()
    assert (posted[-1].day, posted[-1].theirs) == ("2025-06-03", ())
    session[0] = 2
    await pause()
    assert len(posted) == 3
    task.cancel()
