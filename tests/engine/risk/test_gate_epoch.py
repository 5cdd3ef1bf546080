"""The core's count of closings and the gate's must agree, or nothing would ever pass again."""

from __future__ import annotations

from engine import facts as f
from engine.evolve import evolve
from engine.model.enums import TradingState
from engine.state import DeskState


def test_reducing_does_not_move_the_gate_since_nothing_opens_or_closes_it() -> None:
    state = DeskState()
    evolve(state, f.TradingStateSet("desk", TradingState.REDUCING, "DAILY_LOSS", "loss"), 1, 1)
    assert state.gate_epoch == 0
    evolve(state, f.TradingStateSet("desk", TradingState.ACTIVE, "me", "over"), 2, 2)
    assert state.gate_epoch == 0


def test_halting_and_reopening_the_desk_each_begin_an_epoch() -> None:
    state = DeskState()
    evolve(state, f.TradingStateSet("desk", TradingState.HALTED, "me", "lunch"), 1, 1)
    assert state.gate_epoch == 1
    evolve(state, f.TradingStateSet("desk", TradingState.ACTIVE, "me", "back"), 2, 2)
    assert state.gate_epoch == 2


def test_an_instrument_that_is_halted_leaves_the_gate_alone() -> None:
    state = DeskState()
    evolve(state, f.TradingStateSet("instrument:IBM", TradingState.HALTED, "me", "news"), 1, 1)
    assert state.gate_epoch == 0
