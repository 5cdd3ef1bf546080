"""The risk engine as a whole: every order passes it, all refusals are reported, doubt is refusal."""

from __future__ import annotations

import msgspec
import pytest

from engine import facts as f
from engine.model.enums import TradingState
from engine.risk.engine import CHECKS, LIQUIDATION_CHECKS
from engine.surroundings import Surroundings
from tests.engine.risk.seat import ACCOUNT, SECOND, D, Seat, buy, sell, short


@pytest.fixture
def seat() -> Seat:
    seat = Seat()
    seat.quote("AAPL", "99.99", "100.01")
    return seat


# --- verdicts ---------------------------------------------------------------------------------------------------------


def test_all_failing_checks_are_reported_in_the_order_of_evaluation(seat: Seat) -> None:
    seat.restrict("desk", TradingState.HALTED)
    seat.closed = "closed"
    assert seat.codes(sell("60000.5", limit="1.001")) == [
        "HALTED",
        "SESSION_CLOSED",
        "LOT_SIZE",
        "TICK_SIZE",
        "PRICE_COLLAR",
        "MAX_ORDER_QTY",
        "MAX_ORDER_NOTIONAL",
        "SELL_EXCEEDS_POSITION",
        "MAX_POSITION_PCT",
        "BUYING_POWER",
        "INITIAL_MARGIN",
        "MAINTENANCE_MARGIN",
    ]


def test_a_check_that_breaks_refuses_and_the_others_still_speak(seat: Seat) -> None:
    seat.state.last_intent = None  # type: ignore[assignment]
    found = seat.denials(buy("60000", limit="1.00"))
    assert [d.code for d in found] == ["MAX_ORDER_QTY", "CHECK_FAILED"]
    assert (found[1].value, found[1].scope) == ("AttributeError", "check_duplicate")


@pytest.mark.parametrize("asked", ["session_closed", "capabilities"])
def test_surroundings_that_can_not_answer_refuse(seat: Seat, asked: str) -> None:
    def broken(*args: object) -> str:
        raise LookupError("the calendar ends in 2027")

    surroundings = Surroundings(lambda s, n, e: "", lambda n: ("", 0), lambda a: seat.broker)
    seat.risk._surroundings = msgspec.structs.replace(surroundings, **{asked: broken})
    found = seat.denial("CHECK_FAILED", buy("1", limit="100"))
    assert "the calendar ends in 2027" in found.message


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_no_check_breaks_on_an_empty_desk(check: object) -> None:
    assert "CHECK_FAILED" not in Seat().codes(buy("1", "GME"))


def test_checking_changes_nothing(seat: Seat) -> None:
    before = seat.state.digest()
    seat.look(buy("1", limit="100"))
    seat.look(buy("60000.5", limit="1.001"))
    assert seat.state.digest() == before


# --- approval ---------------------------------------------------------------------------------------------------------


def test_an_approval_carries_the_order_the_gates_epoch_and_whether_it_reduces(seat: Seat) -> None:
    seat.hold("AAPL", "100")
    seat.restrict("desk", TradingState.HALTED)
    seat.restrict("desk", TradingState.ACTIVE)
    exit_, entry = sell("100", limit="100"), buy("1", limit="100")
    approved = seat.risk.approve(seat.look(exit_), "id1")
    assert (approved.epoch, approved.reducing) == (2, True)
    order = approved.order
    assert (order.cl_ord_id, order.account, order.symbol, order.side) == ("id1", ACCOUNT, "AAPL", exit_.side)
    assert (order.qty, order.limit_px, order.ord_type, order.time_in_force) == (
        exit_.qty, exit_.limit_px, exit_.ord_type, exit_.time_in_force
    )  # fmt: skip
    assert not seat.risk.approve(seat.look(entry), "id2").reducing


def test_what_was_refused_can_not_be_approved(seat: Seat) -> None:
    with pytest.raises(ValueError, match="MAX_ORDER_QTY"):
        seat.risk.approve(seat.look(buy("60000", limit="1.00")), "id1")
    working = seat.send(buy("10", limit="100"))
    with pytest.raises(ValueError, match="denied"):
        seat.risk.approve_replace(seat.look(buy("60000", limit="1.00"), working), "id1r1")


def test_a_new_order_can_not_be_approved_as_a_replace(seat: Seat) -> None:
    with pytest.raises(ValueError, match="new order"):
        seat.risk.approve_replace(seat.look(buy("1", limit="100")), "id1r1")


def test_a_replace_names_the_newest_version_and_the_new_total(seat: Seat) -> None:
    working = seat.send(buy("10", limit="100"))
    seat.fill(working, "4", "100")
    replace = seat.risk.approve_replace(seat.look(buy("12", limit="100.01"), working), "id1r1").order
    assert (replace.cl_ord_id, replace.orig_cl_ord_id, replace.order_id) == ("id1r1", working.live_id, "B1")
    assert (replace.qty, replace.limit_px) == (D(12), D("100.01"))


# --- the liquidation profile ------------------------------------------------------------------------------------------


def _liquidation(seat: Seat, qty: str, *, is_buy: bool = False) -> list[str]:
    request = (buy if is_buy else sell)(qty, limit="50.00", origin="liquidation", reduce_only=True)
    return [d.code for d in seat.risk.check_liquidation(request, seat.now).denials]


def test_a_liquidation_waives_what_would_keep_a_desk_from_getting_flat(seat: Seat) -> None:
    """Halted, stale, beyond the collar, above fat finger, over the throttle, journal down: it still may reduce."""
    seat.hold("AAPL", "90000")
    for n in range(30):
        seat.send(buy(str(n + 1), "MSFT", limit="1"))
    seat.tell(f.KillPulled(1, "ann", "test", "now", ()), f.JournalWentDown("disk"))
    seat.pass_ns(100 * SECOND)
    assert _liquidation(seat, "90000") == []


def test_a_liquidation_never_passes_zero_counting_what_is_out_already(seat: Seat) -> None:
    seat.hold("AAPL", "100")
    seat.send(sell("30", limit="100"), acked=False)
    assert _liquidation(seat, "70") == []
    assert _liquidation(seat, "71") == ["NOT_REDUCING"]
    assert _liquidation(seat, "1", is_buy=True) == ["NOT_REDUCING"]


def test_a_liquidation_goes_by_the_brokers_own_position(seat: Seat) -> None:
    seat.hold("AAPL", "100")
    seat.tell(f.BreakFound(1, "position", ACCOUNT, "AAPL", "100", "-40"))
    assert _liquidation(seat, "1") == ["NOT_REDUCING"]
    assert _liquidation(seat, "40", is_buy=True) == []
    assert _liquidation(seat, "41", is_buy=True) == ["NOT_REDUCING"]


def test_a_liquidation_still_needs_a_sound_form(seat: Seat) -> None:
    seat.hold("AAPL", "100")
    assert "LOT_SIZE" in _liquidation(seat, "0.5")
    assert LIQUIDATION_CHECKS


def test_a_liquidation_approval_reduces_and_passes_a_closed_gate_of_its_epoch(seat: Seat) -> None:
    seat.hold("AAPL", "-100")
    seat.tell(f.KillPulled(1, "ann", "test", "now", ()))
    request = buy("100", limit="101", origin="liquidation", reduce_only=True)
    approved = seat.risk.approve(seat.risk.check_liquidation(request, seat.now), "id1")
    assert (approved.reducing, approved.epoch) == (True, seat.state.gate_epoch)


def test_a_short_sale_is_never_a_liquidation(seat: Seat) -> None:
    seat.hold("AAPL", "-100")
    assert seat.risk.check_liquidation(short("1", limit="100"), seat.now).denials
