"""What the connections of a desk look like from inside, for who wants to know why something does not go. Made when
asked.

Times are wall ns UTC unless they say otherwise; 0 = never. None is "not known".
"""

from __future__ import annotations

from decimal import Decimal

import msgspec


class Trouble(msgspec.Struct, frozen=True, gc=False):
    """Something that went wrong at a connection."""

    ts_ns: int
    text: str


class LaneRow(msgspec.Struct, frozen=True, gc=False):
    """One lane of the rate limiter: how many requests wait in it, and for how long the first has waited."""

    name: str
    waiting: int
    oldest_ns: int | None


class WindowRow(msgspec.Struct, frozen=True, gc=False):
    """One published rate limit: at most `requests` in `span_ns`, of which `used` are used up now."""

    requests: int
    span_ns: int
    used: int
    reserved: int
    """Kept free for cancels and liquidation."""


class BrokerDetail(msgspec.Struct, frozen=True, gc=False):
    """One connection to a broker."""

    name: str
    account: str
    connected: bool
    sessions: int
    """Opened by this process: one more than it was opened anew."""
    since_ns: int
    """Beginning of the newest session."""
    heard_ns: int
    """Newest report or answer."""
    health: str
    health_reason: str
    breaker: str
    breaker_reason: str
    latency_ms: Decimal | None
    skew_ms: Decimal | None
    skew_level: str
    """"ok", "warn", "stop"; "" where it was not measured."""
    lanes: tuple[LaneRow, ...]
    windows: tuple[WindowRow, ...]
    troubles: tuple[Trouble, ...]
    """Newest first, of this process, bounded."""


class FeedDetail(msgspec.Struct, frozen=True, gc=False):
    """One source of quotes. `last_ns` and `age_ns` in market time."""

    name: str
    last_ns: int
    age_ns: int | None
    silent: bool
    quoted: int
    """Instruments with a quote."""
    stale: int
    """Those of them whose quote may not be used now."""
    irregular: int
    """Locked and crossed quotes of the day."""
    out_of_order: int


class HoursRow(msgspec.Struct, frozen=True, gc=False):
    """What a broker says of a day's regular hours, in words, and what the calendar says of it."""

    account: str
    broker: str
    calendar: str
    day: str
    ours: str
    theirs: str


class MarginRow(msgspec.Struct, frozen=True, gc=False):
    """What a broker told of an account's margin, in words, and when (wall)."""

    account: str
    broker: str
    text: str
    told_ns: int


class Diagnostics(msgspec.Struct, frozen=True, gc=False):
    """Everything at one moment."""

    wall_ns: int
    brokers: tuple[BrokerDetail, ...]
    feeds: tuple[FeedDetail, ...]
    journal_ok: bool
    journal_seq: int
    undurable: int
    """Facts that are decided and not on the disk."""
    inbox: int
    """Inputs that wait for the engine."""
    turn_ms: Decimal | None
    """How long the engine took to get to this question."""
    unknown: int
    """Orders of which nobody knows what became."""
    letters: int
    """Dead letters that wait for the operator."""
    alarms: tuple[Trouble, ...]
    """Warnings and alarms of the last ten minutes (market time), newest first."""
    hours: tuple[HoursRow, ...] = ()
    margins: tuple[MarginRow, ...] = ()
