"""Automatic triggers: not at n-1, at n, once; with the configured action, in their scope; and how they clear."""

from __future__ import annotations

from collections import deque

import msgspec
import pytest

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.journal.chain import GENESIS, Chain
from engine.journal.codec import FactCodec
from engine.model.enums import TradingState
from engine.risk.limits import ACTIONS, NEVER_FLATTEN, LimitError, Limits
from engine.risk.triggers import ACTION_OF
from engine.runtime.pump import Pump
from tests.engine.dealing import ACCOUNT, BUY, SELL, D, Dealing, submits

ACTIVE, REDUCING, HALTED = TradingState.ACTIVE, TradingState.REDUCING, TradingState.HALTED
OURS = f"account:{ACCOUNT}"
IBM = "instrument:IBM"


def stands(desk: Dealing, scope: str) -> TradingState:
    return desk.state.scope_state(scope)[0]


def tripped(desk: Dealing) -> list[tuple[str, str]]:
    return [(fact.code, fact.scope) for fact in desk.recorded if isinstance(fact, f.TriggerTripped)]


@pytest.mark.parametrize("key", sorted(ACTION_OF.values()))
def test_what_must_never_flatten_refuses_to_at_load(key: str) -> None:
    changes = {key: "halt_cancel_flatten"}
    if key in NEVER_FLATTEN:
        with pytest.raises(LimitError, match="never flattens"):
            Limits.defaults().with_changes(changes)
    else:
        assert Limits.defaults().with_changes(changes).action(key) == "halt_cancel_flatten"


def test_only_losses_may_flatten() -> None:
    assert set(ACTION_OF.values()) - NEVER_FLATTEN == {
        "actions.daily_loss", "actions.drawdown", "actions.losing_trades",
    }  # fmt: skip


@pytest.mark.parametrize("action", ACTIONS[:-1])
def test_each_action_does_what_it_says_and_no_more(action: str) -> None:
    desk = Dealing(hold="100", triggers__rejects="1", actions__rejects=action).connect()
    working = desk.place(BUY, "10")
    reject(desk)
    assert stands(desk, OURS) is (REDUCING if action == "reduce" else HALTED)
    assert working.pending_cancel is (action == "halt_cancel")
    assert (OURS in desk.state.kills) is (action == "halt_cancel")
    assert submits(desk.pass_s(5)) == []
    assert desk.refolded().digest() == desk.state.digest()


# --- rejects ----------------------------------------------------------------------------------------------------------


def reject(desk: Dealing, qty: str = "7") -> None:
    order = desk.place(BUY, qty, ack=False)
    desk.give(p.Rejected(order.cl_ord_id, "no", 0))


def test_rejects_trip_the_account_at_n_within_t() -> None:
    desk = Dealing(triggers__rejects="3", triggers__rejects_s="60").connect()
    for qty in ("1", "2"):
        reject(desk, qty)
    assert stands(desk, OURS) is ACTIVE
    reject(desk, "3")
    assert stands(desk, OURS) is HALTED
    assert tripped(desk) == [("REJECTS", OURS)]


def test_rejects_that_lie_farther_apart_do_not() -> None:
    desk = Dealing(triggers__rejects="3", triggers__rejects_s="10").connect()
    for qty in ("1", "2", "3", "4"):
        reject(desk, qty)
        desk.pass_s(6)
    assert stands(desk, OURS) is ACTIVE


def test_a_reset_begins_the_count_anew() -> None:
    desk = Dealing(triggers__rejects="2").connect()
    reject(desk, "1")
    reject(desk, "2")
    desk.give(i.Resume("price fixed", None, "boss", scope=OURS))
    assert stands(desk, OURS) is ACTIVE
    assert not desk.state.tripped
    reject(desk, "3")
    assert stands(desk, OURS) is ACTIVE
    reject(desk, "4")
    assert stands(desk, OURS) is HALTED


def test_a_reset_of_one_account_forgives_no_rejects_of_another() -> None:
    desk = Dealing(triggers__rejects="2").connect()
    elsewhere = deque([desk.now.wall_ns])
    desk.desk.counting.rejects["B2"] = elsewhere
    reject(desk, "1")
    reject(desk, "2")
    desk.give(i.Resume("price fixed", None, "boss", scope=OURS))
    assert stands(desk, OURS) is ACTIVE
    assert desk.desk.counting.rejects == {"B2": elsewhere}


# --- losing trades ----------------------------------------------------------------------------------------------------


def trade(desk: Dealing, out: str, qty: str = "10", **more: object) -> None:
    """Buy at 100, sell at `out`."""
    bought = desk.place(BUY, qty, **more)
    desk.fill(bought, qty)
    sold = desk.place(SELL, qty, **more)
    desk.fill(sold, qty, out)
    desk.pass_s(3)


def test_losing_trades_in_a_row_trip_the_account_at_n() -> None:
    desk = Dealing(triggers__losing_trades="3").connect()
    trade(desk, "99")
    trade(desk, "99")
    assert stands(desk, OURS) is ACTIVE
    trade(desk, "99.99")
    assert stands(desk, OURS) is REDUCING
    assert tripped(desk) == [("LOSING_STREAK", OURS)]


def test_a_winner_ends_the_row_and_a_draw_does_neither() -> None:
    desk = Dealing(triggers__losing_trades="3").connect()
    for out in ("99", "99", "101", "99", "100", "99"):
        trade(desk, out)
        assert stands(desk, OURS) is ACTIVE, out
    assert desk.state.streaks == {ACCOUNT: 2}
    trade(desk, "99")
    assert stands(desk, OURS) is REDUCING


def test_a_trade_is_flat_to_flat_for_each_strategy_and_net_of_fees() -> None:
    desk = Dealing(triggers__losing_trades="2").connect()
    first = desk.place(BUY, "10", origin="strategy", strategy="mean")
    desk.fill(first, "10")
    desk.pass_s(3)
    trade(desk, "99")
    assert desk.state.streaks == {ACCOUNT: 1}, "another's position is open, and this trade is over"
    half = desk.place(SELL, "4", origin="strategy", strategy="mean")
    desk.fill(half, "4", "90")
    assert desk.state.streaks == {ACCOUNT: 1}, "not flat yet"
    bought = desk.place(BUY, "10")
    fee = desk.execution(bought, "10")
    desk.give(p.Filled(type(fee)(*(getattr(fee, n) for n in fee.__struct_fields__[:9]), D("0.01"))))
    sold = desk.place(SELL, "10")
    desk.fill(sold, "10")
    assert desk.state.streaks == {ACCOUNT: 2}, "a draw but for its fee"


def test_a_bust_counts_anew() -> None:
    desk = Dealing(triggers__losing_trades="3").connect()
    trade(desk, "99")
    trade(desk, "99")
    desk.give(p.Busted(ACCOUNT, desk.executions[-1].exec_id, 0))
    assert desk.state.streaks == {ACCOUNT: 1}
    assert desk.refolded().digest() == desk.state.digest()


def test_a_row_survives_a_restart_and_a_reset_ends_it() -> None:
    first = Dealing(triggers__losing_trades="2").connect()
    trade(first, "99")
    desk = first.restart().connect()
    assert desk.state.streaks == {ACCOUNT: 1}
    desk.limits = desk.state.limits = desk.state.limits.with_changes({"triggers.losing_trades": "2"})
    trade(desk, "99")
    assert stands(desk, OURS) is REDUCING
    desk.give(i.Resume("new plan", None, "boss", scope=OURS))
    assert stands(desk, OURS) is ACTIVE
    assert desk.state.streaks == {}
    trade(desk, "99")
    assert stands(desk, OURS) is ACTIVE


# --- breaks, overfills ------------------------------------------------------------------------------------------------


def test_an_overfill_acts_on_its_instrument() -> None:
    desk = Dealing(actions__overfill="halt").connect()
    order = desk.place(BUY, "10")
    desk.fill(order, "10")
    assert stands(desk, IBM) is ACTIVE
    desk.fill(order, "1")
    assert stands(desk, IBM) is HALTED
    assert stands(desk, "desk") is ACTIVE
    desk.give(i.Resume("booked, talked to the broker", "IBM", "boss"))
    assert stands(desk, IBM) is ACTIVE


def break_in(desk: Dealing) -> None:
    desk.positions["IBM"] += 5
    for _ in range(3):
        desk.pass_s(10)
        desk.compare()


def test_a_break_reduces_its_instrument_and_lets_go_when_it_is_resolved() -> None:
    desk = Dealing(hold="100").connect()
    desk.pass_s(10)
    desk.compare()
    assert stands(desk, IBM) is ACTIVE
    break_in(desk)
    assert stands(desk, IBM) is REDUCING
    desk.give(i.Resume("never mind", "IBM", "boss"))
    assert stands(desk, IBM) is REDUCING
    assert "has not cleared" in str(desk.recorded[-1])
    desk.positions["IBM"] -= 5
    for _ in range(3):
        desk.pass_s(10)
        desk.compare()
    assert stands(desk, IBM) is ACTIVE


def test_a_break_that_halts_is_not_resumed_before_it_is_resolved() -> None:
    desk = Dealing(hold="100", actions__break="halt_cancel").connect()
    break_in(desk)
    assert IBM in desk.state.kills
    for _ in range(3):
        desk.pass_s(3)
        desk.compare(reason="kill-verify")
    desk.give(i.Resume("never mind", "IBM", "boss"))
    assert stands(desk, IBM) is HALTED
    desk.positions["IBM"] -= 5
    for _ in range(3):
        desk.pass_s(10)
        desk.compare()
    assert stands(desk, IBM) is HALTED, "what halts waits for somebody"
    desk.give(i.Resume("booked", "IBM", "boss"))
    assert stands(desk, IBM) is ACTIVE


def test_a_halt_by_hand_over_a_break_gives_way_to_it_again() -> None:
    desk = Dealing(hold="100").connect()
    break_in(desk)
    desk.give(i.Halt("IBM", "me", "news"))
    assert stands(desk, IBM) is HALTED
    desk.give(i.Resume("news is out", "IBM", "me"))
    assert stands(desk, IBM) is REDUCING


# --- message storm, stale data, clock ---------------------------------------------------------------------------------


def messages(desk: Dealing, number: int) -> None:
    for n in range(number):
        desk.place(BUY, str(n + 1), ack=False)


def test_a_message_storm_halts_the_desk_at_n() -> None:
    desk = Dealing(triggers__messages="5", triggers__messages_s="10").connect()
    messages(desk, 4)
    desk.pass_s(1.2)
    assert stands(desk, "desk") is ACTIVE
    desk.place(BUY, "9", ack=False)
    desk.pass_s(1.2)
    assert stands(desk, "desk") is HALTED
    desk.give(i.Resume("found it", None, "boss"))
    assert stands(desk, "desk") is HALTED, "the rate is still that high"
    desk.pass_s(11)
    desk.give(i.Resume("found it", None, "boss"))
    assert stands(desk, "desk") is ACTIVE


def silence(desk: Dealing, seconds: float) -> None:
    """Time passes without a quote."""
    end = desk.now.wall_ns + int(seconds * 1e9)
    while desk.now.wall_ns < end:
        desk.now = i.Now(desk.now.wall_ns + 500_000_000, desk.now.market_ns + 500_000_000)
        desk.desk.advance(desk.now)
        desk._take()


def test_silent_data_reduces_what_is_held_and_lets_go_when_it_is_back() -> None:
    desk = Dealing(hold="100", triggers__stale_data_s="20").connect()
    silence(desk, 19)
    assert stands(desk, "desk") is ACTIVE
    silence(desk, 2.5)
    assert stands(desk, "desk") is REDUCING
    assert tripped(desk) == [("STALE_DATA", "desk")]
    desk.pass_s(2)
    assert stands(desk, "desk") is ACTIVE


@pytest.mark.parametrize("action", ["halt", "halt_cancel"])
def test_a_halt_over_silent_data_is_resumed_to_reducing_and_ends_with_the_silence(action: str) -> None:
    desk = Dealing(hold="100", triggers__stale_data_s="20", actions__stale_data=action).connect()
    silence(desk, 25)
    assert stands(desk, "desk") is HALTED
    for _ in range(2):
        desk.compare(reason="kill-verify")
    desk.give(i.Resume("", None, "boss"))
    assert stands(desk, "desk") is HALTED, "without a reason"
    desk.give(i.Resume("the vendor is down, we close by hand", None, "boss"))
    assert stands(desk, "desk") is REDUCING
    silence(desk, 30)
    assert stands(desk, "desk") is REDUCING, "it does not halt again"
    desk.pass_s(2)
    assert stands(desk, "desk") is ACTIVE
    silence(desk, 25)
    assert stands(desk, "desk") is HALTED, "the next silence is another one"


def test_silence_where_nothing_is_held_is_nothing() -> None:
    desk = Dealing(triggers__stale_data_s="20").connect()
    silence(desk, 60)
    assert stands(desk, "desk") is ACTIVE


def test_the_silence_of_a_closed_market_does_not_count_at_its_open() -> None:
    desk = Dealing(hold="100", triggers__stale_data_s="20").connect()
    closed = "the market is closed"
    desk.desk.surroundings = msgspec.structs.replace(
        desk.desk.surroundings, session_closed=lambda symbol, ns, extended: closed
    )
    silence(desk, 3600)
    closed = ""
    silence(desk, 18)
    assert tripped(desk) == []
    silence(desk, 3)
    assert tripped(desk) == [("STALE_DATA", "desk")], "a feed that stays silent after the open is dead"


def test_a_clock_that_is_off_reduces_and_one_that_halts_is_resumed_by_hand() -> None:
    for action, after in (("reduce", ACTIVE), ("halt", HALTED)):
        desk = Dealing(actions__clock_skew=action).connect()
        desk.give(i.SkewMoved("sim", "warn", 700_000_000, 500_000_000))
        assert stands(desk, "desk") is ACTIVE
        desk.give(i.SkewMoved("sim", "stop", 2_500_000_000, 2_000_000_000))
        assert stands(desk, "desk") is (REDUCING if action == "reduce" else HALTED)
        desk.give(i.Resume("never mind", None, "boss"))
        assert stands(desk, "desk") > ACTIVE
        desk.give(i.SkewMoved("sim", "ok", 0, 0))
        assert stands(desk, "desk") is after
        desk.give(i.Resume("clock is right", None, "boss"))
        assert stands(desk, "desk") is ACTIVE


# --- losses -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bid", "trips"), [("90.02", False), ("90.01", True)])
def test_the_daily_loss_trips_at_equality_and_not_one_tick_before(bid: str, trips: bool) -> None:
    """1,000,000 in cash and 5,000 shares from 100.01: 5 % of 1,000,050 is lost at 90.0..."""
    desk = Dealing(risk__max_daily_loss_pct="0.05", risk__max_position_pct="1", risk__max_leverage="4").connect()
    order = desk.place(BUY, "5000", "100.01")
    desk.fill(order, "5000", "100.01")
    end = desk.now.wall_ns + 6 * 10**9
    while desk.now.wall_ns < end:
        desk.now = i.Now(desk.now.wall_ns + 500_000_000, desk.now.market_ns + 500_000_000)
        desk.quote("IBM", bid, str(D(bid) + 1))
        desk.quote("AAPL")
        desk.desk.advance(desk.now)
        desk._take()
    assert (("DAILY_LOSS", "desk") in tripped(desk)) is trips
    assert (desk.state.kill is not None) is trips


# --- a defect of ours -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ACTIONS[:-1])
def test_a_defect_in_the_desk_does_what_is_configured_and_the_kill_works_all_the_same(action: str) -> None:
    desk = Dealing(actions__engine_error=action).connect()
    working = desk.place(BUY, "10")
    pump = Pump(desk.desk, Chain(FactCodec(), GENESIS))
    with pytest.raises(TypeError):
        pump.offer(object(), desk.now)
    desk._take()
    assert stands(desk, "desk") is (REDUCING if action == "reduce" else HALTED)
    assert working.pending_cancel is (action == "halt_cancel")
    assert "ENGINE_ERROR" in desk.codes()
    with pytest.raises(AssertionError, match=r"TRADING_STATE|HALTED"):
        desk.place(BUY, "20")
    desk.give(i.Kill("me", "enough", "no"))
    assert working.pending_cancel
    desk.give(p.Canceled(working.cl_ord_id, 0, "", D(0)))
    desk.pass_s(3)
    desk.compare(reason="kill-verify")
    desk.give(i.Resume("mended", None, "boss"))
    assert stands(desk, "desk") is ACTIVE
    assert not desk.state.tripped
