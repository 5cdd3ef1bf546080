"""An order that the money does not reach for is made smaller, when that was asked for: never else, never exits."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import facts as f
from engine import inputs as i
from engine.effects import Reply
from engine.journal.codec import FactCodec
from engine.model.enums import OrdStatus, OrdType
from engine.model.order import OrderRequest, ReplaceRequest
from engine.orders.preview import preview_group, preview_order
from engine.protocol import Capabilities
from engine.publish.fact_text import SENTENCES
from engine.publish.fact_words import Names
from engine.views import CommandResult, OrderPreview, OrderResult
from tests.engine.dealing import ACCOUNT, BROKER, BUY, SELL, SHORT, D, Dealing, only, submits

#: Money is all that may be short.
OPEN = {
    "risk__max_position_pct": "off",
    "risk__max_order_notional": "off",
    "risk__max_order_qty": "off",
    "risk__price_collar_pct": "off",
}


def dealing(hold: str = "0", able: Capabilities = BROKER, **limits: str) -> Dealing:
    """Equity 1,000,000 and no leverage: 10,000 shares at 100."""
    return Dealing(hold, able=able, **{**OPEN, **limits}).connect()


def fit(qty: str, **more: object) -> OrderRequest:
    request = OrderRequest(ACCOUNT, "IBM", BUY, D(qty), OrdType.LIMIT, D("100"), fit=True)
    return msgspec.structs.replace(request, **more)


def ask(desk: Dealing, command: i.PlaceOrder | i.PlaceGroup | i.ModifyOrder) -> OrderResult:
    """Give the command; the answer."""
    (answer,) = only(desk.give(msgspec.structs.replace(command, cmd_id=7)), Reply)
    assert isinstance(answer.result, OrderResult)
    return answer.result


def place(desk: Dealing, request: OrderRequest) -> OrderResult:
    return ask(desk, i.PlaceOrder(request))


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("10000", "10000"),  # reaches: nothing is taken off
        ("11111", "9999"),  # one step: 9999.9, down to the lot
        ("12345", "9999"),  # two steps: 9999.45
        ("13000", "9477"),
        ("15241", "9999"),  # four
        ("16935", "9999"),  # five: 9999.9
    ],
)
def test_a_tenth_is_taken_off_until_the_money_reaches_and_what_was_asked_is_kept(asked: str, sent: str) -> None:
    desk = dealing()

    result = place(desk, fit(asked))

    assert submits(desk.released) == [(BUY, D(sent))]
    assert result.accepted
    assert result.notes == (() if asked == sent else (f"asked {asked}, fits {sent}",))
    recorded = next(fact for fact in desk.recorded if isinstance(fact, f.OrderIntended))
    assert (recorded.request.qty, recorded.request.asked_qty, recorded.request.fit) == (D(sent), D(asked), False)


def test_after_five_steps_it_is_refused_with_what_was_tried() -> None:
    desk = dealing()

    result = place(desk, fit("17000"))

    assert not result.accepted
    assert [denial.code for denial in result.denials] == ["BUYING_POWER", "NO_FIT"]
    assert result.denials[0].value == "1700000"
    assert "15300, 13770, 12393, 11153, 10038" in result.denials[1].message
    assert submits(desk.released) == []
    denied = next(fact for fact in desk.recorded if isinstance(fact, f.OrderDenied))
    assert (denied.request.qty, denied.request.asked_qty) == (17000, 17000)


def test_without_asking_nothing_is_ever_made_smaller() -> None:
    desk = dealing()

    result = place(desk, fit("11000", fit=False))

    assert [denial.code for denial in result.denials] == ["BUYING_POWER"]
    assert submits(desk.released) == []


def test_any_other_hard_denial_stands_as_it_is() -> None:
    desk = dealing(risk__max_order_qty="10500")

    result = place(desk, fit("11000"))

    assert sorted(denial.code for denial in result.denials) == ["BUYING_POWER", "MAX_ORDER_QTY"]
    assert submits(desk.released) == []


def test_a_limit_that_is_not_about_money_is_no_reason_to_make_it_smaller() -> None:
    desk = dealing(risk__max_order_qty="10000", risk__max_leverage="5")

    assert [denial.code for denial in place(desk, fit("11000")).denials] == ["MAX_ORDER_QTY"]


def test_what_fits_may_still_need_a_y() -> None:
    desk = dealing(risk__warn_order_notional="500000")

    amber = place(desk, fit("11000"))
    sent = place(desk, fit("11000", accept_soft=True))

    assert [(denial.code, denial.soft) for denial in amber.denials] == [("WARN_ORDER_NOTIONAL", True)]
    assert sent.accepted
    assert sent.notes == ("asked 11000, fits 9900",)


def test_a_lot_that_no_step_can_halve_is_refused() -> None:
    desk = dealing()

    result = place(desk, fit("1", limit_px=D("1000001")))

    assert [denial.code for denial in result.denials] == ["BUYING_POWER", "NO_FIT"]


def test_a_short_sale_fits_too() -> None:
    desk = dealing()

    assert place(desk, fit("11000", side=SHORT)).notes == ("asked 11000, fits 9900",)


@pytest.mark.parametrize("closing", [{"side": SELL}, {"side": SELL, "reduce_only": True}])
def test_an_exit_is_never_made_smaller(closing: dict[str, object]) -> None:
    desk = dealing(hold="500")

    result = place(desk, fit("100", **closing))

    assert [denial.code for denial in result.denials] == ["ORDER_FORM"]
    assert "never made smaller" in result.denials[0].message
    assert submits(desk.released) == []


def test_a_replace_is_never_made_smaller() -> None:
    desk = dealing()
    placed = place(desk, fit("9000"))
    assert placed.id is not None
    desk.ack(desk.state.by_id[placed.id])

    result = ask(desk, i.ModifyOrder(placed.id, ReplaceRequest(qty=D(11000))))

    assert [denial.code for denial in result.denials] == ["BUYING_POWER"]


def test_the_echo_shows_what_would_be_sent_and_leaves_no_trace() -> None:
    desk = dealing()
    before = len(desk.recorded)

    echo = preview_order(desk.desk, fit("13000"))

    assert (echo.qty, echo.notional, echo.denials) == (D(9477), D("947700"), ())
    assert echo.notes == ("asked 13000, fits 9477",)
    assert echo.buying_power_after == D("52300")
    assert len(desk.recorded) == before


# --- brackets -------------------------------------------------------------------------------------------------------


def bracket(qty: str, **entry: object) -> i.PlaceGroup:
    target = fit(qty, side=SELL, limit_px=D("105"), fit=False)
    loss = fit(qty, side=SELL, ord_type=OrdType.STOP, limit_px=None, stop_px=D("97"), fit=False)
    return i.PlaceGroup("bracket", (fit(qty, **entry), target, loss))


def test_a_bracket_is_made_smaller_as_a_whole() -> None:
    desk = dealing()

    result = ask(desk, bracket("13000"))

    assert result.accepted
    assert result.notes == ("asked 13000, fits 9477",)
    assert [order.qty for order in desk.state.by_id.values()] == [9477, 9477, 9477]
    assert [order.request.asked_qty for order in desk.state.by_id.values()] == [13000, None, None]


def test_a_bracket_that_no_step_fits_is_refused_as_a_whole() -> None:
    desk = dealing()

    result = ask(desk, bracket("17000"))

    assert not result.accepted
    assert {"BUYING_POWER", "NO_FIT"} <= {denial.code for denial in result.denials}
    assert {order.status for order in desk.state.by_id.values()} == {OrdStatus.DENIED}


def test_the_echo_of_a_bracket_shows_the_smaller_one() -> None:
    echo = preview_group(dealing().desk, bracket("13000"))

    assert isinstance(echo, OrderPreview)
    assert (echo.qty, echo.denials) == (D(9477), ())
    assert echo.notes[0] == "asked 13000, fits 9477"


def test_a_group_that_cancels_itself_can_not_be_made_to_fit() -> None:
    desk = dealing(hold="500")
    legs = (fit("100", side=SELL, limit_px=D("105")), fit("100", side=SELL, limit_px=D("106")))

    (answer,) = only(desk.give(i.PlaceGroup("oco", legs, cmd_id=7)), Reply)

    assert isinstance(answer.result, CommandResult)
    assert "no other group can" in answer.result.message
    assert submits(desk.released) == []


# --- what stays -----------------------------------------------------------------------------------------------------


def test_the_journal_says_what_was_asked() -> None:
    desk = dealing()
    place(desk, fit("13000"))
    recorded = next(fact for fact in desk.recorded if isinstance(fact, f.OrderIntended))

    kind, payload = FactCodec().encode(recorded)

    assert FactCodec().decode(kind, payload) == recorded
    assert "BUY 9,477 IBM LMT 100 DAY (asked 13,000, to fit the money)" in SENTENCES[f.OrderIntended](
        recorded, Names(), 0
    )


@given(asked=st.integers(1, 60_000), px=st.integers(1, 400))
def test_what_is_sent_always_passes_the_checks_and_is_a_step_of_what_was_asked(asked: int, px: int) -> None:
    desk = dealing()

    result = place(desk, fit(str(asked), limit_px=D(px)))

    allowed = [asked] + [int(D(asked) * D("0.9") ** step) for step in range(1, 6)]
    fitting = [qty for qty in allowed if qty and qty * px <= 1_000_000]
    if result.accepted:
        assert submits(desk.released) == [(BUY, fitting[0])]
    else:
        assert not fitting


def test_a_held_entry_fits_when_it_is_taken_in_and_never_again() -> None:
    desk = dealing(able=msgspec.structs.replace(BROKER, ord_types=frozenset({OrdType.MARKET, OrdType.LIMIT})))

    result = place(desk, fit("13000", ord_type=OrdType.STOP_LIMIT, stop_px=D("101"), limit_px=D("100")))

    assert result.accepted
    assert result.notes == ("asked 13000, fits 9477",)
    held = next(fact for fact in desk.recorded if isinstance(fact, f.OrderHeld))
    assert (held.request.qty, held.request.asked_qty, held.request.fit) == (9477, 13000, False)


def test_the_same_key_gives_the_fitted_order_back() -> None:
    desk = dealing()

    first = place(desk, fit("13000", client_key="k"))
    again = place(desk, fit("13000", client_key="k"))

    assert again.id == first.id
    assert again.notes == first.notes == ("asked 13000, fits 9477",)
    assert len(submits(desk.released)) == 1
