"""The trading day, and the days on which the journal fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import facts as f
from engine import inputs as i
from engine.algos import ending
from engine.effects import CloseGate
from engine.model.enums import AlertLevel, TradingState
from engine.orders import letters
from engine.orders.doubt import again_in_doubt
from engine.orders.order import UNPROVEN
from engine.orders.standing import reinstate_for
from engine.risk.losses import known_equity
from engine.timers import Key

if TYPE_CHECKING:
    from engine.desk import Desk

VOID = "void: journal down"


def roll_if_due(desk: Desk) -> None:
    """Begin the trading day that market time says it is (each replay run is a day of its own)."""
    state = desk.state
    day, end_ns = desk.surroundings.trading_day(desk.now.market_ns)
    label = f"{day} {state.run_label}".strip()
    if label != state.day:
        equity = known_equity(desk)
        foreign = any(any(account.foreign.values()) for account in state.accounts.values())
        if equity is None and state.accounts and not foreign and not any(p.qty for p in state.positions.values()):
            equity = sum(a.cash for a in state.accounts.values())  # type: ignore[assignment]
        if equity is None:
            # Yesterday's last marked equity is the day's start; without any, the first sample of the day is.
            equity = state.equity
        desk.emit(f.DayRolled(label, equity, end_ns))
        reinstate_for(desk, day)
    desk.timers.set("market", end_ns, ("day",))


def on_timer(desk: Desk, key: Key) -> None:
    roll_if_due(desk)


def journal_failed(desk: Desk, failure: i.JournalFailed) -> None:
    """Decisions that were not released are void; observations stay. Nothing new goes out until the journal is back."""
    state = desk.state
    if state.journal_ok:
        desk.emit(f.JournalWentDown(failure.reason))
        desk.alert(AlertLevel.ALARM, "JOURNAL_DOWN", f"the journal can't commit: {failure.reason}")
    for cl_ord_id in failure.void:
        order = state.orders.get(cl_ord_id)
        if order is None:
            continue
        if cl_ord_id != order.cl_ord_id:
            letters.write(desk, order, cl_ord_id, "journal", VOID)
            desk.emit(f.ReplaceDenied(cl_ord_id, order.cl_ord_id, VOID))
        elif order.base in UNPROVEN and not again_in_doubt(desk, order, f"not sent again: {VOID}"):
            desk.emit(f.OrderWithheld(cl_ord_id, VOID))
            letters.write(desk, order, cl_ord_id, "journal", VOID)
    ending.void(desk, failure.void_algos, VOID)
    if failure.void_resume and state.kill is None:
        desk.emit(f.TradingStateSet("desk", TradingState.HALTED, "engine", "resume void: journal down"))
        desk.effect(CloseGate(state.gate_epoch, "engine", "resume void: journal down"))


def journal_restored(desk: Desk, item: i.JournalRestored) -> None:
    if not desk.state.journal_ok:
        desk.emit(f.JournalCameBack())
        desk.alert(AlertLevel.NOTICE, "JOURNAL_UP", "the journal commits again; everything observed was appended")


def clock_behind(desk: Desk, item: i.ClockBehind) -> None:
    """Facts go on from the last one's time, in order; but what depends on the time of day may be wrong by as much, so
    that nothing but cancels and reducing orders goes out until somebody has looked."""
    text = f"the system's clock is {item.behind_ns / 1e9:.1f} s behind the journal's last fact"
    if desk.state.desk_state[0] < TradingState.REDUCING:
        desk.emit(f.TradingStateSet("desk", TradingState.REDUCING, "engine", text))
    said = f"{text}; facts go on from there. Set it and restart, or `resume --reason` when it is right"
    desk.alert(AlertLevel.ALARM, "CLOCK_BACK", said)
