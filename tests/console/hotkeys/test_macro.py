"""What the lines of a macro become, and when hotkeys are armed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import msgspec
import pytest

from console.hotkeys.arming import IDLE_NS, Arming
from console.hotkeys.macro import Macro, MacroError
from engine.model.enums import Side, TradingState
from tests.console.grammar.desk import desk_view, order, position

VIEW = desk_view()


def filled(
    *lines: str, row: object = None, values: tuple[str, ...] = (), qty: Decimal | None = None
) -> tuple[str, ...]:
    return Macro("m", lines, qty=qty).filled(row, values)


def test_places_are_those_of_the_selected_row() -> None:
    row = order(14, Side.BUY, "AAPL", "100", "190")
    assert filled("mod $id qty $qty", "buy 5 $symbol @bid @$account", row=row) == (
        "mod 14 qty 100",
        "buy 5 AAPL @bid @PAPER",
    )
    assert filled("sell $qty $symbol mid", row=position("TSLA", "-200")) == ("sell 200 TSLA mid",)


def test_a_quantity_of_the_macro_goes_before_the_rows() -> None:
    assert filled("buy $qty $symbol mid", row=position("TSLA", "-200"), qty=Decimal(50)) == ("buy 50 TSLA mid",)


def test_values_of_run_stand_in_their_places_and_amounts_of_money_stay() -> None:
    assert filled("buy $10k $1 mid", "buy $$2 spy mid", values=("nvda", "5000")) == (
        "buy $10k nvda mid",
        "buy $5000 spy mid",
    )
    assert Macro("m", ("buy $5.00 $1 mid", "buy $3k spy mid")).values == 1


@pytest.mark.parametrize(
    ("line", "row", "values", "says"),
    [
        ("flat $symbol", None, (), "m needs $symbol, and the selected row has none"),
        ("cxl $id", position("TSLA", "-200"), (), "m needs $id"),
        ("sell $qty $symbol mid", position("TSLA", "0"), (), "m needs $qty"),
        ("buy $2 spy mid", None, ("1",), "m needs $2: run m VALUE..."),
        ("ack", None, ("1",), "m takes no values, not 1"),
    ],
)
def test_a_place_without_a_value_calls_nothing(line: str, row: object, values: tuple[str, ...], says: str) -> None:
    with pytest.raises(MacroError) as raised:
        filled(line, row=row, values=values)
    assert says in str(raised.value)


@dataclass
class Time:
    now: int = 10**12

    def __call__(self) -> int:
        return self.now


def test_armed_hotkeys_are_disarmed_when_nobody_touched_a_key() -> None:
    time = Time()
    arming = Arming(time)
    assert not arming.armed
    arming.arm()
    time.now += IDLE_NS - 1
    arming.touch()
    time.now += IDLE_NS - 1
    assert arming.armed
    time.now += 1
    assert not arming.armed
    arming.touch()
    assert not arming.armed
    assert arming.follow(VIEW) == "nobody touched a key"
    assert arming.follow(VIEW) == ""


def test_a_lock_and_a_halt_disarm_and_keep_from_arming() -> None:
    locked = msgspec.structs.replace(VIEW, status=msgspec.structs.replace(VIEW.status, locked="by ann"))
    halted = msgspec.structs.replace(
        VIEW, status=msgspec.structs.replace(VIEW.status, trading_state=TradingState.HALTED)
    )
    for view, says in ((locked, "the desk is locked (by ann): unlock it first"), (halted, "the desk is halted")):
        arming = Arming(Time())
        assert says in arming.why_not(view, read_only=False, may_trade=True)
        arming.arm()
        assert says in arming.follow(view)
        assert not arming.armed
    assert "read-only" in Arming(Time()).why_not(VIEW, read_only=True, may_trade=True)
    assert "roles" in Arming(Time()).why_not(VIEW, read_only=False, may_trade=False)
