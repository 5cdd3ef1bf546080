"""How near each automatic trigger is to acting: for looking at, not for deciding (that is engine.risk.triggers)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

from engine.model.guards import GuardRow
from engine.model.money import ZERO
from engine.model.scope import said
from engine.risk.triggers import ACTION_OF, SECOND_NS, Event, messages, silent_ns

if TYPE_CHECKING:
    from engine.desk import Desk

_WORDS: Final = {
    "reduce": "only what reduces goes out",
    "halt": "halt, orders stay",
    "halt_cancel": "halt and cancel",
    "halt_cancel_flatten": "halt, cancel and flatten",
}
Standing = tuple[str, str, Decimal | None, Decimal | None, Literal["pct", "count", "s"], str]
"""label, about whom, value, limit, unit, what it counts"""


def guards(desk: Desk) -> tuple[GuardRow, ...]:
    """Every trigger: once for each scope in which it has tripped, else once."""
    state, rows = desk.state, []
    for code, (label, whom, value, limit, unit, counts) in _standing(desk).items():
        action = state.limits.action(ACTION_OF[code])
        tripped = [t for t in state.tripped.values() if t.code == code]
        used = value / limit if value is not None and limit else None
        if used is not None:
            used = used.quantize(Decimal("0.0001"))
        for found in tripped:
            words = _WORDS.get(found.action, found.action)
            rows.append(
                GuardRow(code, label, said(found.scope), value, limit, used, unit, "TRIPPED", words, found.text)
            )
        if not tripped:
            off = limit is None and code in _WITH_LIMIT
            words = _WORDS.get(action, action)
            rows.append(GuardRow(code, label, whom, value, limit, used, unit, "off" if off else "armed", words, counts))
    return tuple(rows)


#: Triggers that act at a limit, and are off without one; the others act on an event.
_WITH_LIMIT: Final = frozenset(
    {"DAILY_LOSS", "DRAWDOWN", "LOSING_STREAK", "REJECTS", "REPEATED_EXECUTION", "STALE_DATA", "MESSAGE_STORM"}
)


def _standing(desk: Desk) -> dict[str, Standing]:
    state, limits, counting = desk.state, desk.state.limits, desk.counting
    flows = sum((a.not_earned for a in state.accounts.values()), ZERO) - state.day_flows
    loss = None
    if state.day_equity and state.equity is not None:
        loss = max((state.day_equity + flows - state.equity) / state.day_equity, ZERO)
    peak = state.peak_equity
    fall = None if not peak or state.equity is None else max((peak - state.equity) / peak, ZERO)
    streaks = state.streaks
    losers = max(streaks, key=lambda name: streaks[name], default="")
    rejects = {name: _recent(desk, times, "triggers.rejects_s") for name, times in counting.rejects.items()}
    refused = max(rejects, key=lambda name: rejects[name], default="")
    executed = {key: _recent(desk, times, "triggers.repeated_executions_s") for key, times in counting.fills.items()}
    busiest = max(executed, key=lambda key: executed[key], default=None)
    whose = "" if busiest is None else f"{busiest[0]} {busiest[1]}"
    breaks = sum(1 for found in state.breaks.values() if found.kind == "position")
    skewed = sum(1 for skew in state.skews.values() if skew.level == "stop")
    silent = max(silent_ns(desk), 0) // SECOND_NS if desk.quotes.last_event_ns else None

    def within(key: str) -> str:
        return f"within {limits.describe(key)} s"

    def count(value: int | None) -> Decimal | None:
        return None if value is None else Decimal(value)

    return {
        "DAILY_LOSS": ("daily loss", "", loss, limits.value("risk.max_daily_loss_pct"), "pct", "of the day's equity"),
        "DRAWDOWN": ("drawdown", "", fall, limits.value("risk.max_drawdown_pct"), "pct", "below the highest equity"),
        "LOSING_STREAK": (
            "loss streak", losers, count(streaks.get(losers, 0)), limits.value("triggers.losing_trades"), "count",
            "in a row, in one account",
        ),
        "REJECTS": (
            "rejects", refused, count(rejects.get(refused, 0)), limits.value("triggers.rejects"), "count",
            within("triggers.rejects_s"),
        ),
        "REPEATED_EXECUTION": (
            "fill storm", whose, count(executed[busiest] if busiest is not None else 0),
            limits.value("triggers.repeated_executions"), "count",
            f"{within('triggers.repeated_executions_s')} without a human action",
        ),
        "MESSAGE_STORM": (
            "messages", "", count(messages(desk)), limits.value("triggers.messages"), "count",
            within("triggers.messages_s"),
        ),
        "STALE_DATA": ("silent data", "", count(silent), limits.value("triggers.stale_data_s"), "s", "no market data"),
        "BREAK": ("breaks", "", count(breaks), None, "count", "positions that differ from the broker's"),
        "OVERFILL": ("overfills", "", None, None, "count", "executions beyond an order"),
        "CLOCK_SKEW": ("clock skew", "", count(skewed), None, "count", "brokers' clocks that are too far off"),
        "ENGINE_ERROR": ("a defect", "", None, None, "count", "the engine met a defect of its own"),
    }  # fmt: skip


def _recent(desk: Desk, times: Iterable[Event], span_key: str) -> int:
    """Events that still count by both clocks."""
    now, span = desk.now, int((desk.state.limits.value(span_key) or 0) * SECOND_NS)
    return sum(1 for t in times if t.wall_ns >= now.wall_ns - span and t.market_ns >= now.market_ns - span)
