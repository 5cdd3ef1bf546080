"""Liquidations that went out while neither journal nor emergency log could take them, and the start after the crash."""

from __future__ import annotations

import copy

import pytest

from engine import inputs as i
from engine import protocol as p
from engine.effects import QueryOrder, SubmitOrder
from engine.ids import emergency_id, is_emergency_id, replace_id, root_id
from engine.model.enums import OrdStatus, Side
from engine.model.snapshot import Execution
from engine.orders.lost import Noted
from engine.orders.order import Order
from tests.engine.dealing import ACCOUNT, D, Dealing, only

DESK = "TESTDSK"


def queries(effects: object) -> list[str]:
    return [effect.cl_ord_id for effect in effects if isinstance(effect, QueryOrder)]  # type: ignore[attr-defined]


def crashed(hold: str = "100") -> tuple[Dealing, Dealing]:
    """A desk whose journal went down, and the one that the next start folds: it knows nothing of what came after."""
    desk = Dealing(hold=hold).connect()
    before = copy.deepcopy(desk.state)
    desk.give(i.JournalFailed("disk full", (), (), False))
    return desk, Dealing(hold=hold, state=before)


def sale(desk: Dealing) -> Order:
    return list(desk.state.by_id.values())[-1]


def test_ids_fit_every_broker_and_are_the_same_whenever_they_are_worked_out() -> None:
    ident = emergency_id(DESK, 3, "PAPER", "BRK.B", 12)
    assert ident == emergency_id(DESK, 3, "PAPER", "BRK.B", 12)
    assert len(replace_id(ident, 9)) <= 20
    assert ident.isalnum()
    others = {
        emergency_id(DESK, e, a, s, n) for e in (0, 3) for a in ("A", "PAPER") for s in ("X", "Y") for n in (1, 2)
    }
    assert len(others) == 16
    assert is_emergency_id(DESK, ident)
    assert not any(is_emergency_id(DESK, root_id(DESK, sequence)) for sequence in range(0, 36**5, 99_991))
    assert not is_emergency_id("", ident)


def test_a_liquidation_has_a_plain_id_while_the_journal_works_and_a_derived_one_while_it_does_not() -> None:
    desk = Dealing(hold="100").connect()
    desk.give(i.Flatten("IBM", user="me"))
    assert sale(desk).cl_ord_id == root_id(DESK, 1)
    desk, _ = crashed()
    desk.give(i.Flatten("IBM", user="me"))
    assert sale(desk).cl_ord_id == emergency_id(DESK, 0, ACCOUNT, "IBM", 1)


def test_one_that_nobody_could_note_is_decided_anew_under_a_derived_id() -> None:
    desk = Dealing(hold="100").connect()
    desk.give(i.Flatten("IBM", user="me"))
    plain = sale(desk)
    desk.give(i.JournalFailed("disk full", (), (), False))
    (again,) = only(desk.give(i.Withheld(plain.cl_ord_id, "not noted")), SubmitOrder)
    assert plain.status is OrdStatus.DENIED
    assert again.approved.order.cl_ord_id == emergency_id(DESK, 0, ACCOUNT, "IBM", 1)


def test_each_attempt_has_an_id_of_its_own() -> None:
    desk, _ = crashed()
    desk.give(i.Flatten("IBM", user="me"))
    first = sale(desk)
    desk.ack(first)
    desk.give(p.Canceled(first.cl_ord_id, 0, "", D(0)))
    desk.pass_s(3)
    assert sale(desk).cl_ord_id == emergency_id(DESK, 0, ACCOUNT, "IBM", 2)


def test_the_next_start_asks_before_it_compares_and_takes_up_what_is_found() -> None:
    dead, desk = crashed()
    dead.give(i.Flatten("IBM", user="me"))
    lost = sale(dead)
    dead.ack(lost)
    execution = dead.execution(lost, "100")
    dead.give(p.Filled(execution))

    asked = queries(desk.give(p.Connected("sim", desk.now.market_ns)))
    assert asked == [emergency_id(DESK, epoch, ACCOUNT, "IBM", n) for epoch in (0, 1) for n in (1, 2, 3)]
    desk.executions, desk.positions = [execution], {}
    picture = dead.shown(lost, OrdStatus.FILLED, "100")
    followed = queries(desk.answer(lost.cl_ord_id, picture, execution))
    assert emergency_id(DESK, 0, ACCOUNT, "IBM", 4) in followed, "there may have been another attempt"
    desk.compare()
    desk.compare()
    found = desk.state.orders[lost.cl_ord_id]
    assert (found.status, found.liquidation, found.external) == (OrdStatus.FILLED, True, False)
    assert desk.state.positions[ACCOUNT, "IBM"].qty == 0
    assert desk.state.breaks == {}
    assert "RECOVERED_ORDER" in desk.codes()
    assert "ORPHAN_FILL" not in desk.codes()
    assert desk.state.accounts[ACCOUNT].reconciled


@pytest.mark.parametrize(("proof", "attempt"), [(True, 1), (False, 4)])
def test_an_id_that_may_have_been_used_is_not_used_again(proof: bool, attempt: int) -> None:
    _, desk = crashed()
    for ident in queries(desk.give(p.Connected("sim", desk.now.market_ns))):
        desk.answer(ident, None, proof=proof)
    desk.compare()
    desk.give(i.JournalFailed("disk full", (), (), False))
    desk.give(i.Flatten("IBM", user="me"))
    assert sale(desk).cl_ord_id == emergency_id(DESK, 0, ACCOUNT, "IBM", attempt)


def test_nothing_is_compared_while_an_answer_is_missing_and_it_is_asked_for_again() -> None:
    _, desk = crashed()
    asked = queries(desk.give(p.Connected("sim", desk.now.market_ns)))
    desk.give(desk.picture())
    assert not desk.state.accounts[ACCOUNT].reconciled
    assert set(asked) <= set(queries(desk.pass_s(6)))
    for ident in asked:
        desk.answer(ident, None)
    desk.compare()
    assert desk.state.accounts[ACCOUNT].reconciled


def test_one_that_still_works_is_ours_again_and_is_cancelled_by_a_kill() -> None:
    dead, desk = crashed()
    dead.give(i.Flatten("IBM", user="me"))
    lost = sale(dead)
    dead.ack(lost)
    desk.give(p.Connected("sim", desk.now.market_ns))
    desk.answer(lost.cl_ord_id, dead.shown(lost))
    desk.compare(dead.shown(lost))
    found = desk.state.orders[lost.cl_ord_id]
    assert (found.is_open, found.request.reduce_only, found.text) == (True, True, "RECOVERED")
    desk.give(i.Kill("me", "enough", "no"))
    assert found.pending_cancel


def test_what_the_emergency_log_noted_is_asked_about_as_well() -> None:
    dead, desk = crashed()
    noted = root_id(DESK, 1)
    again = Dealing(hold="100", state=desk.state, noted=(Noted(ACCOUNT, noted),))
    assert noted in queries(again.give(p.Connected("sim", again.now.market_ns)))
    dead.give(i.Flatten("IBM", user="me"))
    shown = dead.shown(sale(dead), OrdStatus.CANCELED, cl_ord_id=noted, root_cl_ord_id=noted)
    again.answer(noted, shown)
    assert again.state.orders[noted].status is OrdStatus.CANCELED


def test_after_a_clean_stop_nothing_is_asked() -> None:
    desk = Dealing(hold="100").connect()
    desk.desk.close("done", desk.now)
    again = desk.restart()
    assert queries(again.give(p.Connected("sim", again.now.market_ns))) == []


@pytest.mark.parametrize("ours", [True, False])
def test_only_an_order_with_an_id_of_ours_is_taken_for_a_liquidation(ours: bool) -> None:
    dead, desk = crashed()
    dead.give(i.Flatten("IBM", user="me"))
    ident = sale(dead).cl_ord_id if ours else "EXTERNAL1"
    desk.connect()
    desk.compare(dead.shown(sale(dead), cl_ord_id=ident, root_cl_ord_id=ident))
    assert desk.state.orders[ident].liquidation is ours


@pytest.mark.parametrize("restarted", [False, True])
def test_an_id_that_an_execution_names_is_used_though_no_journal_holds_it(restarted: bool) -> None:
    """A liquidation of an instrument that the journal did not know to be held: nobody asked for its ids."""
    desk = Dealing(hold="100").connect()
    used = emergency_id(DESK, 0, ACCOUNT, "AAPL", 1)
    fill = Execution("E1", used, "B99", ACCOUNT, "AAPL", Side.BUY, D(10), D(100), desk.now.market_ns)
    desk.executions.append(fill)
    desk.positions["AAPL"] = D(10)
    desk.cash -= 1000
    desk.give(p.Filled(fill))
    if restarted:
        desk.desk.close("the day is over", desk.now)
        books = desk
        desk = Dealing(hold="100", state=copy.deepcopy(books.state))
        desk.executions, desk.positions, desk.cash = books.executions, books.positions, books.cash
        desk.connect()
    desk.give(i.JournalFailed("disk full", (), (), False))
    desk.give(i.Flatten("AAPL", user="me"))
    assert sale(desk).symbol == "AAPL"
    assert sale(desk).cl_ord_id not in ("", used)
    assert is_emergency_id(DESK, sale(desk).cl_ord_id)
