"""What diagnostics say, as rows: one line for each thing that can be wrong, with a word for how it is. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final, Literal

import msgspec

from engine.model.diagnostics import BrokerDetail, Diagnostics, FeedDetail, Trouble
from widgets.clock import ExchangeTime
from widgets.format import NO_VALUE, age, plain

Verdict = Literal["ok", "warn", "bad", ""]
_SECOND_NS: Final = 1_000_000_000
#: Errors are shown for so long (wall time), and so many of each connection.
_RECENT_NS: Final = 600 * _SECOND_NS
_MOST: Final = 8
#: The screen's loop is late when it lags by more; a limit is nearly used up from this share on.
_LATE_MS: Final = 250
_NEARLY: Final = 0.8


class ConnectionRow(msgspec.Struct, frozen=True, gc=False):
    """One thing: of which part, what, its value, how that is ("" = neither good nor bad), and a word more."""

    part: str
    what: str
    value: str
    verdict: Verdict
    note: str = ""


class ScreenHealth(msgspec.Struct, frozen=True, gc=False):
    """The console's own: how late its loop was last, frames queued and dropped (None: not this driver)."""

    lag_ms: int
    frames: tuple[int, int] | None


def connection_rows(found: Diagnostics, screen: ScreenHealth, times: ExchangeTime) -> tuple[ConnectionRow, ...]:
    """Brokers, feeds, journal and engine, the screen; then what went wrong lately, newest first."""
    rows: list[ConnectionRow] = []
    for broker in found.brokers:
        rows += _broker(broker, found.wall_ns)
    for told in found.hours:
        agrees = told.ours == told.theirs
        rows.append(
            ConnectionRow(
                f"{told.broker}@{told.account}", f"hours {told.calendar}", plain(told.theirs),
                "ok" if agrees else "bad",
                f"{told.day}, as the calendar" if agrees else f"{told.day}, the calendar says {plain(told.ours)}",
            )
        )  # fmt: skip
    for margin in found.margins:
        when = f"told {age(found.wall_ns - margin.told_ns)} ago"
        rows.append(ConnectionRow(f"{margin.broker}@{margin.account}", "margin", when, "", plain(margin.text)))
    for feed in found.feeds:
        rows += _feed(feed)
    rows += _desk(found)
    rows += _screen(screen)
    for broker in found.brokers:
        rows += _troubles(_of(broker), broker.troubles, found.wall_ns, times)
    rows += [ConnectionRow("alerts", times.hms(t.ts_ns), plain(t.text), "warn") for t in found.alarms[:_MOST]]
    return tuple(rows)


def _of(broker: BrokerDetail) -> str:
    return f"{broker.name}@{broker.account}"


def _broker(b: BrokerDetail, now_ns: int) -> Iterator[ConnectionRow]:
    part = _of(b)
    since = age(now_ns - b.since_ns) if b.since_ns else NO_VALUE
    yield ConnectionRow(
        part,
        "session",
        "connected" if b.connected else "NOT CONNECTED",
        "ok" if b.connected else "bad",
        f"for {since}, opened {b.sessions}x by this process" if b.sessions else "never yet",
    )
    heard = age(now_ns - b.heard_ns) if b.heard_ns else NO_VALUE
    yield ConnectionRow(part, "last message", f"{heard} ago" if b.heard_ns else NO_VALUE, "")
    verdict: Verdict = {"ok": "ok", "degraded": "warn"}.get(b.health, "bad")  # type: ignore[assignment]
    yield ConnectionRow(part, "health", b.health, verdict, plain(b.health_reason))
    verdict = "ok" if b.breaker == "closed" else "bad" if b.breaker == "open" else "warn"
    yield ConnectionRow(part, "breaker", b.breaker, verdict, plain(b.breaker_reason))
    yield ConnectionRow(part, "latency", _ms(b.latency_ms), "")
    verdict = {"ok": "ok", "warn": "warn", "stop": "bad"}.get(b.skew_level, "")  # type: ignore[assignment]
    yield ConnectionRow(part, "clock skew", _ms(b.skew_ms), verdict if b.skew_ms is not None else "")
    for window in b.windows:
        share = window.used / window.requests
        span = f"{window.span_ns / _SECOND_NS:g} s"
        note = f"{window.reserved} kept for cancels" if window.reserved else ""
        used = f"{window.used} of {window.requests} in {span}"
        yield ConnectionRow(part, "rate limit", used, "warn" if share >= _NEARLY else "ok", note)
    waiting = [f"{lane.name} {lane.waiting} ({age(lane.oldest_ns)})" for lane in b.lanes if lane.waiting]
    total = sum(lane.waiting for lane in b.lanes)
    yield ConnectionRow(part, "lanes", f"{total} waiting", "warn" if total else "ok", ", ".join(waiting))


def _feed(feed: FeedDetail) -> Iterator[ConnectionRow]:
    part = f"data {feed.name}"
    yield ConnectionRow(
        part, "last event", f"{age(feed.age_ns)} ago" if feed.age_ns is not None else NO_VALUE,
        "bad" if feed.silent else "ok", "SILENT: nothing within the heartbeat" if feed.silent else "",
    )  # fmt: skip
    yield ConnectionRow(
        part, "quotes", f"{feed.quoted:,} instruments", "warn" if feed.stale else "ok",
        f"{feed.stale:,} stale, halted or crossed" if feed.stale else "",
    )  # fmt: skip
    yield ConnectionRow(
        part, "odd quotes", f"{feed.irregular:,} locked or crossed", "", f"{feed.out_of_order:,} out of order"
    )


def _desk(d: Diagnostics) -> Iterator[ConnectionRow]:
    yield ConnectionRow(
        "journal", "commits", "ok" if d.journal_ok else "DOWN", "ok" if d.journal_ok else "bad",
        f"seq {d.journal_seq:,}, {d.undurable} not on the disk yet",
    )  # fmt: skip
    late = d.turn_ms is not None and d.turn_ms > _LATE_MS
    yield ConnectionRow("engine", "answers in", _ms(d.turn_ms), "warn" if late else "ok", f"{d.inbox} inputs wait")
    yield ConnectionRow("engine", "unknown orders", str(d.unknown), "bad" if d.unknown else "ok")
    yield ConnectionRow(
        "engine", "dead letters", str(d.letters), "warn" if d.letters else "ok", "pane 9" if d.letters else ""
    )


def _screen(screen: ScreenHealth) -> Iterator[ConnectionRow]:
    late = screen.lag_ms >= _LATE_MS
    yield ConnectionRow("screen", "lag", f"{screen.lag_ms} ms", "warn" if late else "ok")
    if screen.frames is not None:
        queued, dropped = screen.frames
        yield ConnectionRow(
            "screen", "frames dropped", f"{dropped:,}", "warn" if dropped else "ok", f"{queued:,} were written"
        )


def _troubles(part: str, troubles: tuple[Trouble, ...], now_ns: int, times: ExchangeTime) -> Iterator[ConnectionRow]:
    for trouble in [t for t in troubles if now_ns - t.ts_ns <= _RECENT_NS][:_MOST]:
        yield ConnectionRow(part, times.hms(trouble.ts_ns), plain(trouble.text), "warn")


def _ms(value: Decimal | None) -> str:
    return NO_VALUE if value is None else f"{value:,.1f} ms"
