"""What a user can do with a running algo, and what happens to it: on TWAP, whose schedule is plain."""

from __future__ import annotations

from itertools import pairwise

from engine import inputs as i
from engine import protocol as p
from engine.model.enums import OrdStatus
from tests.engine.algos.floor import MINUTE, Floor
from tests.engine.dealing import CANCELED, SECOND, SELL, D, cancels, submits


def test_slices_go_out_at_their_times_and_the_parent_ends_filled() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=5)
    floor.go(600)
    assert floor.sizes() == [200] * 5
    assert [round((at - floor.sent[0][0]) / SECOND) for at, *_ in floor.sent] == [0, 120, 240, 360, 480]
    assert {px for _, _, px, _ in floor.sent} == {D("100.16")}, "the ask and 0.1 %, up to the tick"
    assert (algo.status, algo.reason, algo.cum_qty) == ("DONE", "filled", 1000)


def test_what_the_limit_price_stops_waits_for_the_market_and_the_end_reports_it() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=5, limit_px=D("99.98"))
    floor.go(330)
    assert floor.out(algo) == [("cross", 200, "99.98"), ("cross", 200, "99.98"), ("cross", 200, "99.98")]
    floor.move("99.90", "99.98")
    assert algo.cum_qty == 600
    floor.move("100.10", "100.20")
    floor.go(360)
    assert (algo.status, algo.reason) == ("DONE", "window over, 400 not done")
    assert "ALGO_SHORT" in floor.codes()


def test_a_pause_pulls_the_children_and_a_resume_catches_up() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=5, limit_px=D("99.98"))
    floor.control(algo, "pause")
    assert algo.status == "PAUSED"
    assert floor.out(algo) == []
    floor.go(300)
    assert floor.out(algo) == []
    floor.control(algo, "resume")
    assert floor.out(algo) == [("cross", 600, "99.98")]


def test_a_pause_may_keep_the_children_and_their_fills_count() -> None:
    floor = Floor().connect()
    algo = floor.launch(qty="200", slices=1, limit_px=D("99.98"))
    floor.control(algo, "pause", keep_children=True)
    assert len(algo.open_children) == 1
    floor.move("99.90", "99.95")
    assert (algo.status, algo.reason) == ("DONE", "filled")


def test_a_resume_can_move_the_rest_of_the_schedule_instead() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=5)
    end = algo.spec.end_ns
    floor.go(60)
    floor.control(algo, "pause")
    floor.go(300)
    floor.control(algo, "resume", catch_up="shift")
    assert floor.sizes() == [200], "nothing was missed"
    assert algo.spec.end_ns - end == floor.now.market_ns - algo.paused_ns
    floor.go(600)
    waited = 300 * SECOND
    apart = [later[0] - earlier[0] for earlier, later in pairwise(floor.sent)]
    assert [round(ns / MINUTE) for ns in apart] == [round((2 * MINUTE + waited) / MINUTE), 2, 2, 2]
    assert algo.cum_qty == 1000


def test_an_amended_quantity_goes_over_the_slices_to_come_and_leaves_those_that_were_sent() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=5)
    floor.go(130)
    floor.amend(algo, qty=D(1600))
    floor.go(500)
    assert floor.sizes() == [200, 200, 400, 400, 400]
    assert (algo.status, algo.cum_qty) == ("DONE", 1600)


def test_an_amended_quantity_can_be_less_than_what_was_due_but_never_than_what_is_filled_or_working() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=5, limit_px=D("99.98"))
    floor.move("99.90", "99.98")
    floor.move("99.95", "100.05")
    floor.go(130)
    assert (algo.cum_qty, algo.outstanding) == (200, 200)
    floor.amend(algo, qty=D(399))
    assert algo.spec.qty == 1000, "200 are filled and 200 working"
    floor.amend(algo, qty=D(400))
    assert (algo.spec.qty, sum(qty for _, qty in algo.slices)) == (400, 400)
    floor.move("99.90", "99.98")
    assert (algo.status, algo.cum_qty) == ("DONE", 400)


def test_an_amended_limit_reprices_what_is_out_and_an_amended_end_spreads_the_rest() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=5, limit_px=D("99.98"))
    floor.amend(algo, limit_px=D("99.99"))
    assert floor.out(algo) == [("cross", 200, "99.99")]
    floor.move("99.90", "99.95")
    floor.amend(algo, "repace", duration_ns=20 * MINUTE)
    floor.go(1260)
    assert algo.cum_qty == 1000
    rest = [at for at, *_ in floor.sent][2:]
    assert [round((b - a) / MINUTE) for a, b in pairwise(rest)] == [5, 5, 5]


def test_a_new_pace_cuts_the_rest_anew() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=5)
    floor.amend(algo, "repace", slices=8)
    floor.go(600)
    assert floor.sizes() == [200, *[100] * 8]
    assert algo.status == "DONE"


def test_finish_now_takes_all_that_is_left_through_the_touch_within_the_limit() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=5, style="passive", max_child=D(100))
    floor.control(algo, "finish")
    assert floor.out(algo) == []
    swept = [(int(qty), px) for _, qty, px, purpose in floor.sent if purpose == "sweep"]
    assert swept == [(900, D("100.16")), (100, D("100.16"))], "what was out follows when it is dead"
    assert (algo.status, algo.cum_qty) == ("DONE", 1000)


def test_finish_now_also_ends_a_pause() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=5)
    floor.control(algo, "pause")
    floor.control(algo, "finish")
    assert (algo.status, floor.sizes()) == ("DONE", [200, 800])


def test_handed_over_the_children_are_the_operators_orders_and_the_algo_is_over() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=5, limit_px=D("99.98"), strategy="mine")
    child = next(iter(algo.open_children.values()))
    floor.control(algo, "manual")
    assert algo.status == "CANCELED"
    assert (child.request.parent, child.request.origin, child.is_open) == (None, "manual", True)
    assert floor.state.resting.working_for("strategy:mine", floor.state.open_orders.values()) == 1
    floor.go(300)
    assert floor.sizes() == [200], "nothing more is sent"
    floor.move("99.90", "99.98")
    assert child.status is OrdStatus.FILLED
    assert algo.cum_qty == 0, "it is not the algo's any more"
    assert floor.state.resting.working_for("strategy:mine", ()) == 0
    assert floor.refolded().digest() == floor.state.digest()


def test_a_cancel_that_crosses_a_fill_never_lets_the_children_exceed_their_parent() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=2, limit_px=D("100.00"))
    first = next(iter(algo.open_children.values()))
    floor.deaf = True
    floor.amend(algo, limit_px=D("100.01"))
    assert first.pending_cancel
    floor.go(320)
    assert submits(floor.released)[1:] == [(first.side, D(500))], "only the second slice: the first may still be filled"
    floor.fill(first, "500")
    floor.go(10)
    assert algo.cum_qty + algo.outstanding == 1000


def test_refused_by_risk_it_is_paused_with_the_reason() -> None:
    floor = Floor(risk__max_order_qty="300").connect()
    algo = floor.launch(slices=5)
    floor.amend(algo, "repace", slices=1)
    assert (algo.status, "MAX_ORDER_QTY" in algo.reason) == ("PAUSED", True)
    assert "ALGO_PAUSED" in floor.codes()


def test_rejected_by_the_broker_it_is_paused_with_the_reason_and_goes_on_when_resumed() -> None:
    floor = Floor().connect()
    floor.deaf = True
    algo = floor.launch(slices=5)
    child = next(iter(algo.open_children.values()))
    floor.give(p.Rejected(child.cl_ord_id, "no thanks", 1))
    assert (algo.status, algo.reason) == ("PAUSED", f"child {child.id} rejected: no thanks")
    floor.deaf = False
    floor._read = len(floor.released)
    floor.control(algo, "resume")
    assert algo.cum_qty == 200


def test_a_kill_stops_the_algos_before_it_cancels_anything() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=5, limit_px=D("99.98"))
    floor.deaf = True
    effects = floor.give(i.Kill("me", "enough", "no"))
    assert (algo.status, algo.reason) == ("CANCELED", "kill switch")
    assert len(cancels(effects)) == 1
    floor.go(600)
    assert submits(floor.released)[1:] == []


def test_amended_to_what_is_filled_a_paused_algo_is_done() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=5)
    floor.control(algo, "pause")
    floor.amend(algo, qty=D(200))
    assert (algo.status, algo.reason) == ("DONE", "filled")


def test_after_a_restart_the_rest_is_caught_up_or_moved_as_it_was_asked_for() -> None:
    ends = {}
    for policy in ("catch_up", "shift"):
        floor = Floor().connect()
        floor.launch(slices=5, catch_up=policy)
        floor.go(60)
        late = restarted_late(floor, 250)
        late.go(1)
        ends[policy] = (
            late.sizes(),
            round((late.state.algos[1].spec.end_ns - floor.state.algos[1].spec.end_ns) / SECOND),
        )
        late.go(900)
        assert late.state.algos[1].status == "DONE"
        assert sum(late.sizes()) == 800
    assert ends["catch_up"] == ([400], 0)
    assert ends["shift"][0] == []
    assert 249 <= ends["shift"][1] <= 252


def restarted_late(floor: Floor, seconds: int) -> Floor:
    """Another process, that much market time later."""
    again = Floor(state=floor.refolded(), late_s=seconds)
    again.cash, again.positions, again.executions = floor.cash, floor.positions, floor.executions
    again.connect()
    again.work()
    return again


def test_commands_that_make_no_sense_are_refused_and_change_nothing() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=5)
    before = algo.spec
    for action, change in (
        ("amend", {}),
        ("amend", {"qty": D("0.5")}),
        ("amend", {"end_ns": 1}),
        ("amend", {"limit_px": D("100.001")}),
        ("amend", {"cap": D(2)}),
        ("repace", {"slices": 100_000}),
        ("amend", {"qty": D(100)}),
    ):
        floor.amend(algo, action, **change)
        assert algo.spec == before, change
    floor.control(algo, "resume")
    assert algo.status == "RUNNING"
    floor.control(algo, "cancel")
    floor.control(algo, "finish")
    assert algo.status == "CANCELED"


def test_sales_are_the_mirror_image() -> None:
    floor = Floor(hold="1000").connect()
    algo = floor.launch(slices=2, side=SELL, limit_px=D("99.90"))
    floor.go(600)
    assert {px for _, _, px, _ in floor.sent} == {D("99.90")}, "not as far as the bid less 0.1 %"
    assert algo.cum_qty == 1000


def test_the_broker_cancelling_a_child_makes_it_go_out_again() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=5, limit_px=D("99.98"))
    child = next(iter(algo.open_children.values()))
    floor.give(p.Canceled(child.cl_ord_id, 1, "broker's mood", D(0)))
    floor.work()
    assert child.status is CANCELED
    assert floor.out(algo) == [("cross", 200, "99.98")]
