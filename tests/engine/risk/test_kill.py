"""The kill switch against a world that answers late, partly or not at all."""

from __future__ import annotations

from engine import inputs as i
from engine import protocol as p
from engine.effects import CloseGate, OpenGate
from engine.model.enums import TradingState
from tests.engine.dealing import ACCOUNT, BUY, SELL, D, Dealing, cancels, only, snapshots, submits


def test_a_picture_from_before_the_flattening_does_not_end_the_kill() -> None:
    desk = Dealing(hold="100").connect()
    asked = desk.now.wall_ns
    desk.give(i.Kill("me", "enough", "now"))
    sale = list(desk.state.by_id.values())[-1]
    desk.ack(sale)
    held = dict(desk.positions)
    desk.fill(sale, "100")
    flat, desk.positions = desk.positions, held
    desk.compare(asked_ns=asked, reason="kill-verify")
    assert desk.state.kill is not None
    assert desk.state.kill.phase == "verifying"
    desk.positions = flat
    desk.pass_s(3)
    desk.compare(reason="kill-verify")
    assert (desk.state.kill.phase, desk.state.kill.detail) == ("done", "flat")


def test_a_lagging_position_is_not_reported_as_not_flat() -> None:
    desk = Dealing(hold="100").connect()
    desk.give(i.Kill("me", "enough", "now"))
    sale = list(desk.state.by_id.values())[-1]
    desk.ack(sale)
    desk.fill(sale, "100")
    desk.positions["IBM"] = D(100)
    desk.compare(reason="kill-verify")
    assert desk.state.kill is not None
    assert desk.state.kill.phase == "verifying"
    assert "NOT_FLAT" not in desk.codes()


def test_an_order_that_is_still_open_is_cancelled_again_at_a_pace_not_in_a_circle() -> None:
    desk = Dealing().connect()
    desk.give(i.Kill("me", "enough", "no"))
    other = Dealing().connect().place(BUY, "10")
    asked = snapshots(desk.compare(desk.shown(other, cl_ord_id="EXT", root_cl_ord_id=""), reason="kill-verify"))
    assert asked == []
    later = desk.pass_s(1.5)
    assert cancels(later) == ["EXT"]
    assert snapshots(later) == ["kill-verify"]


def test_pulled_again_it_cancels_what_was_placed_by_hand_since() -> None:
    desk = Dealing(hold="100").connect()
    desk.give(i.Kill("me", "enough", "no"))
    desk.compare(reason="kill-verify")
    assert desk.state.kill is not None
    assert desk.state.kill.phase == "done"
    exit_ = desk.place(SELL, "10")
    assert exit_.is_open
    assert cancels(desk.give(i.Kill("me", "really", "no"))) == [exit_.cl_ord_id]
    assert desk.state.kill.phase == "cancelling"


def test_a_restart_cancels_what_an_interrupted_flatten_left_working() -> None:
    first = Dealing(hold="100").connect()
    first.give(i.Kill("me", "enough", "now"))
    sale = list(first.state.by_id.values())[-1]
    first.ack(sale)
    desk = first.restart().connect()
    assert sale.cl_ord_id in cancels([*desk.released, *desk.pass_s(2)])


def test_a_fill_that_comes_after_the_flattening_is_flattened_too() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "10")
    desk.give(i.Kill("me", "enough", "now"))
    desk.give(p.Canceled(order.cl_ord_id, 0, "", D(0)))
    desk.fill(order, "10")
    desk.pass_s(3)
    desk.compare(reason="kill-verify")
    assert submits(desk.released)[-1][1] == 10


def test_a_resume_that_the_disk_did_not_take_leaves_the_desk_halted() -> None:
    desk = Dealing().connect()
    desk.give(i.Halt(None, "me", "lunch"))
    assert only(desk.give(i.Resume("back", None, "me")), OpenGate)
    effects = desk.give(i.JournalFailed("disk full", (), (), True))
    assert desk.state.desk_state[0] is TradingState.HALTED
    assert only(effects, CloseGate)
    desk.give(i.Resume("back", None, "me"))
    assert desk.state.desk_state[0] is TradingState.HALTED
    desk.give(i.JournalRestored())
    desk.give(i.Resume("back", None, "me"))
    assert desk.state.desk_state[0] is TradingState.ACTIVE


def test_an_algo_whose_launch_the_disk_did_not_take_never_runs() -> None:
    desk = Dealing().connect()
    start = desk.now.market_ns
    desk.give(i.LaunchAlgo(i.AlgoSpec("twap", ACCOUNT, "IBM", BUY, D(100), start, start + 10**10, slices=1)))
    child = list(desk.state.by_id.values())[-1]
    desk.give(i.JournalFailed("disk full", (child.cl_ord_id,), (1,)))
    desk.give(i.JournalRestored())
    assert submits(desk.pass_s(20)) == []
    assert desk.state.algos[1].status == "CANCELED"


def test_an_account_that_is_first_seen_with_positions_has_not_lost_its_cash() -> None:
    desk = Dealing(hold="100").connect()
    desk.pass_s(10)
    assert desk.state.kill is None
    assert desk.state.loss.daily_since is None


def test_a_bad_print_followed_by_silence_is_no_loss_that_persists() -> None:
    desk = Dealing(hold="5000").connect()
    desk.pass_s(2)
    at = desk.now.wall_ns
    desk.quote("IBM", "1.00", "1.02")
    desk.desk.timers.set("wall", at + 1, ("marks",))
    desk.give(i.AckAlerts(0, "me"))
    desk.desk.advance(desk.now)
    assert desk.state.loss.daily_since is not None
    later = type(desk.now)(at + 30_000_000_000, desk.now.market_ns + 60_000_000_000)
    desk.desk.advance(later)
    assert desk.state.kill is None
