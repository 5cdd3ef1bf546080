"""The dead-letter queue: what gets in, what a replay is, what a discard needs."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.effects import Effect, ReplaceOrder, Reply, SubmitOrder
from engine.model.enums import OrdStatus, OrdType
from engine.model.order import OrderRequest, ReplaceRequest
from engine.orders.order import Order
from engine.publish.letters import LetterRows
from engine.views import CommandResult, OrderResult
from tests.engine.dealing import BUY, SECOND, SELL, START, D, Dealing, only, submits


def withheld(deal: Dealing, order: Order, cause: str = "breaker") -> None:
    deal.give(i.Withheld(order.cl_ord_id, "no way to the broker", cause))


def answered(effects: list[Effect]) -> Any:
    """What the user is told."""
    (reply,) = only(effects, Reply)
    return reply.result


def replay(deal: Dealing, no: int, user: str = "me") -> Any:
    return answered(deal.give(i.ReplayLetter(no, user, cmd_id=9)))


@pytest.mark.parametrize("cause", ["breaker", "disconnected", "queue", "gate", "stopping"])
def test_an_order_that_was_approved_and_not_sent_waits_for_the_operator(cause: str) -> None:
    deal = Dealing().connect()
    order = deal.place(BUY, "100", ack=False)
    withheld(deal, order, cause)

    (row,) = LetterRows().rows(deal.state)
    assert (row.no, row.order, row.symbol, row.side, row.qty, row.limit_px) == (1, order.id, "IBM", BUY, 100, 100)
    assert (row.what, row.cause, row.reason, row.owner) == ("new", cause, "no way to the broker", "")
    assert order.base is OrdStatus.DENIED
    assert "DEAD_LETTER" in deal.codes()
    assert deal.state.positions["A1", "IBM"].open_buy == 0, "and nothing is reserved for it"


def test_an_order_that_was_taken_back_before_its_turn_is_no_dead_letter() -> None:
    deal = Dealing().connect()
    order = deal.place(BUY, "100", ack=False)
    withheld(deal, order, "cancelled")

    assert not deal.state.letters


@pytest.mark.parametrize(("cause", "letters"), [("throttled", 1), ("auth", 1), ("", 0)])
def test_an_order_that_was_refused_unread_waits_too_and_one_that_was_judged_does_not(cause: str, letters: int) -> None:
    deal = Dealing().connect()
    order = deal.place(BUY, "100", ack=False)
    deal.give(i.SubmitFailed(order.cl_ord_id, "go away", cause))

    assert order.base is OrdStatus.REJECTED
    assert len(deal.state.letters) == letters


def test_a_void_decision_of_a_failed_journal_waits_too() -> None:
    deal = Dealing().connect()
    order = deal.place(BUY, "100", ack=False)
    deal.give(i.JournalFailed("disk full", (order.cl_ord_id,)))

    assert [letter.cause for letter in deal.state.letters.values()] == ["journal"]


def test_a_replay_is_a_new_order_through_all_checks_and_linked_to_the_old_one() -> None:
    deal = Dealing().connect()
    order = deal.place(BUY, "100", None, ack=False, client_key="once", tag="swing")
    withheld(deal, order)
    deal.pass_s(3)

    before = len(deal.recorded)
    result = replay(deal, 1)

    new = deal.state.by_id[result.id]
    assert result.accepted
    assert new.cl_ord_id != order.cl_ord_id
    assert (new.request.user, new.request.tag, new.qty) == ("me", "swing", 100)
    intended, closed = (fact for fact in deal.recorded[before:] if not isinstance(fact, f.MarksSampled))
    assert isinstance(intended, f.OrderIntended)
    assert intended.quote is not None
    assert intended.quote.ts_ns > START, "checked against the quote of now"
    assert closed == f.DeadLetterClosed(1, order.cl_ord_id, "replayed", "me", "", new.cl_ord_id)
    assert not deal.state.letters
    deal.ack(new)
    deal.fill(new, "100")
    assert new.status is OrdStatus.FILLED


def test_a_replay_that_a_check_refuses_leaves_the_letter_where_it_is() -> None:
    deal = Dealing().connect()
    order = deal.place(BUY, "100", "104.00", ack=False)
    withheld(deal, order)
    deal.pass_s(3)
    deal.quote("IBM", "89.95", "90.05")

    result = replay(deal, 1)

    assert isinstance(result, OrderResult)
    assert [denial.code for denial in result.denials] == ["PRICE_COLLAR"]
    assert list(deal.state.letters) == [1]


def test_nothing_is_replayed_while_halted() -> None:
    deal = Dealing().connect()
    order = deal.place(BUY, "100", ack=False)
    withheld(deal, order)
    deal.give(i.Halt(None, "me", "lunch"))

    result = replay(deal, 1)

    assert result == CommandResult(False, "trading is HALTED (desk): nothing is replayed until it is resumed")
    assert list(deal.state.letters) == [1]
    deal.give(i.Resume("back", user="me"))
    deal.pass_s(3)
    assert replay(deal, 1).accepted


def test_a_letter_is_replayed_once() -> None:
    deal = Dealing().connect()
    order = deal.place(BUY, "100", ack=False)
    withheld(deal, order)
    deal.pass_s(3)

    assert replay(deal, 1).accepted
    assert replay(deal, 1) == CommandResult(False, "there is no dead letter 1")


def test_replay_and_discard_need_to_know_who_and_a_discard_why() -> None:
    deal = Dealing().connect()
    order = deal.place(BUY, "100", ack=False)
    withheld(deal, order)

    assert not replay(deal, 1, user="").ok
    assert answered(deal.give(i.DiscardLetter(1, " ", "me", 9))).message == "a discard needs a reason"
    assert not answered(deal.give(i.DiscardLetter(1, "late", "", 9))).ok
    assert list(deal.state.letters) == [1]
    assert answered(deal.give(i.DiscardLetter(1, "late", "me", 9))).ok
    assert deal.recorded[-1] == f.DeadLetterClosed(1, order.cl_ord_id, "discarded", "me", "late")
    assert not deal.state.letters


def test_a_change_that_was_not_sent_is_replayed_as_a_new_change_of_the_order() -> None:
    deal = Dealing().connect()
    order = deal.place(BUY, "100")
    deal.give(i.ModifyOrder(order.id, ReplaceRequest(D(80), D("99.50"), user="me")))
    replace = order.pending_replace
    assert replace is not None
    deal.give(i.Withheld(replace.cl_ord_id, "breaker open", "breaker"))
    assert (order.qty, order.pending_replace) == (100, None)
    (row,) = LetterRows().rows(deal.state)
    assert (row.what, row.order, row.qty, row.limit_px) == ("replace", order.id, 80, D("99.50"))

    effects = deal.give(i.ReplayLetter(1, "me", 9))

    (sent,) = only(effects, ReplaceOrder)
    assert sent.approved.order.cl_ord_id != replace.cl_ord_id
    assert (sent.approved.order.qty, sent.approved.order.limit_px) == (80, D("99.50"))
    assert not deal.state.letters


def test_a_change_of_an_order_that_is_over_is_not_replayed() -> None:
    deal = Dealing().connect()
    order = deal.place(BUY, "100")
    deal.give(i.ModifyOrder(order.id, ReplaceRequest(D(80), user="me")))
    assert order.pending_replace is not None
    deal.give(i.Withheld(order.pending_replace.cl_ord_id, "breaker open", "breaker"))
    deal.fill(order, "100")

    result = replay(deal, 1)

    assert [denial.code for denial in result.denials] == ["NOT_REPLACEABLE"]
    assert list(deal.state.letters) == [1]


def launched(deal: Dealing) -> Order:
    """An algo's first child, not acknowledged."""
    now = deal.now.market_ns
    spec = i.AlgoSpec("twap", "A1", "IBM", BUY, D(100), now, now + 60 * SECOND, slices=2, user="me")
    deal.give(i.LaunchAlgo(spec))
    (child,) = deal.state.algos[1].open_children.values()
    return child


def test_an_algos_child_is_shown_and_left_to_its_algo() -> None:
    deal = Dealing().connect()
    child = launched(deal)
    withheld(deal, child, "queue")

    (row,) = LetterRows().rows(deal.state)
    assert row.owner == "algo 1"
    assert replay(deal, 1).message == "dead letter 1 belongs to algo 1, which makes its own next order"
    assert submits(deal.pass_s(2)) == [(BUY, 50)], "and it does, after a while"


def test_an_algo_waits_while_the_breaker_is_open() -> None:
    deal = Dealing().connect()
    child = launched(deal)
    deal.give(i.BreakerMoved("sim", "open", "502"))
    withheld(deal, child)

    assert submits(deal.pass_s(5)) == []
    deal.give(i.BreakerMoved("sim", "half-open", "502"))
    assert submits(deal.pass_s(2)) == []
    deal.give(i.BreakerMoved("sim", "closed", ""))
    assert submits(deal.pass_s(2)) == [(BUY, 50)]
    assert [code for code in deal.codes() if "BREAKER" in code] == [
        "BREAKER_OPEN",
        "BREAKER_HALF_OPEN",
        "BREAKER_CLOSED",
    ]


def test_a_throttled_child_does_not_pause_its_algo() -> None:
    deal = Dealing().connect()
    child = launched(deal)
    deal.give(i.SubmitFailed(child.cl_ord_id, "slow down", "throttled"))

    assert deal.state.algos[1].status == "RUNNING"
    assert submits(deal.pass_s(0.5)) == []
    assert submits(deal.pass_s(1)) == [(BUY, 50)]


def test_a_liquidation_that_was_throttled_is_not_replayed_by_hand_and_goes_on_by_itself() -> None:
    deal = Dealing(hold="300").connect()
    deal.give(i.Flatten("IBM", "me"))
    (order,) = deal.state.open_orders.values()
    deal.give(i.SubmitFailed(order.cl_ord_id, "slow down", "throttled"))

    assert [letter.owner for letter in deal.state.letters.values()] == ["liquidation"]
    assert not replay(deal, 1).ok
    assert (SELL, D(300)) in submits(deal.pass_s(4))


def test_letters_survive_the_process_and_those_of_algos_end_with_the_day() -> None:
    deal = Dealing().connect()
    withheld(deal, deal.place(BUY, "100", ack=False), "queue")
    withheld(deal, launched(deal), "queue")
    again = deal.restart()
    assert [letter.owner for letter in again.state.letters.values()] == ["", "algo 1"]
    again.desk.emit(f.DayRolled("2023-11-15", None, 2**62))
    assert [letter.owner for letter in again.state.letters.values()] == [""]


def test_the_digest_covers_letters_breakers_health_and_clocks() -> None:
    deal = Dealing().connect()
    order = deal.place(BUY, "100", ack=False)
    digests = {deal.state.digest()}
    for item in (
        i.BreakerMoved("sim", "open", "502"),
        i.HealthMoved("sim", "down", "no answer"),
        i.SkewMoved("sim", "stop", 3 * SECOND, 2 * SECOND),
        i.Withheld(order.cl_ord_id, "no way to the broker", "breaker"),
        i.DiscardLetter(1, "late", "me"),
    ):
        deal.give(item)
        digests.add(deal.state.digest())

    assert len(digests) == 6


def test_a_new_run_counts_failures_anew_and_keeps_a_clock_that_was_off() -> None:
    deal = Dealing().connect()
    deal.give(i.BreakerMoved("sim", "open", "502"))
    deal.give(i.SkewMoved("sim", "stop", 3 * SECOND, 2 * SECOND))
    again = deal.restart()

    assert not again.state.breakers
    assert again.state.skews["sim"].level == "stop"
    again.connect().give(p.Connected("sim", 0))
    again.give(i.SkewMoved("sim", "ok", 0, 2 * SECOND))
    assert not again.state.skews


def test_news_that_is_none_makes_no_fact() -> None:
    deal = Dealing().connect()
    before = len(deal.recorded)
    deal.give(i.SkewMoved("sim", "ok", 0, 2 * SECOND))
    deal.give(i.HealthMoved("sim", "ok", ""))
    deal.give(i.BreakerMoved("sim", "closed", ""))

    assert len(deal.recorded) == before


def test_order_requests_keep_their_terms_in_a_replay() -> None:
    deal = Dealing().connect()
    order = deal.place(BUY, "100", "98.50", ack=False)
    withheld(deal, order)
    deal.pass_s(3)
    replay(deal, 1)

    new = list(deal.state.by_id.values())[-1]
    assert msgspec.structs.replace(new.request, user="") == msgspec.structs.replace(order.request, user="")


def bracket(deal: Dealing) -> Order:
    """The entry of a bracket, not acknowledged."""
    entry = OrderRequest("A1", "IBM", BUY, D(100), OrdType.LIMIT, D("100.00"), user="me")
    take = msgspec.structs.replace(entry, side=SELL, limit_px=D("105.00"))
    stop = msgspec.structs.replace(entry, side=SELL, ord_type=OrdType.STOP, limit_px=None, stop_px=D("98.00"))
    deal.give(i.PlaceGroup("bracket", (entry, take, stop)))
    return next(order for order in deal.state.open_orders.values() if order.side is BUY)


def test_a_part_of_a_group_is_not_replayed_without_the_others() -> None:
    deal = Dealing().connect()
    withheld(deal, bracket(deal))
    deal.pass_s(3)

    assert [letter.owner for letter in deal.state.letters.values()] == [""]
    assert "place the group anew" in replay(deal, 1).message
    assert answered(deal.give(i.DiscardLetter(1, "placed anew", "me", 9))).ok


def test_a_held_exit_that_could_not_be_sent_waits_in_the_desk_again_and_is_no_dead_letter() -> None:
    deal = Dealing().connect()
    entry = bracket(deal)
    deal.ack(entry)
    effects = deal.give(p.Filled(deal.execution(entry, "100")))

    (sent,) = only(effects, SubmitOrder)
    assert sent.liquidation, "an exit goes by the privileged lane, also while the breaker is open"
    stop = deal.state.orders[sent.approved.order.cl_ord_id]
    withheld(deal, stop, "disconnected")
    assert stop.base is OrdStatus.HELD
    assert not deal.state.letters
    again = [e.approved.order.cl_ord_id for e in only(deal.pass_s(5), SubmitOrder)]
    assert stop.cl_ord_id in again
