"""ACTIVE > REDUCING > HALTED by scope: the strictest that covers an order wins; each scope opens by itself alone."""

from __future__ import annotations

import pytest

from engine import facts as f
from engine import inputs as i
from engine.effects import CloseGate, OpenGate, SubmitOrder
from engine.model.enums import OrdStatus, OrdType, TimeInForce, TradingState
from engine.model.order import OrderRequest
from engine.risk.gate import Gate
from tests.engine.dealing import ACCOUNT, BUY, SELL, D, Dealing, cancels, only

SCOPES = ("desk", f"account:{ACCOUNT}", "strategy:mean", "instrument:IBM")


def of_strategy(name: str = "mean", symbol: str = "IBM", qty: str = "10") -> OrderRequest:
    return OrderRequest(
        ACCOUNT, symbol, BUY, D(qty), OrdType.LIMIT, D(99), time_in_force=TimeInForce.DAY, origin="strategy",
        strategy=name, user="mean",
    )  # fmt: skip


def denied(desk: Dealing, request: OrderRequest) -> list[str]:
    desk.give(i.PlaceOrder(request))
    order = list(desk.state.by_id.values())[-1]
    if order.base is not OrdStatus.DENIED:
        return []
    fact = next(fact for fact in reversed(desk.recorded) if isinstance(fact, f.OrderDenied))
    return [denial.code for denial in fact.denials]


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("reduce", [False, True])
def test_each_scope_stops_what_it_covers_and_lets_the_rest_go(scope: str, reduce: bool) -> None:
    desk = Dealing(hold="100").connect()
    desk.give(i.Halt(None, "me", "lunch", scope=scope, reduce=reduce))
    covered = denied(desk, of_strategy())
    assert covered == [] or covered[0] in ("HALTED", "TRADING_STATE")
    assert covered
    other = denied(desk, of_strategy("other", "AAPL"))
    assert bool(other) is (scope in ("desk", f"account:{ACCOUNT}"))


def test_the_strictest_wins_and_opening_one_leaves_the_others() -> None:
    desk = Dealing().connect()
    for scope in SCOPES[1:]:
        desk.give(i.Halt(None, "me", "lunch", scope=scope))
    desk.give(i.Halt(None, "me", "lunch", reduce=True))
    assert desk.state.trading_state(ACCOUNT, "IBM", "mean")[0] is TradingState.HALTED
    desk.give(i.Resume("back", None, "me"))
    assert desk.state.desk_state[0] is TradingState.ACTIVE
    for scope in SCOPES[1:]:
        assert desk.state.scope_state(scope)[0] is TradingState.HALTED, scope
        assert denied(desk, of_strategy())
        desk.give(i.Resume("back", None, "me", scope=scope))
    assert denied(desk, of_strategy()) == []


def test_a_reduction_never_weakens_a_halt() -> None:
    desk = Dealing().connect()
    desk.give(i.Halt("IBM", "me", "lunch"))
    desk.give(i.Halt("IBM", "me", "less", reduce=True))
    assert desk.state.scope_state("instrument:IBM")[0] is TradingState.HALTED
    assert isinstance(desk.recorded[-1], f.CommandRefused)


@pytest.mark.parametrize("scope", ["account:NOPE", "instrument:NOPE", "user:bob", "strategy:", "nonsense"])
def test_a_scope_that_is_none_is_refused(scope: str) -> None:
    desk = Dealing().connect()
    desk.give(i.Halt(None, "me", "lunch", scope=scope))
    assert isinstance(desk.recorded[-1], f.CommandRefused)
    assert not desk.state.trading


def test_halts_survive_a_restart_and_close_the_gates_again() -> None:
    desk = Dealing().connect()
    desk.give(i.Halt(None, "me", "lunch", scope="strategy:mean"))
    desk.give(i.Halt("AAPL", "me", "less", reduce=True))
    again = desk.restart().connect()
    assert again.state.scope_state("strategy:mean")[0] is TradingState.HALTED
    assert again.state.scope_state("instrument:AAPL")[0] is TradingState.REDUCING
    assert "strategy:mean" in [e.scope for e in again.released if isinstance(e, CloseGate)]
    assert denied(again, of_strategy())


# --- the gate at the hand-over ----------------------------------------------------------------------------------------


def gated(effects: list[object], gate: Gate) -> None:
    """Do to the gate what the core asked for."""
    for effect in effects:
        if isinstance(effect, CloseGate):
            if effect.scope == "desk":
                gate.adopt(effect.epoch, effect.reason, answers_slam=False)
            else:
                gate.adopt_scope(effect.scope, effect.seq, effect.reason, answers_slam=False)
        elif isinstance(effect, OpenGate):
            assert gate.open(effect.epoch) if effect.scope == "desk" else gate.open_scope(effect.scope, effect.seq)


@pytest.mark.parametrize("scope", SCOPES[1:])
def test_what_waits_for_its_turn_dies_with_its_scope_also_when_it_is_open_again(scope: str) -> None:
    desk = Dealing().connect()
    gate = Gate(epoch=desk.state.gate_epoch)
    waiting = only(desk.give(i.PlaceOrder(of_strategy())), SubmitOrder)[0].approved
    other = only(desk.give(i.PlaceOrder(of_strategy("other", "AAPL"))), SubmitOrder)[0].approved
    assert gate.passes_order(waiting)
    gated(desk.give(i.Halt(None, "me", "lunch", scope=scope)), gate)
    assert not gate.passes_order(waiting)
    assert "lunch" in gate.closed_by(waiting)
    gated(desk.give(i.Resume("back", None, "me", scope=scope)), gate)
    assert not gate.passes_order(waiting), "approved before the halt"
    assert gate.passes_order(other) is not scope.startswith("account:")
    fresh = only(desk.give(i.PlaceOrder(of_strategy(qty="11"))), SubmitOrder)[0].approved
    assert gate.passes_order(fresh)


def test_a_slammed_scope_lets_nothing_pass_until_the_core_has_answered() -> None:
    desk = Dealing(hold="100").connect()
    gate = Gate(epoch=desk.state.gate_epoch)
    sale = only(desk.give(i.PlaceOrder(OrderRequest(ACCOUNT, "IBM", SELL, D(5), OrdType.LIMIT, D(100)))), SubmitOrder)
    gate.slam("kill", "instrument:IBM")
    assert not gate.passes_order(sale[0].approved), "reducing too"
    gate.adopt_scope("instrument:IBM", 0, "halt", answers_slam=False)
    assert not gate.passes_order(sale[0].approved), "a halt is no answer to a slam"
    gate.adopt_scope("instrument:IBM", 0, "kill", answers_slam=True)
    assert gate.passes_order(sale[0].approved)
    assert gate.is_open


def test_a_halt_cancels_nothing() -> None:
    desk = Dealing().connect()
    desk.place(BUY, "10")
    assert cancels(desk.give(i.Halt("IBM", "me", "lunch"))) == []
