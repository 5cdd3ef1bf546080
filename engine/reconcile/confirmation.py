"""From differences to breaks: what two looks show, a while apart, with no report for its instrument in between."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from engine import facts as f
from engine import inputs as i
from engine.evolve import order_of
from engine.model.enums import AlertLevel
from engine.orders.doubt import ask_about
from engine.reconcile.differences import Difference, Gap, is_questioned
from engine.reconcile.explanation import Explanation, explain, scene_of
from engine.risk import triggers
from engine.state import Break

if TYPE_CHECKING:
    from engine.desk import Desk

SECOND_NS: Final = 1_000_000_000
POSITION_BREAK: Final = "position break"


def confirm(desk: Desk, seen: i.BrokerSnapshot, found: dict[Difference, Gap], moved: set[str]) -> dict[Difference, Gap]:
    """Turn differences seen twice into breaks, clear breaks that are gone; the confirmed ones. The second look comes a
    while after the first: two answers from one stale cache are one answer."""
    state, account = desk.state, seen.account.account
    explained = explain(scene_of(desk, seen, found)) if found else {}
    standing = {(b.kind, b.account, b.key): b for b in state.breaks.values() if b.account == account}
    for key, old in standing.items():
        if key not in found and not _is_news(desk, key, moved):
            desk.emit(f.BreakCleared(old.no, "equal again"))
    confirmed: dict[Difference, Gap] = {}
    suspects: dict[Difference, tuple[Gap, int]] = {}
    for key, gap in found.items():
        before, since_ns = desk.suspects.get(key, (gap, seen.asked_wall_ns))
        if _still_stands(desk, key, gap, standing.get(key)):
            _explain(desk, key, explained[key])
        elif (before.ours, before.theirs) == (gap.ours, gap.theirs) and seen.asked_wall_ns - since_ns >= SECOND_NS:
            _raise_break(desk, key, gap, explained[key])
        else:
            since_ns = since_ns if (before.ours, before.theirs) == (gap.ours, gap.theirs) else seen.asked_wall_ns
            suspects[key] = (gap, since_ns)
            continue
        _ask_about_missing(desk, seen, key)
        confirmed[key] = gap
    others = {key: known for key, known in desk.suspects.items() if key[1] != account}
    desk.suspects = {**others, **suspects}
    differing = {key[2] for key in found if key[0] == "position"} | moved
    differing |= {b.key for b in state.breaks.values() if b.kind == "position" and b.account != account}
    for tripped in list(state.tripped.values()):
        if tripped.code == "BREAK" and tripped.scope.partition(":")[2] not in differing:
            triggers.lift(desk, "BREAK", tripped.scope, "position break resolved")
    return confirmed


def clear_settled_orders(desk: Desk, how: str) -> None:
    """Clear the breaks of orders about which evidence or the operator has left no question."""
    for found in list(desk.state.breaks.values()):
        if found.kind == "order" and not is_questioned(desk, found.key):
            desk.emit(f.BreakCleared(found.no, how))


def _is_news(desk: Desk, key: Difference, moved: set[str]) -> bool:
    """Whether something moved so lately that a difference which is not seen now says nothing."""
    kind, account, what = key
    if kind == "order":
        return is_questioned(desk, what)
    if kind == "cash":
        return bool(moved)
    if kind == "execution":
        execution = desk.state.seen_executions.get((account, what))
        return execution is not None and execution.symbol in moved
    return what in moved


def _still_stands(desk: Desk, key: Difference, gap: Gap, old: Break | None) -> bool:
    """Whether a break of before is this one; when both sides moved on by the same, it is shown as it is now."""
    if old is None:
        return False
    if Decimal(old.theirs) - Decimal(old.ours) != gap.size:
        desk.emit(f.BreakCleared(old.no, "changed"))
        return False
    if (old.ours, old.theirs) != (gap.ours, gap.theirs):
        desk.emit(f.BreakCleared(old.no, "changed"))
        desk.emit(f.BreakFound(desk.state.next_break, *key, gap.ours, gap.theirs))
    return True


def _explain(desk: Desk, key: Difference, explanation: Explanation) -> None:
    """Record the explanation where it is another than the one that is shown."""
    for found in desk.state.breaks.values():
        if (found.kind, found.account, found.key) == key:
            if (found.why, found.remedies) != (explanation.why, explanation.remedies):
                desk.emit(f.BreakExplained(found.no, explanation.why, explanation.remedies))
            return


def _ask_about_missing(desk: Desk, seen: i.BrokerSnapshot, key: Difference) -> None:
    """Executions of a broken instrument (with a cash break: of any) that the broker lists no more: their orders' own
    answers tell of busts."""
    state = desk.state
    if key[0] not in ("position", "cash"):
        return
    listed = {e.exec_id for e in seen.executions}
    doubted = {
        order.cl_ord_id: order
        for place, e in state.seen_executions.items()
        if place[0] == key[1] and (key[0] == "cash" or e.symbol == key[2])
        if e.exec_id not in listed and e.ts_ns >= seen.since_ns and place not in state.busted
        if (order := order_of(state, e)) is not None and not order.nameless
    }
    for order in doubted.values():
        ask_about(desk, order)


def _raise_break(desk: Desk, key: Difference, gap: Gap, explanation: Explanation) -> None:
    kind, _, what = key
    no = desk.state.next_break
    desk.emit(f.BreakFound(no, *key, gap.ours, gap.theirs))
    desk.emit(f.BreakExplained(no, explanation.why, explanation.remedies))
    sides = f"ours {gap.ours}, broker's {gap.theirs}"
    desk.alert(AlertLevel.ALARM, "BREAK", f"{kind} break {explanation.name or what}: {sides}; {explanation.why}")
    if kind == "position":
        text = f"{POSITION_BREAK}: {sides}"
        triggers.trip(desk, "BREAK", f"instrument:{what}", gap.theirs, gap.ours, text, say=False)
