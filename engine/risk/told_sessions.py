"""A broker's own hours of a day, beside the desk's calendar: what differs is said, and the stricter of both holds for
market orders (docs/decisions/brokers-sessions.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import facts as f
from engine import inputs as i
from engine.model.enums import AlertLevel
from engine.model.sessions import ToldSession, difference, hours

if TYPE_CHECKING:
    from engine.desk import Desk


def told(desk: Desk, news: i.SessionsTold) -> None:
    """Keep what a broker says of a day, and say where it is not what the calendar says."""
    known = desk.state.told_sessions.get((news.account, news.calendar))
    if known is not None and (known.day, known.ours, known.theirs) == (news.day, news.ours, news.theirs):
        return
    desk.emit(f.SessionsTold(news.account, news.broker, news.calendar, news.day, news.ours, news.theirs))
    if news.ours != news.theirs:
        words = difference(news.broker, news.calendar, news.day, news.ours, news.theirs)
        desk.alert(AlertLevel.ALARM, "SESSION_DIFFERS", words)
    elif known is not None and known.differs and known.day == news.day:
        words = f"{news.broker} and the calendar {news.calendar} agree on {news.day} again: {hours(news.ours)}"
        desk.alert(AlertLevel.NOTICE, "SESSION_AGREES", words)


def shut_at_broker(told: ToldSession, now_ns: int) -> bool:
    """Whether the broker calls its market closed now, on a day of which it says something else than the calendar."""
    if not told.differs:
        return False
    both = (*told.ours, *told.theirs)
    begin, end = min(span[0] for span in both), max(span[1] for span in both)
    return begin <= now_ns < end and not any(opens <= now_ns < closes for opens, closes in told.theirs)
