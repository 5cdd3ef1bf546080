"""Kills of an account, a strategy, an instrument: each does its own part and has a latch of its own."""

from __future__ import annotations

import msgspec
import pytest

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.effects import CancelAll, CloseGate, OpenGate, SubmitOrder
from engine.model.enums import OrdStatus, OrdType, TradingState
from engine.model.snapshot import AccountSnapshot, PositionSnapshot
from engine.publish.kill_proof import proof_of
from engine.risk import killswitch
from engine.state import Kill
from tests.engine.dealing import ACCOUNT, BROKER, BUY, SELL, D, Dealing, cancels, only, snapshots, submits

IBM = "instrument:IBM"


def kill_of(desk: Dealing, scope: str = IBM) -> Kill:
    kill = desk.state.kill_of(scope)
    assert kill is not None
    return kill


def pull(desk: Dealing, scope: str = IBM, flatten: str = "no") -> list[object]:
    return [*desk.give(i.Kill("me", "enough", flatten, scope=scope))]  # type: ignore[arg-type]


def verify(desk: Dealing) -> None:
    """Time passes, and the broker's picture of now comes."""
    desk.pass_s(3)
    desk.compare(reason="kill-verify")


def test_an_instrument_dies_and_the_others_trade_on() -> None:
    desk = Dealing().connect()
    ibm, aapl = desk.place(BUY, "10"), desk.place(BUY, "10", symbol="AAPL")
    effects = pull(desk)
    assert cancels(effects) == [ibm.cl_ord_id]  # type: ignore[arg-type]
    assert [(e.scope, e.seq) for e in effects if isinstance(e, CloseGate)] == [(IBM, desk.state.gate_seq)]
    assert aapl.is_open
    assert not aapl.pending_cancel
    assert desk.place(BUY, "20", symbol="AAPL").is_open
    with pytest.raises(AssertionError, match="HALTED"):
        desk.place(BUY, "20")
    assert desk.state.desk_state[0] is TradingState.ACTIVE
    desk.give(p.Canceled(ibm.cl_ord_id, 0, "", D(0)))
    verify_with(desk, aapl)
    assert (kill_of(desk).phase, kill_of(desk).detail) == ("done", "flat")


def verify_with(desk: Dealing, *orders: object) -> None:
    desk.pass_s(3)
    desk.compare(*(desk.shown(o) for o in orders), reason="kill-verify")  # type: ignore[arg-type]


def test_each_latch_is_reset_by_itself() -> None:
    desk = Dealing().connect()
    for scope in (IBM, "strategy:mean", f"account:{ACCOUNT}", "desk"):
        pull(desk, scope)
    verify(desk)
    assert [k.phase for k in desk.state.standing_kills] == ["done"] * 4
    effects = desk.give(i.Resume("looked at", None, "boss"))
    assert [e.scope for e in only(effects, OpenGate)] == ["desk"]
    assert sorted(desk.state.kills) == sorted((IBM, "strategy:mean", f"account:{ACCOUNT}"))
    with pytest.raises(AssertionError, match="HALTED"):
        desk.place(BUY, "10", symbol="AAPL")
    desk.give(i.Resume("looked at", None, "boss", scope=f"account:{ACCOUNT}"))
    assert desk.place(BUY, "10", symbol="AAPL").is_open
    with pytest.raises(AssertionError, match="HALTED"):
        desk.place(BUY, "10")
    desk.give(i.Resume("looked at", "IBM", "boss"))
    assert desk.place(BUY, "10").is_open
    assert list(desk.state.kills) == ["strategy:mean"]


def test_epochs_of_all_scopes_are_one_count_and_the_fold_agrees() -> None:
    desk = Dealing(hold="100").connect()
    pull(desk)
    pull(desk, "strategy:mean")
    pull(desk, "desk", "now")
    assert [k.epoch for k in (kill_of(desk), kill_of(desk, "strategy:mean"), kill_of(desk, "desk"))] == [1, 2, 3]
    assert desk.refolded().digest() == desk.state.digest()


def test_a_scoped_kill_flattens_its_own_positions_only() -> None:
    desk = Dealing(hold="100").connect()
    other = desk.place(BUY, "50", symbol="AAPL")
    desk.fill(other, "50")
    assert submits(pull(desk, IBM, "now")) == [(SELL, D(100))]  # type: ignore[arg-type]
    sale = list(desk.state.by_id.values())[-1]
    desk.ack(sale)
    desk.fill(sale, "100")
    verify(desk)
    assert (kill_of(desk).phase, kill_of(desk).detail) == ("done", "flat")
    assert desk.positions["AAPL"] == 50


def strategy_order(desk: Dealing, side: object, qty: str, strategy: str) -> object:
    return desk.place(side, qty, origin="strategy", strategy=strategy)  # type: ignore[arg-type]


def test_a_strategy_is_flattened_by_what_it_holds_itself_and_never_past_zero() -> None:
    desk = Dealing(hold="100").connect()
    for strategy, qty in (("mean", "30"), ("trend", "20")):
        order = desk.place(BUY, qty, origin="strategy", strategy=strategy)
        desk.fill(order, qty)
    theirs = desk.place(BUY, "5", origin="strategy", strategy="trend")
    effects = pull(desk, "strategy:mean", "now")
    assert cancels(effects) == []  # type: ignore[arg-type]
    assert submits(effects) == [(SELL, D(30))]  # type: ignore[arg-type]
    assert theirs.is_open
    sale = list(desk.state.by_id.values())[-1]
    assert sale.request.strategy == "mean"
    desk.ack(sale)
    desk.fill(sale, "30")
    verify_with(desk, theirs)
    assert (kill_of(desk, "strategy:mean").phase, kill_of(desk, "strategy:mean").detail) == ("done", "flat")
    assert desk.positions["IBM"] == 120
    assert desk.state.trips[(ACCOUNT, "trend", "IBM")].held == 20


def test_a_strategy_whose_position_others_have_sold_is_flattened_no_further_than_the_brokers_own() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "30", origin="strategy", strategy="mean")
    desk.fill(order, "30")
    by_hand = desk.place(SELL, "25")
    desk.fill(by_hand, "25")
    assert submits(pull(desk, "strategy:mean", "now")) == [(SELL, D(5))]  # type: ignore[arg-type]


def test_a_second_pull_never_weakens_and_may_ask_for_more() -> None:
    desk = Dealing(hold="100").connect()
    pull(desk, IBM, "grace")
    assert submits(pull(desk, IBM, "no")) == []  # type: ignore[arg-type]
    assert kill_of(desk).flatten == "grace"
    assert submits(pull(desk, IBM, "now")) == [(SELL, D(100))]  # type: ignore[arg-type]
    assert submits(pull(desk, IBM, "no")) == []  # type: ignore[arg-type]
    assert kill_of(desk).flatten == "now"
    assert len([fact for fact in desk.recorded if isinstance(fact, f.KillPulled)]) == 1


def test_the_grace_of_one_kill_is_not_anothers_and_k_keeps_both() -> None:
    desk = Dealing(hold="100").connect()
    pull(desk, IBM, "grace")
    pull(desk, "desk", "grace")
    desk.give(i.KeepPositions("me"))
    assert all(k.kept for k in desk.state.standing_kills)
    assert submits(desk.pass_s(5)) == []
    verify(desk)
    assert [k.phase for k in desk.state.standing_kills] == ["done", "done"]


def test_after_a_crash_the_cancels_resume_at_once_and_nothing_is_flattened_from_an_old_picture() -> None:
    first = Dealing(hold="100").connect()
    working = first.place(BUY, "10")
    pull(first, IBM, "now")
    desk = first.restart()
    assert [e.scope for e in desk.released if isinstance(e, CloseGate)] == [IBM]
    effects = desk.pass_s(0.1)
    assert working.cl_ord_id in cancels(effects)
    desk.connect()
    assert submits(desk.pass_s(5)) == []
    assert kill_of(desk).kept
    assert "KILL_INTERRUPTED" in desk.codes()
    for order in list(desk.state.open_orders.values()):
        desk.give(p.Canceled(order.cl_ord_id, 0, "", D(0)))
    assert submits(pull(desk, IBM, "now")) == [(SELL, D(100))]  # type: ignore[arg-type]


def test_a_kill_of_an_unknown_account_is_latched_all_the_same() -> None:
    """It may have been written by another process that knows what it means: nothing is lost by it."""
    desk = Dealing().connect()
    pull(desk, "account:OTHER")
    desk.pass_s(2)
    assert desk.state.scope_state("account:OTHER")[0] is TradingState.HALTED
    assert desk.place(BUY, "10").is_open


def test_the_proof_lines_of_several_kills_count_their_own() -> None:
    desk = Dealing(hold="100").connect()
    ibm = desk.place(BUY, "10")
    desk.place(BUY, "10", symbol="AAPL")
    pull(desk)
    desk.give(p.Canceled(ibm.cl_ord_id, 0, "", D(0)))
    pull(desk, "desk", "now")
    narrow = proof_of(desk.desk, kill_of(desk), desk.now)
    wide = proof_of(desk.desk, kill_of(desk, "desk"), desk.now)
    assert (narrow.cancels_sent, narrow.cancels_confirmed, narrow.positions, narrow.flat) == (1, 1, 1, 0)
    assert (wide.cancels_sent, wide.cancels_confirmed, wide.positions, wide.flat) == (1, 0, 1, 0)
    sale = list(desk.state.by_id.values())[-1]
    desk.ack(sale)
    desk.fill(sale, "100")
    assert [proof_of(desk.desk, k, desk.now).flat for k in desk.state.standing_kills] == [1, 1]


def test_a_position_left_without_its_stop_is_named_until_another_protects_it() -> None:
    desk = Dealing(hold="100").connect()
    stop = desk.place(SELL, "100", None, ord_type=OrdType.STOP, stop_px=D(90))
    pull(desk)
    desk.give(p.Canceled(stop.cl_ord_id, 0, "", D(0)))
    verify(desk)
    assert proof_of(desk.desk, kill_of(desk), desk.now).unprotected == ("IBM",)
    again = desk.place(SELL, "100", None, ord_type=OrdType.STOP, stop_px=D(90))
    assert again.is_open, "reducing, by hand, after the kill has done its work"
    assert proof_of(desk.desk, kill_of(desk), desk.now).unprotected == ()


def test_an_unknown_order_is_cancelled_and_asked_about_until_it_is_proven() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "10", ack=False)
    desk.give(i.SubmitUnknown(order.cl_ord_id, "timeout"))
    assert order.base is OrdStatus.UNKNOWN
    assert cancels(pull(desk)) == [order.cl_ord_id]  # type: ignore[arg-type]
    effects = desk.pass_s(2)
    assert order.cl_ord_id in cancels(effects)
    assert kill_of(desk).phase == "cancelling"
    assert snapshots(effects) == []


# --- outside its hours ------------------------------------------------------------------------------------------------


def shut(desk: Dealing, *symbols: str) -> None:
    """Close these markets."""
    desk.desk.surroundings = msgspec.structs.replace(
        desk.desk.surroundings,
        session_closed=lambda symbol, ns, extended: "the market is closed" if symbol in symbols else "",
    )


def test_outside_its_hours_a_flatten_waits_for_the_open_and_says_so() -> None:
    desk = Dealing(hold="100").connect()
    shut(desk, "IBM")
    assert submits(pull(desk, "desk", "now")) == []  # type: ignore[arg-type]
    assert submits(desk.pass_s(120)) == []
    assert "LIQUIDATION_QUEUED" in desk.codes()
    assert desk.codes().count("LIQUIDATION_QUEUED") == 1
    kill = kill_of(desk, "desk")
    assert (kill.phase, kill.detail) == ("flattening", "waits for the open: 1")
    proof = proof_of(desk.desk, kill, desk.now)
    assert proof.queued == 1
    assert "waits for the open: IBM" in proof.problems[0]
    shut(desk)
    assert submits(desk.pass_s(1)) == [(SELL, D(100))]
    assert kill_of(desk, "desk").detail == ""


def test_while_it_waits_for_the_open_the_positions_can_still_be_kept() -> None:
    desk = Dealing(hold="100").connect()
    shut(desk, "IBM")
    pull(desk, "desk", "now")
    desk.pass_s(1)
    desk.give(i.KeepPositions("me"))
    verify(desk)
    shut(desk)
    assert submits(desk.pass_s(5)) == []
    kill = kill_of(desk, "desk")
    assert (kill.phase, kill.kept) == ("done", True)
    desk.give(i.Resume("in the morning", None, "boss"))
    assert desk.state.kill is None


# --- options ----------------------------------------------------------------------------------------------------------

CALL, PUT = "AAPL260116C00100000", "AAPL260116P00100000"


def test_short_options_are_bought_back_before_what_covers_them_is_sold_and_never_at_market() -> None:
    desk = Dealing()
    desk.positions |= {"AAPL": D(100), CALL: D(-1), "IBM": D(-50)}
    desk.give(i.AddInstrument(CALL, "me"))
    desk.connect()
    assert {key[1] for key in desk.state.active} == {"AAPL", CALL, "IBM"}
    effects = pull(desk, "desk", "now")
    assert [(s.approved.order.symbol, s.approved.order.side) for s in only(effects, SubmitOrder)] == [("IBM", BUY)]
    assert "LIQUIDATION_WAITS" in desk.codes(), "no price of the option, and never at market"
    desk.quote(CALL, "1.00", "1.20")
    bought = only(desk.pass_s(0.3), SubmitOrder)
    assert [(s.approved.order.symbol, s.approved.order.side, s.approved.order.ord_type) for s in bought] == [
        (CALL, BUY, OrdType.LIMIT)
    ]
    option = next(o for o in desk.state.open_orders.values() if o.symbol == CALL)
    desk.ack(option)
    desk.fill(option, "1", "1.20")
    sold = only(desk.released, SubmitOrder)[-1].approved.order
    assert (sold.symbol, sold.side, sold.qty) == ("AAPL", SELL, 100)


# --- native cancel-all ------------------------------------------------------------------------------------------------


def able(scope: p.CancelAllScope) -> p.Capabilities:
    return msgspec.structs.replace(BROKER, cancel_all=scope)


@pytest.mark.parametrize("scope", list(p.CancelAllScope))
def test_a_native_cancel_all_is_used_where_its_scope_is_ours_alone(scope: p.CancelAllScope) -> None:
    desk = Dealing(able=able(scope)).connect()
    first, second = desk.place(BUY, "10"), desk.place(BUY, "20")
    effects = pull(desk, "desk")
    together = only(effects, CancelAll)  # type: ignore[arg-type]
    native = scope is p.CancelAllScope.OURS
    assert len(together) == native
    if native:
        assert [c.cancel.cl_ord_id for c in together[0].cancels] == [second.cl_ord_id, first.cl_ord_id]
    assert len(cancels(effects)) == (0 if native else 2)  # type: ignore[arg-type]
    assert first.pending_cancel
    assert second.pending_cancel
    assert sorted(cancels(desk.pass_s(1.2))) == sorted([first.cl_ord_id, second.cl_ord_id]), "again, one by one"


def test_an_instrument_is_cancelled_order_by_order() -> None:
    desk = Dealing(able=able(p.CancelAllScope.OURS)).connect()
    order = desk.place(BUY, "10")
    assert cancels(pull(desk)) == [order.cl_ord_id]  # type: ignore[arg-type]


# --- the reset --------------------------------------------------------------------------------------------------------


def test_a_reset_needs_a_second_person_where_the_desk_says_so() -> None:
    desk = Dealing().connect()
    desk.desk.surroundings = msgspec.structs.replace(desk.desk.surroundings, second_person_ns=600_000_000_000)
    pull(desk, "desk")
    verify(desk)
    for _ in range(2):
        desk.give(i.Resume("looked", None, "boss"))
        assert desk.state.kill is not None
    desk.give(i.Resume("looked", None, "other"))
    assert desk.state.kill is None
    reset = next(fact for fact in desk.recorded if isinstance(fact, f.KillReset))
    assert (reset.by, reset.second) == ("other", "boss")


def test_a_reset_waits_for_the_comparison_with_the_broker() -> None:
    first = Dealing().connect()
    pull(first)
    verify(first)
    desk = first.restart()
    for reason in ("", "looked"):
        desk.give(i.Resume(reason, "IBM", "boss"))
        assert IBM in desk.state.kills
    desk.connect()
    desk.give(i.Resume("looked", "IBM", "boss"))
    assert IBM not in desk.state.kills


# --- two brokers ------------------------------------------------------------------------------------------------------


def with_second_account(hold: str) -> Dealing:
    """Another account beside, at a broker that answers once and then never again."""
    desk = Dealing(hold=hold).connect()
    for fact in (
        f.PositionAdopted("A2", "AAPL", D(40), D(100)),
        f.AccountAdopted("A2", "USD", D(1_000_000)),
        f.Reconciled("A2", 0, 0),
    ):
        desk.desk.emit(fact)
    desk._take()
    return desk


def test_a_broker_that_hangs_holds_up_neither_the_cancels_nor_the_flattening_nor_the_proof_of_the_other() -> None:
    desk = with_second_account("100")
    ours, theirs = desk.place(BUY, "10"), desk.place(BUY, "5", symbol="AAPL", account="A2")
    effects = pull(desk, "desk", "now")
    assert set(cancels(effects)) == {ours.cl_ord_id, theirs.cl_ord_id}  # type: ignore[arg-type]
    desk.give(p.Canceled(ours.cl_ord_id, 0, "", D(0)))
    sale = next(o for o in desk.state.open_orders.values() if o.liquidation and o.account == ACCOUNT)
    desk.ack(sale)
    desk.fill(sale, "100")
    verify(desk)
    assert desk.state.broker_qty(ACCOUNT, "IBM") == 0
    kill = kill_of(desk, "desk")
    assert kill.phase in ("flattening", "verifying"), "not done while one broker has said nothing"
    assert f"waits for A2: 1 orders not confirmed dead, 1 positions not closed; {ACCOUNT} verified" in kill.detail
    proof = proof_of(desk.desk, kill, desk.now)
    assert (proof.cancels_sent, proof.cancels_confirmed) == (2, 1)
    assert (proof.positions, proof.flat) == (2, 1)
    assert any(f"order {theirs.id} AAPL" in problem for problem in proof.problems)
    assert theirs.cl_ord_id in cancels(desk.pass_s(1.2)), "and it is tried again"


def test_the_kill_of_one_account_is_verified_whatever_becomes_of_the_other() -> None:
    desk = with_second_account("0")
    theirs = desk.place(BUY, "5", symbol="AAPL", account="A2")
    pull(desk, f"account:{ACCOUNT}", "now")
    verify(desk)
    assert (kill_of(desk, f"account:{ACCOUNT}").phase, theirs.pending_cancel) == ("done", False)
    assert desk.place(BUY, "6", symbol="AAPL", account="A2").is_open


def test_the_desks_kill_waits_for_the_picture_of_every_account() -> None:
    desk = with_second_account("0")
    pull(desk, "desk")
    verify(desk)
    assert kill_of(desk, "desk").phase == "verifying"
    money = AccountSnapshot("A2", False, "USD", {"USD": D(1_000_000)})
    theirs = [PositionSnapshot("A2", "AAPL", D(40))]
    seen = i.BrokerSnapshot(money, (), (), theirs, desk.now.wall_ns, "kill-verify")
    killswitch.on_verified(desk.desk, seen, {})
    assert (kill_of(desk, "desk").phase, kill_of(desk, "desk").detail) == ("done", "kept")
