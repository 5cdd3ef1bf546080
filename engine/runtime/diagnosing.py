"""What a shell tells of its connections, its journal and itself, for whoever asks why something does not go."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Final

from engine.desk import Desk
from engine.inputs import Now
from engine.journal.store import Journal
from engine.market.quotes import QuoteCache
from engine.model.diagnostics import Diagnostics, FeedDetail, HoursRow, MarginRow, Trouble
from engine.model.enums import AlertLevel
from engine.model.margin import margin_words
from engine.model.sessions import hours
from engine.runtime.gateways import Gateways
from engine.runtime.pump import Pump

#: Warnings and alarms are told for so long (market time), and at most so many.
RECENT_NS: Final = 600_000_000_000
MOST_TROUBLES: Final = 30


def diagnose(
    desk: Desk,
    now: Now,
    gateways: Gateways,
    feeds: tuple[FeedDetail, ...],
    pump: Pump,
    journal: Journal,
    *,
    inbox: int,
    asked_s: float,
) -> Diagnostics:
    """Everything at this moment. `inbox`: inputs that wait; `asked_s`: when (monotonic) somebody asked."""
    state = desk.state
    recent = [
        Trouble(alert.ts_ns, f"{alert.code}: {alert.text}")
        for alert in reversed(state.alerts)
        if alert.level >= AlertLevel.WARN and now.market_ns - alert.ts_ns <= RECENT_NS
    ]
    return Diagnostics(
        now.wall_ns,
        gateways.details(),
        feeds,
        state.journal_ok and not pump.down,
        journal.head.seq,
        max(pump.decided - journal.head.seq, 0),
        inbox,
        Decimal(int((time.monotonic() - asked_s) * 10_000)) / 10,
        len(state.unknown),
        sum(1 for letter in state.letters.values() if not letter.owner),
        tuple(recent[:MOST_TROUBLES]),
        tuple(
            HoursRow(account, told.broker, calendar, told.day, hours(told.ours), hours(told.theirs))
            for (account, calendar), told in state.told_sessions.items()
        ),
        tuple(
            MarginRow(account, margin.broker, margin_words(margin.margin), margin.told_ns)
            for account, margin in state.margins.items()
        ),
    )


def feeds_of(quotes: QuoteCache, desk: Desk, label: str, market_ns: int) -> tuple[FeedDetail, ...]:
    """The desk's feed, then those of brokers that quote for themselves."""
    own = (quotes.detail(label, market_ns),)
    venues = desk.surroundings.venues
    return own if venues is None else (*own, *venues.details(market_ns))
