"""The gate, the kill switch and liquidations."""

from __future__ import annotations

from decimal import Decimal

from engine import facts as f
from engine.model.enums import TradingState
from engine.model.scope import DESK, covers
from engine.state import DeskState, Kill, Liquidation, LossWatch, PositionKey, Tripped


def trading_state_set(state: DeskState, fact: f.TradingStateSet, now: int, market: int) -> None:
    gate_moves = TradingState.HALTED in (fact.state, state.trading.get(fact.scope))
    state.resume_asked.pop(fact.scope, None)
    if fact.state is TradingState.ACTIVE:
        state.trading.pop(fact.scope, None)
        state.trading_reason.pop(fact.scope, None)
    else:
        state.trading[fact.scope] = fact.state
        state.trading_reason[fact.scope] = f"{fact.reason} ({fact.by})" if fact.by else fact.reason
    if gate_moves:
        _gate_moves(state, fact.scope)


def _gate_moves(state: DeskState, scope: str) -> None:
    if scope == DESK:
        state.gate_epoch += 1
    else:
        state.gate_seq += 1


def kill_pulled(state: DeskState, fact: f.KillPulled, now: int, market: int) -> None:
    held = tuple(key for key, qty in _held(state, fact.scope) if qty)
    kill = Kill(
        fact.epoch, fact.by, fact.reason, fact.flatten, market, fact.orders, positions=len(held), held=held,
        scope=fact.scope,
    )  # fmt: skip
    state.kill_epoch = fact.epoch
    state.resume_asked.pop(fact.scope, None)
    _gate_moves(state, fact.scope)
    if fact.scope != DESK:
        state.kills[fact.scope] = kill
        return
    state.kill = kill
    state.trading["kill"] = TradingState.HALTED
    state.trading_reason["kill"] = f"{fact.reason} ({fact.by})"


def _held(state: DeskState, scope: str) -> list[tuple[PositionKey, Decimal]]:
    """What the scope holds, by instrument; a strategy holds what its own executions left."""
    kind, _, name = scope.partition(":")
    if kind == "strategy":
        return [((account, symbol), trip.held) for (account, who, symbol), trip in state.trips.items() if who == name]
    return [(key, p.qty) for key, p in state.positions.items() if covers(scope, key[0], key[1:], "")]


def kill_escalated(state: DeskState, fact: f.KillEscalated, now: int, market: int) -> None:
    kill = state.kill_of(fact.scope)
    if kill is not None:
        kill.flatten = fact.flatten
        kill.kept = kill.given_up = False


def kill_kept(state: DeskState, fact: f.KillKept, now: int, market: int) -> None:
    kill = state.kill_of(fact.scope)
    if kill is not None:
        kill.kept = True
        kill.phase = "kept"


def kill_phase(state: DeskState, fact: f.KillPhase, now: int, market: int) -> None:
    kill = state.kill_of(fact.scope)
    if kill is not None:
        kill.phase = fact.phase
        kill.detail = fact.detail
        kill.phase_ns = now
        kill.verified = fact.verified


def kill_reset(state: DeskState, fact: f.KillReset, now: int, market: int) -> None:
    _gate_moves(state, fact.scope)
    state.resume_asked.pop(fact.scope, None)
    if fact.scope != DESK:
        state.kills.pop(fact.scope, None)
        return
    state.kill = None
    state.trading.pop("kill", None)
    state.trading_reason.pop("kill", None)
    state.loss = LossWatch()


def liquidation_started(state: DeskState, fact: f.LiquidationStarted, now: int, market: int) -> None:
    key = (fact.account, fact.symbol)
    going_on = state.liquidations.get(key)
    if going_on is None:
        state.liquidations[key] = Liquidation(
            fact.account, fact.symbol, fact.by, fact.reason, now, strategies=fact.strategies
        )
    elif going_on.strategies:
        # Somebody wants more of it closed; what is closed as a whole stays so.
        more = tuple(dict.fromkeys((*going_on.strategies, *fact.strategies)))
        going_on.strategies = more if fact.strategies else ()


def liquidation_queued(state: DeskState, fact: f.LiquidationQueued, now: int, market: int) -> None:
    going_on = state.liquidations.get((fact.account, fact.symbol))
    if going_on is not None:
        going_on.queued = fact.queued
        if not fact.queued:
            going_on.since_ns = now


def trigger_tripped(state: DeskState, fact: f.TriggerTripped, now: int, market: int) -> None:
    state.tripped[f"{fact.code} {fact.scope}"] = Tripped(fact.code, fact.scope, fact.action, fact.text, now)


def trigger_cleared(state: DeskState, fact: f.TriggerCleared, now: int, market: int) -> None:
    state.tripped.pop(f"{fact.code} {fact.scope}", None)
    if fact.code == "LOSING_STREAK":
        account = fact.scope.partition(":")[2]
        state.streaks.pop(account, None)
        newest = next((key for key in reversed(state.seen_executions) if key[0] == account), None)
        if newest is not None:
            state.streak_after[account] = newest


def liquidation_ended(state: DeskState, fact: f.LiquidationEnded, now: int, market: int) -> None:
    ended = state.liquidations.pop((fact.account, fact.symbol), None)
    state.stirred.update(state.groups)
    if not fact.flat:
        parts = ended.strategies if ended is not None else ()
        for kill in state.standing_kills:
            kind, _, name = kill.scope.partition(":")
            if kind == "strategy":
                mine = (name in parts or not parts) and (fact.account, name, fact.symbol) in state.trips
            else:
                mine = covers(kill.scope, fact.account, (fact.symbol,), "")
            kill.given_up = kill.given_up or mine
