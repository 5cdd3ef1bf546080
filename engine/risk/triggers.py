"""Automatic triggers: what trips them, what they do (`actions.X` of risk_params.yaml), and when they have cleared.

A break or overfill acts on its instrument, repeated execution on its strategy, losing trades and rejects on the
account, all else on the desk. Each acts once until it is cleared. What only reduces ends by itself when its condition
does; what halts stays until somebody resumes, which is refused while the condition lasts. Sources: DESIGN §7,
risk-checks.md 2.6, 2.10, 2.11, §3; ESMA RTS 6 art. 15(3).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from engine import facts as f
from engine import inputs as i
from engine.algos.kinds.iceberg import most_tips
from engine.connections import account_at, skews_of
from engine.model.enums import AlertLevel, TradingState
from engine.model.money import plain
from engine.model.scope import DESK, said
from engine.risk import halts, killswitch
from engine.risk.covered import strategy_of
from engine.state import Tripped

if TYPE_CHECKING:
    from engine.desk import Desk
    from engine.orders.order import Order

SECOND_NS: Final = 1_000_000_000

#: Code -> the key of its action.
ACTION_OF: Final = {
    "DAILY_LOSS": "actions.daily_loss",
    "DRAWDOWN": "actions.drawdown",
    "LOSING_STREAK": "actions.losing_trades",
    "REJECTS": "actions.rejects",
    "REPEATED_EXECUTION": "actions.repeated_executions",
    "BREAK": "actions.break",
    "OVERFILL": "actions.overfill",
    "STALE_DATA": "actions.stale_data",
    "CLOCK_SKEW": "actions.clock_skew",
    "MESSAGE_STORM": "actions.messages",
    "ENGINE_ERROR": "actions.engine_error",
}


class Event(msgspec.Struct, frozen=True, gc=False):
    """Something that is counted, by both clocks: a replay may be faster than the market was, or stand still."""

    wall_ns: int
    market_ns: int
    order: int


class Counting(msgspec.Struct):
    """What this process has counted: a restart is a human action, after which counting begins anew."""

    rejects: dict[str, deque[Event]] = {}
    """The broker's newest rejects, by account."""
    fills: dict[tuple[str, str, bool, int], deque[Event]] = {}
    """The orders executed last without a human action, by (strategy, instrument, bought, 0); the tips of an iceberg by
    its number instead of 0."""
    messages_from_ns: int = 0
    """Messages of before then were forgiven."""
    closed_ns: int = 0
    """Market ns at which each market that matters was last seen closed: silence before then says nothing."""


# --- acting -----------------------------------------------------------------------------------------------------------


def trip(desk: Desk, code: str, scope: str, value: str, limit: str, text: str, *, say: bool = True) -> None:
    """The condition holds: carry out the configured action, once; never weaker than what stands already. `say`: raise
    the alarm as well (not where one was)."""
    state = desk.state
    if f"{code} {scope}" in state.tripped:
        return
    action = state.limits.action(ACTION_OF[code])
    desk.emit(f.TriggerTripped(code, scope, action, value, limit, text))
    now = state.scope_state(scope)[0]
    if action == "reduce":
        if now < TradingState.REDUCING:
            halts.put(desk, scope, TradingState.REDUCING, code, text)
    elif action == "halt":
        if now < TradingState.HALTED:
            halts.put(desk, scope, TradingState.HALTED, code, text)
    elif state.kill_of(scope) is None:
        flatten: Literal["no", "now"] = "now" if action == "halt_cancel_flatten" else "no"
        killswitch.pull(desk, i.Kill(code, text, flatten, scope=scope))
    if say:
        where = "" if scope == DESK else f"{said(scope)}: "
        desk.alert(AlertLevel.ALARM, code, f"{where}{text}: {state.scope_state(scope)[0].name}")


def lift(desk: Desk, code: str, scope: str, why: str) -> None:
    """The condition is gone. What only reduced ends with it; what halted waits for somebody to resume."""
    state = desk.state
    found = state.tripped.get(f"{code} {scope}")
    if found is None or found.action != "reduce":
        return
    desk.emit(f.TriggerCleared(code, scope, "engine", why))
    mine = state.trading_reason.get(scope, "").endswith(f"({code})")
    if state.trading.get(scope) is TradingState.REDUCING and mine:
        other = next((t for t in state.tripped.values() if t.scope == scope and t.action == "reduce"), None)
        if other is not None:
            halts.put(desk, scope, TradingState.REDUCING, other.code, other.text)
        else:
            halts.put(desk, scope, TradingState.ACTIVE, "engine", why)


def why_not_cleared(desk: Desk, scope: str) -> str:
    """Why the scope can't be re-opened yet: a trigger whose condition still holds; "" when none does. One that only
    reduces does not keep a halt in force: the scope is REDUCING then. Nor does silent data, of which nobody here can
    make an end: whoever may resume gets REDUCING, and the data's return does the rest."""
    state = desk.state
    halted = state.scope_state(scope)[0] is TradingState.HALTED
    for found in state.tripped.values():
        if found.scope == scope and found.code != "STALE_DATA" and not (halted and found.action == "reduce"):
            lasts = _lasts(desk, found)
            if lasts:
                return f"the trigger {found.code} has not cleared: {lasts}"
    return ""


def clear(desk: Desk, scope: str, by: str, reason: str) -> None:
    """Somebody re-opens the scope: what was counted begins anew. What still holds (and only reduces) stays tripped."""
    counting = desk.counting
    for found in list(desk.state.tripped.values()):
        if found.scope != scope:
            continue
        if _lasts(desk, found):
            if found.code == "STALE_DATA" and found.action != "reduce":
                silent, limit = silent_ns(desk) // SECOND_NS, _seconds(desk, "triggers.stale_data_s")
                desk.emit(f.TriggerTripped(found.code, scope, "reduce", str(silent), limit, found.text))
            continue
        desk.emit(f.TriggerCleared(found.code, scope, by, reason))
        if found.code == "REJECTS":
            counting.rejects.pop(scope.partition(":")[2], None)
        elif found.code == "MESSAGE_STORM":
            counting.messages_from_ns = desk.now.wall_ns
    kind, _, name = scope.partition(":")
    if kind == "strategy":
        human(desk, name)


def still_reducing(desk: Desk, scope: str) -> Tripped | None:
    """A trigger that holds the scope at REDUCING, whoever re-opens it."""
    return next((t for t in desk.state.tripped.values() if t.scope == scope and t.action == "reduce"), None)


def _lasts(desk: Desk, found: Tripped) -> str:
    """Whether the condition still holds, in words. What counted events is over when somebody says so, with a reason."""
    state = desk.state
    name = found.scope.partition(":")[2]
    if found.code == "DAILY_LOSS" and state.loss.daily_since is not None:
        return "the daily loss limit is still reached"
    if found.code == "DRAWDOWN" and state.loss.drawdown_since is not None:
        return "the drawdown limit is still reached"
    if found.code == "BREAK" and any(b.kind == "position" and b.key == name for b in state.breaks.values()):
        return "the position break still stands"
    if found.code == "CLOCK_SKEW" and any(skew.level == "stop" for _, skew in skews_of(state, name)):
        return "the broker's clock is still off"
    if found.code == "STALE_DATA" and _is_stale(desk):
        return "market data is still silent"
    if found.code == "MESSAGE_STORM" and messages(desk) >= (_count(desk, "triggers.messages") or 1 << 60):
        return "the message rate is still too high"
    return ""


# --- events -----------------------------------------------------------------------------------------------------------


def on_reject(desk: Desk, order: Order) -> None:
    """The broker refused an order: n within t trip the account."""
    limit = _count(desk, "triggers.rejects")
    if limit is None:
        return
    times = desk.counting.rejects.setdefault(order.account, deque())
    if _counted(desk, times, limit, "triggers.rejects_s", order.id):
        scope = f"account:{order.account}"
        text = f"{len(times)} rejects by the broker within {_seconds(desk, 'triggers.rejects_s')} s"
        trip(desk, "REJECTS", scope, str(len(times)), str(limit), text)


def on_execution(desk: Desk, order: Order, symbol: str, *, bought: bool) -> None:
    """An order of a strategy or algo was executed without a human action: n of one instrument and side within t disable
    it. One that is filled in parts counts once; so does an iceberg, whose tips are told apart
    (docs/decisions/tips-of-an-iceberg.md)."""
    strategy = strategy_of(order.request)
    limit = _count(desk, "triggers.repeated_executions")
    if limit is None or not strategy or order.liquidation or order.request.origin == "manual":
        return
    key, parent = (strategy, symbol, bought), order.request.parent
    algo = desk.state.algos.get(parent) if parent is not None else None
    tips = most_tips(algo.spec) if algo is not None and order.request.purpose == "tip" else 0
    if algo is not None and tips:
        _repeated(desk, (*key, algo.id), order.id, max(limit, tips + 1))
        _repeated(desk, (*key, 0), -algo.id, limit)
    else:
        _repeated(desk, (*key, 0), order.id, limit)


def _repeated(desk: Desk, key: tuple[str, str, bool, int], what: int, limit: int) -> None:
    """Count an execution of `what` (an order, or below 0 a parent) once."""
    strategy, symbol, bought, _ = key
    times = desk.counting.fills.setdefault(key, deque())
    if any(event.order == what for event in reversed(times)):
        return
    if _counted(desk, times, limit, "triggers.repeated_executions_s", what):
        seconds = _seconds(desk, "triggers.repeated_executions_s")
        text = f"{len(times)} {'buys' if bought else 'sales'} of {symbol} within {seconds} s without a human action"
        trip(desk, "REPEATED_EXECUTION", f"strategy:{strategy}", str(len(times)), str(limit), text)


def on_streak(desk: Desk, account: str) -> None:
    """An execution has ended a trade: so many losing ones in a row trip the account."""
    limit = _count(desk, "triggers.losing_trades")
    streak = desk.state.streaks.get(account, 0)
    if limit is not None and streak >= limit:
        text = f"{streak} losing trades in a row"
        trip(desk, "LOSING_STREAK", f"account:{account}", str(streak), str(limit), text)


def on_overfill(desk: Desk, symbol: str, text: str) -> None:
    """The broker executed more than was asked for."""
    trip(desk, "OVERFILL", f"instrument:{symbol}", "overfill", "0", text, say=False)


def on_skew(desk: Desk, broker: str, *, too_far: bool, text: str) -> None:
    """The broker's clock went beyond what stops new orders, or came back."""
    state = desk.state
    account = account_at(state, broker)
    scope = f"account:{account}" if state.connections else DESK
    if too_far:
        trip(desk, "CLOCK_SKEW", scope, text, "0", text, say=False)
    elif not any(skew.level == "stop" for _, skew in skews_of(state, account)):
        lift(desk, "CLOCK_SKEW", scope, "the clocks agree again")


def sample(desk: Desk) -> None:
    """Once a second: the message rate, and whether the feed lives."""
    limit = _count(desk, "triggers.messages")
    if limit is not None:
        number = messages(desk)
        if number >= limit:
            text = f"{number} messages within {_seconds(desk, 'triggers.messages_s')} s"
            trip(desk, "MESSAGE_STORM", DESK, str(number), str(limit), text)
        else:
            lift(desk, "MESSAGE_STORM", DESK, "the message rate is down")
    _sample_feed(desk)


def _sample_feed(desk: Desk) -> None:
    limit = desk.state.limits.value("triggers.stale_data_s")
    if limit is None or not desk.quotes.last_event_ns:
        return
    if not _is_stale(desk):
        lift(desk, "STALE_DATA", DESK, "market data is back")
        return
    active = desk.state.active
    if all(_closed(desk, symbol) for _, symbol in active):
        if active:
            desk.counting.closed_ns = desk.now.market_ns
        return
    # The night's silence is none: a feed has its whole time from the open on.
    silent = silent_ns(desk) // SECOND_NS
    if silent >= limit:
        trip(desk, "STALE_DATA", DESK, str(silent), plain(limit), f"no market data for {silent} s")


def silent_ns(desk: Desk) -> int:
    return desk.now.market_ns - max(desk.quotes.last_event_ns, desk.counting.closed_ns)


def _is_stale(desk: Desk) -> bool:
    limit = desk.state.limits.value("triggers.stale_data_s")
    return limit is not None and desk.now.market_ns - desk.quotes.last_event_ns >= limit * SECOND_NS


def _closed(desk: Desk, symbol: str) -> bool:
    """A market that is closed has nothing to say."""
    return bool(desk.surroundings.session_closed(symbol, desk.now.market_ns, False))


def human(desk: Desk, strategy: str) -> None:
    """Somebody acted on the strategy: repeated executions are counted from here."""
    fills = desk.counting.fills
    for key in [key for key in fills if key[0] == strategy]:
        del fills[key]


# --- counting ---------------------------------------------------------------------------------------------------------


def _counted(desk: Desk, times: deque[Event], limit: int, span_key: str, order: int) -> bool:
    """Count one more; whether there are `limit` of them within the span of both clocks."""
    now = desk.now
    times.append(Event(now.wall_ns, now.market_ns, order))
    span = int((desk.state.limits.value(span_key) or 0) * SECOND_NS)
    while times and (times[0].wall_ns < now.wall_ns - span or times[0].market_ns < now.market_ns - span):
        times.popleft()
    return len(times) >= limit


def messages(desk: Desk) -> int:
    """Orders, replaces and cancels within the span."""
    now, counting = desk.now.wall_ns, desk.counting
    span = int((desk.state.limits.value("triggers.messages_s") or 0) * SECOND_NS)
    since = max(now - span, counting.messages_from_ns)
    number = 0
    for at in reversed(desk.state.sent_ns):
        if at <= since:
            break
        number += 1
    return number


def _count(desk: Desk, key: str) -> int | None:
    value = desk.state.limits.value(key)
    return None if value is None else int(value)


def _seconds(desk: Desk, key: str) -> str:
    return desk.state.limits.describe(key)
