"""The gate, the kill switch, liquidations and algos."""

from __future__ import annotations

from engine import facts as f
from engine.model.enums import TradingState
from engine.state import Algo, DeskState, Kill, Liquidation, LossWatch


def trading_state_set(state: DeskState, fact: f.TradingStateSet, now: int, market: int) -> None:
    gate_moves = TradingState.HALTED in (fact.state, state.trading.get(fact.scope))
    if fact.state is TradingState.ACTIVE:
        state.trading.pop(fact.scope, None)
        state.trading_reason.pop(fact.scope, None)
    else:
        state.trading[fact.scope] = fact.state
        state.trading_reason[fact.scope] = f"{fact.reason} ({fact.by})" if fact.by else fact.reason
    if fact.scope == "desk" and gate_moves:
        state.gate_epoch += 1


def kill_pulled(state: DeskState, fact: f.KillPulled, now: int, market: int) -> None:
    held = tuple(key for key, position in state.positions.items() if position.qty)
    state.kill = Kill(
        fact.epoch, fact.by, fact.reason, fact.flatten, market, fact.orders, positions=len(held), held=held
    )
    state.kill_epoch = fact.epoch
    state.gate_epoch += 1
    state.trading["kill"] = TradingState.HALTED
    state.trading_reason["kill"] = f"{fact.reason} ({fact.by})"


def kill_escalated(state: DeskState, fact: f.KillEscalated, now: int, market: int) -> None:
    if state.kill is not None:
        state.kill.flatten = fact.flatten
        state.kill.kept = state.kill.given_up = False


def kill_kept(state: DeskState, fact: f.KillKept, now: int, market: int) -> None:
    if state.kill is not None:
        state.kill.kept = True
        state.kill.phase = "kept"


def kill_phase(state: DeskState, fact: f.KillPhase, now: int, market: int) -> None:
    if state.kill is not None:
        state.kill.phase = fact.phase
        state.kill.detail = fact.detail
        state.kill.phase_ns = now


def kill_reset(state: DeskState, fact: f.KillReset, now: int, market: int) -> None:
    state.kill = None
    state.gate_epoch += 1
    state.trading.pop("kill", None)
    state.trading_reason.pop("kill", None)
    state.loss = LossWatch()


def liquidation_started(state: DeskState, fact: f.LiquidationStarted, now: int, market: int) -> None:
    key = (fact.account, fact.symbol)
    state.liquidations[key] = Liquidation(fact.account, fact.symbol, fact.by, fact.reason, now)


def liquidation_ended(state: DeskState, fact: f.LiquidationEnded, now: int, market: int) -> None:
    state.liquidations.pop((fact.account, fact.symbol), None)
    state.stirred.update(state.groups)
    if state.kill is not None and not fact.flat:
        state.kill.given_up = True


def algo_launched(state: DeskState, fact: f.AlgoLaunched, now: int, market: int) -> None:
    state.algos[fact.id] = Algo(fact.id, fact.spec, fact.slices, fact.arrival_px, open_children={})
    state.next_algo_id = fact.id + 1
    if fact.spec.client_key:
        state.algo_keys[fact.spec.client_key] = fact.id


def algo_refused(state: DeskState, fact: f.AlgoRefused, now: int, market: int) -> None:
    """An audit record; changes nothing."""


def algo_slice_reached(state: DeskState, fact: f.AlgoSliceReached, now: int, market: int) -> None:
    algo = state.algos[fact.id]
    algo.reached = max(algo.reached, fact.slice_no + 1)


def algo_status_set(state: DeskState, fact: f.AlgoStatusSet, now: int, market: int) -> None:
    algo = state.algos[fact.id]
    algo.status = fact.status
    algo.reason = fact.reason
