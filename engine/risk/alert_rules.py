"""Users' own alerts, looked at once a second with the samples of marks; they speak and do nothing else.

A price counts by a usable quote alone (fresh, neither locked nor crossed): it is above a bound when its bid is, below
one when its ask is. The day's P&L and the meters count while every mark in them is fresh. A rule that speaks `again` is
armed anew once it was seen on the other side, and not within REARM_NS.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from engine import facts as f
from engine import inputs as i
from engine.model.alert_rule import MOST_RULES, AlertRule, AlertWish
from engine.model.enums import AlertLevel
from engine.model.money import ZERO, plain
from engine.model.snapshot import Execution
from engine.risk.desk_value import valued_desk
from engine.risk.meters import meters
from engine.risk.valuation import Valuation
from engine.state import DeskState
from engine.views import CommandResult, MeterRow

if TYPE_CHECKING:
    from engine.desk import Desk

REARM_NS: Final = 30_000_000_000


class AlertMemory:
    """What this process has seen of the rules' subjects. Nothing of it survives a restart: a rule that has spoken must
    be seen on the other side anew."""

    def __init__(self, state: DeskState) -> None:
        self.armed: set[int] = set()
        """Rules that spoke, and were seen on the other side since."""
        self.newest_fill = _id_of(state.fills[-1]) if state.fills else ("", "")
        self.blind = False


def set_alert(desk: Desk, command: i.SetAlert) -> None:
    """Take a wish, unless it makes no sense here."""
    problem = _refused(desk, command.wish)
    if problem:
        desk.refuse(command.cmd_id, f"alert {command.wish.words()}", problem, command.user)
        return
    no = desk.state.next_alert_rule
    desk.emit(f.AlertRuleSet(no, command.wish, command.user))
    desk.reply(command.cmd_id, CommandResult(True, f"alert {no}: {command.wish.words()}"))


def remove_alert(desk: Desk, command: i.RemoveAlert) -> None:
    """Take one back, or all (0)."""
    rules = desk.state.alert_rules
    if command.no and command.no not in rules:
        desk.refuse(command.cmd_id, f"alert remove {command.no}", f"there is no alert {command.no}", command.user)
        return
    gone = [command.no] if command.no else list(rules)
    for no in gone:
        desk.emit(f.AlertRuleRemoved(no, command.user))
    said = f"alert {command.no} removed" if command.no else f"{len(gone)} alerts removed"
    desk.reply(command.cmd_id, CommandResult(True, said))


def _refused(desk: Desk, wish: AlertWish) -> str:
    rules = desk.state.alert_rules
    if len(rules) >= MOST_RULES:
        return f"there are {len(rules)} alerts already, as many as there may be"
    if any(rule.wish == wish for rule in rules.values()):
        return "there is such an alert already"
    if wish.kind == "price" and wish.key not in desk.state.instruments:
        return f"{wish.key} is not in the universe"
    if wish.kind != "fill" and wish.bound is None:
        return "it says no bound"
    if wish.kind == "meter":
        row = _meters(desk)[1].get(wish.key)
        if row is None:
            return f"{wish.key} has no meter"
        if row.off:
            return f"{wish.key} is off: there is nothing to come near to"
    return ""


def _meters(desk: Desk) -> tuple[Valuation | None, dict[str, MeterRow]]:
    """The desk by its marks, and its meters by key."""
    whole = valued_desk(desk.state, desk.quotes, desk.state.account, desk.now.market_ns)
    return whole, {row.key: row for row in meters(desk.state, whole, desk.now)}


def look(desk: Desk) -> None:
    """Raise what is to be said now."""
    memory, rules = desk.alert_memory, desk.state.alert_rules
    new = _new_fills(desk.state, memory) if desk.state.fills else []
    if not rules:
        return
    try:
        found = list(_spoken(desk, rules, new))
    except Exception as error:  # what only speaks must not stop the desk; it says once that it can't see
        if not memory.blind:
            memory.blind = True
            desk.alert(AlertLevel.WARN, "ALERTS", f"your alerts can't be watched: {type(error).__name__}: {error}")
        return
    memory.blind = False
    for rule, words in found:
        desk.emit(f.AlertRuleFired(rule.no, words))
        desk.alert(rule.wish.level, "ALERT", f"{words} (alert {rule.no})")


def _spoken(desk: Desk, rules: dict[int, AlertRule], new: list[Execution]) -> Iterator[tuple[AlertRule, str]]:
    armed, now = desk.alert_memory.armed, desk.now
    whole: Valuation | None = None
    rows: dict[str, MeterRow] = {}
    if any(rule.wish.kind in ("pnl", "meter") for rule in rules.values()):
        whole, rows = _meters(desk)
    for rule in list(rules.values()):
        wish = rule.wish
        if wish.kind == "fill":
            words = _fill_words([each for each in new if wish.key in ("", each.symbol)])
            if words:
                yield rule, words
            continue
        value, words = _value(desk, wish, whole, rows)
        if value is None or wish.bound is None:
            continue
        if not (value > wish.bound if wish.above else value < wish.bound):
            armed.add(rule.no)
        elif not rule.fired_ns or (rule.no in armed and now.wall_ns - rule.fired_ns >= REARM_NS):
            armed.discard(rule.no)
            yield rule, words


def _value(
    desk: Desk, wish: AlertWish, whole: Valuation | None, rows: dict[str, MeterRow]
) -> tuple[Decimal | None, str]:
    """What is held against the bound, and how that is said; None while nobody knows it for certain."""
    side = "above" if wish.above else "below"
    bound = "" if wish.bound is None else plain(wish.bound)
    if wish.kind == "price":
        quote = desk.quotes.usable(wish.key, desk.now.market_ns)
        if quote is None:
            return None, ""
        px, name = (quote.bid, "bid") if wish.above else (quote.ask, "ask")
        return px, f"{wish.key} is {side} {bound}: {name} {plain(px)}"
    if wish.kind == "pnl":
        pnl = _day_pnl(desk.state, whole)
        return pnl, "" if pnl is None else f"the day's P&L is {side} {bound}: {plain(pnl)}"
    row = rows.get(wish.key)
    if row is None or row.used is None or row.stale:
        return None, ""
    return row.used, f"{row.label} is at {row.used:.1%} of its limit, {side} {wish.bound:.0%}"


def _day_pnl(state: DeskState, whole: Valuation | None) -> Decimal | None:
    """The P&L of the day, while it stands on fresh marks alone."""
    if whole is None or whole.unmarked or whole.stale or state.day_equity is None:
        return None
    flows = sum((account.not_earned for account in state.accounts.values()), ZERO) - state.day_flows
    return whole.equity - state.day_equity - flows


def _fill_words(fills: list[Execution]) -> str:
    if not fills:
        return ""
    last = fills[-1]
    words = f"{last.side.value} {plain(last.last_qty)} {last.symbol} filled at {plain(last.last_px)}"
    return words if len(fills) == 1 else f"{len(fills)} fills, the newest: {words}"


def _new_fills(state: DeskState, memory: AlertMemory) -> list[Execution]:
    """What was filled since the last look, oldest first."""
    new = []
    for execution in reversed(state.fills):
        if _id_of(execution) == memory.newest_fill:
            break
        new.append(execution)
    if new:
        memory.newest_fill = _id_of(new[0])
    return new[::-1]


def _id_of(execution: Execution) -> tuple[str, str]:
    return execution.account, execution.exec_id
