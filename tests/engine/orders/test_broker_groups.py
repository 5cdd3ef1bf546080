"""Groups that the broker holds: handed over whole, counted by their worst leg, and looked after where it fails."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from engine import inputs as i
from engine import protocol as p
from engine.effects import ReplaceOrder, SubmitGroup
from engine.model.enums import AlertLevel, RestatementReason
from engine.model.order import ReplaceRequest
from engine.model.snapshot import Execution
from engine.orders.native import as_group, living
from engine.orders.preview import preview_group
from engine.publish.rows import order_row
from engine.views import OrderPreview
from tests.engine.dealing import (
    ACCOUNT,
    BROKER,
    BUY,
    CANCELED,
    FILLED,
    NEW,
    SELL,
    SHORT,
    D,
    Dealing,
    cancels,
    only,
    questions,
    submits,
)
from tests.engine.orders.grouping import Group, S, bracket, folds_alike, limit, names, oco, stop

HOLDS = msgspec.structs.replace(BROKER, groups=frozenset({"bracket", "oco", "oto"}))


def holding(hold: str = "0", **more: object) -> Dealing:
    return Dealing(hold, able=HOLDS, **more).connect()  # type: ignore[arg-type]


def working(desk: Dealing | None = None) -> Group:
    """A bracket of 100 that its broker has acknowledged whole."""
    group = bracket(desk or holding())
    for order in group.orders:
        group.desk.ack(order)
    return group


def preview(desk: Dealing, *requests: object) -> OrderPreview:
    return preview_group(desk.desk, i.PlaceGroup("bracket", requests))  # type: ignore[arg-type]


# --- placing ------------------------------------------------------------------------------------------------------


def test_a_bracket_goes_out_as_one_and_nothing_of_it_waits_here() -> None:
    group = bracket(holding())
    (sent,) = only(group.desk.released, SubmitGroup)
    assert [each.order.cl_ord_id for each in sent.approved] == [order.cl_ord_id for order in group.orders]
    assert not submits(group.desk.released)
    assert names(group.orders) == [S.PENDING_NEW] * 3
    folds_alike(group.desk)


def test_the_take_profit_stands_before_the_stop_however_they_were_typed() -> None:
    desk = holding()
    Group(desk, "bracket", limit(BUY, "100", "100"), stop(SELL, "100", "97"), limit(SELL, "100", "105"))
    (sent,) = only(desk.released, SubmitGroup)
    group = as_group(sent.contingency, [each.order for each in sent.approved])
    assert [leg.limit_px for leg in group.legs] == [D(105), None]


def test_a_bracket_with_one_exit_is_an_oto_for_the_broker() -> None:
    desk = holding()
    Group(desk, "bracket", limit(BUY, "100", "100"), stop(SELL, "100", "97"))
    (sent,) = only(desk.released, SubmitGroup)
    assert as_group(sent.contingency, [each.order for each in sent.approved]).contingency == "oto"


@pytest.mark.parametrize("able", [BROKER, msgspec.structs.replace(BROKER, groups=frozenset({"oco"}))])
def test_a_broker_that_holds_no_brackets_gets_the_entry_alone(able: p.Capabilities) -> None:
    group = bracket(Dealing(able=able).connect())
    assert names(group.orders) == [S.PENDING_NEW, S.HELD, S.HELD]
    assert not only(group.desk.released, SubmitGroup)


def test_what_the_adapter_refuses_is_kept_here_and_said() -> None:
    desk = holding(group_refusal="whole shares alone")
    requests = (limit(BUY, "100", "100"), limit(SELL, "100", "105"), stop(SELL, "100", "97"))
    assert any("whole shares alone" in note for note in preview(desk, *requests).notes)
    assert names(Group(desk, "bracket", *requests).orders) == [S.PENDING_NEW, S.HELD, S.HELD]


def test_the_preview_says_that_the_broker_holds_it() -> None:
    requests = (limit(BUY, "100", "100"), limit(SELL, "100", "105"), stop(SELL, "100", "97"))
    (note,) = preview(holding(), *requests).notes
    assert note.startswith("AT BROKER")


def test_full_keeps_it_here_since_a_broker_starts_exits_for_a_part() -> None:
    group = bracket(holding(), partial=False)
    assert group.orders[1].base is S.HELD


def test_a_trigger_on_prints_is_the_desks_own() -> None:
    loss = msgspec.structs.replace(stop(SELL, "100", "97"), trigger="last")
    group = Group(holding(), "bracket", limit(BUY, "100", "100"), limit(SELL, "100", "105"), loss)
    assert group.orders[2].base is S.HELD


def test_an_oto_that_opens_something_else_is_kept_here() -> None:
    other = msgspec.structs.replace(limit(BUY, "10", "100"), symbol="AAPL")
    group = Group(holding(), "oto", limit(BUY, "100", "100"), other)
    assert group.orders[1].base is S.HELD


def test_one_denied_order_denies_all_of_it() -> None:
    group = Group(holding(), "bracket", limit(BUY, "100000", "100"), limit(SELL, "100000", "105"))
    assert names(group.orders) == [S.DENIED] * 2
    assert not only(group.desk.released, SubmitGroup)


# --- what it reserves -----------------------------------------------------------------------------------------------


def test_exits_reserve_what_the_entry_has_filled_and_no_more() -> None:
    group = working()
    desk, (entry, _profit, _loss) = group.desk, group.orders
    assert group.reserved == 0
    desk.fill(entry, "40")
    assert group.reserved == 40
    desk.fill(entry, "60")
    assert group.reserved == 100
    folds_alike(desk)


def test_an_oco_reserves_its_worst_leg_and_the_other_when_that_one_is_dead() -> None:
    group = oco(holding("100"))
    desk, (profit, _loss) = group.desk, group.orders
    for order in group.orders:
        desk.ack(order)
    assert group.reserved == 100
    desk.give(p.Canceled(profit.cl_ord_id, desk.now.market_ns, "", D(0)))
    assert group.reserved == 100
    folds_alike(desk)


def test_a_short_bracket_counts_its_purchase_once() -> None:
    desk = holding()
    group = Group(desk, "bracket", limit(SHORT, "100", "100"), limit(BUY, "100", "95"), stop(BUY, "100", "103"))
    for order in group.orders:
        desk.ack(order)
    desk.fill(group.orders[0], "100")
    assert desk.state.positions[ACCOUNT, "IBM"].open_buy == 100


def test_the_rest_of_the_position_can_be_sold_beside_a_bracket() -> None:
    desk = holding("50")
    group = working(desk)
    desk.fill(group.orders[0], "100")
    assert desk.place(SELL, "50", "101").base is NEW


# --- the broker does its part -----------------------------------------------------------------------------------------


def test_the_desk_starts_resizes_and_cancels_nothing_of_it() -> None:
    group = working()
    desk, (entry, profit, loss) = group.desk, group.orders
    before = len(desk.released)
    desk.fill(entry, "40")
    desk.fill(entry, "60")
    desk.fill(profit, "100", "105")
    desk.give(p.Canceled(loss.cl_ord_id, desk.now.market_ns, "", D(0)))
    desk.pass_s(10)
    assert not only(desk.released[before:], ReplaceOrder)
    assert not cancels(desk.released[before:])
    assert names(group.orders) == [FILLED, FILLED, CANCELED]
    assert "STOP_LOST" not in desk.codes()


def test_what_the_broker_takes_off_a_leg_is_booked() -> None:
    group = working()
    desk, (entry, profit, loss) = group.desk, group.orders
    desk.fill(entry, "100")
    desk.fill(profit, "30", "105")
    desk.give(p.Restated(loss.cl_ord_id, D(70), None, D(97), desk.now.market_ns, RestatementReason.OTHER))
    assert loss.qty == 70
    assert group.reserved == 70
    folds_alike(desk)


# --- the broker does not ----------------------------------------------------------------------------------------------


def test_a_leg_that_outlives_its_entry_is_cancelled_and_asked_about() -> None:
    group = working()
    desk, (entry, profit, loss) = group.desk, group.orders
    desk.give(p.Canceled(entry.cl_ord_id, desk.now.market_ns, "", D(0)))
    assert not cancels(desk.released)  # the broker has its time first
    out = desk.pass_s(5)
    assert set(cancels(out)) == {profit.cl_ord_id, loss.cl_ord_id}
    assert {profit.cl_ord_id, loss.cl_ord_id} <= set(questions(out))


def test_a_leg_that_outlives_its_partners_fill_is_cancelled() -> None:
    group = working()
    desk, (entry, profit, loss) = group.desk, group.orders
    desk.fill(entry, "100")
    desk.fill(profit, "100", "105")
    assert cancels(desk.pass_s(5)) == [loss.cl_ord_id]


def test_a_part_without_its_stop_is_an_alarm_once() -> None:
    """Alpaca never starts the exits of an entry that was cancelled after a part of it had filled."""
    group = working()
    desk, (entry, *exits) = group.desk, group.orders
    desk.fill(entry, "40")
    desk.give(p.Canceled(entry.cl_ord_id, desk.now.market_ns, "", D(40)))
    for leg in exits:
        desk.give(p.Canceled(leg.cl_ord_id, desk.now.market_ns, "", D(0)))
    desk.pass_s(10)
    assert desk.codes().count("STOP_LOST") == 1
    assert any("40 held" in alert.text for alert in desk.state.alerts)


def test_whoever_cancels_the_exits_himself_hears_no_alarm() -> None:
    group = working()
    desk, (entry, profit, loss) = group.desk, group.orders
    desk.fill(entry, "100")
    desk.cancel(loss)
    for leg in (profit, loss):
        desk.give(p.Canceled(leg.cl_ord_id, desk.now.market_ns, "", D(0)))
    desk.pass_s(10)
    assert "STOP_LOST" not in desk.codes()


def test_both_legs_filled_are_booked_and_an_alarm() -> None:
    group = oco(holding("200"))
    desk = group.desk
    for order in group.orders:
        desk.ack(order)
    for order in group.orders:
        desk.fill(order, "100")
    assert desk.codes().count("GROUP_OVERFILLED") == 1
    assert desk.state.position_qty(ACCOUNT, "IBM") == 0


# --- doubt, refusal, restart ------------------------------------------------------------------------------------------


def test_an_answer_that_does_not_come_puts_all_of_it_in_doubt_and_sends_nothing_again() -> None:
    group = bracket(holding())
    desk = group.desk
    for order in group.orders:
        desk.give(i.SubmitUnknown(order.cl_ord_id, "no answer"))
    assert names(group.orders) == [S.UNKNOWN] * 3
    assert set(questions(desk.released)) == {order.cl_ord_id for order in group.orders}
    before = len(desk.released)
    desk.pass_s(60)
    assert not only(desk.released[before:], SubmitGroup)
    assert not submits(desk.released[before:])


def test_what_the_broker_refuses_is_rejected_whole() -> None:
    group = bracket(holding())
    for order in group.orders:
        group.desk.give(i.SubmitFailed(order.cl_ord_id, "no", ""))
    assert names(group.orders) == [S.REJECTED] * 3
    assert group.reserved == 0


def test_a_withheld_group_is_no_letter_that_is_sent_alone() -> None:
    group = bracket(holding())
    for order in group.orders:
        group.desk.give(i.Withheld(order.cl_ord_id, "the connection was lost before it was sent", "disconnected"))
    assert {letter.owner for letter in group.desk.state.letters.values()} == {f"group {group.orders[0].group}"}


def test_the_next_process_tells_the_adapter_what_the_broker_holds() -> None:
    group = working()
    again = group.desk.restart()
    (told,) = living(again.desk, ACCOUNT)
    assert told.entry is not None
    assert told.entry.cl_ord_id == group.orders[0].cl_ord_id
    assert [leg.cl_ord_id for leg in told.legs] == [order.cl_ord_id for order in group.orders[1:]]
    assert living(again.desk, "another") == []


# --- changes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("filled", ["0", "40", "100"])
def test_an_exits_price_can_be_changed_at_any_time(filled: str) -> None:
    group = working()
    desk, (entry, profit, loss) = group.desk, group.orders
    if Decimal(filled):
        desk.fill(entry, filled)
    for leg, change in ((profit, ReplaceRequest(limit_px=D(106))), (loss, ReplaceRequest(stop_px=D("97.5")))):
        before = len(desk.released)
        desk.give(i.ModifyOrder(leg.id, change))
        assert len(only(desk.released[before:], ReplaceOrder)) == 1
    assert group.reserved == D(filled)


def test_a_position_that_shrinks_beside_it_shrinks_both_exits_alike() -> None:
    desk = holding()
    group = working(desk)
    entry, profit, loss = group.orders
    desk.fill(entry, "100")
    before = len(desk.released)
    sold = Execution("E1", "", "E", ACCOUNT, "IBM", SELL, D(60), D(101), desk.now.market_ns)
    desk.give(p.Filled(sold))  # by another program
    asked = {e.approved.order.orig_cl_ord_id: e.approved.order.qty for e in only(desk.released[before:], ReplaceOrder)}
    assert asked == {profit.cl_ord_id: D(40), loss.cl_ord_id: D(40)}


def test_a_leg_says_what_it_waits_for_at_the_broker_until_its_entry_fills() -> None:
    group = working()
    desk, (entry, profit, _loss) = group.desk, group.orders
    assert order_row(desk.state, profit, doubt=False).text == f"at the broker, waits for order {entry.id}"
    assert not order_row(desk.state, profit, doubt=False).local
    desk.fill(entry, "40")
    assert order_row(desk.state, profit, doubt=False).text == ""


def test_a_cancel_that_comes_after_the_partners_took_the_order_along_is_no_warning() -> None:
    group = working()
    desk, (entry, profit, loss) = group.desk, group.orders
    desk.fill(entry, "100")
    for leg in (profit, loss):
        desk.cancel(leg)
    desk.give(p.Canceled(profit.cl_ord_id, desk.now.market_ns, "", D(0)))
    desk.give(p.CancelRejected(loss.cl_ord_id, "it is cancelled already", desk.now.market_ns))
    (told,) = [alert for alert in desk.state.alerts if alert.code == "CANCEL_REJECTED"]
    assert told.level is AlertLevel.NOTICE
    assert loss.cl_ord_id in questions(desk.released)
