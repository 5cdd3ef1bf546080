"""Halts, reductions and their end, for the desk or one scope. A lattice: ACTIVE > REDUCING > HALTED, the strictest of
what covers an order wins; each scope has its own, so that opening the desk opens no scope that was closed by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import facts as f
from engine import inputs as i
from engine.connections import accounts_of
from engine.effects import CloseGate, OpenGate
from engine.model.enums import AlertLevel, TradingState
from engine.model.scope import DESK, is_scope, said
from engine.views import CommandResult

if TYPE_CHECKING:
    from engine.desk import Desk
    from engine.state import DeskState


def complaint_about(state: DeskState, scope: str) -> str:
    """Why there is no such scope, or ""."""
    kind, _, name = scope.partition(":")
    if not is_scope(scope):
        return f"{scope!r} is no scope: desk, account:A, strategy:S or instrument:AAPL"
    if kind == "account" and name not in state.accounts and name not in accounts_of(state):
        return f"there is no account {name}"
    if kind == "instrument" and name not in state.instruments and not any(s == name for _, s in state.positions):
        return f"{name} is not in the universe"
    return ""


def halt(desk: Desk, command: i.Halt) -> None:
    """Close the gate of the desk or one scope (`reduce`: only to what increases risk); working orders stay. It never
    weakens what stands."""
    state, scope = desk.state, command.where
    complaint = complaint_about(state, scope)
    if complaint:
        desk.refuse(command.cmd_id, "reduce" if command.reduce else "halt", complaint, command.user)
        return
    wanted = TradingState.REDUCING if command.reduce else TradingState.HALTED
    reason = command.reason or ("reduce" if command.reduce else "halt")
    now, why = state.scope_state(scope)
    who = "desk" if scope == DESK else said(scope)
    if now > wanted:
        desk.refuse(command.cmd_id, "reduce", f"{who} is {now.name} already: {why}", command.user)
        return
    put(desk, scope, wanted, command.user, reason)
    desk.alert(AlertLevel.WARN, "HALT", f"{who} is {wanted.name} by {command.user}: {reason}; orders stay")
    if scope == DESK:
        words = "HALTED: gate closed, orders stay" if wanted is TradingState.HALTED else "REDUCING: orders stay"
    else:
        words = f"{said(scope)} {wanted.name}, orders stay"
    desk.reply(command.cmd_id, CommandResult(True, words))


def put(desk: Desk, scope: str, wanted: TradingState, by: str, reason: str) -> None:
    """Set a scope's state and move its gate."""
    state = desk.state
    desk.emit(f.TradingStateSet(scope, wanted, by, reason))
    if wanted is TradingState.HALTED:
        desk.effect(CloseGate(state.gate_epoch, by, reason, scope, state.gate_seq))
    desk.urgent += 1


def close_again(desk: Desk) -> None:
    """At a start: the gates of narrower scopes that the journal has closed."""
    state = desk.state
    closed = dict.fromkeys([s for s, how in state.trading.items() if how is TradingState.HALTED] + list(state.kills))
    for scope in closed:
        if is_scope(scope) and scope != DESK:
            kill = state.kills.get(scope)
            by, reason = (kill.by, kill.reason) if kill is not None else ("", state.trading_reason.get(scope, ""))
            desk.effect(CloseGate(state.gate_epoch, by, reason or "halted", scope, state.gate_seq))


def resume(desk: Desk, command: i.Resume) -> None:
    """Re-open: needs a reason, reconciliation passed, and for a kill that its work is done and its trigger gone."""
    # Here, since the triggers' own actions halt and kill.
    from engine.risk import triggers

    complaint = _why_not(desk, command) or triggers.why_not_cleared(desk, command.where)
    if complaint:
        desk.refuse(command.cmd_id, "resume", complaint, command.user)
        return
    state, scope = desk.state, command.where
    if state.kill_of(scope) is not None and not _both_agree(desk, command):
        return
    desk.urgent += 1  # whoever looks after the answer must not see the halt any more
    was_halted = state.scope_state(scope)[0] is TradingState.HALTED
    triggers.clear(desk, scope, command.user, command.reason)
    asked = state.resume_asked.get(scope)
    kill = state.kill_of(scope)
    if kill is not None:
        desk.emit(f.KillReset(kill.epoch, command.user, command.reason, scope, asked.by if asked is not None else ""))
        for name in ("kill", "grace"):
            desk.timers.cancel(timer_of(name, scope))
    if scope in state.trading:
        desk.emit(f.TradingStateSet(scope, TradingState.ACTIVE, command.user, command.reason))
    if was_halted:
        desk.effect(OpenGate(state.gate_epoch, command.user, command.reason, scope, state.gate_seq))
    standing = triggers.still_reducing(desk, scope)
    left = standing.text if standing is not None else ""
    if standing is not None:
        put(desk, scope, TradingState.REDUCING, standing.code, standing.text)
    if scope == DESK:
        desk.alert(AlertLevel.NOTICE, "RESUMED", f"desk re-opened by {command.user}: {command.reason}")
        words = "REDUCING: gate open" if left else "ACTIVE: gate open"
    else:
        desk.alert(AlertLevel.NOTICE, "RESUMED", f"{said(scope)} re-opened by {command.user}: {command.reason}")
        words = f"{said(scope)} is {'REDUCING' if left else 'ACTIVE again'}"
    beside = [said(s) for s in closed_scopes(state) if s != scope]
    if left:
        words += f" ({left})"
    if beside:
        words += f"; still closed by themselves: {', '.join(beside)}"
    desk.reply(command.cmd_id, CommandResult(True, words))


def _both_agree(desk: Desk, command: i.Resume) -> bool:
    """Whether a kill may be reset now. Where the profile asks for two people, the first one's wish is recorded, and
    another one has to say the same in time."""
    state, scope = desk.state, command.where
    asked = state.resume_asked.get(scope)
    within_ns = desk.surroundings.second_person_ns
    if not within_ns:
        return True
    who = "the desk" if scope == DESK else said(scope)
    if asked is not None and desk.now.wall_ns - asked.at_ns <= within_ns:
        if asked.by != command.user:
            return True
        words = f"{asked.by} asked for it already; another person has to agree, and {who} stays HALTED until then"
        desk.refuse(command.cmd_id, "resume", words, command.user)
        return False
    desk.emit(f.ResumeAsked(scope, command.user, command.reason))
    minutes = within_ns // 60_000_000_000
    words = f"recorded; {who} stays HALTED until a second person resumes it within {minutes} minutes"
    desk.alert(AlertLevel.WARN, "RESUME_ASKED", f"{command.user} wants {who} open again: {command.reason}; {words}")
    desk.reply(command.cmd_id, CommandResult(False, words))
    return False


def closed_scopes(state: DeskState) -> list[str]:
    """Every scope that is not ACTIVE by its own setting."""
    return [s for s in dict.fromkeys([*state.trading, *state.kills]) if is_scope(s)]


def timer_of(name: str, scope: str) -> tuple[str, ...]:
    """The key of a kill's timer: "kill" (it looks again) or "grace"."""
    return (name,) if scope == DESK else (name, scope)


def _why_not(desk: Desk, command: i.Resume) -> str:
    state, scope = desk.state, command.where
    if not command.reason.strip():
        return "resume needs a reason"
    kill = state.kill_of(scope)
    if kill is None and scope not in state.trading:
        return "the desk is not halted" if scope == DESK else f"{said(scope)} is not halted"
    if not state.journal_ok:
        return "the journal can't commit, so that nothing would record it"
    unready = [a.account for a in state.accounts.values() if not a.reconciled and a.account in accounts_of(state)]
    if scope == DESK or kill is not None:
        if scope.startswith("account:"):
            unready = [name for name in unready if name == scope.partition(":")[2]]
        if unready or not state.accounts:
            return f"not reconciled with the broker yet: {', '.join(unready) or 'no account'}"
    if kill is not None and kill.phase not in ("done", "not_flat"):
        return f"the kill is still at work ({kill.phase}{f': {kill.detail}' if kill.detail else ''})"
    if scope == DESK and (state.loss.daily_since is not None or state.loss.drawdown_since is not None):
        return "the loss limit that triggered is still exceeded"
    return ""
