"""The lock of a live desk: what it asks the PIN for, what it never asks it for, and what locks it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, get_args

import pytest

from engine import facts as f
from engine import inputs as i
from engine.effects import Reply
from engine.model.enums import OrdStatus, OrdType, Side
from engine.model.order import OrderRequest, ReplaceRequest
from engine.model.pin import PinRecord
from engine.risk import asks_pin
from engine.views import CommandResult, OrderResult
from tests.engine.dealing import ACCOUNT, BUY, SELL, START, Dealing, cancels, only, submits

MINUTE = 60_000_000_000
LIMIT = OrderRequest(ACCOUNT, "IBM", BUY, Decimal(100), OrdType.LIMIT, Decimal("100.00"), user="ann")
TWAP = i.AlgoSpec("twap", ACCOUNT, "IBM", BUY, Decimal(100), START, START + 3600 * 1_000_000_000, user="ann")


def live(hold: str = "0") -> Dealing:
    """A live desk whose PIN was given."""
    desk = Dealing(hold, mode="live", idle_lock_ns=15 * MINUTE).connect()
    desk.give(i.Unlock("ann"))
    return desk


def answer(desk: Dealing, command: Any) -> CommandResult | OrderResult:
    (reply,) = only(desk.give(command), Reply)
    assert isinstance(reply.result, CommandResult | OrderResult)
    return reply.result


def codes(result: CommandResult | OrderResult) -> list[str]:
    return [denial.code for denial in result.denials]


def test_a_live_desk_is_locked_until_the_pin_is_given_to_this_process() -> None:
    desk = Dealing(mode="live").connect()
    assert desk.state.locked
    assert "LOCKED" in codes(answer(desk, i.PlaceOrder(LIMIT, 1)))
    desk.give(i.Unlock("ann"))
    assert answer(desk, i.PlaceOrder(LIMIT, 2)).accepted  # type: ignore[union-attr]
    again = desk.restart()
    assert again.state.locked, "another process has to ask again"


def test_a_paper_desk_never_locks() -> None:
    desk = Dealing().connect()
    assert not desk.state.locked
    assert not answer(desk, i.Lock("ann", cmd_id=1)).ok  # type: ignore[union-attr]
    assert answer(desk, i.PlaceOrder(LIMIT, 2)).accepted  # type: ignore[union-attr]


def test_every_command_that_is_not_free_is_refused_by_its_kind() -> None:
    """Also one that is added tomorrow: whatever is not on the list of what a locked desk takes waits for the PIN."""
    asked = {kind.__name__ for kind in asks_pin.ASKED}
    assert {"PlaceOrder", "PlaceGroup", "ModifyOrder", "LaunchAlgo", "Resume", "ReleaseHeld", "Book"} <= asked
    assert asked.isdisjoint({"CancelOrders", "Flatten", "Kill", "KeepPositions", "Halt", "AckAlerts"})
    assert asked | {kind.__name__ for kind in asks_pin.FREE} == {kind.__name__ for kind in get_args(i.Command)}


@pytest.mark.parametrize(
    "command",
    [
        i.PlaceOrder(LIMIT, 1),
        i.PlaceGroup("oco", (LIMIT, LIMIT), cmd_id=1),
        i.ModifyOrder(1, ReplaceRequest(limit_px=Decimal("99.00"), user="ann"), 1),
        i.LaunchAlgo(TWAP, 1),
        i.ControlAlgo(1, "resume", user="ann", cmd_id=1),
        i.Resume("all is well", user="ann", cmd_id=1),
        i.ReleaseHeld(1, "ann", 1),
        i.ResendOrder(1, "lost", "ann", 1),
        i.ResolveOrder(1, "dead", "ann", 1),
        i.ReplayLetter(1, "ann", 1),
        i.Book("deposit", ACCOUNT, "gift", amount=Decimal(1), user="ann", cmd_id=1),
    ],
    ids=lambda command: type(command).__name__,
)
def test_what_makes_or_changes_risk_asks_for_the_pin(command: Any) -> None:
    desk = live()
    order = desk.place(BUY, "50", "99.00")
    desk.give(i.Lock("ann"))
    before, sent = len(desk.recorded), len(submits(desk.released))
    result = answer(desk, command)
    assert codes(result)[0] == "LOCKED"
    assert "PIN" in result.denials[0].message
    assert len(submits(desk.released)) == sent
    assert not order.pending_replaces
    noted = {type(fact) for fact in desk.recorded[before:]}
    audited = {f.OrderDenied, f.ReplaceRefused, f.AlgoRefused, f.CommandRefused}
    assert noted <= audited, "refused, and nothing else"
    assert noted, "every attempt is in the audit trail"


def test_cancel_kill_and_flat_never_ask() -> None:
    desk = live("300")
    order = desk.place(SELL, "100", "101.00")
    desk.give(i.Lock("ann"))
    assert cancels(desk.give(i.CancelOrders(i.CancelSelector(ids=(order.id,)), "ann"))) == [order.cl_ord_id]
    desk.give(i.Flatten("IBM", "ann"))
    assert ("A1", "IBM") in desk.state.liquidations
    desk.give(i.Kill("ann", "now", "now"))
    assert desk.state.kill is not None
    assert desk.state.locked


def test_pausing_and_halting_never_ask() -> None:
    desk = live()
    desk.give(i.LaunchAlgo(TWAP))
    desk.give(i.Lock("ann"))
    assert answer(desk, i.ControlAlgo(1, "pause", user="ann", cmd_id=1)).ok  # type: ignore[union-attr]
    assert desk.state.algos[1].status == "PAUSED"
    assert answer(desk, i.ControlAlgo(1, "cancel", user="ann", cmd_id=2)).ok  # type: ignore[union-attr]
    assert answer(desk, i.Halt(user="ann", cmd_id=3)).ok  # type: ignore[union-attr]


def test_an_algo_that_runs_goes_on_while_the_desk_is_locked() -> None:
    desk = live()
    desk.give(i.LaunchAlgo(TWAP))
    desk.give(i.Lock("ann"))
    before = len(desk.state.orders)
    desk.pass_s(600)
    assert len(desk.state.orders) > before


def test_a_stop_that_was_placed_before_still_fires() -> None:
    desk = live("100")
    desk.give(
        i.PlaceOrder(OrderRequest(ACCOUNT, "IBM", SELL, Decimal(100), OrdType.TRAILING_STOP, trail_pct=Decimal("0.02")))
    )
    order = next(iter(desk.state.held.values()))
    desk.give(i.Lock("ann"))
    desk.see("90.00", "90.05", times=3)
    assert order.released or order.triggered


def test_the_same_key_still_tells_what_became_of_its_order() -> None:
    desk = live()
    keyed = OrderRequest(ACCOUNT, "IBM", BUY, Decimal(100), OrdType.LIMIT, Decimal("100.00"), client_key="k1")
    first = answer(desk, i.PlaceOrder(keyed, 1))
    desk.give(i.Lock("ann"))
    again = answer(desk, i.PlaceOrder(keyed, 2))
    assert isinstance(first, OrderResult)
    assert isinstance(again, OrderResult)
    assert (again.accepted, again.id) == (True, first.id)
    assert len(desk.state.open_orders) == 1


def test_the_preview_says_locked_beside_every_other_refusal() -> None:
    desk = live()
    desk.give(i.Lock("ann"))
    fine = desk.desk.preview(LIMIT, desk.now)
    assert [denial.code for denial in fine.denials] == ["LOCKED"]
    assert fine.verdict == "red"
    large = OrderRequest(ACCOUNT, "IBM", BUY, Decimal(10_000_000), OrdType.LIMIT, Decimal("100.00"))
    assert {"LOCKED", "MAX_ORDER_QTY"} <= {denial.code for denial in desk.desk.preview(large, desk.now).denials}
    assert "LOCKED" in [denial.code for denial in desk.desk.plan(TWAP, desk.now).denials]


# --- the idle lock --------------------------------------------------------------------------------------------------


def test_fifteen_minutes_without_a_key_lock_and_not_a_moment_less() -> None:
    desk = live()
    desk.pass_s(15 * 60 - 1)
    assert not desk.state.locked
    desk.pass_s(2)
    assert "15 minutes" in desk.state.locked
    assert answer(desk, i.PlaceOrder(LIMIT, 1)).denials[0].code == "LOCKED"


def test_a_key_puts_it_off_and_an_order_of_a_script_does_not() -> None:
    desk = live()
    desk.pass_s(14 * 60)
    desk.give(i.Present("ann"))
    desk.pass_s(14 * 60)
    assert not desk.state.locked
    desk.place(BUY, "10", "90.00")
    desk.pass_s(2 * 60)
    assert desk.state.locked, "a script is nobody who sits there"


def test_a_key_does_not_open_a_locked_desk() -> None:
    desk = live()
    desk.give(i.Lock("ann"))
    desk.give(i.Present("ann"))
    assert desk.state.locked
    desk.give(i.Unlock("ann"))
    desk.pass_s(14 * 60)
    assert not desk.state.locked
    desk.pass_s(2 * 60)
    assert desk.state.locked, "after the PIN the time begins anew"


def test_the_fold_knows_whether_the_desk_is_locked() -> None:
    desk = live()
    assert desk.refolded().locked == ""
    desk.give(i.Lock("ann", "for lunch"))
    assert desk.refolded().locked == desk.state.locked == "for lunch"


# --- the PIN's own record -------------------------------------------------------------------------------------------


def record(no: int, what: Any = "try", *, ok: bool = False, failures: int = 0, wait_s: int = 0) -> PinRecord:
    return PinRecord(no, START, what, "eve", "console", ok, failures, wait_s)


def test_each_try_of_the_pin_is_in_the_audit_trail_once() -> None:
    desk = live()
    for no in (1, 2, 2, 3, 1):
        desk.give(i.NotePin(record(no, failures=no)))
    assert [fact.record.no for fact in desk.recorded if isinstance(fact, f.PinNoted)] == [1, 2, 3]
    assert desk.refolded().pin_noted == 3


def test_wrong_pins_in_a_row_raise_an_alarm() -> None:
    desk = live()
    for no in range(1, 5):
        desk.give(i.NotePin(record(no, failures=no, wait_s=2 if no == 4 else 0)))
    assert desk.codes().count("WRONG_PIN") == 1
    assert "4 wrong PINs" in desk.state.alerts[-1].text


def test_a_reset_pin_locks_the_desk_that_runs() -> None:
    desk = live()
    desk.give(i.NotePin(record(1, "reset", ok=True)))
    assert desk.state.locked == "the PIN was reset"
    assert "PIN_CHANGED" in desk.codes()


def test_short_sales_and_held_orders_are_no_way_around_it() -> None:
    desk = live()
    desk.give(i.Lock("ann"))
    for side, kind in ((Side.SELL_SHORT, OrdType.LIMIT), (BUY, OrdType.STOP)):
        px = Decimal("100.00")
        limit, stop = (px, None) if kind is OrdType.LIMIT else (None, Decimal("101.00"))
        result = answer(desk, i.PlaceOrder(OrderRequest(ACCOUNT, "IBM", side, Decimal(1), kind, limit, stop), 1))
        assert codes(result)[0] == "LOCKED"
    assert not desk.state.open_orders
    assert all(order.base is OrdStatus.DENIED for order in desk.state.by_id.values())
