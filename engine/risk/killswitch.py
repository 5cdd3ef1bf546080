"""The kill switch, halts and their reset, as decisions of the core.

Sequence: close the gate -> stop algos -> cancel every working order -> verify by snapshot -> flatten if asked ->
verify. Latched across restarts. Pulling it again never weakens it. Anybody may pull; a reset needs a reason and a desk
that agrees with its broker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import facts as f
from engine import inputs as i
from engine.algos import supervisor
from engine.effects import CloseGate, OpenGate, QuerySnapshot
from engine.model.enums import AlertLevel, TradingState
from engine.orders.doubt import ask_about
from engine.orders.intake import by_danger, request_cancel
from engine.orders.order import UNPROVEN, Order
from engine.risk import liquidation
from engine.state import Kill
from engine.timers import Key
from engine.views import CommandResult

if TYPE_CHECKING:
    from engine.desk import Desk

RETRY_NS = 1_000_000_000
STRENGTH = {"no": 0, "grace": 1, "now": 2}


def pull(desk: Desk, command: i.Kill) -> None:
    """Pull the switch; a second pull may only ask for more."""
    kill = desk.state.kill
    if kill is None:
        _begin(desk, command)
    else:
        _escalate(desk, kill, command)
    step(desk)
    kill = desk.state.kill
    cancels = len(kill.orders) if kill is not None else 0
    desk.reply(command.cmd_id, CommandResult(True, f"HALTED: gate closed, {cancels} cancels sent"))


def _begin(desk: Desk, command: i.Kill) -> None:
    state = desk.state
    victims = by_danger(o for o in state.open_orders.values() if o.worst_leaves)
    epoch = state.kill_epoch + 1
    desk.emit(
        f.KillPulled(
            epoch, command.by, command.reason or "kill switch", command.flatten, tuple(o.cl_ord_id for o in victims)
        )
    )
    desk.effect(CloseGate(state.gate_epoch, command.by, command.reason))
    supervisor.stop_all(desk, "kill switch")
    desk.alert(
        AlertLevel.ALARM,
        "KILL",
        f"kill switch pulled by {command.by or 'unknown'}: {command.reason or 'no reason given'}",
    )
    for order in victims:
        request_cancel(desk, order, "kill", command.reason, urgent=True, again=True)
    desk.timers.set("wall", desk.now.wall_ns + RETRY_NS, ("kill",))
    if command.flatten == "grace":
        desk.timers.set("wall", desk.now.wall_ns + desk.surroundings.flatten_grace_ns, ("grace",))


def _escalate(desk: Desk, kill: Kill, command: i.Kill) -> None:
    # Slammed again from outside: the gate waits for us to adopt it, whatever else is decided.
    desk.effect(CloseGate(desk.state.gate_epoch, command.by, command.reason))
    ended = kill.kept or kill.phase in ("done", "not_flat")
    # Reducing orders may have been placed by hand since: whoever pulls again wants those dead as well, at once.
    victims = by_danger(_victims(desk))
    if STRENGTH[command.flatten] > STRENGTH[kill.flatten] or (ended and command.flatten != "no"):
        desk.emit(f.KillEscalated(kill.epoch, command.by, command.flatten))
        desk.emit(f.KillPhase(kill.epoch, "cancelling", "escalated"))
        desk.timers.set("wall", desk.now.wall_ns + RETRY_NS, ("kill",))
        if command.flatten == "grace":
            desk.timers.set("wall", desk.now.wall_ns + desk.surroundings.flatten_grace_ns, ("grace",))
        else:
            desk.timers.cancel(("grace",))
    elif ended and victims:
        desk.emit(f.KillPhase(kill.epoch, "cancelling", "pulled again"))
        desk.timers.set("wall", desk.now.wall_ns + RETRY_NS, ("kill",))
    for order in victims:
        request_cancel(desk, order, "kill", command.reason, urgent=True)


def keep(desk: Desk, command: i.KeepPositions) -> None:
    """`k` in the grace period: stay halted, keep the positions."""
    kill = desk.state.kill
    if kill is None or not desk.timers.is_set(("grace",)):
        desk.refuse(command.cmd_id, "keep", "no flatten is waiting", command.user)
        return
    desk.timers.cancel(("grace",))
    desk.emit(f.KillKept(kill.epoch, command.user))
    desk.emit(f.KillPhase(kill.epoch, "cancelling", "positions kept"))
    desk.reply(command.cmd_id, CommandResult(True, "positions are kept; the desk stays halted"))


def on_grace(desk: Desk, key: Key) -> None:
    """The grace period is over: flatten."""
    kill = desk.state.kill
    if kill is not None and not kill.kept:
        desk.emit(f.KillEscalated(kill.epoch, "grace", "now"))
        step(desk)


def on_retry(desk: Desk, key: Key) -> None:
    """Cancel again what is still open, and see how far the kill is."""
    kill = desk.state.kill
    if kill is None or kill.phase in ("done", "not_flat"):
        return
    desk.timers.set("wall", desk.now.wall_ns + RETRY_NS, ("kill",))
    for order in by_danger(_victims(desk)):
        request_cancel(desk, order, "kill", "not confirmed", urgent=True, again=True)
        if order.base in UNPROVEN:
            # Nobody knows whether it lives: the sooner the broker is asked, the sooner the kill is verified.
            ask_about(desk, order)
    if kill.phase == "verifying":
        _ask(desk)


def _victims(desk: Desk) -> list[Order]:
    """Working orders that the kill must still see dead (a liquidation that goes on looks after its own)."""
    going_on = desk.state.liquidations
    return [
        o
        for o in desk.state.open_orders.values()
        if o.worst_leaves and not (o.liquidation and (o.account, o.symbol) in going_on)
    ]


def step(desk: Desk) -> None:
    """Move the kill on after anything happened: cancelling -> (grace) -> flattening -> verifying -> done."""
    state = desk.state
    kill = state.kill
    if kill is None or kill.phase in ("done", "not_flat"):
        return
    flatten_now = kill.flatten == "now" and not kill.kept
    if kill.phase == "cancelling" and flatten_now:
        for account, symbol in _held(desk):
            liquidation.start(desk, account, symbol, "kill", kill.reason)
        desk.emit(f.KillPhase(kill.epoch, "flattening"))
        liquidation.step_all(desk)
    if kill.phase == "cancelling" and not _victims(desk) and not desk.timers.is_set(("grace",)):
        _verify(desk, kill)
    if kill.phase == "flattening" and not state.liquidations and not _victims(desk):
        _verify(desk, kill)


def _held(desk: Desk) -> list[tuple[str, str]]:
    state = desk.state
    keys = {key for key, position in state.positions.items() if position.qty}
    keys.update((b.account, b.key) for b in state.breaks.values() if b.kind == "position")
    return sorted(key for key in keys if state.broker_qty(*key))


def _verify(desk: Desk, kill: Kill) -> None:
    desk.emit(f.KillPhase(kill.epoch, "verifying"))
    _ask(desk)


def _ask(desk: Desk) -> None:
    for account in desk.state.accounts:
        desk.effect(QuerySnapshot(account, "kill-verify"))


def on_verified(desk: Desk, open_at_broker: int, held_at_broker: int, asked_ns: int) -> None:
    """The broker's snapshot after the kill: nothing open, and flat when that was asked for, ends it. A snapshot asked
    for before the kill came to its verification shows an older world."""
    kill = desk.state.kill
    if kill is None or kill.phase != "verifying" or asked_ns < kill.phase_ns:
        return
    if open_at_broker or _victims(desk):
        detail = f"{open_at_broker} orders still open at the broker"
        if kill.detail != detail:
            desk.emit(f.KillPhase(kill.epoch, "verifying", detail))
        return  # the retry timer cancels them again, and asks again
    flatten = kill.flatten == "now" and not kill.kept
    if flatten and held_at_broker and not kill.given_up and _held(desk):
        # Something filled after its liquidation was over.
        desk.emit(f.KillPhase(kill.epoch, "cancelling", f"{held_at_broker} positions still held"))
        return
    if flatten and held_at_broker:
        desk.emit(f.KillPhase(kill.epoch, "not_flat", f"{held_at_broker} positions are not flat"))
        desk.alert(AlertLevel.ALARM, "NOT_FLAT", f"kill: {held_at_broker} positions are not flat; see positions")
        return
    desk.emit(f.KillPhase(kill.epoch, "done", "kept" if held_at_broker else "flat"))
    desk.alert(
        AlertLevel.NOTICE,
        "KILL_VERIFIED",
        "kill verified with the broker: no working order" + (", flat" if not held_at_broker else ""),
    )


def after_restart(desk: Desk) -> None:
    """A kill in force: its cancels resume at once; a flatten that was under way is not continued from old knowledge."""
    state = desk.state
    kill = state.kill
    if kill is not None or state.trading.get("desk") is TradingState.HALTED:
        desk.effect(CloseGate(state.gate_epoch, kill.by if kill else "", kill.reason if kill else "halted"))
    if kill is None or kill.phase in ("done", "not_flat"):
        return
    for account, symbol in list(state.liquidations):
        desk.emit(f.LiquidationEnded(account, symbol, False, "interrupted by a restart"))
    if kill.flatten != "no" and not kill.kept:
        desk.emit(f.KillKept(kill.epoch, "restart"))
        desk.alert(
            AlertLevel.ALARM,
            "KILL_INTERRUPTED",
            "the desk stopped while a kill was flattening: cancels go on, positions are kept; `flat all` flattens",
        )
    desk.emit(f.KillPhase(kill.epoch, "cancelling", "resumed after a restart"))
    desk.timers.set("wall", desk.now.wall_ns, ("kill",))


def halt(desk: Desk, command: i.Halt) -> None:
    """Close the gate for the desk or one instrument; working orders stay."""
    reason = command.reason or "halt"
    if command.symbol is None:
        desk.emit(f.TradingStateSet("desk", TradingState.HALTED, command.user, reason))
        desk.effect(CloseGate(desk.state.gate_epoch, command.user, reason))
        desk.alert(AlertLevel.WARN, "HALT", f"desk halted by {command.user}: {reason}; orders stay")
        desk.reply(command.cmd_id, CommandResult(True, "HALTED: gate closed, orders stay"))
        return
    if command.symbol not in desk.state.instruments:
        desk.refuse(command.cmd_id, "halt", f"{command.symbol} is not in the universe", command.user)
        return
    desk.emit(f.TradingStateSet(f"instrument:{command.symbol}", TradingState.HALTED, command.user, reason))
    desk.alert(AlertLevel.WARN, "HALT", f"{command.symbol} halted by {command.user}: {reason}")
    desk.reply(command.cmd_id, CommandResult(True, f"{command.symbol} HALTED, orders stay"))


def resume(desk: Desk, command: i.Resume) -> None:
    """Re-open: needs a reason, reconciliation passed, and for a kill that its work is done and its trigger gone."""
    complaint = _why_not(desk, command)
    if complaint:
        desk.refuse(command.cmd_id, "resume", complaint, command.user)
        return
    state = desk.state
    desk.urgent += 1  # whoever looks after the answer must not see the halt any more
    if command.symbol is not None:
        scope = f"instrument:{command.symbol}"
        desk.emit(f.TradingStateSet(scope, TradingState.ACTIVE, command.user, command.reason))
        desk.reply(command.cmd_id, CommandResult(True, f"{command.symbol} is ACTIVE again"))
        return
    if state.kill is not None:
        desk.emit(f.KillReset(state.kill.epoch, command.user, command.reason))
    if "desk" in state.trading:
        desk.emit(f.TradingStateSet("desk", TradingState.ACTIVE, command.user, command.reason))
    for key in (("kill",), ("grace",)):
        desk.timers.cancel(key)
    desk.effect(OpenGate(state.gate_epoch, command.user, command.reason))
    desk.alert(AlertLevel.NOTICE, "RESUMED", f"desk re-opened by {command.user}: {command.reason}")
    desk.reply(command.cmd_id, CommandResult(True, "ACTIVE: gate open"))


def _why_not(desk: Desk, command: i.Resume) -> str:
    state = desk.state
    if not command.reason.strip():
        return "resume needs a reason"
    if command.symbol is not None:
        found = state.trading.get(f"instrument:{command.symbol}")
        return "" if found is not None else f"{command.symbol} is not halted"
    if "kill" not in state.trading and "desk" not in state.trading:
        return "the desk is not halted"
    if not state.journal_ok:
        return "the journal can't commit, so that nothing would record it"
    unready = [a.account for a in state.accounts.values() if not a.reconciled]
    if unready or not state.accounts:
        return f"not reconciled with the broker yet: {', '.join(unready) or 'no account'}"
    kill = state.kill
    if kill is not None and kill.phase not in ("done", "not_flat"):
        return f"the kill is still at work ({kill.phase})"
    if state.loss.daily_since is not None or state.loss.drawdown_since is not None:
        return "the loss limit that triggered is still exceeded"
    return ""


def trigger(desk: Desk, action: str, code: str, reason: str) -> None:
    """Carry out an automatic trigger's configured action; never weaker than what stands already."""
    state = desk.state
    if action == "reduce":
        if state.trading.get("desk", TradingState.ACTIVE) < TradingState.REDUCING:
            desk.emit(f.TradingStateSet("desk", TradingState.REDUCING, code, reason))
            desk.alert(AlertLevel.ALARM, code, f"{reason}: REDUCING")
    elif action == "halt":
        if state.trading.get("desk", TradingState.ACTIVE) < TradingState.HALTED:
            halt(desk, i.Halt(None, code, reason))
    elif state.kill is None:
        pull(desk, i.Kill(code, reason, "now" if action == "halt_cancel_flatten" else "no"))
